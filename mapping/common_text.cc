#include "mapping/common_text.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace luqiao::mapping {

#if defined(__SSE2__)
namespace {

constexpr std::size_t kWindow = 64;

/// One bit per byte of up to kWindow bytes, the first byte lowest.
struct Bytes {
    std::uint64_t ascii = 0;      ///< 20-7E
    std::uint64_t continued = 0;  ///< 80-BF
    std::uint64_t two = 0;        ///< C2-CB, the head of U+0080-02FF
    std::uint64_t three = 0;      ///< E4-E9, the head of U+4000-9FFF
    std::uint64_t mark = 0;       ///< E3, of U+3000-3FFF
    std::uint64_t wide = 0;       ///< EF, of U+F000-FFFF
    std::uint64_t c2 = 0;
    std::uint64_t e4 = 0;
    std::uint64_t is_80 = 0;
    std::uint64_t to_9f = 0;    ///< 80-9F
    std::uint64_t to_a9 = 0;    ///< 80-A9
    std::uint64_t from_b0 = 0;  ///< B0-BF
    std::uint64_t from_b8 = 0;  ///< B8-BF
    std::uint64_t bc_or_bd = 0;
};

/// The bytes of `text`, at most sixteen; the rest zeros.
__m128i load(std::string_view text) {
    if (text.size() >= 16) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    }
    alignas(16) char room[16] = {};
    std::memcpy(room, text.data(), text.size());
    return _mm_load_si128(reinterpret_cast<const __m128i*>(room));
}

/// `text` has at most kWindow bytes.
Bytes classify(std::string_view text) {
    Bytes out;
    for (std::size_t at = 0; at < text.size(); at += 16) {
        const __m128i bytes = load(text.substr(at));
        const auto bits = [at](__m128i which) {
            return std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(which))} << at;
        };
        // Signed: 80-FF stand before 00-7F, in their order.
        const auto above = [bytes](int bound) {
            return _mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(bound)));
        };
        const auto is = [bytes](int byte) {
            return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(byte)));
        };
        const auto between = [&above](int below, int last) {
            return _mm_andnot_si128(above(last), above(below));
        };
        const __m128i high = _mm_cmplt_epi8(bytes, _mm_setzero_si128());
        out.ascii |= bits(_mm_andnot_si128(is(0x7F), above(0x1F)));
        out.continued |= bits(_mm_andnot_si128(above(0xBF), high));
        out.two |= bits(between(0xC1, 0xCB));
        out.three |= bits(between(0xE3, 0xE9));
        out.mark |= bits(is(0xE3));
        out.wide |= bits(is(0xEF));
        out.c2 |= bits(is(0xC2));
        out.e4 |= bits(is(0xE4));
        out.is_80 |= bits(is(0x80));
        out.to_9f |= bits(_mm_andnot_si128(above(0x9F), high));
        out.to_a9 |= bits(_mm_andnot_si128(above(0xA9), high));
        out.from_b0 |= bits(between(0xAF, 0xBF));
        out.from_b8 |= bits(between(0xB7, 0xBF));
        out.bc_or_bd |= bits(between(0xBB, 0xBD));
    }
    return out;
}

/// Whether the window, which begins and ends with a character, is made of the common ones alone.
bool is_common(const Bytes& bytes, std::size_t size) {
    const std::uint64_t all = size == kWindow ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
    const std::uint64_t three = bytes.three | bytes.mark | bytes.wide;
    const std::uint64_t heads = bytes.two | three;
    const std::uint64_t wanted = (heads << 1u) | (three << 2u);
    if ((bytes.ascii | bytes.continued | heads) != all || bytes.continued != wanted) return false;
    // A head whose characters end behind the window.
    if ((heads >> (size - 1)) != 0 || (size > 1 && (three >> (size - 2)) != 0)) return false;
    const std::uint64_t wrong =
        ((bytes.c2 << 1u) & bytes.to_9f) |                      // U+0080-009F
        ((bytes.e4 << 1u) & ~bytes.from_b8) |                   // U+4000-4DFF
        ((bytes.mark << 1u) & ~bytes.is_80) |                   // U+3040-3FFF
        ((bytes.mark << 2u) & bytes.is_80) |                    // U+3000
        ((bytes.mark << 2u) & ~bytes.to_a9 & ~bytes.from_b0) |  // U+302A-302F
        ((bytes.wide << 1u) & ~bytes.bc_or_bd) |                // U+F000-FEFF, U+FF80-FFFF
        ((bytes.wide << 2u) & bytes.is_80);                     // U+FF00, U+FF40
    return wrong == 0;
}

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80;
}

}  // namespace

std::optional<std::size_t> count_common(std::string_view text) {
    std::size_t characters = 0;
    while (!text.empty()) {
        std::size_t size = text.size();
        if (size > kWindow) {
            size = kWindow;
            while (size > kWindow - 4 && is_continuation(text[size])) --size;
        }
        const Bytes bytes = classify(text.substr(0, size));
        if (!is_common(bytes, size)) return std::nullopt;
        characters += size - static_cast<std::size_t>(std::popcount(bytes.continued));
        text.remove_prefix(size);
    }
    return characters;
}

#else

std::optional<std::size_t> count_common(std::string_view text) {
    return text.empty() ? std::optional<std::size_t>(0) : std::nullopt;
}

#endif

}  // namespace luqiao::mapping
