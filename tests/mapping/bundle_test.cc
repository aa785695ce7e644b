#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

TEST(Bundle, FindsFormsFormatsTablesAndPrograms) {
    const Compiled got = compile(base_files());
    EXPECT_EQ(got.codes(), "") << got.rendered(false);
    EXPECT_NE(got.bundle->find("p.m"), nullptr);
    EXPECT_NE(got.bundle->form("f"), nullptr);
    EXPECT_NE(got.bundle->format("p.m"), nullptr);
    EXPECT_NE(got.bundle->table("sex"), nullptr);
    EXPECT_EQ(got.bundle->find("p.n"), nullptr);
    EXPECT_EQ(got.bundle->form("g"), nullptr);
    EXPECT_EQ(got.bundle->format("q"), nullptr);
    EXPECT_EQ(got.bundle->table("t"), nullptr);
    EXPECT_EQ(got.bundle->programs().size(), 1u);
}

TEST(Bundle, HashIsTheFirstHalfOfTheDigestOfOneLinePerFile) {
    static std::vector<std::string> digested;
    digested.clear();
    CompileOptions options;
    options.digest = [](std::string_view bytes) {
        digested.emplace_back(bytes);
        return std::string(63, 'a') + std::to_string(digested.size() % 10);
    };
    Diagnostics findings;
    const auto bundle = Bundle::compile({{"b", "2"}, {"a", "1"}}, findings, options);
    const std::string first = std::string(63, 'a') + "1";
    const std::string second = std::string(63, 'a') + "2";
    EXPECT_EQ(digested, (std::vector<std::string>{"1", "2", first + "  a\n" + second + "  b\n"}));
    EXPECT_EQ(bundle->hash(), std::string(32, 'a'));
}

TEST(Bundle, HashIsOfPathsAndTextsInOrder) {
    const CompileOptions options{};
    const std::string hash = compile(base_files(), options).bundle->hash();
    EXPECT_THAT(hash, testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_EQ(compile(base_files(), options).bundle->hash(), hash);
    EXPECT_EQ(compile(base_files(), options).bundle->find("p.m")->bundle, hash);

    Diagnostics findings;
    std::vector<SourceFile> backwards;
    for (const auto& [path, text] : base_files()) {
        backwards.insert(backwards.begin(), {path, text});
    }
    EXPECT_EQ(Bundle::compile(backwards, findings, options)->hash(), hash)
        << "the order given is no matter";

    Files changed = base_files();
    changed["maps/p.m.map"] += "# a remark\n";
    EXPECT_NE(compile(changed, options).bundle->hash(), hash);
    Files added = base_files();
    added["cases/p.m/one.json"] = "";
    EXPECT_NE(compile(added, options).bundle->hash(), hash);
}

TEST(Bundle, ReportsEveryFileInOneRunInOrder) {
    Files files = base_files();
    files["forms/g.form"] = "form g v1\na datee\n";
    files["formats/q.n.format"] = "format q.n v1\na text\n";
    files["codes/bad.csv"] = "bad,x\n,1\n";
    files["maps/p.m.map"] += "surname <-> xb\nzz <-> xb\n";
    const Compiled got = compile(files);
    std::vector<std::string> where;
    for (const Diagnostic& finding : got.findings.list()) {
        if (where.empty() || where.back() != finding.at.file) where.push_back(finding.at.file);
    }
    EXPECT_THAT(where, testing::ElementsAre("codes/bad.csv", "formats/q.n.format", "forms/g.form",
                                            "maps/p.m.map"));
    EXPECT_TRUE(got.findings.has_errors());
}

TEST(Bundle, RefusesAFileGivenTwice) {
    Diagnostics findings;
    const SourceFile form{"forms/f.form", "form f v1\na bool\n"};
    Bundle::compile({form, form}, findings);
    ASSERT_EQ(findings.list().size(), 1u);
    EXPECT_EQ(findings.list()[0].code, "M104");
}

TEST(Bundle, ResolvesTheChecksOfAForm) {
    Files files = base_files();
    files["forms/f.form"] +=
        "check not applicant.nationality in (KOR) else \"不适用 | not eligible\" at "
        "applicant.nationality ; not eligible\n";
    const Compiled got = compile(files);
    EXPECT_EQ(got.codes(), "") << got.rendered(false);
    ASSERT_EQ(got.bundle->form("f")->checks.size(), 1u);
    const Check& check = got.bundle->form("f")->checks[0];
    EXPECT_TRUE(check.eligibility);
    EXPECT_EQ(check.message.en, "not eligible");
    EXPECT_EQ(check.field->slot, got.bundle->form("f")->find("applicant.nationality"));
    files["forms/f.form"] += "check applicant.nationality = XXX else \"x\"\n";
    EXPECT_EQ(compile(files).codes(), "M111");
}

struct PrivacyRow {
    const char* name;
    const char* rows;
    Privacy clearance;
    const char* codes;
};

class BundlePrivacy : public testing::TestWithParam<PrivacyRow> {};

TEST_P(BundlePrivacy, IsJudgedForOutgoingMapsOnly) {
    EXPECT_EQ(compile_rows(GetParam().rows).codes(), "") << "not listed as outgoing";
    CompileOptions options;
    options.outgoing["p.m"] = {{"psb", GetParam().clearance, "审批"}};
    EXPECT_EQ(compile_rows(GetParam().rows, options).codes(), GetParam().codes);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    BundlePrivacy,
    testing::Values(PrivacyRow{"AboveClearance", "applicant.document_no -> zj\n", Privacy::C2,
                               "M150"},
                    PrivacyRow{"WithinClearance", "applicant.document_no -> zj\n", Privacy::C3, ""},
                    PrivacyRow{"ReadOnly", "applicant.document_no <- zj\n", Privacy::C0, ""},
                    PrivacyRow{"TwoWay", "applicant.document_no <-> zj\n", Privacy::C1, "M150"},
                    PrivacyRow{"Masked", "applicant.document_no -> zj : mask\n", Privacy::C1, ""},
                    PrivacyRow{"InWhen", "when action = issue\n applicant.document_no -> zj\nend\n",
                               Privacy::C1, "M150"},
                    PrivacyRow{"InEach", "each files -> cl\n applicant.document_no -> zy\nend\n",
                               Privacy::C1, "M150"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace luqiao::mapping
