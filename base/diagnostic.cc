#include "base/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace luqiao {

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return "error";
}

Fix write_instead(const Position& at, const std::string& text) {
    return {{"改写为 " + text, "write " + text}, {{at, text}}};
}

Edit insert_behind(const Position& at, std::string text) {
    return {{at.file, at.line, at.column + at.length, 0}, std::move(text)};
}

void Diagnostics::add(std::string code, Position at, Text message, std::string excerpt, Fix fix) {
    list_.push_back({std::move(code), Severity::Error, std::move(at), std::move(message),
                     std::move(excerpt), std::move(fix)});
}

void Diagnostics::append(const Diagnostics& other) {
    list_.insert(list_.end(), other.list_.begin(), other.list_.end());
}

void Diagnostics::sort() {
    std::stable_sort(list_.begin(), list_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.at.file, a.at.sheet, a.at.line, a.at.column) <
               std::tie(b.at.file, b.at.sheet, b.at.line, b.at.column);
    });
}

bool Diagnostics::has_errors() const {
    return std::any_of(list_.begin(), list_.end(),
                       [](const Diagnostic& one) { return one.severity == Severity::Error; });
}

}  // namespace luqiao
