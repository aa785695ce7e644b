#include "mapping/charset.h"
#include "tests/mapping/translate_sample.h"

#include <gtest/gtest.h>

#include <thread>

namespace luqiao::mapping {
namespace {

TEST(Decode, FillsTheRecordAndFindsTheNaturalKey) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode(kMessage);
    EXPECT_EQ(shown(decoded.issues), "");
    EXPECT_EQ(to_json(decoded.record), kCanonical);
    EXPECT_EQ(decoded.natural_key, "A1");
}

TEST(Decode, KeepsTextThatTheMessageAndTheBundleNoLongerHold) {
    Decoded decoded = [] {
        const Map map(kForm, kFormat, kRows);
        std::string bytes = kMessage;
        Decoded out = map.decode(bytes);
        bytes.assign(bytes.size(), 'x');
        return out;
    }();
    EXPECT_EQ(to_json(decoded.record), kCanonical);
}

struct Wrong {
    std::string name;
    std::string from;
    std::string to;
    std::string issues;
};

class DecodeWrong : public testing::TestWithParam<Wrong> {};

TEST_P(DecodeWrong, NamesTheValueAndItsPlace) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode(with(kMessage, GetParam().from, GetParam().to));
    EXPECT_EQ(shown(decoded.issues), GetParam().issues);
    EXPECT_TRUE(decoded.issues.rejected());
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    DecodeWrong,
    testing::ValuesIn(std::vector<Wrong>{
        {"ThirtiethOfFebruary", "19900102", "19900230",
         "E2004 error /sqr/csrq applicant.birth_date"},
        {"UnmappedCountry", R"("gj":"DE")", R"("gj":"XX")",
         "E3001 error /sqr/gj applicant.nationality"},
        {"ExpiredCountry", R"("gj":"DE")", R"("gj":"CS")",
         "E3002 error /sqr/gj applicant.nationality"},
        {"UnknownSex", R"("xb":"1")", R"("xb":"3")", "E3001 error /sqr/xb applicant.sex"},
        {"MissingSurname", R"("xing":"O'Connor-Ñúñez",)", "",
         "E2003 error /sqr/xing applicant.surname"},
        {"BlankSurname", "O'Connor-Ñúñez", "", "E2003 error /sqr/xing applicant.surname"},
        {"ChineseInLatinName", "O'Connor-Ñúñez", "张", "E2004 error /sqr/xing applicant.surname"},
        {"LongSurname", "O'Connor-Ñúñez", std::string(61, 'x'),
         "E1003 error /sqr/xing applicant.surname"},
        {"WrongJsonType", R"("xc":32000.00)", R"("xc":"32000.00")", "E2002 error /xc salary"},
        {"MonthsOutOfRange", R"("ys":12)", R"("ys":13)", "E2004 error /ys months"},
        {"TupleWithoutSeparator", "passport/C01", "passport-C01",
         "E2004 error /sqr/zj applicant.document_kind"},
        {"TupleWithWrongPart", "passport/C01", "pass/C01",
         "E3001 error /sqr/zj applicant.document_kind"},
        {"MissingKey", R"("lsh":"A1",)", "", "E2003 error /lsh "},
        {"MissingInItem", R"("lx":"14",)", "", "E2003 error /cllb/0/lx files[0].kind"},
        {"WireRequiredInItem", R"(,"zy":"0102")", "", "E2003 error /cllb/1/zy files[1].sm3"},
        {"BadInItem", R"("zy":"0102")", R"("zy":"0g02")", "E2004 error /cllb/1/zy files[1].sm3"},
        {"UnknownField", R"("lsh":"A1")", R"("lsh":"A1","LSH":"A1")", "E1004 error /LSH "},
        {"RuleViolated", "19900102", "20251009", "E2006 error /sqr/csrq applicant.birth_date"},
        {"TooManyItems", R"("cllb":[)",
         R"("cllb":[{"lx":"14","zy":"00"},{"lx":"14","zy":"01"},{"lx":"14","zy":"02"},)",
         "E1003 error /cllb/4 files"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Decode, CollectsEveryIssueInOnePass) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode(
        R"({"x":1,"sqsj":"2025-10-09","sqr":{"xb":"9","gj":"XX","csrq":"19900230","zj":""},)"
        R"("xc":"1","ys":0.5,"cllb":[{"lx":"99"},{"zy":"zz","lx":"14"}]})");
    EXPECT_EQ(shown(decoded.issues),
              "E1004 error /x ; E2003 error /lsh ; E2004 error /sqsj sent; "
              "E3001 error /sqr/xb applicant.sex; E3001 error /sqr/gj applicant.nationality; "
              "E2004 error /sqr/csrq applicant.birth_date; E2002 error /xc salary; "
              "E2002 error /ys months; E2003 error /cllb/0/zy files[0].sm3; "
              "E3001 error /cllb/0/lx files[0].kind; E2004 error /cllb/1/zy files[1].sm3; "
              "E2003 error /sqr/xing applicant.surname");
}

TEST(Decode, SaysWhatWasExpectedWithoutShowingThePerson) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode(with(kMessage, "19900102", "19900230"));
    ASSERT_EQ(decoded.issues.list.size(), 1u);
    const Issue& issue = decoded.issues.list[0];
    EXPECT_EQ(issue.expected, "yyyyMMdd");
    EXPECT_EQ(issue.got_masked, "1*******");
    EXPECT_EQ(issue.rule, "maps/p.m.map:10:1");
    EXPECT_EQ(issue.message.zh, "出生日期(csrq) 应为 yyyyMMdd");
    EXPECT_EQ(issue.message.en, "date of birth(csrq) should be yyyyMMdd");
    EXPECT_EQ(to_json(issue).find("19900230"), std::string::npos);
}

TEST(Decode, NeverGuessesANationality) {
    const Map map(kForm, kFormat, kRows);
    for (const std::string sent : {R"("gj":"XX")", R"("gj":"")", R"("gj":null)", R"("gj":"de")"}) {
        const Decoded decoded = map.decode(with(kMessage, R"("gj":"DE")", sent));
        EXPECT_EQ(decoded.record.text("applicant.nationality"), "") << sent;
        EXPECT_EQ(to_json(decoded.record).find("CHN"), std::string::npos);
    }
}

TEST(Decode, GivesOneIssueForAMessageThatCannotBeRead) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode("{\"lsh\":");
    EXPECT_EQ(shown(decoded.issues), "E1001 error /lsh, byte 7 ");
    EXPECT_EQ(to_json(decoded.record), "{}");
}

