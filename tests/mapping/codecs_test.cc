#include "tests/mapping/codec_call.h"

#include <algorithm>
namespace luqiao::mapping {
namespace {

TEST(Codecs, AreSortedByNameAndFoundByIt) {
    const auto list = codecs();
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(),
                               [](const Codec* a, const Codec* b) { return a->name < b->name; }));
    for (const Codec* codec : list) EXPECT_EQ(find_codec(codec->name), codec);
    EXPECT_EQ(find_codec("yamlify"), nullptr);
}

TEST(Codecs, SayInBothLanguagesWhatTheyDo) {
    for (const Codec* codec : codecs()) {
        EXPECT_FALSE(codec->summary.zh.empty()) << codec->name;
        EXPECT_FALSE(codec->summary.en.empty()) << codec->name;
        EXPECT_TRUE(codec->decode != nullptr || codec->encode != nullptr || codec->join != nullptr)
            << codec->name;
        // A one-way codec may be of use in either direction, never in both of one row.
        const bool is_two_way = (codec->decode != nullptr && codec->encode != nullptr) ||
                                (codec->cut != nullptr && codec->join != nullptr);
        EXPECT_TRUE(is_two_way || codec->grade == Grade::OneWay) << codec->name;
    }
}

bool is_bad(std::string_view shown) {
    return shown.starts_with("!E");
}

TEST(Codecs, HaveThreeExamplesAndOneForEachWayToFail) {
    for (const Codec* codec : codecs()) {
        EXPECT_GE(codec->examples.size(), 3u) << codec->name;
        const auto& list = codec->examples;
        const bool fails_reading =
            std::any_of(list.begin(), list.end(),
                        [](const CodecExample& one) { return is_bad(one.canonical); });
        const bool fails_writing =
            std::any_of(list.begin(), list.end(), [](const CodecExample& one) {
                return is_bad(one.wire) || is_bad(one.back.value_or(""));
            });
        const bool says_reading = codec->fails == Fails::Reading || codec->fails == Fails::Both;
        const bool says_writing = codec->fails == Fails::Writing || codec->fails == Fails::Both;
        EXPECT_EQ(fails_reading, says_reading) << codec->name;
        EXPECT_EQ(fails_writing, says_writing) << codec->name;
        EXPECT_EQ(codec->expected != nullptr, codec->fails != Fails::Never) << codec->name;
    }
}

/// Runs one example in every direction that the codec has.
void run_example(const Codec& codec, const CodecExample& example) {
    CodecCall call(example.call);
    EXPECT_EQ(&call.codec(), &codec);
    call.context().as_of = parse_date("2025-10-09").value_or({});
    if (codec.expected != nullptr) {
        EXPECT_NE(codec.expected(call.arguments()), "");
    }
    const bool is_tuple = codec.join != nullptr;
    const bool can_read = is_tuple ? codec.cut != nullptr : codec.decode != nullptr;
    const bool can_write = is_tuple || codec.encode != nullptr;
    if (can_read && !is_bad(example.wire)) {
        EXPECT_EQ(shown(is_tuple ? call.cut(example.wire) : call.decode(example.wire)),
                  example.canonical);
    }
    if (!can_write || is_bad(example.canonical)) return;
    const std::string_view want = example.back.value_or(example.wire);
    if (example.canonical.starts_with("!")) {
        if (codec.encode_absent != nullptr) {
            EXPECT_EQ(shown(call.encode_absent()), want);
        }
        return;
    }
    const CodecResult wire =
        is_tuple ? call.join(example.canonical) : call.encode(example.canonical);
    EXPECT_EQ(shown(wire), want);
    if (codec.wire_shape == nullptr || wire.state != SlotState::Value) return;
    // What is written lies within the shape that was promised.
    const auto shape = codec.wire_shape(shape_of(example.canonical), call.arguments());
    ASSERT_TRUE(shape);
    EXPECT_TRUE(lies_within(wire.text, *shape)) << wire.text;
}

TEST(Codecs, DoWhatTheirExamplesSay) {
    for (const Codec* codec : codecs()) {
        for (const CodecExample& example : codec->examples) {
            SCOPED_TRACE(std::string(example.call) + " of \"" + std::string(example.wire) + "\"");
            run_example(*codec, example);
        }
    }
}

TEST(Codecs, SayHowLongWhatTheyWriteMayBe) {
    for (const Codec* codec : codecs()) {
        if (codec->encode == nullptr) continue;
        EXPECT_NE(codec->wire_shape, nullptr) << codec->name << ": M140 could not judge its column";
    }
}

