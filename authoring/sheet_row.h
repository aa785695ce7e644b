// authoring/sheet_row.h - one line of a map as the cells of one spreadsheet row, and back.
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::authoring {

/// Columns of the sheet 映射, from the left. What an analyst may change goes into the line; the
/// rest is shown for reading.
enum class SheetColumn : std::uint8_t {
    Number,       ///< 行号, for reading
    Kind,         ///< 行类: "字段", "列表 each", "注释", …
    Target,       ///< 目标字段; in lines that are no rows: all that follows the keyword
    TargetLabel,  ///< 目标标签, for reading
    Arrow,        ///< 方向
    Source,       ///< 来源字段
    SourceLabel,  ///< 来源标签, for reading
    Chain,        ///< 转换, with `code` for the codec whose argument stands in the next column
    Table,        ///< 代码表: "sex.gbt2261"
    Required,     ///< 必填: "是", "when item.code = x", or empty
    Clauses,      ///< 其他子句, between semicolons
    Examples,     ///< 例子: `"1" = male, "7" = bad`
    Remark,       ///< 备注
    Id,           ///< hidden: which line of the map this was
    Hash,         ///< hidden: of the cells as they were exported
};
inline constexpr std::size_t kSheetColumns = 15;

/// The title in the sheet's first row.
std::string_view title_of(SheetColumn column);

using SheetCells = std::array<std::string, kSheetColumns>;
inline std::string& cell(SheetCells& cells, SheetColumn column) {
    return cells[static_cast<std::size_t>(column)];
}
inline const std::string& cell(const SheetCells& cells, SheetColumn column) {
    return cells[static_cast<std::size_t>(column)];
}

/// What an author writes in the column 行类: "字段", "列表 each", …, "其他".
const std::vector<std::string>& sheet_kinds();

/// The namespaces that lines `ns NAME = …` declare: their colon is part of a path.
using Namespaces = std::set<std::string, std::less<>>;
Namespaces namespaces_of(const std::vector<std::string>& lines);

/// The cells of a line; Number, labels, Id and Hash stay empty. A line that has no tokens that
/// can be read comes whole, as 其他.
SheetCells split_line(std::string_view line, const Namespaces& namespaces);

/// The column whose content stands at `column` (from 1, in code points) of `line`.
SheetColumn column_at(std::string_view line, const Namespaces& namespaces, int column);

/// The line that `cells` stand for, with single spaces and no indent. An empty 行类 is read from
/// the other cells: a row, a remark or a blank line.
std::string join_line(const SheetCells& cells);

/// Whether 行类 holds something that is known, or nothing.
bool is_known_kind(std::string_view kind);

/// Cells whose content is not what the line gives back when it is split again: a semicolon in
/// 目标字段, a # in 来源字段. Empty: `line` says what the cells say.
std::vector<SheetColumn> spilled_cells(const SheetCells& cells,
                                       std::string_view line,
                                       const Namespaces& namespaces);

/// The cells that make the line, joined: what is compared to find changed rows.
std::string content_of(const SheetCells& cells);

/// 16 hexadecimal digits (FNV-1a): finds changes, seals nothing.
std::string content_hash(std::string_view text);

}  // namespace luqiao::authoring