TEST(Decode, ReadsTheSentinelAsAbsent) {
    const Map map(kForm, kFormat, kRows);
    const Decoded decoded = map.decode(with(kMessage, "19900102", "00000000"));
    EXPECT_EQ(shown(decoded.issues), "");
    EXPECT_FALSE(decoded.record.has("applicant.birth_date"));
}

/// One row of the sample map replaced by another.
Map with_row(const std::string& old_row, const std::string& new_row) {
    return {kForm, kFormat, with(kRows, old_row, new_row)};
}

const std::string kNationality = "code(country.alpha2) ; unmapped reject";

TEST(Action, FlagLeavesTheFieldOutAndWarns) {
    const Map map = with_row(kNationality, "code(country.alpha2) ; unmapped flag");
    const Decoded decoded = map.decode(with(kMessage, R"("gj":"DE")", R"("gj":"XX")"));
    EXPECT_EQ(shown(decoded.issues), "E3001 warning /sqr/gj applicant.nationality");
    EXPECT_FALSE(decoded.issues.rejected());
    EXPECT_EQ(decoded.record.text("applicant.nationality"), "");
    EXPECT_FALSE(decoded.record.has("applicant.nationality"));
}

TEST(Action, KeepHoldsTheRawTextApartFromValues) {
    const Map map = with_row(kNationality, "code(country.alpha2) ; unmapped keep");
    const Decoded decoded = map.decode(with(kMessage, R"("gj":"DE")", R"("gj":"XX")"));
    EXPECT_FALSE(decoded.issues.rejected());
    const Slot& slot =
        decoded.record.root().slots[*decoded.record.form().find("applicant.nationality")];
    EXPECT_EQ(slot.state, SlotState::Bad);
    EXPECT_EQ(slot.text(), "XX");
    EXPECT_EQ(decoded.record.text("applicant.nationality"), "");
    EXPECT_NE(to_json(decoded.record).find(R"("nationality":{"bad":"XX","reason":"E3001"})"),
              std::string::npos);
}

