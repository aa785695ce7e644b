#include "mapping/compile_row.h"
#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

const Program& only(const Compiled& compiled) {
    const Program* program = compiled.bundle->find("p.m");
    EXPECT_NE(program, nullptr) << compiled.rendered(false);
    static const Program empty;
    return program == nullptr ? empty : *program;
}

template <class T>
const T& rule(const Compiled& compiled, std::size_t index) {
    return std::get<T>(only(compiled).body.rules.at(index));
}

TEST(CompiledRow, HoldsSlotsChainAndGrade) {
    const Compiled got = compile_rows(
        "applicant.birth_date <-> csrq : absent(\"00000000\") | date(yyyyMMdd) ; req ; bad flag\n");
    EXPECT_EQ(got.codes(), "");
    const auto& row = rule<RowRule>(got, 0);
    const Program& program = only(got);
    ASSERT_EQ(row.canonical.size(), 1u);
    EXPECT_EQ(program.form->root.fields[row.canonical[0].slot].path, "applicant.birth_date");
    EXPECT_EQ(program.format->root_scope.fields[row.wire.at(0)].path, "csrq");
    ASSERT_EQ(row.chain.size(), 2u);
    EXPECT_EQ(row.chain[0].codec->name, "absent");
    EXPECT_EQ(row.grade, Grade::Canonical);
    EXPECT_TRUE(row.required);
    EXPECT_EQ(row.on_bad, OnBad::Flag);
    EXPECT_EQ(row.on_unmapped, OnBad::Reject);
    EXPECT_EQ(row.at.line, 4);
    EXPECT_EQ(row.wire_at.column, 26);
}

TEST(CompiledRow, ResolvesTablesAndSystems) {
    const Compiled got =
        compile_rows("applicant.sex <-> xb : code(sex.gbt2261) ; default male ; unmapped flag\n");
    EXPECT_EQ(got.codes(), "");
    const auto& row = rule<RowRule>(got, 0);
    EXPECT_EQ(row.chain[0].arguments.table, got.bundle->table("sex"));
    EXPECT_EQ(row.chain[0].arguments.system, 1u);
    EXPECT_EQ(row.fallback, "male");
    EXPECT_EQ(row.grade, Grade::Exact) << "the column is one to one";
}

