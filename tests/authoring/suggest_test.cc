#include "authoring/suggest.h"

#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "authoring/coverage.h"

namespace luqiao::authoring {
namespace {

const std::string kSuggestRows = R"(id <-> id ; req
sent <-> qt.bz : datetime(yyyyMMddHHmmss) ; lossy ok "whole seconds"
applicant.surname <-> xm : trim
applicant.sex <-> xb : code(sex.gbt2261) ; req ; unmapped reject
applicant.birth_date <-> csrq : absent("00000000") | date(yyyyMMdd)
when applicant.sex = male
applicant.document_no <-> zj ; fit 18 utf-8 reject
else
const("none") -> zj
end
each files <-> cl ; max 5
kind <-> lx : code(action.psb) ; unmapped reject
sm3 <=> zy
end
)";

class Suggest : public testing::Test {
protected:
    Suggest() {
        mapping::Files files = mapping::base_files();
        std::string& form = files["forms/f.form"];
        form.insert(form.find("sent "), "id text(12, ascii) C0\n");
        files["maps/p.m.map"] = "map p.m v1\nform f@1\nformat p.m@1\n" + kSuggestRows;
        compiled_ = mapping::compile(files);
        EXPECT_FALSE(compiled_.findings.has_errors()) << compiled_.rendered(false);
    }

    const mapping::Program& program() { return *compiled_.bundle->find("p.m"); }

    static std::string names(const std::vector<GoldenCase>& cases) {
        std::string out;
        for (const GoldenCase& one : cases) out += one.name + " ";
        return out;
    }

    static const GoldenCase& named(const std::vector<GoldenCase>& cases, const std::string& name) {
        const auto found = std::find_if(cases.begin(), cases.end(), [&name](const GoldenCase& one) {
            return one.name == name;
        });
        if (found == cases.end()) {
            ADD_FAILURE() << "no case " << name << " in " << names(cases);
            return cases.front();
        }
        return *found;
    }

private:
    mapping::Compiled compiled_;
};

TEST_F(Suggest, CoversEveryRowInBothDirections) {
    for (const bool is_outgoing : {false, true}) {
        const auto cases = suggest(program(), {1, is_outgoing});
        for (const RowPlace& place : uncovered(program(), cases)) {
            if (!is_outgoing && place.row->canonical_constant) continue;  // written only
            ADD_FAILURE() << canonical_name(program(), place) << " in " << names(cases);
        }
    }
}

TEST_F(Suggest, MakesCasesThatPass) {
    for (const bool is_outgoing : {false, true}) {
        for (const GoldenCase& golden : suggest(program(), {1, is_outgoing})) {
            const CaseResult result = run_case(program(), golden);
            EXPECT_TRUE(result.differences.empty()) << render(golden, result);
        }
    }
}

TEST_F(Suggest, ShowsEdgesOfTablesAndColumns) {
    const auto cases = suggest(program(), {1, false});
    EXPECT_NE(named(cases, "codes-unmapped").issues.value_or("").find("E3001"), std::string::npos);
    EXPECT_NE(named(cases, "sentinels").in.value_or("").find("00000000"), std::string::npos);
    EXPECT_NE(named(cases, "bad-values").issues.value_or("").find("E2004"), std::string::npos);
    const std::string& missing = *named(cases, "missing-required").issues;
    EXPECT_NE(missing.find("\"id\""), std::string::npos) << missing;
    EXPECT_NE(missing.find("applicant.sex"), std::string::npos) << "all at once: " << missing;
    const auto outgoing = suggest(program(), {1, true});
    EXPECT_NE(named(outgoing, "longest").back.value_or("").find(std::string(18, '9')),
              std::string::npos);
    EXPECT_NE(named(outgoing, "too-long").issues.value_or("").find("E1003"), std::string::npos);
}

TEST_F(Suggest, GivesTheSameCasesForTheSameSeed) {
    const auto first = suggest(program(), {1, false});
    const auto second = suggest(program(), {1, false});
    ASSERT_EQ(names(first), names(second));
    for (std::size_t at = 0; at < first.size(); ++at) EXPECT_EQ(first[at].in, second[at].in);
}

TEST_F(Suggest, LeavesNoRowForM190) {
    Diagnostics without;
    check_coverage(program(), {}, without);
    EXPECT_GT(without.list().size(), 8U);
    EXPECT_EQ(without.list().front().code, "M190");
    EXPECT_EQ(without.list().front().severity, Severity::Warning);
    Diagnostics with;
    check_coverage(program(), suggest(program(), {1, true}), with);
    for (const Diagnostic& one : with.list()) ADD_FAILURE() << render(one);
}

TEST(Coverage, CountsARowWithAnExampleAsShown) {
    const auto compiled = mapping::compile_rows(
        "applicant.surname <-> xm\napplicant.sex <-> xb : code(sex.gbt2261) ; unmapped reject ; eg "
        "\"1\" = male\n");
    const auto left = uncovered(*compiled.bundle->find("p.m"), {});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].row->at.line, 4);
}

TEST(Coverage, TakesOnlyTheBranchThatTheCaseTook) {
    const auto compiled =
        mapping::compile_rows(R"(applicant.sex <-> xb : code(sex.gbt2261) ; unmapped reject
when applicant.sex = male
applicant.surname <-> xm
else
applicant.name_zh <-> xm
end
)");
    ASSERT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    const mapping::Program& program = *compiled.bundle->find("p.m");
    const GoldenCase golden =
        freeze(program, {"p.m", "male", R"({"xb":"1","xm":"A"})", {}, {}, {}}).actual;
    const auto left = uncovered(program, {golden});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(canonical_name(program, left[0]), "applicant.name_zh");
}

}  // namespace
}  // namespace luqiao::authoring
