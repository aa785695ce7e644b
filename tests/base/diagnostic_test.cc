#include "base/diagnostic.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao {
namespace {

TEST(Diagnostic, IsRenderedAsACompilerWould) {
    const Diagnostic one{
        "M101",         Severity::Error, {"sti.map", 12, 5, 3}, {"没有该字段", "no such field"},
        "row nmae = x", "name"};
    EXPECT_EQ(render(one),
              "sti.map:12:5 error M101 没有该字段 (no such field)\n"
              " 12 | row nmae = x\n"
              "    |     ^^^\n"
              "    = fix: name");
}

TEST(Diagnostic, PutsTheCaretUnderWideCharacters) {
    const Diagnostic one{"M101", Severity::Warning, {"a", 1, 3, 1}, {"x", ""}, "青岛x", ""};
    EXPECT_EQ(render(one), "a:1:3 warning M101 x\n 1 | 青岛x\n   |     ^");
}

TEST(Diagnostic, DrawsAsManyCaretsAsTheCharactersTakeCells) {
    const Diagnostic wide{"M101", Severity::Error, {"a", 1, 2, 4}, {"x", ""}, "x出生日期 y", ""};
    EXPECT_EQ(render(wide), "a:1:2 error M101 x\n 1 | x出生日期 y\n   |  ^^^^^^^^");
    const Diagnostic tab{"M101", Severity::Error, {"a", 1, 4, 2}, {"x", ""}, "ab\tcd", ""};
    EXPECT_EQ(render(tab), "a:1:4 error M101 x\n 1 | ab  cd\n   |     ^^");
    const Diagnostic behind{"M101", Severity::Error, {"a", 1, 4, 1}, {"x", ""}, "ab", ""};
    EXPECT_EQ(render(behind), "a:1:4 error M101 x\n 1 | ab\n   |    ^");
}

TEST(Diagnostic, SaysWhyBesideTheCaretAndWhere) {
    Diagnostic one{
        "M130", Severity::Error,        {"p.map", 3, 1, 2}, {"不是一对一", "not one-to-one"},
        "gj",   Fix{Text{"改", "mend"}}};
    one.cause = {"两行都有", "in two rows"};
    one.related = {{{"country.csv", 212, 1, 1}, {}}, {{"country.csv", 219, 1, 1}, {}}};
    EXPECT_EQ(render(one, {Language::Zh, false}),
              "p.map:3:1 error M130 不是一对一\n 3 | gj\n"
              "   | ^^ 两行都有 (country.csv:212, :219)\n    = 改法：改");
    EXPECT_EQ(render(one, {Language::En, false}),
              "p.map:3:1 error M130 not one-to-one\n 3 | gj\n"
              "   | ^^ in two rows (country.csv:212, :219)\n    = fix: mend");
    EXPECT_THAT(render(one, {Language::Zh, true}), testing::HasSubstr("\x1b[1;31m^^\x1b[0m"));
}

TEST(Cells, CountWhatATerminalShows) {
    EXPECT_EQ(cells("a青ａ“”"), 7U);        // full width a; ambiguous quotes are narrow
    EXPECT_EQ(cells("e\u0301\u200B"), 1U);  // a combining accent and a zero-width space
    EXPECT_EQ(cells("𠮷"), 2U);
}

Diagnostic fixed(std::vector<Edit> edits, bool safe = true) {
    return {"M1", Severity::Error, {"f", 1, 1, 1}, {}, {}, Fix{{"x", "x"}, std::move(edits), safe}};
}

TEST(Mend, ReplacesInsertsAndTakesLinesOut) {
    const std::string text = "一二三\r\ndrop\nlast";
    EXPECT_EQ(mend(text, "f", {fixed({{{"f", 1, 2, 1}, "two"}})}).text, "一two三\r\ndrop\nlast");
    EXPECT_EQ(mend(text, "f", {fixed({{{"f", 2, 1, 5}, ""}})}).text, "一二三\r\nlast");
    EXPECT_EQ(mend(text, "f", {fixed({{{"f", 1, 1, 4}, ""}})}).text, "drop\nlast");
    EXPECT_EQ(mend(text, "f", {fixed({{{"f", 3, 5, 0}, "\nend"}})}).text, text + "\nend");
    EXPECT_EQ(mend(text, "f", {fixed({insert_behind({"f", 2, 1, 4}, ";")})}).text,
              "一二三\r\ndrop;\nlast");
}

TEST(Mend, LeavesWhatIsUnsafeElsewhereOutsideOrInTheWay) {
    const std::string text = "abc";
    const auto none = [&](const Diagnostic& finding) {
        return mend(text, "f", {finding}).fixes == 0;
    };
    EXPECT_TRUE(none(fixed({{{"f", 1, 1, 1}, "x"}}, false)));
    EXPECT_TRUE(none(fixed({{{"g", 1, 1, 1}, "x"}})));
    EXPECT_TRUE(none(fixed({{{"f", 2, 1, 1}, "x"}})));
    EXPECT_TRUE(none(fixed({{{"f", 1, 2, 4}, "x"}})));
    EXPECT_TRUE(none(fixed({{{"f", 1, 1, 1}, "x"}, {{"f", 9, 1, 1}, "x"}})));  // all or nothing
    const Mended both =
        mend(text, "f", {fixed({{{"f", 1, 1, 2}, "x"}}), fixed({{{"f", 1, 2, 1}, "y"}})});
    EXPECT_EQ(both.text, "xc");
    EXPECT_EQ(both.fixes, 1U);
}

TEST(Diagnostic, NamesSheetAndCellOfAWorkbook) {
    Diagnostic one{"M210", Severity::Error, {"a.xlsx", 12, 4, 1}, {"公式", "a formula"}, "", ""};
    one.at.sheet = "映射";
    EXPECT_EQ(render(one), "a.xlsx 映射 error M210 公式 (a formula)");
    one.at.cell = "D12";
    EXPECT_EQ(render(one), "a.xlsx 映射!D12 error M210 公式 (a formula)");
}

TEST(Diagnostics, SortByPlaceAndKeepTheOrderOfEquals) {
    Diagnostics findings;
    findings.add("b2", {"b", 2, 1, 1}, {});
    findings.add("a9", {"a", 9, 4, 1}, {});
    findings.add("a9first", {"a", 9, 1, 1}, {});
    findings.add("b2again", {"b", 2, 1, 1}, {});
    findings.sort();
    std::vector<std::string> codes;
    for (const Diagnostic& one : findings.list()) codes.push_back(one.code);
    EXPECT_EQ(codes, (std::vector<std::string>{"a9first", "a9", "b2", "b2again"}));
}

TEST(Diagnostics, TellErrorsFromWarnings) {
    Diagnostics findings;
    Diagnostics warning;
    warning.add(Diagnostic{"M1", Severity::Warning, {}, {}, {}, {}});
    findings.append(warning);
    EXPECT_FALSE(findings.has_errors());
    findings.add("M2", {}, {});
    EXPECT_TRUE(findings.has_errors());
    EXPECT_EQ(findings.list().size(), 2U);
}

}  // namespace
}  // namespace luqiao
