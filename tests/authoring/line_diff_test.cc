#include "authoring/line_diff.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luqiao::authoring {
namespace {

Lines chars(std::string_view text) {
    Lines out;
    for (const char c : text) out.emplace_back(1, c);
    return out;
}

std::string merged(std::string_view base, std::string_view mine, std::string_view theirs) {
    const Merge merge = merge_lines(chars(base), chars(mine), chars(theirs));
    if (!merge.conflicts.empty()) return fmt::format("{} conflicts", merge.conflicts.size());
    std::string out;
    for (const MergedLine& line : merge.lines) {
        EXPECT_TRUE(!line.mine || chars(mine)[*line.mine] == line.text);
        out += line.text;
    }
    return out;
}

TEST(LineDiff, FindsWhatIsCommon) {
    EXPECT_EQ(common_lines(chars("abcdef"), chars("axcdyf")),
              (LinePairs{{0, 0}, {2, 2}, {3, 3}, {5, 5}}));
    EXPECT_TRUE(common_lines(chars(""), chars("abc")).empty());
    EXPECT_EQ(common_lines(chars("aaa"), chars("aa")).size(), 2u);
}

TEST(LineDiff, ShowsChangesWithTwoLinesAround) {
    std::string out;
    for (const LineChange& one : line_changes(chars("abcdefgh"), chars("abcdXfgh"))) {
        out += one.kind == LineChange::Kind::Kept    ? ' '
               : one.kind == LineChange::Kind::Added ? '+'
                                                     : '-';
        out += one.text;
    }
    EXPECT_EQ(out, " c d-e+X f g");
}

TEST(LineMerge, TakesWhatOnlyOneSideChanged) {
    EXPECT_EQ(merged("abcdef", "aXcdef", "abcdYf"), "aXcdYf");
    EXPECT_EQ(merged("abc", "abcM", "Tabc"), "TabcM");
    EXPECT_EQ(merged("abc", "ac", "abc"), "ac");
    EXPECT_EQ(merged("abc", "abc", "bc"), "bc");
    EXPECT_EQ(merged("abc", "aXc", "aXc"), "aXc");
}

TEST(LineMerge, TellsWhereBothChanged) {
    EXPECT_EQ(merged("abc", "aXc", "aYc"), "1 conflicts");
    EXPECT_EQ(merged("abcdef", "Xbcdef", "Ybcdef"), "1 conflicts");
    EXPECT_EQ(merged("abcde", "aXcYe", "aPcQe"), "2 conflicts");
}

}  // namespace
}  // namespace luqiao::authoring
