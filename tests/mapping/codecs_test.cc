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
        EXPECT_TRUE(codec->decode != nullptr || codec->encode != nullptr) << codec->name;
        const bool is_two_way = codec->decode != nullptr && codec->encode != nullptr;
        EXPECT_EQ(codec->grade == Grade::OneWay, !is_two_way) << codec->name;
    }
}

TEST(Codecs, HaveThreeExamplesAndAFailingOneWhereTheyCanFail) {
    for (const Codec* codec : codecs()) {
        EXPECT_GE(codec->examples.size(), 3u) << codec->name;
        const bool fails = std::any_of(
            codec->examples.begin(), codec->examples.end(), [](const CodecExample& example) {
                return example.canonical.starts_with("!E") || example.wire.starts_with("!E") ||
                       example.back.value_or("").starts_with("!E");
            });
        EXPECT_EQ(fails, codec->expected != nullptr) << codec->name;
    }
}

TEST(Codecs, DoWhatTheirExamplesSay) {
    for (const Codec* codec : codecs()) {
        for (const CodecExample& example : codec->examples) {
            SCOPED_TRACE(std::string(example.call) + " of \"" + std::string(example.wire) + "\"");
            CodecCall call(example.call);
            EXPECT_EQ(&call.codec(), codec);
            call.context().as_of = parse_date("2025-10-09").value_or({});
            if (codec->expected != nullptr) {
                EXPECT_NE(codec->expected(call.arguments()), "");
            }
            if (codec->decode != nullptr) {
                EXPECT_EQ(shown(call.decode(example.wire)), example.canonical);
            }
            if (codec->encode == nullptr || example.canonical.starts_with("!E")) continue;
            if (example.canonical.starts_with("!")) {
                if (codec->encode_absent != nullptr) {
                    EXPECT_EQ(shown(call.encode_absent()), example.back.value_or(example.wire));
                }
                continue;
            }
            EXPECT_EQ(shown(call.encode(example.canonical)), example.back.value_or(example.wire));
        }
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
        {"a date with a two-digit year", "date", {word("yyMMdd")}},
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

TEST(Tuple, IsCutAtTheFirstSeparators) {
    std::string_view parts[2];
    ASSERT_TRUE(split_text("14/A/B", "/", parts));
    EXPECT_EQ(parts[0], "14");
    EXPECT_EQ(parts[1], "A/B");
    EXPECT_FALSE(split_text("14", "/", parts));
    ASSERT_TRUE(split_text("/", "/", parts));
    EXPECT_EQ(parts[0], "");
    EXPECT_EQ(parts[1], "");
}

TEST(Tuple, IsJoinedOnlyWhenItCanBeCutAgain) {
    Arena arena;
    const auto join = [&arena](std::vector<std::string_view> parts, std::string_view separator) {
        return shown(join_text(parts, separator, arena));
    };
    EXPECT_EQ(join({"14", "A/B"}, "/"), "14/A/B");
    EXPECT_EQ(join({"1/4", "A"}, "/"), "!E2005");
    EXPECT_EQ(join({"a-", "b"}, "--"), "!E2005");
    EXPECT_EQ(join({"a", "-b"}, "--"), "a---b");
    EXPECT_EQ(join({"", "", "x"}, "|"), "||x");
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
