#include "authoring/shrink.h"

#include "base/text.h"

#include <gtest/gtest.h>

namespace luqiao::authoring {
namespace {

TEST(Shrink, LeavesOnlyWhatMakesItFail) {
    EXPECT_EQ(shrink("abc/def/史密斯",
                     [](const std::string& text) { return text.find('/') != std::string::npos; }),
              "/");
    EXPECT_EQ(shrink("史密斯史密斯", [](const std::string& text) { return code_points(text) > 3; }),
              "AAAA");
}

TEST(Shrink, NeverCutsACharacter) {
    const std::string least = shrink(
        "a𠮷b𠮷", [](const std::string& text) { return text.find("𠮷") != std::string::npos; });
    EXPECT_EQ(least, "𠮷");
}

TEST(Shrink, GivesBackATextThatCannotBeSmaller) {
    EXPECT_EQ(shrink("A", [](const std::string&) { return true; }), "A");
    EXPECT_EQ(shrink("xyz", [](const std::string& text) { return text == "xyz"; }), "xyz");
}

}  // namespace
}  // namespace luqiao::authoring
