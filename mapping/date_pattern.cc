#include "mapping/date_pattern.h"

#include "mapping/values.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// A part of a pattern: yyyy MM dd HH mm ss SSS, and where it stands in "0000-00-00T00:00:00.000".
struct Part {
    char letter;
    std::size_t width;
    std::size_t place;
};
constexpr std::array kParts{Part{'y', 4, 0},  Part{'M', 2, 5},  Part{'d', 2, 8}, Part{'H', 2, 11},
                            Part{'m', 2, 14}, Part{'s', 2, 17}, Part{'S', 3, 20}};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes the next step of a pattern: a part, or (letter '\0') one literal byte. A letter that opens
/// no part gives width 0.
Part take_part(std::string_view& pattern) {
    const char letter = pattern[0];
    if (!is_letter(letter) || letter == 'T') {
        pattern.remove_prefix(1);
        return {'\0', 1, 0};
    }
    for (const Part& part : kParts) {
        if (part.letter != letter) continue;
        const std::size_t run = std::min(pattern.find_first_not_of(letter), pattern.size());
        if (run != part.width) break;
        pattern.remove_prefix(run);
        return part;
    }
    return {letter, 0, 0};
}

}  // namespace

std::optional<unsigned> parts_of(std::string_view pattern) {
    unsigned parts = 0;
    while (!pattern.empty()) {
        const Part step = take_part(pattern);
        if (step.width == 0) return std::nullopt;
        for (std::size_t index = 0; index < kParts.size(); ++index) {
            if (kParts.at(index).letter != step.letter) continue;
            if ((parts & 1u << index) != 0) return std::nullopt;
            parts |= 1u << index;
        }
    }
    return parts;
}

bool read_pattern(std::string_view text, std::string_view pattern, Moment& moment) {
    while (!pattern.empty()) {
        const char literal = pattern[0];
        const Part step = take_part(pattern);
        if (text.size() < step.width || step.width == 0) return false;
        const std::string_view piece = text.substr(0, step.width);
        if (step.letter == '\0') {
            if (piece[0] != literal) return false;
        } else {
            if (!is_digits(piece)) return false;
            std::memcpy(moment.text.data() + step.place, piece.data(), piece.size());
        }
        text.remove_prefix(step.width);
    }
    return text.empty();
}

CodecResult write_pattern(const Moment& moment, std::string_view pattern, Arena& arena) {
    char* const begin = arena.take(pattern.size());
    char* out = begin;
    while (!pattern.empty()) {
        const char literal = pattern[0];
        const Part step = take_part(pattern);
        if (step.width == 0) return CodecResult::bad(Errc::InvalidArgument);
        if (step.letter == '\0') {
            *out++ = literal;
        } else {
            std::memcpy(out, moment.text.data() + step.place, step.width);
            out += step.width;
        }
    }
    return CodecResult::value({begin, static_cast<std::size_t>(out - begin)});
}

}  // namespace luqiao::mapping
