#include "base/time.h"
#include "tests/mapping/codec_call.h"

#include <fmt/format.h>

#include <chrono>
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
std::string any_text() {
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
            const std::string text = any_text();
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
                             "split(\"/\", 2)",
                             "b64",
                             "region12",
                             "uscc",
                             "cnid",
                             "passport",
                             "frid",
                             "mrz",
                             "epoch(s)",
                             "epoch(ms)",
                             "date(yyyyMMdd)",
                             "time(HHmmss)",
                             "month(yyyyMM)",
                             "hex(2)",
                             "null_as(\"A\")"}) {
        EXPECT_TRUE(rc::check(text, [text] {
            CodecCall call(text);
            EXPECT_EQ(call.codec().grade, Grade::Exact) << text;
            writes_what_it_read(call, *rc::gen::arbitrary<bool>() ? digits(0, 20) : any_text());
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
        const std::string text = any_text();
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
