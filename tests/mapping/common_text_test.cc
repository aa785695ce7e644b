#include "mapping/common_text.h"

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

/// All of the basic plane, and some of each other.
std::vector<char32_t> characters() {
    std::vector<char32_t> all;
    for (char32_t character = 0; character <= 0x10'FFFF;
         character += character < 0x1'0000 ? 1 : 101) {
        if (character < 0xD800 || character > 0xDFFF) all.push_back(character);
    }
    return all;
}

TEST(CommonText, IsOfTheCharactersOfItsHeader) {
    for (const char32_t character : characters()) {
        EXPECT_EQ(is_common_text(utf8(character)), is_common(character))
            << std::uint32_t{character};
    }
}

/// A text of such characters is in normal form C, whatever their order.
TEST(CommonText, HasNothingThatNormalFormCChanges) {
    for (const char32_t character : characters()) {
        if (!is_common(character) && !is_plain_nfc(character)) continue;
        const auto code = static_cast<UChar32>(character);
        EXPECT_EQ(u_getIntPropertyValue(code, UCHAR_NFC_QUICK_CHECK), UNORM_YES) << code;
        EXPECT_EQ(u_getCombiningClass(code), 0) << code;
        EXPECT_TRUE(!is_common(character) || in_repertoire(character, Repertoire::Any)) << code;
    }
}

/// Characters of every length at every place of every window, and texts that were cut or disturbed.
TEST(CommonText, IsFoundAtEveryPlaceAndRefusedWhenCutOrDisturbed) {
    std::mt19937 random(20251009);
    constexpr std::array<char32_t, 14> kCommon{'a',    '~',    0xA0,   0xB7,   0x142,
                                               0x2FF,  0x3001, 0x3029, 0x3030, 0x4E00,
                                               0x9FFF, 0xFF0C, 0xFF3F, 0xFF7F};
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::size_t count = random() % 70;
        for (std::size_t at = 0; at < count; ++at) {
            text += utf8(kCommon.at(random() % kCommon.size()));
        }
        ASSERT_TRUE(is_common_text(text)) << text;
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
        ASSERT_EQ(is_common_text(text), fine) << text;
        ++(fine ? taken : refused);
    }
    EXPECT_GT(taken, 2'000u);
    EXPECT_GT(refused, 2'000u);
}

}  // namespace
}  // namespace luqiao::mapping
