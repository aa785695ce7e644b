// authoring/sheet_rows.h - the rows of the sheet 映射 as they were read, each cell judged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "authoring/sheet_findings.h"
#include "authoring/sheet_row.h"
#include "authoring/xlsx_read.h"

namespace luqiao::authoring {

struct SheetRow {
    int number = 0;                   ///< in the sheet, from 1
    std::optional<std::size_t> base;  ///< line of the exported map, from 0; none: a new row
    bool is_bad = false;              ///< a finding was reported
    SheetCells cells;
    std::array<int, kSheetColumns> columns{};  ///< where each stands, from 1
};

/// Judges and collects the rows: titles, formulas, merges, numbers and dates, hidden rows, row ids
/// against `base` (the lines at the export). Rows without content are left out.
/// Findings: M206, M207, M210-M218, M220
std::vector<SheetRow> read_rows(const XlsxSheet& sheet,
                                const std::vector<std::string>& base,
                                SheetReport& report);

}  // namespace luqiao::authoring
