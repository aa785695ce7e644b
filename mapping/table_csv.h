// mapping/table_csv.h - the cells of a code table's CSV file (RFC 4180), each with its position.
#pragma once

#include "base/diagnostic.h"

#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

struct Cell {
    std::string text;
    int line = 0;    ///< from 1
    int column = 0;  ///< from 1, in code points
};

/// Rows of cells; the first is the header. A BOM is tolerated, lines end with LF or CR LF, empty
/// lines are skipped. Limits: 8 MiB, 100 000 rows, 64 cells a row, 4 KiB a cell. Findings: M131.
std::vector<std::vector<Cell>> read_table_csv(std::string_view text,
                                              const std::string& file,
                                              Diagnostics& findings);

}  // namespace luqiao::mapping
