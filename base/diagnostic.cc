#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace luqiao {
namespace {

std::string_view word(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return "error";
}

/// Spaces that put a caret under `column`: wide (East Asian) characters take two cells.
std::string indent_to(std::string_view line, int column) {
    std::string out;
    for (int index = 1; index < column && !line.empty(); ++index) {
        const std::string_view one = prefix_code_points(line, 1);
        out.append(one.size() >= 3 ? 2 : 1, ' ');
        line.remove_prefix(one.size());
    }
    return out;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
    const Position& at = diagnostic.at;
    std::string out =
        fmt::format("{}:{}:{} {} {} {}", at.file, at.line, at.column, word(diagnostic.severity),
                    diagnostic.code, diagnostic.message.zh);
    if (!diagnostic.message.en.empty()) out += fmt::format(" ({})", diagnostic.message.en);
    if (!diagnostic.excerpt.empty()) {
        const std::string number = std::to_string(at.line);
        out +=
            fmt::format("\n {} | {}\n {} | {}{}", number, diagnostic.excerpt,
                        std::string(number.size(), ' '), indent_to(diagnostic.excerpt, at.column),
                        std::string(static_cast<std::size_t>(std::max(1, at.length)), '^'));
    }
    if (!diagnostic.fix.empty()) out += "\n    = fix: " + diagnostic.fix;
    return out;
}

void Diagnostics::add(
    std::string code, Position at, Text message, std::string excerpt, std::string fix) {
    list_.push_back({std::move(code), Severity::Error, std::move(at), std::move(message),
                     std::move(excerpt), std::move(fix)});
}

void Diagnostics::append(const Diagnostics& other) {
    list_.insert(list_.end(), other.list_.begin(), other.list_.end());
}

void Diagnostics::sort() {
    std::stable_sort(list_.begin(), list_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.at.file, a.at.line, a.at.column) <
               std::tie(b.at.file, b.at.line, b.at.column);
    });
}

bool Diagnostics::has_errors() const {
    return std::any_of(list_.begin(), list_.end(),
                       [](const Diagnostic& one) { return one.severity == Severity::Error; });
}

}  // namespace luqiao
