// mapping/gb_tables.h - the pinned tables behind charset.h: codes of GB18030 and GBK per character.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Character by code and code by character. Built once from ICU (about 20 ms), then read only.
class GbTables {
public:
    static const GbTables& get();

    /// What one step of reading found; `size` 0: the bytes are not valid.
    struct Read {
        char32_t character = 0;
        std::size_t size = 0;
    };
    /// Reads one character at the head of `bytes`, which are not empty.
    [[nodiscard]] Read read_gb18030(std::string_view bytes) const;
    [[nodiscard]] Read read_gbk(std::string_view bytes) const;

    /// The code of a character, most significant byte first; 0: none. (NUL is handled as ASCII.)
    [[nodiscard]] std::uint32_t gb18030(char32_t character) const;
    [[nodiscard]] std::uint32_t gbk(char32_t character) const {
        return character < 0x1'0000 ? gbk_[character] : 0;
    }
    [[nodiscard]] bool is_gb2312(char32_t character) const {
        return character < 0x1'0000 && gb2312_[character];
    }

private:
    static constexpr std::size_t kPairs = std::size_t{126} * 190;  ///< 8140-FEFE without xx7F
    static constexpr std::size_t kQuadruples = 39'420;             ///< 81308130-8431A439: the BMP

    GbTables();
    void read_pairs();
    void read_quadruples();
    void invert();

    std::vector<char32_t> pairs_;         ///< GB18030, normalised
    std::vector<char16_t> quadruples_;    ///< GB18030
    std::vector<char32_t> pairs_936_;     ///< code page 936 as ICU has it
    std::vector<std::uint32_t> gb18030_;  ///< per BMP character
    std::vector<std::uint16_t> gbk_;      ///< per BMP character
    std::bitset<0x1'0000> gb2312_;        ///< per BMP character
};

}  // namespace luqiao::mapping
