#include "base/scan.h"

#include <gtest/gtest.h>

#include <string>

namespace luqiao {
namespace {

bool is_special(char byte) {
    const auto octet = static_cast<unsigned char>(byte);
    return octet < 0x20 || octet == 0x7F ||
           std::string_view("\"\\&<>").find(byte) != std::string_view::npos;
}

/// Every byte at every place of texts of every size up to a few registers.
TEST(Scan, FindsEachByteAtEachPlace) {
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (int octet = 0; octet < 256; ++octet) {
                std::string text(size, 'a');
                text[place] = static_cast<char>(octet);
                const Marks found = marks(text);
                EXPECT_EQ(found.special, is_special(text[place]))
                    << size << ' ' << place << ' ' << octet;
                EXPECT_EQ(found.high, octet >= 0x80) << size << ' ' << place << ' ' << octet;
                const std::string padded = text + std::string(16, '"');
                const Marks same = marks_padded(std::string_view(padded).substr(0, size));
                EXPECT_EQ(same.special, found.special) << size << ' ' << place << ' ' << octet;
                EXPECT_EQ(same.high, found.high) << size << ' ' << place << ' ' << octet;
                EXPECT_EQ(unmarked_prefix(text), is_special(text[place]) ? place : size)
                    << size << ' ' << place << ' ' << octet;
            }
        }
    }
}

TEST(Scan, StopsAtTheFirstOfSeveral) {
    EXPECT_EQ(unmarked_prefix("aaaaaaaaaaaa<aaa\"aa"), 12u);
    EXPECT_EQ(unmarked_prefix("aaaa\x1F<"), 4u);
    EXPECT_EQ(unmarked_prefix("\xE4\xBD\xA0&"), 3u);
}

TEST(Scan, FindsNothingInNothing) {
    EXPECT_TRUE(marks("").plain());
    EXPECT_EQ(unmarked_prefix(""), 0u);
}

}  // namespace
}  // namespace luqiao
