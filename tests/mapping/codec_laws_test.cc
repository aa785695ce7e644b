#include "base/time.h"
#include "tests/mapping/codec_call.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <rapidcheck.h>

namespace luqiao::mapping {
namespace {

using rc::gen::element;
using rc::gen::inRange;

/// decode∘encode = id, on a canonical value.
void reads_what_it_wrote(CodecCall& call, std::string_view canonical) {
    const CodecResult wire = call.encode(canonical);
    RC_ASSERT(wire.state == SlotState::Value);
    RC_ASSERT(shown(call.decode(wire.text)) == canonical);
}

/// encode∘decode = id, on any wire text that can be read.
void writes_what_it_read(CodecCall& call, std::string_view wire) {
    const CodecResult canonical = call.decode(wire);
    if (canonical.state != SlotState::Value) return;
    RC_ASSERT(shown(call.encode(canonical.text)) == wire);
}

/// Text of up to 30 characters that matter here: blanks, dots, digits, letters, Chinese.
std::string any_value_text() {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        element<std::string>(" ", "　", "\t", "0", "7", "-", "+", ".", "/", "A", "z", "É", "ß", "ł",
                             "·", "•", "・", "史", "𠮷", "Ａ", "１", "*", "=", "Q", "e\u0301"));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    return text;
}

std::string digits(int least, int most) {
    const auto size = *inRange(least, most + 1);
    std::string text;
    for (int index = 0; index < size; ++index) text += static_cast<char>('0' + *inRange(0, 10));
    return text;
}

Date any_day() {
    return parse_date("1900-01-01").value_or({}) + std::chrono::days{*inRange(0, 73'414)};
}

std::string any_decimal(int scale) {
    std::string whole = digits(1, 9);
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    const std::string fraction = digits(scale, scale);
    const bool is_zero = (whole + fraction).find_first_not_of('0') == std::string::npos;
    return (!is_zero && *rc::gen::arbitrary<bool>() ? "-" : "") + whole + "." + fraction;
}

std::string any_moment(bool with_fraction) {
    const std::string fraction = with_fraction ? fmt::format(".{:03}", *inRange(1, 1'000)) : "";
    return fmt::format("{}T{:02}:{:02}:{:02}{}+08:00", luqiao::to_string(any_day()),
                       *inRange(0, 24), *inRange(0, 60), *inRange(0, 60), fraction);
}

TEST(CodecLaws, NormalisersAreSettledAfterOnePass) {
    for (const char* name : {"copy", "trim", "ltrim", "rtrim", "upper", "lower", "halfwidth", "nfc",
                             "squeeze", "dot"}) {
        EXPECT_TRUE(rc::check(name, [name] {
            CodecCall call(name);
            const std::string text = any_value_text();
            const CodecResult once = call.decode(text);
            if (once.state != SlotState::Value) return;
            reads_what_it_wrote(call, std::string(once.text));
        }));
    }
}

TEST(CodecLaws, ExactCodecsGiveBackEveryByteThatTheyRead) {
    for (const char* text : {"copy",
                             "cents",
                             "scale(3)",
                             "bool(0, 7)",
                             "strip_prefix(\"0\")",
                             "strip_suffix(\"A\")",
                             "fixed(3)",
                             "b64",
                             "region12",
                             "uscc",
                             "cnid",
                             "passport",
                             "frid",
                             "mrz",
                             "list(\".\")",
                             "flag(0)",
                             "region",
                             "url",
                             "postcode",
                             "year(yyyy)",
                             "time(HHmmss)",
                             "datetime(yyyyMMddHHmmssSSS, \"-05:00\")",
                             "epoch(ms)",
                             "date(yyyyMMdd)",
                             "month(yyyyMM)",
                             "hex(2)",
                             "null_as(\"A\")"}) {
        EXPECT_TRUE(rc::check(text, [text] {
            CodecCall call(text);
            EXPECT_EQ(grade_of(call.codec(), call.arguments()), Grade::Exact) << text;
            writes_what_it_read(call,
                                *rc::gen::arbitrary<bool>() ? digits(0, 20) : any_value_text());
        }));
    }
}

TEST(CodecLaws, NumbersAreReadAsTheyWereWritten) {
    for (const char* text : {"cents", "scale(2)", "decimal(14, 2)", "decimal(14, 2, implied)"}) {
        EXPECT_TRUE(rc::check(text, [text] {
            CodecCall call(text);
            reads_what_it_wrote(call, any_decimal(2));
        }));
    }
    EXPECT_TRUE(rc::check("int", [] {
        CodecCall call("int");
        reads_what_it_wrote(call, std::to_string(*rc::gen::arbitrary<int>()));
    }));
}

TEST(CodecLaws, MomentsAreReadAsTheyWereWritten) {
    EXPECT_TRUE(rc::check([] {
        CodecCall seconds("datetime(\"yyyy-MM-dd HH:mm:ss\")");
        reads_what_it_wrote(seconds, any_moment(false));
        CodecCall milliseconds("datetime(yyyyMMddHHmmssSSS)");
        reads_what_it_wrote(milliseconds, any_moment(*rc::gen::arbitrary<bool>()));
    }));
    EXPECT_TRUE(rc::check("epoch(ms)", [] {
        CodecCall call("epoch(ms)");
        const auto instant = Instant{Duration{*inRange<std::int64_t>(0, 253'402'271'999'999)}};
        reads_what_it_wrote(call, to_rfc3339(instant));
    }));
}

TEST(CodecLaws, TextIsReadAsItWasWritten) {
    EXPECT_TRUE(rc::check("b64", [] {
        const std::string text = any_value_text();
        RC_PRE(!text.empty());
        CodecCall call("b64");
        reads_what_it_wrote(call, text);
    }));
    EXPECT_TRUE(rc::check("prefix and padding", [] {
        const std::string text = digits(1, 6);
        CodecCall prefix("strip_prefix(\"QD-\")");
        reads_what_it_wrote(prefix, text);
        CodecCall right("rpad(8)");
        reads_what_it_wrote(right, text);
        CodecCall left("lpad(8, \"*\")");
        reads_what_it_wrote(left, text);
    }));
    EXPECT_TRUE(rc::check("phone", [] {
        CodecCall call("phone(CN)");
        const std::string number =
            *element<std::string>("+8613", "+86532", "+8610", "+49", "+1", "+86400") + digits(6, 9);
        if (call.encode(number).state == SlotState::Value) reads_what_it_wrote(call, number);
    }));
}

TEST(CodecLaws, ReadingAndWritingNeverFailWhereTheCodecSaysSo) {
    for (const Codec* codec : codecs()) {
        if (codec->fails == Fails::Both || !codec->arguments.empty()) continue;
        EXPECT_TRUE(rc::check(std::string(codec->name), [codec] {
            CodecCall call(codec->name);
            const std::string text = any_value_text();
            const bool reads = codec->decode != nullptr && codec->fails != Fails::Reading;
            const bool writes = codec->encode != nullptr && codec->fails != Fails::Writing;
            if (reads) RC_ASSERT(call.decode(text).state != SlotState::Bad);
            if (writes) RC_ASSERT(call.encode(text).state != SlotState::Bad);
        }));
    }
}

TEST(CodecLaws, WhatIsWrittenLiesWithinItsShape) {
    for (const char* text :
         {"copy", "trim", "upper", "lower", "halfwidth", "squeeze", "dot", "b64", "mask", "last(2)",
          "rpad(40)", "lpad(40, \"*\")", "strip_prefix(\"国\")", "list(\"；\", \"A\")", "round(2)",
          "absent(\"无\")", "int", "decimal(9, 3)", "band(10)"}) {
        EXPECT_TRUE(rc::check(text, [text] {
            CodecCall call(text);
            const std::string canonical =
                *rc::gen::arbitrary<bool>() ? any_decimal(3) : any_value_text();
            const CodecResult wire = call.encode(canonical);
            if (wire.state != SlotState::Value) return;
            const auto shape = call.codec().wire_shape(shape_of(canonical), call.arguments());
            RC_ASSERT(shape.has_value());
            RC_ASSERT(lies_within(wire.text, *shape));
        }));
    }
}

TEST(CodecLaws, TuplesAreCutAsTheyWereJoined) {
    for (const char* text : {"split(\"/\", 2)", "widths(3, 2)", "flags(2)"}) {
        EXPECT_TRUE(rc::check(text, [text] {
            CodecCall call(text);
            const std::string parts =
                *element<std::string>("A/ ¦ B", "true ¦ false", "史密斯 ¦ 12") + digits(0, 2);
            const CodecResult wire = call.join(parts);
            if (wire.state == SlotState::Value) RC_ASSERT(shown(call.cut(wire.text)) == parts);
            const std::string text_of_wire = *element(digits(0, 6), any_value_text());
            const CodecResult cut = call.cut(text_of_wire);
            if (cut.state == SlotState::Value) {
                RC_ASSERT(shown(call.join(cut.text)) == text_of_wire);
            }
        }));
    }
}

TEST(CodecLaws, RoundingKeepsTheNearestNumber) {
    EXPECT_TRUE(rc::check([] {
        const int whole = *inRange(-100'000, 100'000);  // thousandths
        const std::string text = fmt::format("{}{}.{:03}", whole < 0 ? "-" : "",
                                             std::abs(whole) / 1000, std::abs(whole) % 1000);
        const auto rounded_to = [&text](const char* call) {
            return std::stod(shown(CodecCall(call).decode(text)));
        };
        const double exact = std::stod(text);
        RC_ASSERT(std::abs(rounded_to("round(1)") - exact) < 0.0500001);
        RC_ASSERT(std::abs(rounded_to("round(1, half_even)") - exact) < 0.0500001);
        RC_ASSERT(std::abs(rounded_to("round(1, down)")) <= std::abs(exact) + 1e-9);
        RC_ASSERT(std::abs(rounded_to("round(1, up)")) >= std::abs(exact) - 1e-9);
    }));
}

TEST(CodecLaws, EveryDayOfTwoCenturiesHoldsInEveryPattern) {
    CodecCall calls[] = {CodecCall("date(yyyyMMdd)"), CodecCall("date(\"yyyy-MM-dd\")"),
                         CodecCall("date(\"dd.MM.yyyy\")"), CodecCall("date(\"yyyy年MM月dd日\")")};
    const Date end = parse_date("2101-01-01").value_or({});
    for (Date day = parse_date("1900-01-01").value_or({}); day < end; day += std::chrono::days{1}) {
        const std::string canonical = luqiao::to_string(day);
        for (CodecCall& call : calls) {
            const std::string wire = shown(call.encode(canonical));
            ASSERT_EQ(shown(call.decode(wire)), canonical);
            ASSERT_EQ(shown(call.encode(canonical)), wire);
            call.context().arena.reset();
        }
    }
}

TEST(CodecLaws, NoDayThatDoesNotExistIsRead) {
    CodecCall call("date(yyyyMMdd)");
    int existing = 0;
    for (int month = 0; month <= 13; ++month) {
        for (int day = 0; day <= 32; ++day) {
            const bool is_read =
                call.decode(fmt::format("2023{:02}{:02}", month, day)).state == SlotState::Value;
            existing += is_read ? 1 : 0;
        }
    }
    EXPECT_EQ(existing, 365);
    EXPECT_EQ(shown(call.decode("21000229")), "!E2004");
    EXPECT_EQ(shown(call.decode("20000229")), "2000-02-29");
    EXPECT_EQ(shown(call.decode("00000101")), "!E2004");
}

TEST(CodecLaws, EveryShippedCodeIsReadAsItWasWritten) {
    const CodeTable& table = shipped_table("country");
    for (const std::string& system : table.systems()) {
        CodecCall call("code(country." + system + ")");
        for (const CodeTable::Row& row : table.rows()) {
            const CodecResult wire = call.encode(row.codes[0]);
            if (wire.state != SlotState::Value) continue;
            EXPECT_EQ(shown(call.decode(wire.text)), row.codes[0]) << system;
        }
    }
}

}  // namespace
}  // namespace luqiao::mapping
