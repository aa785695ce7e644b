// authoring/sheet_findings.h - what the import of a workbook refuses: the codes M200-M229.
#pragma once

#include "base/diagnostic.h"

#include <string>
#include <string_view>

namespace luqiao::authoring {

/// What each means: sheet_codes() in authoring/diagnostic_families.h.
namespace sheet_code {
inline constexpr std::string_view kUnreadable = "M200";
inline constexpr std::string_view kEncrypted = "M201";
inline constexpr std::string_view kLimit = "M202";
inline constexpr std::string_view kUnsafe = "M203";
inline constexpr std::string_view kForeign = "M204";
inline constexpr std::string_view kBaseChanged = "M205";
inline constexpr std::string_view kShape = "M206";
inline constexpr std::string_view kRowId = "M207";
inline constexpr std::string_view kFormula = "M210";
inline constexpr std::string_view kMerged = "M211";
inline constexpr std::string_view kNotText = "M212";
inline constexpr std::string_view kScientific = "M213";
inline constexpr std::string_view kCutDigits = "M214";
inline constexpr std::string_view kDate = "M215";
inline constexpr std::string_view kErrorValue = "M216";
inline constexpr std::string_view kHiddenRow = "M217";
inline constexpr std::string_view kLineBreak = "M218";
inline constexpr std::string_view kKind = "M220";
inline constexpr std::string_view kSpill = "M221";
inline constexpr std::string_view kReadOnly = "M222";
inline constexpr std::string_view kConflict = "M223";
}  // namespace sheet_code

/// "A", "AB" for column 1, 28.
std::string column_letters(int column);

/// Findings about one workbook.
class SheetReport {
public:
    SheetReport(std::string file, Diagnostics& findings)
        : file_(std::move(file)), findings_(findings) {}

    /// About the file as a whole.
    void file(std::string_view code, Text message, Text mend = {});
    /// About a sheet as a whole.
    void sheet(std::string_view code, const std::string& sheet, Text message, Text mend = {});
    /// About one cell; row and column from 1. Row 0: the whole column.
    void cell(std::string_view code, const Position& at, Text message, Text mend = {});
    void warn(std::string_view code, const Position& at, Text message, Text mend = {});

    [[nodiscard]] Position at(const std::string& sheet, int row, int column) const;
    [[nodiscard]] const std::string& name() const { return file_; }
    [[nodiscard]] std::size_t errors() const { return errors_; }
    [[nodiscard]] Diagnostics& findings() { return findings_; }

private:
    void add(std::string_view code, Severity severity, Position at, Text message, Text mend);

    std::string file_;
    Diagnostics& findings_;
    std::size_t errors_ = 0;
    std::size_t count_ = 0;
};

}  // namespace luqiao::authoring