TEST(Action, DefaultIsWrittenDownWithAnIssue) {
    const Map map = with_row(kNationality, "code(country.alpha2) ; unmapped default POL");
    const Decoded decoded = map.decode(with(kMessage, R"("gj":"DE")", R"("gj":"XX")"));
    EXPECT_EQ(shown(decoded.issues), "E3001 warning /sqr/gj applicant.nationality");
    EXPECT_EQ(decoded.record.text("applicant.nationality"), "POL");
}

TEST(Action, DefaultForAbsentNeverHidesABadValue) {
    const Map map = with_row("code(sex.gbt2261)", "code(sex.gbt2261) ; default female");
    EXPECT_EQ(map.decode(with(kMessage, R"("xb":"1",)", "")).record.text("applicant.sex"),
              "female");
    const Decoded bad = map.decode(with(kMessage, R"("xb":"1")", R"("xb":"7")"));
    EXPECT_TRUE(bad.issues.rejected());
    EXPECT_EQ(bad.record.text("applicant.sex"), "");
}

TEST(Action, DropTakesTheItemAndLeavesAWarning) {
    const Map map = with_row("cllb ; max 4", "cllb ; max 4 ; bad drop");
    const Decoded decoded = map.decode(with(kMessage, R"("zy":"abcd")", R"("zy":"xyz")"));
    EXPECT_EQ(shown(decoded.issues), "E2004 warning /cllb/0/zy files[0].sm3");
    EXPECT_NE(to_json(decoded.record).find(R"("files":[{"kind":"photo","sm3":"0102"}])"),
              std::string::npos);
}

TEST(Required, DependsOnWhatWasDecodedWhereverItStands) {
    const Map map = with_row("applicant.name_zh       <-> sqr.zwm",
                             "applicant.name_zh <-> sqr.zwm ; req when months > 6");
    EXPECT_EQ(shown(map.decode(kMessage).issues), "E2003 error /sqr/zwm applicant.name_zh");
    EXPECT_EQ(shown(map.decode(with(kMessage, R"("ys":12)", R"("ys":6)")).issues), "");
}

TEST(When, GuardsRowsBothWays) {
    const Map map =
        with_row("salary                  <-> xc        : decimal(10,2)",
                 "when applicant.sex = male\nsalary <-> xc : decimal(10,2) ; req\nelse\n"
                 "salary <-> xc : decimal(10,2)\nend");
    EXPECT_EQ(shown(map.decode(with(kMessage, R"("xc":32000.00,)", "")).issues),
              "E2003 error /xc salary");
    EXPECT_EQ(shown(map.decode(with(with(kMessage, R"("xc":32000.00,)", ""), R"("xb":"1")",
                                    R"("xb":"2")"))
                        .issues),
              "");
    EXPECT_EQ(shown(map.encode(with(kCanonical, R"("salary":"32000.00",)", "")).issues),
              "E2003 error /xc salary");
}

// --- writing

TEST(Encode, WritesWhatDecodeReads) {
    const Map map(kForm, kFormat, kRows);
    const Encoded encoded = map.encode(kCanonical);
    EXPECT_EQ(shown(encoded.issues), "");
    EXPECT_EQ(encoded.bytes, kMessage);
}