TEST(Codecs, RefuseArgumentsThatMakeNoSense) {
    struct Row {
        const char* name;
        const char* codec;
        std::vector<Literal> arguments;
    };
    const auto word = [](const char* text) { return Literal{Literal::Kind::Word, text}; };
    const Row rows[] = {
        {"a date without a day", "date", {word("yyyyMM")}},
        {"a two-digit year without its pivot", "date", {word("yyMMdd")}},
        {"a pivot above 99", "date", {word("yyMMdd"), word("100")}},
        {"a pivot for four digits", "date", {word("yyyyMMdd"), word("50")}},
        {"a year of three digits", "year", {word("yyy")}},
        {"a zone without a colon", "datetime", {word("yyyyMMddHHmmss"), word("+0800")}},
        {"a zone far out", "datetime", {word("yyyyMMddHHmmss"), word("+15:00")}},
        {"a rounding not known", "round", {word("2"), word("nearest")}},
        {"a currency not known", "money", {word("DEM")}},
        {"a bit out of range", "flag", {word("63")}},
        {"flags ignoring what", "flag", {word("1"), word("all")}},
        {"a list with two signs between", "list", {word("||")}},
        {"one width", "widths", {word("4")}},
        {"a width of zero", "widths", {word("4"), word("0")}},
        {"one flag together", "flags", {word("1")}},
        {"a part of a number not known", "from_cnid", {word("age")}},
        {"a hash of four bytes", "keyed_hash", {word("4")}},
        {"joined by nothing", "join", {word("")}},
        {"a date with minutes for months", "date", {word("yyyymmdd")}},
        {"a part twice", "date", {word("yyyyMMddMM")}},
        {"a date with hours", "date", {word("yyyyMMddHH")}},
        {"an unknown letter", "date", {word("yyyyMMddZ")}},
        {"an empty pattern", "date_part", {word("")}},
        {"a datetime without seconds", "datetime", {word("yyyyMMddHHmm")}},
        {"true and false alike", "bool", {word("Y"), word("Y")}},
        {"no width", "lpad", {word("0")}},
        {"padding of two characters", "lpad", {word("4"), word("ab")}},
        {"more decimals than digits", "decimal", {word("2"), word("3")}},
        {"another word than implied", "decimal", {word("9"), word("2"), word("point")}},
        {"an empty prefix", "strip_prefix", {word("")}},
        {"a tuple of one", "split", {word("/"), word("1")}},
        {"a country not known", "phone", {word("DE")}},
        {"an epoch in minutes", "epoch", {word("min")}},
        {"digests in camel case", "hex", {word("4"), word("Upper")}},
        {"a region of three digits", "region_prefix", {word("3")}},
    };
    for (const Row& row : rows) {
        const Codec* const codec = find_codec(row.codec);
        ASSERT_NE(codec, nullptr) << row.name;
        CodecArguments arguments;
        arguments.literals = row.arguments;
        const Text fault = codec->check(arguments);
        EXPECT_NE(fault.zh, "") << row.name;
        EXPECT_NE(fault.en, "") << row.name;
    }
}

TEST(Code, IsJudgedOnTheDateOfTheMessage) {
    CodecCall call("code(country.alpha3)");
    EXPECT_EQ(shown(call.decode("SUN")), "SUN");
    call.context().as_of = parse_date("1992-08-30").value_or({});
    EXPECT_EQ(shown(call.decode("SUN")), "SUN");
    EXPECT_EQ(shown(call.encode("SUN")), "SUN");
    call.context().as_of = parse_date("1992-08-31").value_or({});
    EXPECT_EQ(shown(call.decode("SUN")), "!E3002");
    EXPECT_EQ(shown(call.encode("SUN")), "!E3002");
}

TEST(Code, IsNeverWrittenAsEmptyText) {
    CodecCall call("code(country.alpha2)");
    EXPECT_EQ(shown(call.encode("XXA")), "!E3001");  // a stateless person has no country
    EXPECT_EQ(shown(call.encode("QQQ")), "!E3001");
    EXPECT_EQ(shown(call.encode("")), "!E3001");
    EXPECT_EQ(shown(CodecCall("code(country.mrz)").encode("XXA")), "XXA");
}

TEST(Code, SaysWhatItExpected) {
    const CodecCall call("code(country.alpha2)");
    EXPECT_EQ(call.codec().expected(call.arguments()), "code of country.alpha2");
}

TEST(Absent, RefusesToWriteAValueThatReadsAsNothing) {
    EXPECT_EQ(shown(CodecCall("absent(\"无\", \"/\")").encode("/")), "!E2005");
    EXPECT_EQ(shown(CodecCall("null_as(\"NULL\")").encode("NULL")), "!E2005");
}

