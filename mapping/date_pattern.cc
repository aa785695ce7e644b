#include "mapping/date_pattern.h"

#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// A part of a pattern, and where it stands in "0000-00-00T00:00:00.000".
struct Part {
    char letter;
    std::uint8_t width;
    std::uint8_t place;
    unsigned bits;
};
constexpr Part kLiteral{'\0', 1, 0, 0};
constexpr Part kUnknown{'?', 0, 0, 0};
constexpr Part kShortYearPart{'y', 2, 2, kYearPart | kShortYear};

bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Part part_of(char letter) {
    switch (letter) {
        case 'y': return {'y', 4, 0, kYearPart};
        case 'M': return {'M', 2, 5, 0b10};
        case 'd': return {'d', 2, 8, 0b100};
        case 'H': return {'H', 2, 11, 0b1000};
        case 'm': return {'m', 2, 14, 0b1'0000};
        case 's': return {'s', 2, 17, kSecond};
        case 'S': return {'S', 3, 20, kMillisecond};
        default: return is_ascii_letter(letter) && letter != 'T' ? kUnknown : kLiteral;
    }
}

/// Takes the next step of a pattern: a part, or one literal byte.
Part take_part(std::string_view& pattern) {
    Part part = part_of(pattern[0]);
    std::size_t run = 1;
    if (part.letter != '\0') {
        while (run < pattern.size() && pattern[run] == pattern[0]) ++run;
        if (part.letter == 'y' && run == 2) part = kShortYearPart;
        if (run != part.width) return kUnknown;
    }
    pattern.remove_prefix(run);
    return part;
}

}  // namespace

std::optional<unsigned> parts_of(std::string_view pattern) {
    unsigned parts = 0;
    while (!pattern.empty()) {
        const Part step = take_part(pattern);
        if (step.width == 0 || (parts & step.bits) != 0) return std::nullopt;
        parts |= step.bits;
    }
    return parts;
}

bool read_pattern(std::string_view text, std::string_view pattern, Moment& moment) {
    while (!pattern.empty()) {
        const char literal = pattern[0];
        const Part step = take_part(pattern);
        if (text.size() < step.width || step.width == 0) return false;
        if (step.letter == '\0') {
            if (text[0] != literal) return false;
        } else {
            for (std::size_t index = 0; index < step.width; ++index) {
                if (!is_digit(text[index])) return false;
                moment.text[step.place + index] = text[index];
            }
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

void Moment::set_century(int pivot) {
    const int years = (text[2] - '0') * 10 + (text[3] - '0');
    put(0, years < pivot ? "20" : "19");
}

bool Moment::is_in_century(int pivot) const {
    Moment other = *this;
    other.set_century(pivot);
    return other.part(0, 2) == part(0, 2);
}

PatternUse::PatternUse(const CodecArguments& arguments, std::size_t pivot_at)
    : pattern_(argument(arguments, 0)) {
    if (arguments.literals.size() > pivot_at) {
        pivot_ = static_cast<int>(size_argument(arguments, pivot_at));
    }
}

bool PatternUse::read(std::string_view text, Moment& moment) const {
    if (!read_pattern(text, pattern_, moment)) return false;
    if (pivot_) moment.set_century(*pivot_);
    return true;
}

CodecResult PatternUse::write(const Moment& moment, Arena& arena) const {
    if (pivot_ && !moment.is_in_century(*pivot_)) return CodecResult::bad(Errc::NotEncodable);
    return write_pattern(moment, pattern_, arena);
}

Text check_pattern(const CodecArguments& arguments, const PatternRule& rule) {
    const std::optional<unsigned> parts = parts_of(argument(arguments, 0));
    if (!parts || (*parts & ~(rule.also | kShortYear)) != rule.needed) {
        return {fmt::format("格式应恰好包含 {}，各一次", rule.shown),
                fmt::format("the pattern has exactly {}, each once", rule.shown)};
    }
    const bool has_pivot = arguments.literals.size() > rule.pivot_at;
    const bool is_short = (*parts & kShortYear) != 0;
    if (has_pivot && is_short) return check_number(arguments, rule.pivot_at, 0, 99);
    if (!has_pivot && !is_short) return {};
    return is_short ? Text{"两位年份要写明分界：小于它的为 20yy，其余为 19yy",
                           "two digits of a year need a pivot: below it 20yy, else 19yy"}
                    : Text{"分界只用于两位年份 yy", "a pivot is for two-digit years yy"};
}

Grade grade_of_pattern(const CodecArguments& arguments, unsigned wanted) {
    const unsigned parts = parts_of(argument(arguments, 0)).value_or(0);
    const bool is_exact = (parts & kShortYear) == 0 && (parts & wanted) == wanted;
    return is_exact ? Grade::Exact : Grade::Lossy;
}

std::optional<Shape> shape_of_pattern(const Shape& /*canonical*/, const CodecArguments& arguments) {
    return shape_of(argument(arguments, 0));
}

std::string expect_pattern(const CodecArguments& arguments) {
    return std::string(argument(arguments, 0));
}

}  // namespace luqiao::mapping
