// authoring/sheet_export.h - a map as a workbook for business analysts.
#pragma once

#include "mapping/bundle.h"

#include <string>
#include <string_view>
#include <vector>

#include "authoring/sheet_row.h"
#include "authoring/workbook.h"

namespace luqiao::authoring {

/// Names of the sheets. Beside them one "代码 TABLE" for each code table that the map uses.
namespace sheet_name {
inline constexpr const char* kRows = "映射";
inline constexpr const char* kForm = "表单";
inline constexpr const char* kFormat = "格式";
inline constexpr const char* kAbout = "说明";
inline constexpr const char* kChoices = "选项";  ///< hidden: what the drop-down lists offer
inline constexpr const char* kBase = "底稿";     ///< hidden: the lines of the map, by row id
inline constexpr const char* kTable = "代码 ";   ///< and the table's name
}  // namespace sheet_name

/// Keys in column A of 说明; their values stand in column B.
namespace sheet_key {
inline constexpr const char* kEdition = "工作簿版本";
inline constexpr const char* kMap = "映射";
inline constexpr const char* kVersion = "映射版本";
inline constexpr const char* kFile = "映射文件";
inline constexpr const char* kBundle = "规则包";
inline constexpr const char* kBaseHash = "底稿校验";
inline constexpr const char* kLines = "行数";
inline constexpr const char* kFinalEnd = "末行换行";
inline constexpr const char* kPageHash = "校验 ";  ///< and the name of a sheet for reading
}  // namespace sheet_key
/// Raised when an older workbook could no longer be read.
inline constexpr const char* kSheetEdition = "1";

/// The lines of `text` without LF (a CR stays); the last one is empty when the text ends with LF.
std::vector<std::string> lines_of(std::string_view text);

/// The sheets of the map `name`. `files` are all files of the rules, as they were compiled to
/// `bundle`.
///
///     映射    one row per line: fields, blocks, declarations, remarks, blank lines
///     表单    the canonical fields                 格式   the party's fields
///     代码 …  each code table that the map uses    说明   what it is and how to edit it
///
/// @errors NotFound: there is no such map; BadValue: a line that a cell cannot hold
Result<Workbook> make_workbook(const std::vector<mapping::SourceFile>& files,
                               const mapping::Bundle& bundle,
                               const std::string& name);

/// The sheets for reading alone (表单, 格式, code tables), as the workbook has them: an import
/// holds what it gets against them.
std::vector<WorkbookPage> reading_pages(const std::vector<mapping::SourceFile>& files,
                                        const mapping::Program& program);

/// Of the texts of all cells of a page, row by row; empty cells at the end of a row do not count.
std::string page_hash(const std::vector<std::vector<std::string>>& rows);
std::vector<std::vector<std::string>> texts_of(const WorkbookPage& page);

/// Labels of the fields of a map's lines, line by line; blocks `each` decide whose fields they are.
class FieldLabels {
public:
    explicit FieldLabels(const mapping::Program& program);
    /// Fills TargetLabel and SourceLabel of the next line.
    void add(SheetCells& cells);

private:
    struct Level {
        bool is_each = false;
        const mapping::Scope* scope = nullptr;
        const mapping::WireScope* wire = nullptr;
    };
    const mapping::Program& program_;
    std::vector<Level> levels_;
};

}  // namespace luqiao::authoring
