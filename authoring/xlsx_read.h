// authoring/xlsx_read.h - the cells of a workbook as they are stored, with all that makes them
// suspicious: formulas, merges, dates, numbers, hidden rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/sheet_findings.h"

namespace luqiao::authoring {

inline constexpr std::size_t kSheetRowsMax = 12'000;    ///< rows with content, in all sheets
inline constexpr std::size_t kSheetCellsMax = 400'000;  ///< cells with content, in all sheets
inline constexpr std::size_t kCellTextMax = 32'767;     ///< bytes

struct XlsxCell {
    enum class Kind : std::uint8_t { Text, Number, Boolean, Error };
    int column = 0;  ///< from 1
    Kind kind = Kind::Text;
    std::string text;  ///< of a number: as it is stored
    bool has_formula = false;
    bool is_date = false;        ///< the number format shows a date or time
    bool is_scientific = false;  ///< the number format shows an exponent
};

struct XlsxRow {
    int number = 0;  ///< from 1
    bool hidden = false;
    std::vector<XlsxCell> cells;  ///< those with content, from left to right
};

struct XlsxSheet {
    std::string name;
    bool hidden = false;
    std::vector<XlsxRow> rows;        ///< those with content, from the top
    std::vector<std::string> merged;  ///< "B2:C3"
};

struct XlsxBook {
    std::vector<XlsxSheet> sheets;
    [[nodiscard]] const XlsxSheet* find(std::string_view name) const;
};

/// Reads a workbook (ECMA-376, as Excel, WPS and LibreOffice write it). Shared and inline strings,
/// rich text flattened, phonetic runs left out, `_x000D_` resolved.
/// Findings: M200-M203; with any of them nothing is returned.
std::optional<XlsxBook> read_xlsx(std::string_view bytes, SheetReport& report);

}  // namespace luqiao::authoring
