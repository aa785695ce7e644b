// base/scan.h - sixteen or eight bytes of a text at a time: which bytes does a check or a writer
// have to look at? Header only; reads exactly the bytes of the text, never beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace luqiao {

/// What occurs in a text. *Special* bytes are those that some writer escapes or some check refuses:
/// control characters, DEL, `"`, `\`, `&`, `<`, `>`.
struct Marks {
    bool special = false;
    bool high = false;  ///< a byte of a character beyond ASCII

    [[nodiscard]] bool plain() const { return !special && !high; }
};

namespace scan {

inline constexpr std::uint64_t kOnes = 0x0101010101010101u;
inline constexpr std::uint64_t kHigh = 0x8080808080808080u;

inline std::uint64_t word8(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, 8);
    return word;
}

/// One to seven bytes as a word; what is left of it are bytes of the text again, or spaces.
inline std::uint64_t short_word(const char* from, std::size_t size) {
    if (size >= 4) {
        std::uint32_t head = 0;
        std::uint32_t tail = 0;
        std::memcpy(&head, from, 4);
        std::memcpy(&tail, from + (size - 4), 4);
        return head | (std::uint64_t{tail} << 32u);
    }
    if (size >= 2) {
        std::uint16_t head = 0;
        std::uint16_t tail = 0;
        std::memcpy(&head, from, 2);
        std::memcpy(&tail, from + (size - 2), 2);
        return head | (std::uint64_t{tail} << 16u) | 0x2020202000000000u;
    }
    return static_cast<std::uint8_t>(*from) | 0x2020202020202000u;
}

/// High bit of each byte that is `byte`; bytes above one that is may be marked too.
inline std::uint64_t equal(std::uint64_t word, char byte) {
    const std::uint64_t zero = word ^ (kOnes * static_cast<std::uint8_t>(byte));
    return (zero - kOnes) & ~zero & kHigh;
}

/// High bit of the special bytes; the lowest one that is set is right.
inline std::uint64_t special(std::uint64_t word) {
    const std::uint64_t control = (word - kOnes * 0x20u) & ~word & kHigh;
    return control | equal(word | (kOnes * 0x04u), '&') | equal(word | (kOnes * 0x02u), '>') |
           equal(word, '\\') | equal(word, '\x7F');
}

#if defined(__SSE2__)
inline __m128i special(__m128i bytes) {
    const auto all = [](char byte) { return _mm_set1_epi8(byte); };
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, all(0x1F)), bytes);
    const __m128i quote_or_and = _mm_cmpeq_epi8(_mm_or_si128(bytes, all(0x04)), all('&'));
    const __m128i brackets = _mm_cmpeq_epi8(_mm_or_si128(bytes, all(0x02)), all('>'));
    const __m128i rest =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, all('\\')), _mm_cmpeq_epi8(bytes, all('\x7F')));
    return _mm_or_si128(_mm_or_si128(control, rest), _mm_or_si128(quote_or_and, brackets));
}

inline __m128i load16(const char* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
#endif

}  // namespace scan

/// What occurs in `text`, without stopping early: values are short.
inline Marks marks(std::string_view text) {
    const char* at = text.data();
    const std::size_t size = text.size();
    if (size == 0) return {};
    if (size < 8) {
        const std::uint64_t word = scan::short_word(at, size);
        return {scan::special(word) != 0, (word & scan::kHigh) != 0};
    }
#if defined(__SSE2__)
    if (size >= 16) {
        const char* const last = at + (size - 16);
        __m128i bytes = scan::load16(last);
        __m128i any_special = scan::special(bytes);
        __m128i any = bytes;
        for (; at < last; at += 16) {
            bytes = scan::load16(at);
            any_special = _mm_or_si128(any_special, scan::special(bytes));
            any = _mm_or_si128(any, bytes);
        }
        return {_mm_movemask_epi8(any_special) != 0, _mm_movemask_epi8(any) != 0};
    }
#endif
    const char* const last = at + (size - 8);
    std::uint64_t word = scan::word8(last);
    std::uint64_t any_special = scan::special(word);
    std::uint64_t any = word;
    for (; at < last; at += 8) {
        word = scan::word8(at);
        any_special |= scan::special(word);
        any |= word;
    }
    return {any_special != 0, (any & scan::kHigh) != 0};
}

/// The same of a text behind which sixteen bytes may be read.
inline Marks marks_padded(std::string_view text) {
#if defined(__SSE2__)
    const char* at = text.data();
    std::size_t left = text.size();
    unsigned special = 0;
    unsigned high = 0;
    for (; left > 16; left -= 16, at += 16) {
        const __m128i bytes = scan::load16(at);
        special |= static_cast<unsigned>(_mm_movemask_epi8(scan::special(bytes)));
        high |= static_cast<unsigned>(_mm_movemask_epi8(bytes));
    }
    const __m128i bytes = scan::load16(at);
    const unsigned mask = (1u << left) - 1;
    special |= static_cast<unsigned>(_mm_movemask_epi8(scan::special(bytes))) & mask;
    high |= static_cast<unsigned>(_mm_movemask_epi8(bytes)) & mask;
    return {special != 0, high != 0};
#else
    return marks(text);
#endif
}

/// Length of the head of `text` that has no special byte.
inline std::size_t unmarked_prefix(std::string_view text) {
    const char* const begin = text.data();
    const std::size_t size = text.size();
    std::size_t at = 0;
#if defined(__SSE2__)
    for (; at + 16 <= size; at += 16) {
        const int mask = _mm_movemask_epi8(scan::special(scan::load16(begin + at)));
        if (mask != 0) {
            return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
        }
    }
#endif
    for (; at + 8 <= size; at += 8) {
        if (scan::special(scan::word8(begin + at)) != 0) break;
    }
    const auto is_special = [](char byte) {
        return (byte >= 0 && byte < 0x20) || byte == '"' || byte == '&' || byte == '<' ||
               byte == '>' || byte == '\\' || byte == '\x7F';
    };
    while (at < size && !is_special(begin[at])) ++at;
    return at;
}

}  // namespace luqiao
