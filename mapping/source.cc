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

void Report::add(Diagnostic finding) {
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

void Report::error(std::string code, Position at, Text message, std::string fix) {
    add({std::move(code), Severity::Error, std::move(at), std::move(message), {}, std::move(fix)});
}

void Report::warning(std::string code, Position at, Text message, std::string fix) {
    add({std::move(code),
         Severity::Warning,
         std::move(at),
         std::move(message),
         {},
         std::move(fix)});
}

void Report::note(std::string code, Position at, Text message, std::string fix) {
    add({std::move(code), Severity::Note, std::move(at), std::move(message), {}, std::move(fix)});
}

}  // namespace luqiao::mapping
