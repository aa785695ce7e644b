#include "mapping/common_text.h"

#include "base/text.h"
#include "mapping/charset.h"
#include "mapping/utf8.h"
#include "mapping/values.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <vector>

namespace luqiao::mapping {
namespace {

bool is_common(char32_t character) {
    const auto in = [character](char32_t first, char32_t last) {
        return character >= first && character <= last;
    };
    return in(0x20, 0x7E) || in(0xA0, 0x2FF) || in(0x3001, 0x3029) || in(0x3030, 0x303F) ||
           in(0x4E00, 0x9FFF) || in(0xFF01, 0xFF3F) || in(0xFF41, 0xFF7F);
}

std::string utf8(char32_t character) {
    char bytes[4];
    return {bytes, put_character(bytes, character)};
}

std::vector<char32_t> all_characters() {
    std::vector<char32_t> all;
    for (char32_t character = 0; character <= 0x10'FFFF; ++character) {
        if (character < 0xD800 || character > 0xDFFF) all.push_back(character);
    }
    return all;
}

TEST(CommonText, IsOfTheCharactersOfItsHeader) {
    for (const char32_t character : all_characters()) {
        EXPECT_EQ(count_common(utf8(character)).has_value(), is_common(character))
            << std::uint32_t{character};
    }
}

/// A text of such characters is in normal form C, whatever their order.
TEST(CommonText, HasNothingThatNormalFormCChanges) {
    for (const char32_t character : all_characters()) {
        if (!is_common(character) && !is_plain_nfc(character)) continue;
        const auto code = static_cast<UChar32>(character);
        EXPECT_EQ(u_getIntPropertyValue(code, UCHAR_NFC_QUICK_CHECK), UNORM_YES) << code;
        EXPECT_EQ(u_getCombiningClass(code), 0) << code;
        EXPECT_TRUE(!is_common(character) || in_repertoire(character, Repertoire::Any)) << code;
    }
}

/// Characters of every length at every place of every window, and texts that were cut or disturbed.
TEST(CommonText, CountsCharactersOrGivesUp) {
    std::mt19937 random(20251009);
    constexpr std::array<char32_t, 14> kCommon{'a',    '~',    0xA0,   0xB7,   0x142,
                                               0x2FF,  0x3001, 0x3029, 0x3030, 0x4E00,
                                               0x9FFF, 0xFF0C, 0xFF3F, 0xFF7F};
    std::size_t counted = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text;
        const std::size_t characters = random() % 70;
        for (std::size_t at = 0; at < characters; ++at) {
            text += utf8(kCommon.at(random() % kCommon.size()));
        }
        ASSERT_EQ(count_common(text), characters) << text;
        if (text.empty()) continue;
        if (round % 2 == 0) {
            text.resize(random() % text.size());
        } else {
            text[random() % text.size()] = static_cast<char>(random());
        }
        bool fine = true;
        std::string_view left = text;
        while (fine && !left.empty()) {
            const char32_t next = take_character(left);
            fine = next != kNoCharacter && is_common(next);
        }
        const auto found = count_common(text);
        ASSERT_EQ(found.has_value(), fine) << text;
        if (found) {
            ASSERT_EQ(*found, code_points(text)) << text;
        }
        ++(found ? counted : refused);
    }
    EXPECT_GT(counted, 10'000u);
    EXPECT_GT(refused, 10'000u);
}

}  // namespace
}  // namespace luqiao::mapping
