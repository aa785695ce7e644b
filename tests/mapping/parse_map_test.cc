#include "mapping/parse_map.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

struct ParsedMap {
    std::optional<MapSyntax> map;
    Diagnostics findings;

    [[nodiscard]] std::string codes() const {
        std::string out;
        for (const Diagnostic& finding : findings.list()) {
            out += (out.empty() ? "" : " ") + finding.code;
        }
        return out;
    }
};

ParsedMap parsed_map(const std::string& rows) {
    const SourceFile source{"maps/p.m.map",
                            "map p.m v3 # 名 | name\nform f@1\nformat p.m@2\n" + rows};
    ParsedMap out;
    Report report(source, out.findings);
    out.map = parse_map(source, report);
    return out;
}

const RowSyntax& only_row(const ParsedMap& parsed) {
    return std::get<RowSyntax>(parsed.map->body.at(0));
}

TEST(MapParser, ReadsTheHeaderAndDeclarations) {
    const ParsedMap got = parsed_map(R"(use sex, country
codec d = absent("0") | date(yyyyMMdd)
let today = case.submitted_at
asof case.submitted_at
partial
)");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(got.map->name, "p.m");
    EXPECT_EQ(got.map->version, 3);
    EXPECT_EQ(got.map->label.en, "name");
    EXPECT_EQ(got.map->form.name, "f");
    EXPECT_EQ(got.map->format.version, 2);
    EXPECT_EQ(got.map->uses.size(), 2u);
    EXPECT_EQ(got.map->uses[1].at.column, 10);
    ASSERT_EQ(got.map->aliases.size(), 1u);
    EXPECT_EQ(got.map->aliases[0].chain.codecs[1].arguments[0].value.text, "yyyyMMdd");
    EXPECT_EQ(got.map->lets[0].name, "today");
    EXPECT_EQ(got.map->as_of->text, "case.submitted_at");
    EXPECT_TRUE(got.map->is_partial);
}

TEST(MapParser, ReadsEveryArrow) {
    const ParsedMap got = parsed_map("a <-> b\na <=> b\na <- b\na -> b\n");
    EXPECT_EQ(got.codes(), "");
    ASSERT_EQ(got.map->body.size(), 4u);
    std::vector<Arrow> arrows;
    for (const auto& one : got.map->body) arrows.push_back(std::get<RowSyntax>(one).arrow);
    EXPECT_THAT(arrows, testing::ElementsAre(Arrow::Both, Arrow::Exact, Arrow::Read, Arrow::Write));
}

