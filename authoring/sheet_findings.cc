#include "authoring/sheet_findings.h"

#include "mapping/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::authoring {

std::string column_letters(int column) {
    std::string out;
    for (; column > 0; column = (column - 1) / 26) {
        out.insert(out.begin(), static_cast<char>('A' + (column - 1) % 26));
    }
    return out;
}

void SheetReport::file(std::string_view code, Text message, Text mend) {
    add(code, Severity::Error, {file_, 1, 1, 1}, std::move(message), std::move(mend));
}

void SheetReport::sheet(std::string_view code, const std::string& sheet, Text message, Text mend) {
    Position at{file_, 1, 1, 1};
    at.sheet = sheet;
    add(code, Severity::Error, std::move(at), std::move(message), std::move(mend));
}

void SheetReport::cell(std::string_view code, const Position& at, Text message, Text mend) {
    add(code, Severity::Error, at, std::move(message), std::move(mend));
}

void SheetReport::warn(std::string_view code, const Position& at, Text message, Text mend) {
    add(code, Severity::Warning, at, std::move(message), std::move(mend));
}

Position SheetReport::at(const std::string& sheet, int row, int column) const {
    Position out{file_, std::max(1, row), column, 1};
    out.sheet = sheet;
    out.cell = column_letters(column) + (row > 0 ? std::to_string(row) : std::string());
    return out;
}

void SheetReport::add(
    std::string_view code, Severity severity, Position at, Text message, Text mend) {
    if (severity == Severity::Error) ++errors_;
    if (count_ > mapping::kFindingsMax) return;
    if (count_++ == mapping::kFindingsMax) {
        code = sheet_code::kLimit;
        message = {
            fmt::format("问题超过{}个，其余不再列出", mapping::kFindingsMax),
            fmt::format("more than {} findings; the rest are left out", mapping::kFindingsMax)};
        mend = {};
    }
    Diagnostic finding;
    finding.code = code;
    finding.severity = severity;
    finding.at = std::move(at);
    finding.message = std::move(message);
    finding.fix = Fix(std::move(mend));
    findings_.add(std::move(finding));
}

}  // namespace luqiao::authoring
