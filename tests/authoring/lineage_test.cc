#include "authoring/lineage.h"

#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::authoring {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// p.m is written for the party p, and read from q.
const std::vector<MapUse> kLineageUses{{"p.m", "p", "甲部门", "C3", "办理", false},
                                       {"p.m", "q", "乙渠道", "C2", "", true}};

const mapping::Compiled& compiled() {
    static const mapping::Compiled once = mapping::compile_rows(
        R"(applicant.surname <-> xm : trim | upper ; req
applicant.birth_date <- csrq : date(yyyyMMdd)
when action = issue
applicant.document_no -> zj : mask ; lossy ok "只需核对"
else
applicant.sex -> xb : code(sex.gbt2261) ; unmapped reject
end
each files <-> cl key sm3 ; max 5
kind <-> lx : code(action.psb) ; req
end
)");
    return once;
}

const std::vector<FieldLineage>& lineage() {
    EXPECT_FALSE(compiled().findings.has_errors()) << compiled().rendered(false);
    static const std::vector<FieldLineage> once = lineage_of(*compiled().bundle, kLineageUses);
    return once;
}

/// "p<xm" (learns), "q>xm" (sends) of the first field that the query names.
std::vector<std::string> uses_of(std::string_view query) {
    const auto found = find_fields(lineage(), query);
    std::vector<std::string> out;
    if (found.empty()) return out;
    for (const FieldUse& use : found[0]->uses) {
        out.push_back(use.use.party + (use.use.sends ? ">" : use.lowered ? "~" : "<") + use.wire);
    }
    return out;
}

TEST(Lineage, KnowsWhoSendsAndWhoLearnsAField) {
    EXPECT_THAT(uses_of("applicant.surname"), ElementsAre("p<xm", "q>xm"));
    EXPECT_THAT(uses_of("applicant.birth_date"), ElementsAre("q>csrq"));
    EXPECT_THAT(uses_of("files.kind"), ElementsAre("p<cl.lx", "q>cl.lx"));
    EXPECT_THAT(uses_of("applicant.document_no"), ElementsAre("p~zj"));
    EXPECT_THAT(uses_of("salary"), ElementsAre());
}

TEST(Lineage, FollowsFieldsIntoWhatIsComputedOfThem) {
    const mapping::Compiled made = mapping::compile_rows(
        "let full = concat(applicant.surname, applicant.name_zh)\nfull -> qt.bz : trim\n");
    ASSERT_FALSE(made.findings.has_errors()) << made.rendered(false);
    const auto all = lineage_of(*made.bundle, kLineageUses);
    for (const char* path : {"applicant.surname", "applicant.name_zh"}) {
        const auto found = find_fields(all, path);
        ASSERT_EQ(found.size(), 1u) << path;
        ASSERT_EQ(found[0]->uses.size(), 1u) << path;
        EXPECT_EQ(found[0]->uses[0].use.party, "p");
        EXPECT_EQ(found[0]->uses[0].wire, "qt.bz");
        EXPECT_EQ(found[0]->uses[0].chain, "concat(applicant.surname, applicant.name_zh) | trim");
    }
}

TEST(Lineage, FindsAFieldByPathLabelOrWirePath) {
    for (const char* query :
         {"applicant.birth_date", "出生日期", "date of birth", "birth_date", "p.m:csrq"}) {
        const auto found = find_fields(lineage(), query);
        ASSERT_EQ(found.size(), 1u) << query;
        EXPECT_EQ(found[0]->path, "applicant.birth_date") << query;
    }
}

TEST(Lineage, ShowsARowOfColumnsOnceAndFindsItByEachColumn) {
    mapping::Files files = mapping::base_files();
    files["formats/p.m.format"] = "format p.m v1\nkind json\nCL01 text\nCL02 text\n";
    files["maps/p.m.map"] =
        "map p.m v1\nform f@1\nformat p.m@1\neach files <-> cols(01..02)\nsm3 <-> CL{n}\nend\n";
    const mapping::Compiled made = mapping::compile(files);
    ASSERT_FALSE(made.findings.has_errors()) << made.rendered(false);
    const auto all = lineage_of(*made.bundle, kLineageUses);
    for (const char* query : {"files.sm3", "p.m:CL01", "p.m:CL02", "p.m:CL{01..02}"}) {
        const auto found = find_fields(all, query);
        ASSERT_EQ(found.size(), 1u) << query;
        ASSERT_EQ(found[0]->uses.size(), 2u) << "p learns it, q sends it";
        EXPECT_EQ(found[0]->uses[0].wire, "CL{01..02}");
    }
    EXPECT_TRUE(find_fields(all, "p.m:CL03").empty());
}

TEST(Lineage, SuggestsWhatWasProbablyMeant) {
    struct {
        const char* query;
        const char* meant;
    } const rows[] = {{"applicant.birth_dat", "applicant.birth_date"},
                      {"birthdate", "birth_date"},
                      {"出生日其", "出生日期"},
                      {"日期", "applicant.birth_date"},
                      {"p.m:csr", "p.m:csrq"}};
    for (const auto& row : rows) {
        EXPECT_TRUE(find_fields(lineage(), row.query).empty()) << row.query;
        EXPECT_THAT(similar_fields(lineage(), row.query), ElementsAre(row.meant)) << row.query;
    }
    EXPECT_TRUE(similar_fields(lineage(), "zzzzzz").empty());
}

TEST(Lineage, SaysUnderWhichConditionAndHowWell) {
    const FieldUse& use = find_fields(lineage(), "applicant.sex")[0]->uses[0];
    EXPECT_EQ(use.condition, "not (action = issue)");
    EXPECT_EQ(use.chain, "code(sex.gbt2261)");
    EXPECT_EQ(grade_word(use.grade), "E");
    EXPECT_EQ(find_fields(lineage(), "applicant.surname")[0]->uses[0].required, "req");
    EXPECT_EQ(use.use.clearance, "C3");
    EXPECT_EQ(use.rule.line, 9);
}

TEST(Lineage, ShowsAMapThatNobodyUsesAsUnused) {
    const auto all = lineage_of(*compiled().bundle, {});
    const auto found = find_fields(all, "applicant.surname");
    ASSERT_EQ(found[0]->uses.size(), 2u);
    EXPECT_FALSE(found[0]->uses[0].is_used);
    EXPECT_TRUE(matrix_of(all, mapping::Privacy::C0).rows.empty());
}

TEST(Matrix, HasALinePerFieldAndAColumnPerParty) {
    EXPECT_EQ(to_csv(matrix_of(lineage(), mapping::Privacy::C2)),
              "form,field,label,class,p,q\r\n"
              "f,applicant.birth_date,出生日期,C2,,>\r\n"
              "f,applicant.document_no,证件号码,C3,~,\r\n");
}

TEST(Matrix, IsJsonToo) {
    const std::string json = to_json(matrix_of(lineage(), mapping::Privacy::C3), "0123");
    EXPECT_EQ(json, R"({"bundle":"0123","rows":[{"form":"f","field":"applicant.document_no",)"
                    R"("label":"证件号码","class":"C3","parties":{"p":"~","q":""}}]})");
}

}  // namespace
}  // namespace luqiao::authoring
