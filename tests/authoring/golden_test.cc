#include "authoring/golden.h"

#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::authoring {
namespace {

const std::string kGoldenRows = R"(applicant.surname <-> xm : trim | upper
applicant.sex <-> xb : code(sex.gbt2261) ; unmapped reject
applicant.birth_date <-> csrq : date(yyyyMMdd) ; bad flag
each files <-> cl ; max 5
sm3 <=> zy ; req
end
)";

class Golden : public testing::Test {
protected:
    Golden() : compiled_(mapping::compile_rows(kGoldenRows)) {
        EXPECT_FALSE(compiled_.findings.has_errors()) << compiled_.rendered(false);
    }

    const mapping::Program& program() { return *compiled_.bundle->find("p.m"); }

    GoldenCase frozen(const std::string& in) {
        GoldenCase golden{"p.m", "first", in, {}, {}, {}};
        return freeze(program(), golden).actual;
    }

    /// What differs, one line each.
    std::string differences(const GoldenCase& golden) {
        std::string out;
        for (const Difference& one : run_case(program(), golden).differences) {
            out += one.file + " " + one.field + ": " + one.expected + " ⇒ " + one.actual + " (" +
                   one.rule + ")\n";
        }
        return out;
    }

private:
    mapping::Compiled compiled_;
};

TEST_F(Golden, CaseIsFrozenWithEverythingThatTheMapMakesOfIt) {
    const GoldenCase golden =
        frozen(R"({"xm":" müller ","xb":"1","csrq":"19900230","cl":[{"zy":"0a0b0c0d"}]})");
    EXPECT_EQ(golden.canonical.value_or(""), R"({
  "applicant": {
    "surname": "MÜLLER",
    "sex": "male"
  },
  "files": [
    {
      "sm3": "0a0b0c0d"
    }
  ]
}
)");
    EXPECT_EQ(golden.back.value_or(""), R"({"xm":"MÜLLER","xb":"1","cl":[{"zy":"0a0b0c0d"}]})");
    EXPECT_EQ(golden.issues.value_or(""), R"([
  {
    "code": "E2004",
    "severity": "warning",
    "pointer": "/csrq",
    "field": "applicant.birth_date",
    "rule": "maps/p.m.map"
  }
]
)");
    EXPECT_EQ(differences(golden), "");
}

TEST_F(Golden, CaseWithoutBackWritesWhatItRead) {
    GoldenCase golden = frozen(R"({"xm":"MÜLLER","xb":"1"})");
    EXPECT_FALSE(golden.back);
    EXPECT_FALSE(golden.issues);
    EXPECT_EQ(differences(golden), "");
    golden.in = R"({"xm":" MÜLLER","xb":"1"})";
    EXPECT_EQ(differences(golden),
              "back.json byte 7: {\"xm\":\" M\\xC3\\x9CLLER\",\"xb\":\"1\"} ⇒ "
              "{\"xm\":\"M\\xC3\\x9CLLER\",\"xb\":\"1\"} ()\n");
}

TEST_F(Golden, DifferenceNamesFieldBothValuesAndTheRowThatMadeIt) {
    GoldenCase golden = frozen(R"({"xm":"A","xb":"1","cl":[{"zy":"0a0b0c0d"}]})");
    golden.canonical = R"({"applicant":{"surname":"B","sex":"male","birth_date":"1990-01-02"},
        "files":[{"sm3":"00000000"},{"sm3":"0a0b0c0d"}]})";
    EXPECT_EQ(differences(golden),
              "canonical.json applicant.surname: \"B\" ⇒ \"A\" (maps/p.m.map:4)\n"
              "canonical.json applicant.birth_date: \"1990-01-02\" ⇒ absent (maps/p.m.map:6)\n"
              "canonical.json files: 2 items ⇒ 1 items ()\n"
              "canonical.json files[1].sm3: \"00000000\" ⇒ \"0a0b0c0d\" (maps/p.m.map:8)\n");
}

TEST_F(Golden, BytesThatDifferAreShownByOffsetAndByField) {
    GoldenCase golden = frozen(R"({"xm":" a","xb":"1"})");
    golden.back = R"({"xm":"A","xb":"2"})";
    EXPECT_EQ(differences(golden),
              "back.json byte 16: \":\"A\",\"xb\":\"2\"} ⇒ \":\"A\",\"xb\":\"1\"} ()\n"
              "back.json applicant.sex: \"female\" ⇒ \"male\" (maps/p.m.map:5)\n");
}

TEST_F(Golden, CaseWithoutAPartysBytesIsWrittenOnly) {
    GoldenCase golden{"p.m", "out", {}, R"({"applicant":{"surname":"A","sex":"male"}})", {}, {}};
    golden = freeze(program(), golden).actual;
    EXPECT_EQ(golden.back.value_or(""), R"({"xm":"A","xb":"1"})");
    EXPECT_FALSE(golden.in);
    EXPECT_EQ(differences(golden), "");
    golden.back.reset();
    EXPECT_EQ(differences(golden), "back.json : the file ⇒ 19 bytes ()\n");
}

TEST_F(Golden, IssuesAreJudgedWhateverTheirOrderAndDefaultToNone) {
    GoldenCase golden = frozen(R"({"xb":"7","csrq":"x"})");
    EXPECT_FALSE(golden.canonical) << "the message is rejected";
    EXPECT_EQ(differences(golden), "");
    golden.issues = R"([
      {"severity":"warning","code":"E2004","rule":"maps/p.m.map","field":"applicant.birth_date","pointer":"/csrq"},
      {"code":"E3001","severity":"error","pointer":"/xb","field":"applicant.sex","rule":"maps/p.m.map"}])";
    EXPECT_EQ(differences(golden), "");
    golden.issues.reset();
    EXPECT_EQ(differences(golden),
              "issues.json : nothing ⇒ E2004 warning applicant.birth_date /csrq maps/p.m.map ()\n"
              "issues.json : nothing ⇒ E3001 error applicant.sex /xb maps/p.m.map ()\n");
}

TEST_F(Golden, CaseThatIsNoneSaysWhy) {
    EXPECT_EQ(differences({"p.m", "empty", {}, {}, {}, {}}),
              " : in.json or canonical.json ⇒ nothing ()\n");
    GoldenCase golden = frozen(R"({"xb":"1"})");
    golden.canonical = R"({"applicant":{"age":"7"}})";
    EXPECT_NE(differences(golden).find("E1004"), std::string::npos) << differences(golden);
    golden = frozen(R"({"xb":"1"})");
    golden.issues = R"([{"line":"4"}])";
    EXPECT_NE(differences(golden).find("E1004"), std::string::npos) << differences(golden);
}

TEST(GoldenName, IsLowerCaseSoThatItIsTheSameFolderEverywhere) {
    for (const char* name : {"first", "sex-7", "a.b_c"}) EXPECT_TRUE(is_case_name(name)) << name;
    for (const char* name : {"", "First", ".", "../x", "a b", "案例"}) {
        EXPECT_FALSE(is_case_name(name)) << name;
    }
}

TEST(LaidOut, JsonHasOneMemberALine) {
    EXPECT_EQ(laid_out(R"({"a":{},"b":[],"c":["x, {y}","\"]"],"d":1})"),
              "{\n  \"a\": {},\n  \"b\": [],\n  \"c\": [\n    \"x, {y}\",\n    \"\\\"]\"\n  ],\n"
              "  \"d\": 1\n}\n");
}

}  // namespace
}  // namespace luqiao::authoring
