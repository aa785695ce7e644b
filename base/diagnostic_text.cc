#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace luqiao {
namespace {

constexpr std::size_t kTabCells = 4;

UChar32 take_character(std::string_view& text) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    std::int32_t at = 0;
    UChar32 out = 0;
    U8_NEXT(bytes, at, static_cast<std::int32_t>(text.size()), out);
    text.remove_prefix(static_cast<std::size_t>(at));
    return out;
}

std::size_t cells_of(UChar32 character) {
    if (character < 0x20) return 0;
    if (character < 0x7F) return 1;
    const int category = u_charType(character);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK ||
        category == U_FORMAT_CHAR) {
        return 0;
    }
    const int width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

/// The line with tabs as blanks, so that every terminal shows what was counted.
std::string without_tabs(std::string_view line) {
    std::string out;
    for (const char c : line) {
        if (c != '\t') {
            out += c;
            continue;
        }
        out.append(kTabCells - cells(out) % kTabCells, ' ');
    }
    return out;
}

/// Cells in front of `column` (from 1, in code points) once tabs are blanks.
std::size_t cells_before(std::string_view line, int column) {
    const auto count = static_cast<std::size_t>(std::max(0, column - 1));
    const std::string_view before = prefix_code_points(line, count);
    return cells(without_tabs(before)) + (count - code_points(before));
}

std::string_view colour_of(Severity severity) {
    switch (severity) {
        case Severity::Error: return "\x1b[1;31m";
        case Severity::Warning: return "\x1b[1;33m";
        case Severity::Note: return "\x1b[1;36m";
    }
    return "";
}

std::string painted(std::string text, Severity severity, const RenderOptions& options) {
    if (!options.colour) return text;
    return fmt::format("{}{}\x1b[0m", colour_of(severity), text);
}

/// " (country.csv:212, :219)": a file is named once as long as it stays the same.
std::string places(const std::vector<Place>& related) {
    std::string out;
    std::string_view file;
    for (const Place& place : related) {
        out += out.empty() ? " (" : ", ";
        if (place.at.file != file) out += place.at.file;
        out += fmt::format(":{}", place.at.line);
        file = place.at.file;
    }
    return out.empty() ? out : out + ")";
}

}  // namespace

std::string Position::text() const {
    if (!sheet.empty()) return fmt::format("{} {}{}{}", file, sheet, cell.empty() ? "" : "!", cell);
    return fmt::format("{}:{}:{}", file, line, column);
}

std::string in_language(const Text& text, Language language) {
    if (language == Language::En) return text.en.empty() ? text.zh : text.en;
    if (language == Language::Zh || text.en.empty() || text.en == text.zh) return text.zh;
    return fmt::format("{} ({})", text.zh, text.en);
}

std::size_t cells(std::string_view text) {
    std::size_t out = 0;
    while (!text.empty()) out += cells_of(take_character(text));
    return out;
}

std::string render(const Diagnostic& diagnostic, const RenderOptions& options) {
    const Position& at = diagnostic.at;
    const auto paint = [&](std::string text) {
        return painted(std::move(text), diagnostic.severity, options);
    };
    std::string out =
        fmt::format("{} {} {}", at.text(),
                    paint(fmt::format("{} {}", to_string(diagnostic.severity), diagnostic.code)),
                    in_language(diagnostic.message, options.language));
    const std::string why =
        in_language(diagnostic.cause, options.language) + places(diagnostic.related);
    if (!diagnostic.excerpt.empty()) {
        const std::string number = std::to_string(at.line);
        const std::size_t before = cells_before(diagnostic.excerpt, at.column);
        const std::size_t end = cells_before(diagnostic.excerpt, at.column + at.length);
        out += fmt::format("\n {} | {}\n {} | {}{}", number, without_tabs(diagnostic.excerpt),
                           std::string(number.size(), ' '), std::string(before, ' '),
                           paint(std::string(std::max<std::size_t>(1, end - before), '^')));
        if (!why.empty()) out += (why.front() == ' ' ? "" : " ") + why;
    } else if (!why.empty()) {
        out += "\n    = " + std::string(trimmed(why));
    }
    if (!diagnostic.fix.text.zh.empty()) {
        out += fmt::format("\n    = {}{}", options.language == Language::Zh ? "改法：" : "fix: ",
                           in_language(diagnostic.fix.text, options.language));
    }
    return out;
}

}  // namespace luqiao