TEST(Padding, RefusesToWriteWhatReadingWouldShorten) {
    EXPECT_EQ(shown(CodecCall("lpad(6, \"0\")").encode("0012")), "!E2005");
    EXPECT_EQ(shown(CodecCall("rpad(6, \"*\")").encode("AB*")), "!E2005");
    EXPECT_EQ(shown(CodecCall("rpad(4)").encode("ABCDE")), "!E2005");
    EXPECT_EQ(shown(CodecCall("rpad(4)").encode("史密")), "史密  ");
}

TEST(DateTime, WritesNoFractionWhenThePatternHasNone) {
    EXPECT_EQ(shown(CodecCall("datetime(yyyyMMddHHmmss)").encode("2025-10-09T10:15:00.999+08:00")),
              "20251009101500");
    EXPECT_EQ(shown(CodecCall("datetime(yyyyMMddHHmmss)").encode("2025-10-09T02:15:00Z")),
              "20251009101500");
}

TEST(Grade, DependsOnTheArgumentsWhereTheyDecide) {
    struct Row {
        const char* call;
        Grade grade;
    };
    const Row rows[] = {{"date(yyyyMMdd)", Grade::Exact},
                        {"date(yyMMdd, 30)", Grade::Lossy},
                        {"year(yy, 30)", Grade::Lossy},
                        {"time(HHmmss)", Grade::Exact},
                        {"time(HHmm)", Grade::Lossy},
                        {"datetime(yyyyMMddHHmmssSSS)", Grade::Exact},
                        {"datetime(yyyyMMddHHmmss)", Grade::Lossy},
                        {"epoch(ms)", Grade::Exact},
                        {"epoch(s)", Grade::Lossy},
                        {"flag(1)", Grade::Exact},
                        {"flag(1, any)", Grade::OneWay},
                        {"code(sex.gbt2261)", Grade::Exact},
                        {"code(country.mrz)", Grade::Canonical}};
    for (const Row& row : rows) {
        const CodecCall call(row.call);
        EXPECT_EQ(grade_of(call.codec(), call.arguments()), row.grade) << row.call;
    }
}

TEST(Declassifiers, AreTheOnesThatTheDesignLists) {
    std::vector<std::string_view> names;
    for (const Codec* codec : codecs()) {
        if (!codec->lowers_class) continue;
        names.push_back(codec->name);
        EXPECT_EQ(codec->grade, Grade::OneWay) << codec->name;
    }
    EXPECT_EQ(names, (std::vector<std::string_view>{"band", "keyed_hash", "last", "mask",
                                                    "region_prefix"}));
}

TEST(KeyedHash, IsTheSameForTheSameValueOnly) {
    CodecCall call("keyed_hash(16)");
    EXPECT_EQ(shown(call.encode("C01X00T47")), shown(call.encode("C01X00T47")));
    EXPECT_NE(shown(call.encode("C01X00T47")), shown(call.encode("C01X00T48")));
}

TEST(Tuple, IsCutAtTheFirstSeparators) {
    EXPECT_EQ(shown(CodecCall("split(\"/\", 2)").cut("14/A/B")), "14 ¦ A/B");
    EXPECT_EQ(shown(CodecCall("split(\"/\", 2)").cut("/")), " ¦ ");
    EXPECT_EQ(shown(CodecCall("split(\"/\", 2)").cut("14")), "!E2004");
}

TEST(Tuple, IsJoinedOnlyWhenItCanBeCutAgain) {
    EXPECT_EQ(shown(CodecCall("split(\"/\", 2)").join("1/4 ¦ A")), "!E2005");
    EXPECT_EQ(shown(CodecCall("split(\"--\", 2)").join("a- ¦ b")), "!E2005");
    EXPECT_EQ(shown(CodecCall("split(\"--\", 2)").join("a ¦ -b")), "a---b");
    EXPECT_EQ(shown(CodecCall("split(\"|\", 3)").join(" ¦  ¦ x")), "||x");
}

TEST(Arena, KeepsTextUntilResetAndThenAllocatesNothing) {
    Arena arena;
    const std::string_view first = arena.copy("史密斯");
    const std::string_view big = arena.copy(std::string(100'000, 'x'));
    const std::string_view last = arena.copy("end");
    EXPECT_EQ(first, "史密斯");
    EXPECT_EQ(big.size(), 100'000u);
    EXPECT_EQ(last, "end");
    const char* const place = first.data();
    arena.reset();
    EXPECT_EQ(arena.copy("1").data(), place);
    EXPECT_EQ(arena.take(90'000), big.data());
    EXPECT_TRUE(arena.copy("").empty());
}

}  // namespace
}  // namespace luqiao::mapping
