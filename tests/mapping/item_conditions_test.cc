// What holds for some items of a list, said outside of forms and maps.
#include "mapping/translator.h"
#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

using testing::ElementsAre;

/// For files that are issued or renewed.
CompileOptions conditions(const std::string& check) {
    CompileOptions options;
    options.item_conditions.push_back(
        {"f", "files", "kind", {"issue", "renew"}, check, {"services/s.toml", 7, 5, 1}});
    return options;
}

Compiled compile_with(const std::string& check, const std::string& header = {}) {
    Files files = base_files();
    files["maps/p.m.map"] = "map p.m v1\nform f@1\nformat p.m@1\n" + header +
                            "applicant.surname <-> xm\napplicant.sex <- xb : code(sex.word)\n"
                            "each files <- cl\n kind <- lx : code(action.psb)\nend\n";
    return compile(files, conditions(check));
}

std::vector<std::string> said(const Compiled& compiled, std::string_view message) {
    std::vector<std::string> out;
    for (const Issue& issue : decode(*compiled.bundle->find("p.m"), message).issues.list) {
        out.push_back(std::string(info(issue.code).id) + " " + issue.field + " " + issue.rule +
                      " " + issue.pointer + " " + issue.message.en);
    }
    return out;
}

constexpr std::string_view kSexIsNeeded =
    R"(applicant.sex present else "须填性别 | the sex is needed" at applicant.sex)";
const std::string kHere = "services/s.toml:7:5";

TEST(ItemConditions, HoldForTheirItemsAlone) {
    const Compiled compiled = compile_with(std::string(kSexIsNeeded));
    ASSERT_EQ(compiled.codes(), "") << compiled.rendered(false);
    EXPECT_THAT(said(compiled, R"({"xm":"LEE","cl":[{"lx":"02"}]})"), ElementsAre());
    EXPECT_THAT(said(compiled, R"({"xm":"LEE","cl":[]})"), ElementsAre());
    EXPECT_THAT(said(compiled, R"({"xm":"LEE","xb":"M","cl":[{"lx":"01"}]})"), ElementsAre());
    EXPECT_THAT(said(compiled, R"({"xm":"LEE","cl":[{"lx":"02"},{"lx":"01"}]})"),
                ElementsAre("E2006 applicant.sex " + kHere + " /xb the sex is needed"));
}

TEST(ItemConditions, SayNothingOfWhatCouldNotBeRead) {
    const Compiled compiled = compile_with(std::string(kSexIsNeeded));
    const auto found = said(compiled, R"({"xm":"LEE","xb":"X","cl":[{"lx":"01"}]})");
    ASSERT_EQ(found.size(), 1U) << "that the code is unknown";
    EXPECT_TRUE(found[0].starts_with("E3001")) << found[0];
}

TEST(ItemConditions, MayBeOfTheItemItselfAndOfEligibility) {
    const Compiled compiled =
        compile_with(R"(sm3 present else "须有摘要 | a digest is needed" at sm3 ; not eligible)");
    ASSERT_EQ(compiled.codes(), "") << compiled.rendered(false);
    const auto found = said(compiled, R"({"xm":"LEE","cl":[{"lx":"01"},{"lx":"02"},{"lx":"03"}]})");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_TRUE(found[0].starts_with("E2007 files[0].sm3")) << found[0];
    EXPECT_TRUE(found[1].starts_with("E2007 files[2].sm3")) << found[1];
}

TEST(ItemConditions, AreNotForPartialMaps) {
    const Compiled compiled = compile_with(std::string(kSexIsNeeded), "partial\n");
    EXPECT_THAT(said(compiled, R"({"xm":"LEE","cl":[{"lx":"01"}]})"), ElementsAre());
}

TEST(ItemConditions, FindingsStandWhereTheConditionDoes) {
    struct Bad {
        const char* check;
        const char* code;
        int column;
    };
    for (const Bad& bad : {Bad{R"(applicant.sexx present else "x")", "M101", 5},
                           Bad{R"(applicant.sex = other else "x")", "M111", 21},
                           Bad{R"(applicant.sex present)", "M100", 26},
                           Bad{R"(applicant.sex < male else "x")", "M110", 5}, Bad{"", "M100", 5},
                           Bad{"applicant.sex present\nelse \"x\"", "M100", 5}}) {
        const Compiled compiled = compile_with(bad.check);
        ASSERT_EQ(compiled.codes(), bad.code) << bad.check;
        const Diagnostic& finding = compiled.findings.list().front();
        EXPECT_EQ(finding.at.file, "services/s.toml");
        EXPECT_EQ(finding.at.line, 7);
        EXPECT_EQ(finding.at.column, bad.column) << bad.check;
        EXPECT_EQ(finding.excerpt, "") << "whoever has the file shows its line";
    }
    CompileOptions unknown = conditions(std::string(kSexIsNeeded));
    unknown.item_conditions[0].codes = {"issued"};
    EXPECT_EQ(compile(base_files(), unknown).codes(), "M111") << "no such item";
}

TEST(ItemConditions, OfOtherFormsAndListsAreLeftOut) {
    CompileOptions options = conditions("nonsense");
    options.item_conditions[0].form = "g";
    options.item_conditions.push_back({"f", "case.items", "code", {}, "nonsense", {}});
    EXPECT_EQ(compile(base_files(), options).codes(), "");
}

}  // namespace
}  // namespace luqiao::mapping