TEST(Encode, IsDeterministicAcrossRunsAndThreads) {
    const Map map(kForm, kFormat, kRows);
    std::vector<std::string> outputs(8);
    std::vector<std::thread> threads;
    for (std::string& output : outputs) {
        threads.emplace_back([&map, &output] {
            for (int run = 0; run < 50; ++run) {
                Decoded decoded = map.decode(kMessage);
                output = encode(map.program(), decoded.record).bytes;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& output : outputs) EXPECT_EQ(output, kMessage);
}

class EncodeWrong : public testing::TestWithParam<Wrong> {};

TEST_P(EncodeWrong, NamesTheFieldAndWritesNothing) {
    const Map map(kForm, kFormat, kRows);
    const Encoded encoded = map.encode(with(kCanonical, GetParam().from, GetParam().to));
    EXPECT_EQ(shown(encoded.issues), GetParam().issues);
    EXPECT_EQ(encoded.bytes, "");
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    EncodeWrong,
    testing::ValuesIn(std::vector<Wrong>{
        {"MissingRequired", R"("surname":"O'Connor-Ñúñez",)", "",
         "E2003 error /sqr/xing applicant.surname"},
        {"NotADate", "1990-01-02", "1990-02-30", "E2004 error /sqr/csrq applicant.birth_date"},
        {"NotACode", R"("sex":"male")", R"("sex":"martian")", "E3001 error /sqr/xb applicant.sex"},
        {"TooLong", "O'Connor-Ñúñez", "Ñúñez-Ñúñez-Ñúñez-Ñúñez-Ñúñez-Ñúñez-Ñúñe",
         "E1003 error /sqr/xing applicant.surname"},
        {"SeparatorInTuple", R"("document_kind":"passport")", R"("document_kind":"pass/port")",
         "E3001 error /sqr/zj applicant.document_kind"},
        {"InItem", R"("sm3":"0102")", R"("sm3":"01")", "E2004 error /cllb/1/zy files[1].sm3"},
        {"WireRequired", R"(,"sm3":"0102")", "", "E2003 error /cllb/1/zy files[1].sm3"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Encode, WritesASentinelForAbsentAndForCleared) {
    const Map map(kForm, kFormat, kRows);
    for (const std::string with_nothing : {"", R"("birth_date":null,)"}) {
        const Encoded encoded =
            map.encode(with(kCanonical, R"("birth_date":"1990-01-02",)", with_nothing));
        EXPECT_EQ(shown(encoded.issues), "");
        EXPECT_NE(encoded.bytes.find(R"("csrq":"00000000")"), std::string::npos);
    }
}

TEST(Encode, WritesNullForAClearedField) {
    const Map map(kForm, kFormat, kRows);
    const Encoded encoded = map.encode(with(kCanonical, R"("sex":"male")", R"("sex":null)"));
    EXPECT_NE(encoded.bytes.find(R"("xb":null)"), std::string::npos) << shown(encoded.issues);
}

const std::string kGbkFormat = R"(format p.m v1
kind fixed
charset gbk
record 40
XM  text ! @ 0+20    # 姓名
ZJ  text   @ 20+20   # 证件号码
)";

TEST(Encode, RefusesByNameWhatTheCharsetCannotWrite) {
    const Map map(kForm, kGbkFormat,
                  "applicant.name_zh <-> XM\napplicant.document_no <-> ZJ\npartial\n");
    const Encoded encoded = map.encode(R"({"applicant":{"name_zh":"张𠮷"}})");
    ASSERT_EQ(shown(encoded.issues), "E2005 error byte 0 applicant.name_zh");
    const Issue& issue = encoded.issues.list[0];
    EXPECT_NE(issue.expected.find("character 2"), std::string::npos) << issue.expected;
    EXPECT_EQ(issue.got_masked.find("𠮷"), std::string::npos);
    EXPECT_EQ(issue.message.zh.find("𠮷"), std::string::npos);
}

TEST(Encode, CountsBytesOfTheCharset) {
    const Map map(kForm, kGbkFormat,
                  "applicant.name_zh <-> XM\napplicant.document_no <-> ZJ\npartial\n");
    const Encoded fits = map.encode(R"({"applicant":{"name_zh":"张三李四王五赵六孙七"}})");
    EXPECT_EQ(shown(fits.issues), "");
    EXPECT_EQ(fits.bytes,
              *from_utf8("张三李四王五赵六孙七", Charset::Gbk) + std::string(20, ' ') + "\n");
    const Encoded over = map.encode(R"({"applicant":{"name_zh":"张三李四王五赵六孙七周"}})");
    ASSERT_EQ(shown(over.issues), "E1003 error byte 0 applicant.name_zh");
    EXPECT_EQ(over.issues.list[0].expected, "at most 20 bytes of gbk");
}

TEST(Encode, CutsByWholeCharactersWhereTheRowAllowsIt) {
    const Map map(
        kForm, kGbkFormat,
        "partial\napplicant.name_zh -> XM ; fit 5 gbk cut\napplicant.document_no -> ZJ\n");
    const Encoded encoded = map.encode(R"({"applicant":{"name_zh":"张三李"}})");
    EXPECT_EQ(shown(encoded.issues), "E1003 warning byte 0 applicant.name_zh");
    EXPECT_EQ(encoded.bytes.substr(0, 6), *from_utf8("张三", Charset::Gbk) + "  ");
}

TEST(Encode, KeepsNamesOfEveryScriptInGb18030) {
    const Map map(kForm, R"(format p.m v1
kind xml
charset gb18030
root DATA
XM  text !   # 姓名
XING text    # 姓
)",
                  "partial\napplicant.name_zh <-> XM\napplicant.surname <-> XING\n");
    const std::string canonical =
        R"({"applicant":{"surname":"O'Connor-Ñúñez Łukasz","name_zh":"𠮷䶮·张"}})";
    const Encoded encoded = map.encode(canonical);
    EXPECT_EQ(shown(encoded.issues), "");
    EXPECT_EQ(to_json(map.decode(encoded.bytes).record), canonical);
}

TEST(Encode, RefusesLineEndsInAFixedRecord) {
    const Map map(kForm, kGbkFormat,
                  "partial\napplicant.name_zh <-> XM\napplicant.document_no <-> ZJ\n");
    EXPECT_EQ(shown(map.encode("{\"applicant\":{\"name_zh\":\"a\\nb\"}}").issues).substr(0, 11),
              "E2005 error");
}

TEST(Translate, SeesAControlCharacterWhereverItStandsInAText) {
    const Map map(kForm, kFormat, kRows);
    for (std::size_t at = 0; at < 20; ++at) {
        for (const std::string escaped : {"\\u0001", "\\u007f", "\\u001f"}) {
            const std::string name = std::string(at, 'x') + escaped + std::string(19 - at, 'x');
            EXPECT_EQ(shown(map.decode(with(kMessage, "O'Connor-Ñúñez", name)).issues),
                      "E2004 error /sqr/xing applicant.surname")
                << at << escaped;
        }
    }
}

TEST(Translate, APassportNumberIsNeverLostSilently) {
    const Map map(kForm, kFormat, kRows);
    for (const std::string number :
         {"C01X00T47", "", "E 12345678", "护照", "C01X00T47C01X00T47C01X00T47", "A/B/C", "\t"}) {
        std::string quoted = number == "\t" ? "\\t" : number;
        const Decoded decoded =
            map.decode(with(kMessage, "passport/C01X00T47", "passport/" + quoted));
        const bool is_kept = decoded.record.text("applicant.document_no") == number;
        EXPECT_TRUE(is_kept || decoded.issues.rejected()) << number;
    }
}

}  // namespace
}  // namespace luqiao::mapping
