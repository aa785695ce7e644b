#include "base/diagnostic.h"

#include <gtest/gtest.h>

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