TEST(MapParser, ReadsTuplesConstantsAndQuotedSegments) {
    const ParsedMap got = parsed_map(
        "(a.b, c) <-> X.\"y z\".@LX : split(\"/\", 2)\nconst(\"x\") -> Y\nz <- const(issue)\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(only_row(got).canonical.paths.size(), 2u);
    EXPECT_EQ(only_row(got).canonical.paths[0].text, "a.b");
    EXPECT_EQ(only_row(got).wire.paths[0].text, "X.y z.LX");
    EXPECT_TRUE(only_row(got).wire.paths[0].is_attribute);
    EXPECT_EQ(std::get<RowSyntax>(got.map->body[1]).canonical.constant->value.text, "x");
    EXPECT_EQ(std::get<RowSyntax>(got.map->body[2]).wire.constant->value.text, "issue");
}

TEST(MapParser, ReadsEveryClause) {
    const ParsedMap got = parsed_map(
        "a <-> b : trim | code(t.s) ; req ; default \"x\" ; fit 60 gb18030 cut ; lossy ok \"why\" "
        "; "
        "unmapped flag ; bad default y ; absent skip ; eg \"1\" = male, \"2\" = bad, \"\" = "
        "absent\n");
    EXPECT_EQ(got.codes(), "");
    const ClausesSyntax& clauses = only_row(got).clauses;
    EXPECT_EQ(only_row(got).chain.codecs[1].arguments[0].value.text, "t.s");
    EXPECT_TRUE(clauses.required);
    EXPECT_EQ(clauses.fallback->value.text, "x");
    EXPECT_EQ(clauses.fit->fit.bytes_max, 60u);
    EXPECT_EQ(clauses.fit->fit.charset, Charset::Gb18030);
    EXPECT_TRUE(clauses.fit->fit.cut);
    EXPECT_TRUE(clauses.lossy_ok);
    EXPECT_EQ(clauses.unmapped->act, OnBad::Flag);
    EXPECT_EQ(clauses.bad->value->value.text, "y");
    EXPECT_EQ(clauses.absent->act, OnBad::Skip);
    ASSERT_EQ(clauses.examples.size(), 3u);
    EXPECT_EQ(clauses.examples[1].gives, ExampleSyntax::Gives::Bad);
    EXPECT_EQ(clauses.examples[2].gives, ExampleSyntax::Gives::Absent);
}

TEST(MapParser, ReadsWhenElseAndEach) {
    const ParsedMap got = parsed_map(R"(when a = x
  b -> c
else when a in (y, z)
  d -> e
else
  f -> g
end
each l <-> L key k ; max 5 ; bad drop
  k <-> K
end
check a < b else "甲 | first" at a
)");
    EXPECT_EQ(got.codes(), "");
    ASSERT_EQ(got.map->body.size(), 3u);
    const auto& when = std::get<WhenSyntax>(got.map->body[0]);
    ASSERT_EQ(when.branches.size(), 2u);
    const auto& second = std::get<WhenSyntax>(when.branches[1].at(0));
    EXPECT_EQ(second.condition.kind, Condition::Kind::In);
    EXPECT_EQ(second.branches.size(), 2u);
    const auto& each = std::get<EachSyntax>(got.map->body[1]);
    EXPECT_EQ(each.key->text, "k");
    EXPECT_EQ(each.clauses.items_max, 5u);
    EXPECT_EQ(each.body.size(), 1u);
    EXPECT_EQ(std::get<CheckSyntax>(got.map->body[2]).message.zh, "甲");
}

TEST(MapParser, BindsAndTighterThanOr) {
    const ParsedMap got = parsed_map("when a = 1 or b = 2 and not (c present or d absent)\nend\n");
    EXPECT_EQ(got.codes(), "");
    const ConditionSyntax& top = std::get<WhenSyntax>(got.map->body[0]).condition;
    EXPECT_EQ(top.kind, Condition::Kind::Or);
    ASSERT_EQ(top.children.size(), 2u);
    EXPECT_EQ(top.children[1].kind, Condition::Kind::And);
    EXPECT_EQ(top.children[1].children[1].kind, Condition::Kind::Not);
    EXPECT_EQ(top.children[1].children[1].children[0].kind, Condition::Kind::Or);
}

TEST(MapParser, TakesAKeywordBeforeADotOrArrowForAField) {
    const ParsedMap got = parsed_map("use.a <-> b\ncheck <-> c\nend -> d\nwhen.x -> e\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(got.map->body.size(), 4u);
}

TEST(MapParser, GoesOnAfterABadLine) {
    const ParsedMap got = parsed_map("a <-> b\na ? b\nwhen a\n  a <-> c\nend\na <-> d\n");
    EXPECT_EQ(got.codes(), "M100 M100");
    EXPECT_EQ(got.map->body.size(), 2u);
}

TEST(MapParser, RefusesMoreRowsThanTheLimit) {
    std::string rows;
    for (std::size_t i = 0; i < kRowsMax; ++i) rows += "a <-> b\n";
    EXPECT_EQ(parsed_map(rows).codes(), "");
    EXPECT_EQ(parsed_map(rows + "a <-> b\na <-> b\n").codes(), "M102");
}

TEST(MapParser, RefusesDeepConditions) {
    std::string open(kDepthMax, '(');
    EXPECT_EQ(
        parsed_map("when " + open + "a = 1" + std::string(kDepthMax, ')') + "\nend\n").codes(),
        "M102");
    std::string nots;
    for (int i = 0; i < 400; ++i) nots += "not ";
    EXPECT_EQ(parsed_map("when " + nots + "a = 1\nend\n").codes(), "M102");
}

}  // namespace
}  // namespace luqiao::mapping
