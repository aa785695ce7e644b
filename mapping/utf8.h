// mapping/utf8.h - one UTF-8 character at a time, without allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace luqiao::mapping {

inline constexpr char32_t kNoCharacter = 0xFFFF'FFFF;

inline std::uint8_t octet(char byte) {
    return static_cast<std::uint8_t>(byte);
}

/// Length of the plain ASCII at the head of `text`.
inline std::size_t ascii_prefix(std::string_view text) {
    std::size_t index = 0;
    for (; index + 8 <= text.size(); index += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + index, 8);
        if ((word & 0x8080808080808080u) != 0) break;
    }
    while (index < text.size() && octet(text[index]) < 0x80) ++index;
    return index;
}

/// Takes the first character off `text`. kNoCharacter, and `text` as it was, when it is empty or
/// does not begin with a well-formed sequence (RFC 3629: no surrogates, no overlong forms).
inline char32_t take_character(std::string_view& text) {
    if (text.empty()) return kNoCharacter;
    const std::uint8_t lead = octet(text[0]);
    if (lead < 0x80) {
        text.remove_prefix(1);
        return lead;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return kNoCharacter;
    char32_t character = lead & (0xFFu >> (length + 1));
    for (std::size_t index = 1; index < length; ++index) {
        const std::uint8_t next = octet(text[index]);
        if ((next & 0xC0u) != 0x80) return kNoCharacter;
        character = (character << 6u) | (next & 0x3Fu);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x1'0000};
    if (character < kSmallest[length] || character > 0x10'FFFF ||
        (character >= 0xD800 && character <= 0xDFFF)) {
        return kNoCharacter;
    }
    text.remove_prefix(length);
    return character;
}

/// Writes a Unicode scalar value to `out` (room for four bytes) and gives the place behind it.
inline char* put_character(char* out, char32_t character) {
    const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xC0u | (character >> 6u));
        put(0x80u | (character & 0x3Fu));
    } else if (character < 0x1'0000) {
        put(0xE0u | (character >> 12u));
        put(0x80u | ((character >> 6u) & 0x3Fu));
        put(0x80u | (character & 0x3Fu));
    } else {
        put(0xF0u | (character >> 18u));
        put(0x80u | ((character >> 12u) & 0x3Fu));
        put(0x80u | ((character >> 6u) & 0x3Fu));
        put(0x80u | (character & 0x3Fu));
    }
    return out;
}

}  // namespace luqiao::mapping
