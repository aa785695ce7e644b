#include "mapping/source.h"

#include <fmt/format.h>

namespace luqiao::mapping {

Report::Report(const SourceFile& source, Diagnostics& findings)
    : source_(source), findings_(findings) {
    std::string_view rest = source.text;
    while (!rest.empty() && lines_.size() <= kLinesMax) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines_.push_back(line);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
}

Position Report::at(int line, int column, int length) const {
    return {source_.path, line, column, length};
}

std::optional<Position> Report::find(int line, std::string_view text) const {
    if (line < 1 || static_cast<std::size_t>(line) > lines_.size()) return std::nullopt;
    const std::string_view whole = lines_[static_cast<std::size_t>(line) - 1];
    const std::size_t found = whole.find(text);
    if (found == std::string_view::npos) return std::nullopt;
    return at(line, static_cast<int>(code_points(whole.substr(0, found))) + 1,
              static_cast<int>(code_points(text)));
}

int Report::line_length(int line) const {
    if (line < 1 || static_cast<std::size_t>(line) > lines_.size()) return 0;
    return static_cast<int>(code_points(lines_[static_cast<std::size_t>(line) - 1]));
}

Edit Report::erase_line(int line) const {
    return {at(line, 1, line_length(line) + 1), {}};
}

Edit Report::insert_line_behind(int line, const std::string& text) const {
    return {at(line, line_length(line) + 1, 0), "\n" + text};
}

void Report::add(Diagnostic finding) {
    if (errors_only_ && finding.severity != Severity::Error) return;
    if (finding.severity == Severity::Error) ++errors_;
    if (count_ > kFindingsMax) return;
    if (count_++ == kFindingsMax) {
        findings_.add("M102", at(1, 1),
                      {fmt::format("问题超过{}个，其余不再列出", kFindingsMax),
                       fmt::format("more than {} findings; the rest are left out", kFindingsMax)});
        return;
    }
    const int line = finding.at.line;
    if (finding.at.file == source_.path && line >= 1 &&
        static_cast<std::size_t>(line) <= lines_.size()) {
        const std::string_view text = lines_[static_cast<std::size_t>(line) - 1];
        if (text.size() <= kLineSizeMax && is_utf8(text)) finding.excerpt = std::string(text);
    }
    findings_.add(std::move(finding));
}

void Report::error(std::string code, Position at, Text message, Fix fix) {
    add({std::move(code), Severity::Error, std::move(at), std::move(message), {}, std::move(fix)});
}

void Report::warning(std::string code, Position at, Text message, Fix fix) {
    add({std::move(code),
         Severity::Warning,
         std::move(at),
         std::move(message),
         {},
         std::move(fix)});
}

void Report::note(std::string code, Position at, Text message, Fix fix) {
    add({std::move(code), Severity::Note, std::move(at), std::move(message), {}, std::move(fix)});
}

}  // namespace luqiao::mapping
