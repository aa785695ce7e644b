#include "mapping/common_text.h"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace luqiao::mapping {

#if defined(__SSE2__)
namespace {

constexpr std::size_t kWindow = 64;

/// One bit per byte of a window, the first byte lowest.
struct Ideographs {
    std::uint64_t ascii = 0;      ///< 20-7E
    std::uint64_t continued = 0;  ///< 80-BF
    std::uint64_t three = 0;      ///< E4-E9, the head of U+4000-9FFF
    std::uint64_t e4 = 0;
    std::uint64_t from_b8 = 0;  ///< B8-BF
};
struct Others {
    std::uint64_t two = 0;   ///< C2-CB, the head of U+0080-02FF
    std::uint64_t mark = 0;  ///< E3, of U+3000-3FFF
    std::uint64_t wide = 0;  ///< EF, of U+F000-FFFF
    std::uint64_t c2 = 0;
    std::uint64_t is_80 = 0;
    std::uint64_t to_9f = 0;    ///< 80-9F
    std::uint64_t to_a9 = 0;    ///< 80-A9
    std::uint64_t from_b0 = 0;  ///< B0-BF
    std::uint64_t bc_or_bd = 0;
};

/// Sixteen bytes. Signed, 80-FF stand before 00-7F, in their order.
struct Sixteen {
    __m128i bytes;

    [[nodiscard]] __m128i is(int byte) const {
        return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(byte)));
    }
    [[nodiscard]] __m128i above(int bound) const {
        return _mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(bound)));
    }
    [[nodiscard]] __m128i between(int below, int last) const {
        return _mm_andnot_si128(above(last), above(below));
    }
    [[nodiscard]] __m128i high_to(int last) const {
        return _mm_andnot_si128(above(last), _mm_cmplt_epi8(bytes, _mm_setzero_si128()));
    }
};

Sixteen load(const char* from) {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
}

/// Calls `look` with the bytes of `text` and a function that lays masks of them on others; the last
/// sixteen bytes overlap those before, a short text is filled up with zeros.
template <class Look>
void by_sixteen(std::string_view text, const Look& look) {
    const auto at = [&look](const Sixteen& bytes, std::size_t place) {
        look(bytes, [place](__m128i which) {
            return std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(which))} << place;
        });
    };
    if (text.size() < 16) {
        alignas(16) char room[16] = {};
        std::memcpy(room, text.data(), text.size());
        at(load(room), 0);
        return;
    }
    std::size_t place = 0;
    for (; place + 16 < text.size(); place += 16) at(load(text.data() + place), place);
    at(load(text.data() + text.size() - 16), text.size() - 16);
}

/// Heads are followed by as many bytes as they say, inside of the window.
bool is_formed(std::uint64_t two, std::uint64_t three, std::uint64_t continued, std::size_t size) {
    const std::uint64_t heads = two | three;
    return continued == ((heads << 1u) | (three << 2u)) && (heads >> (size - 1)) == 0 &&
           (size < 2 || (three >> (size - 2)) == 0);
}

/// ASCII and ideographs were looked at; other characters are among them.
bool is_common_beside(const Ideographs& seen, std::string_view text, std::uint64_t all) {
    Others other;
    by_sixteen(text, [&other](const Sixteen& bytes, const auto& bits) {
        other.two |= bits(bytes.between(0xC1, 0xCB));
        other.mark |= bits(bytes.is(0xE3));
        other.wide |= bits(bytes.is(0xEF));
        other.c2 |= bits(bytes.is(0xC2));
        other.is_80 |= bits(bytes.is(0x80));
        other.to_9f |= bits(bytes.high_to(0x9F));
        other.to_a9 |= bits(bytes.high_to(0xA9));
        other.from_b0 |= bits(bytes.between(0xAF, 0xBF));
        other.bc_or_bd |= bits(bytes.between(0xBB, 0xBD));
    });
    const std::uint64_t three = seen.three | other.mark | other.wide;
    if ((seen.ascii | seen.continued | other.two | three) != all) return false;
    const std::uint64_t wrong =
        ((other.c2 << 1u) & other.to_9f) |                      // U+0080-009F
        ((other.mark << 1u) & ~other.is_80) |                   // U+3040-3FFF
        ((other.mark << 2u) & other.is_80) |                    // U+3000
        ((other.mark << 2u) & ~other.to_a9 & ~other.from_b0) |  // U+302A-302F
        ((other.wide << 1u) & ~other.bc_or_bd) |                // U+F000-FEFF, U+FF80-FFFF
        ((other.wide << 2u) & other.is_80);                     // U+FF00, U+FF40
    return wrong == 0 && is_formed(other.two, three, seen.continued, text.size());
}

/// `text` has 1 to kWindow bytes, and begins and ends with a character.
bool is_common_window(std::string_view text) {
    Ideographs seen;
    by_sixteen(text, [&seen](const Sixteen& bytes, const auto& bits) {
        seen.ascii |= bits(_mm_andnot_si128(bytes.is(0x7F), bytes.above(0x1F)));
        seen.continued |= bits(bytes.high_to(0xBF));
        seen.three |= bits(bytes.between(0xE3, 0xE9));
        seen.e4 |= bits(bytes.is(0xE4));
        seen.from_b8 |= bits(bytes.between(0xB7, 0xBF));
    });
    const std::uint64_t all = ~std::uint64_t{0} >> (kWindow - text.size());
    if (((seen.e4 << 1u) & ~seen.from_b8) != 0) return false;  // U+4000-4DFF, or cut
    if ((seen.ascii | seen.continued | seen.three) == all) {
        return is_formed(0, seen.three, seen.continued, text.size());
    }
    return is_common_beside(seen, text, all);
}

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80;
}

}  // namespace

bool is_common_text(std::string_view text) {
    while (!text.empty()) {
        std::size_t size = text.size();
        if (size > kWindow) {
            size = kWindow;
            while (size > kWindow - 4 && is_continuation(text[size])) --size;
        }
        if (!is_common_window(text.substr(0, size))) return false;
        text.remove_prefix(size);
    }
    return true;
}

#else

bool is_common_text(std::string_view text) {
    return text.empty();
}

#endif

}  // namespace luqiao::mapping
