// authoring/workbook.h - a workbook to be written: sheets of text cells, with looks and choices.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace luqiao::authoring {

/// How a cell looks. Every cell is text (number format @), whatever it looks like.
enum class CellLook : std::uint8_t {
    Plain,
    Head,     ///< titles of columns
    Reading,  ///< grey: shown for reading, changes are not taken over
    Block,    ///< a keyword's line: when, each, declarations
    Remark,
    Title,
    Wrapped,  ///< several lines of prose
};

struct WorkbookCell {
    std::string text;
    CellLook look = CellLook::Plain;
};

struct WorkbookColumn {
    double width = 10;  ///< characters; East-Asian ones count twice
    bool hidden = false;
};

/// A drop-down list over the rows below the head of one column. Other text may be typed as well.
struct WorkbookChoice {
    std::size_t column = 0;
    std::vector<std::string> values;  ///< together at most 255 characters; else `range`
    std::string range;                ///< "=选项!$A$1:$A$90"
};

struct WorkbookPage {
    std::string name;  ///< at most 31 characters, none of []:*?/\ in it
    bool hidden = false;
    bool has_head = true;  ///< the first row is frozen and filtered
    std::vector<WorkbookColumn> columns;
    std::vector<std::vector<WorkbookCell>> rows;
    std::vector<WorkbookChoice> choices;
};

struct Workbook {
    std::string title;
    std::vector<WorkbookPage> pages;
};

/// Widens each column to its widest cell, in characters, within [least, most].
void fit_columns(WorkbookPage& page, double least, double most);

/// Writes an Office Open XML workbook (ECMA-376) to `path`, over what was there. The same workbook
/// gives the same bytes: no time and no name of a machine is in it.
/// @errors Unavailable
Status write_xlsx(const Workbook& workbook, const std::filesystem::path& path);

}  // namespace luqiao::authoring
