#include "base/text.h"

#include <gtest/gtest.h>

namespace luqiao {
namespace {

struct Utf8Row {
    const char* name;
    std::string_view bytes;
    bool good;
};

class Utf8 : public testing::TestWithParam<Utf8Row> {};

TEST_P(Utf8, IsTold) {
    EXPECT_EQ(is_utf8(GetParam().bytes), GetParam().good);
}

INSTANTIATE_TEST_SUITE_P(Text,
                         Utf8,
                         testing::Values(Utf8Row{"Empty", "", true},
                                         Utf8Row{"Chinese", "青岛", true},
                                         Utf8Row{"OutsideTheBmp", "𠮷", true},
                                         Utf8Row{"LastCodePoint", "\xF4\x8F\xBF\xBF", true},
                                         Utf8Row{"BeyondTheLast", "\xF4\x90\x80\x80", false},
                                         Utf8Row{"Surrogate", "\xED\xA0\x80", false},
                                         Utf8Row{"OverlongTwo", "\xC0\xAF", false},
                                         Utf8Row{"OverlongThree", "\xE0\x80\xAF", false},
                                         Utf8Row{"OverlongFour", "\xF0\x80\x80\xAF", false},
                                         Utf8Row{"CutOff", "\xE9\x9D", false},
                                         Utf8Row{"LoneContinuation", "\x80", false},
                                         Utf8Row{"Gbk", "\xC7\xE0\xB5\xBA", false}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Text, CountsAndCutsCodePoints) {
    EXPECT_EQ(code_points("a青𠮷"), 3U);
    EXPECT_EQ(prefix_code_points("a青𠮷", 2), "a青");
    EXPECT_EQ(prefix_code_points("a青𠮷", 9), "a青𠮷");
    EXPECT_EQ(prefix_code_points("青", 0), "");
}

TEST(Text, MasksAllButTheFirstCharacter) {
    EXPECT_EQ(masked("E12345678"), "E********");
    EXPECT_EQ(masked("王小明"), "王**");
    EXPECT_EQ(masked("王明"), "**");
    EXPECT_EQ(masked(""), "");
    EXPECT_EQ(masked("a very long secret value"), "a********");  // the length is not given away
}

TEST(Text, SplitsAndKeepsEmptyPieces) {
    EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Text, TrimsBlanksAtBothEnds) {
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
}

TEST(Text, FindsTheNearestWordWithinAQuarter) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(nearest("dispach", {"party", "dispatch"}), "dispatch");
    EXPECT_EQ(nearest("zzz", {"party", "dispatch"}), "");
    EXPECT_EQ(edit_distance("wehn", "when"), 1U);  // neighbours swapped
    EXPECT_EQ(edit_distance("ca", "abc"), 3U);
    EXPECT_EQ(nearest("xn", {"xm", "xb", "gj"}), "");  // two are as near
    EXPECT_EQ(nearest("xn", {"xm", "xm2", "gj"}), "xm");
    EXPECT_EQ(nearest("f", {"g"}), "");
}

}  // namespace
}  // namespace luqiao