TEST(CompiledRow, ExpandsAliasesOfAliases) {
    const Compiled got = compile_rows(
        "codec t = trim\ncodec d = t | date(yyyyMMdd)\napplicant.birth_date <-> csrq : d\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(rule<RowRule>(got, 0).chain.size(), 2u);
}

TEST(CompiledRow, RefusesChainsThatGrowWithoutBound) {
    std::string rows = "codec a0 = trim\n";
    for (int i = 1; i < 12; ++i) {
        const std::string below = "a" + std::to_string(i - 1);
        rows += "codec a" + std::to_string(i) + " = " + below + " | " + below + "\n";
    }
    EXPECT_EQ(compile_rows(rows + "applicant.surname <-> xm : a11\n").codes(), "M102");
}

TEST(CompiledRow, NormalisesLiterals) {
    const Compiled got = compile_rows("salary <-> gz ; default 12.5\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(rule<RowRule>(got, 0).fallback, "12.50");
}

TEST(CompiledRow, KeepsConstantsAndTuples) {
    const Compiled got = compile_rows(
        "const(\"CRJ\") -> id\naction <- const(issue)\n"
        "(applicant.document_kind, applicant.document_no) <-> zj : split(\"/\", 2)\n");
    EXPECT_EQ(got.codes(), "") << got.rendered(false);
    EXPECT_EQ(rule<RowRule>(got, 0).canonical_constant, "CRJ");
    EXPECT_EQ(rule<RowRule>(got, 1).wire_constant, "issue");
    EXPECT_EQ(rule<RowRule>(got, 2).canonical.size(), 2u);
}

TEST(CompiledEach, LooksInTheItemFirstThenInTheMessage) {
    const Compiled got = compile_rows(
        "each files <-> cl key sm3 ; max 4 ; bad drop\n"
        "  kind <-> lx ; bad drop\n  sm3 <-> zy\nend\n"
        "each files -> cl\n  applicant.surname -> lx\nend\n");
    EXPECT_THAT(got.codes(), testing::HasSubstr("M121"));  // lx twice; all else is good
    const auto& each = rule<EachRule>(got, 0);
    EXPECT_EQ(each.items_max, 4u);
    EXPECT_TRUE(each.drop_bad);
    const auto& row = std::get<RowRule>(each.body.at(0).rules.at(0));
    EXPECT_TRUE(row.canonical[0].in_item);
    EXPECT_TRUE(row.wire_in_item);
    const auto& root = std::get<RowRule>(rule<EachRule>(got, 1).body.at(0).rules.at(0));
    EXPECT_FALSE(root.canonical[0].in_item);
    EXPECT_EQ(rule<EachRule>(got, 1).items_max, 5u) << "the smaller of both lists";
}

TEST(CompiledWhen, TurnsElseWhenIntoANestedWhen) {
    const Compiled got = compile_rows(
        "action <- ywlx : code(action.psb)\n"
        "when action in (issue, renew)\n  const(\"1\") -> xb\n"
        "else when action = change\n  const(\"2\") -> xb\nelse\n  const(\"3\") -> xb\nend\n");
    EXPECT_EQ(got.codes(), "");
    const auto& when = rule<WhenRule>(got, 1);
    ASSERT_EQ(when.branches.size(), 2u);
    EXPECT_EQ(when.condition.operands.size(), 3u);
    EXPECT_EQ(when.condition.operands[1].literal, "issue");
    const auto& inner = std::get<WhenRule>(when.branches[1].rules.at(0));
    EXPECT_EQ(inner.branches.size(), 2u);
}

TEST(CompiledCondition, UnderstandsLetDatesAndFieldsOnBothSides) {
    const Compiled got = compile_rows(
        "let day = sent\nlet again = day\nlet old = 1900-01-01\n"
        "applicant.birth_date <-> csrq : date(yyyyMMdd)\n"
        "check applicant.birth_date < again else \"x\"\n"
        "check applicant.birth_date between old and sent else \"x\" at applicant.birth_date\n"
        "check married = true or married absent else \"x\"\n");
    EXPECT_EQ(got.codes(), "");
    const Condition& first = rule<CheckRule>(got, 1).check.condition;
    EXPECT_EQ(first.comparison, Comparison::Less);
    EXPECT_EQ(first.operands[1].type, TypeKind::DateTime);
    const Check& second = rule<CheckRule>(got, 2).check;
    EXPECT_EQ(second.condition.operands[1].literal, "1900-01-01");
    EXPECT_TRUE(second.field);
}

TEST(CompiledCondition, TakesAWordForACodeBeforeAFieldOfTheSameName) {
    Files files = base_files();
    files["forms/f.form"] = "form f v1\nmale bool\nsex code(sex)\n";
    files["maps/p.m.map"] =
        "map p.m v1\nform f@1\nformat p.m@1\nsex <- xb\nwhen sex = male\n const(\"1\") -> "
        "xm\nend\n";
    const Compiled got = compile(files);
    EXPECT_EQ(got.codes(), "");
    EXPECT_FALSE(rule<WhenRule>(got, 1).condition.operands[1].is_field);
}

TEST(CompiledMap, KnowsItsDateAndWhetherItIsPartial) {
    const Compiled got = compile_rows("asof sent\npartial\napplicant.surname <-> xm\n");
    EXPECT_EQ(got.codes(), "");
    const Program& program = only(got);
    EXPECT_TRUE(program.is_partial);
    ASSERT_TRUE(program.as_of);
    EXPECT_EQ(program.form->root.fields[*program.as_of].path, "sent");
    EXPECT_EQ(program.tables.size(), 3u);
}

struct GoodRow {
    const char* name;
    const char* rows;
};

class CleanMaps : public testing::TestWithParam<GoodRow> {};

TEST_P(CleanMaps, HaveNoFindings) {
    const Compiled got = compile_rows(GetParam().rows);
    EXPECT_EQ(got.codes(), "") << got.rendered(false);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    CleanMaps,
    testing::Values(
        GoodRow{"LossyAcknowledged",
                "applicant.surname <-> xm ; fit 20 utf-8 cut ; lossy ok \"old system\"\n"},
        GoodRow{"LossyOneWay", "applicant.surname -> xm ; fit 20 utf-8 cut\n"},
        GoodRow{"TwoBranches",
                "when action = issue\n applicant.surname -> xm\nelse\n const(\"\") -> xm\nend\n"},
        GoodRow{"DisjointWhens",
                "when action = issue\n applicant.surname -> xm\nend\n"
                "when action in (change, renew)\n const(\"\") -> xm\nend\n"},
        GoodRow{"GuardReadAbove",
                "action <- ywlx : code(action.psb)\nwhen action = issue\n"
                " applicant.surname <-> xm\nend\n"},
        GoodRow{"RootIntoItem", "each files -> cl\n applicant.surname -> lx\nend\n"},
        GoodRow{"WireRootIntoItem", "each files <- cl\n sm3 <- zj\nend\n"},
        GoodRow{"UnmappedAcknowledged",
                "applicant.sex <-> xb : code(sex.word) ; unmapped reject\n"},
        GoodRow{"Examples",
                "applicant.birth_date <-> csrq : absent(\"00000000\") | date(yyyyMMdd) ; "
                "eg \"19900102\" = 1990-01-02, \"00000000\" = absent, \"19900230\" = bad\n"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace luqiao::mapping
