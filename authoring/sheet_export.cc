#include "authoring/sheet_export.h"

#include <fmt/format.h>

#include <algorithm>

#include "authoring/sheet_tokens.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::SourceFile;

constexpr std::size_t column_of(SheetColumn column) {
    return static_cast<std::size_t>(column);
}

bool is_for_reading(SheetColumn column) {
    return column == SheetColumn::Number || column == SheetColumn::TargetLabel ||
           column == SheetColumn::SourceLabel || column >= SheetColumn::Id;
}

CellLook look_of(const SheetCells& cells, SheetColumn column) {
    const std::string& kind = cell(cells, SheetColumn::Kind);
    const bool is_plain = kind == sheet_kind::kRow || kind == sheet_kind::kBlank;
    if (kind == sheet_kind::kRemark) return CellLook::Remark;
    if (!is_plain) return CellLook::Block;  // the whole line is shaded
    if (is_for_reading(column)) return CellLook::Reading;
    return column == SheetColumn::Remark ? CellLook::Remark : CellLook::Plain;
}

/// Widths that show most cells; those for reading and for prose are bounded.
WorkbookPage rows_page(const Program& program, const std::vector<std::string>& lines) {
    WorkbookPage page;
    page.name = sheet_name::kRows;
    page.rows.emplace_back();
    for (std::size_t column = 0; column < kSheetColumns; ++column) {
        page.rows[0].push_back(
            {std::string(title_of(static_cast<SheetColumn>(column))), CellLook::Head});
    }
    const Namespaces namespaces = namespaces_of(lines);
    FieldLabels labels(program);
    for (std::size_t line = 0; line < lines.size(); ++line) {
        SheetCells cells = split_line(lines[line], namespaces);
        labels.add(cells);
        cell(cells, SheetColumn::Number) = std::to_string(line + 1);
        cell(cells, SheetColumn::Id) = std::to_string(line + 1);
        cell(cells, SheetColumn::Hash) = content_hash(content_of(cells));
        page.rows.emplace_back();
        for (std::size_t column = 0; column < kSheetColumns; ++column) {
            const auto which = static_cast<SheetColumn>(column);
            page.rows.back().push_back({cells[column], look_of(cells, which)});
        }
    }
    fit_columns(page, 7, 36);
    page.columns[column_of(SheetColumn::Target)].width = 34;
    page.columns[column_of(SheetColumn::Remark)].width = 30;
    page.columns[column_of(SheetColumn::Id)].hidden = true;
    page.columns[column_of(SheetColumn::Hash)].hidden = true;
    return page;
}

WorkbookPage base_page(const std::vector<std::string>& lines) {
    WorkbookPage page;
    page.name = sheet_name::kBase;
    page.hidden = true;
    page.has_head = false;
    page.columns = {{8, false}, {80, false}};
    for (std::size_t line = 0; line < lines.size(); ++line) {
        const bool has_cr = lines[line].ends_with('\r');
        const std::string text = lines[line].substr(0, lines[line].size() - (has_cr ? 1 : 0));
        page.rows.push_back({{std::to_string(line + 1)}, {text}, {has_cr ? "CR" : ""}});
    }
    return page;
}

/// What the drop-down lists offer beyond 255 characters: every column of every code table.
WorkbookPage choices_page(const Program& program) {
    WorkbookPage page;
    page.name = sheet_name::kChoices;
    page.hidden = true;
    page.has_head = false;
    page.columns = {{30, false}, {16, false}};
    for (const mapping::CodeTable* table : program.tables) {
        for (std::size_t system = 1; system < table->systems().size(); ++system) {
            page.rows.push_back({{fmt::format("{}.{}", table->name(), table->systems()[system])}});
        }
    }
    for (std::size_t kind = 0; kind < sheet_kinds().size(); ++kind) {
        if (page.rows.size() <= kind) page.rows.push_back({{""}});
        page.rows[kind].push_back({sheet_kinds()[kind]});
    }
    return page;
}

void add_choices(WorkbookPage& page, const WorkbookPage& offered) {
    const auto range = [&](char column, std::size_t rows) {
        return fmt::format("={}!${}$1:${}${}", sheet_name::kChoices, column, column, rows);
    };
    page.choices = {
        {column_of(SheetColumn::Kind), {}, range('B', sheet_kinds().size())},
        {column_of(SheetColumn::Arrow), {"<->", "<=>", "<-", "->"}, {}},
        {column_of(SheetColumn::Table), {}, range('A', offered.rows.size())},
        {column_of(SheetColumn::Required), {"是", "否"}, {}},
    };
}

constexpr const char* kHowTo[] = {
    "如何修改",
    "1. "
    "在“映射”表中改白色的列：目标字段、方向、来源字段、转换、代码表、必填、其他子句、例子、备注。灰"
    "色的列只供查阅。",
    "2. "
    "新增一行：插入空行后填写；请勿整行复制（隐藏的行标识会重复）。删除一行：删除整行。移动一行：剪"
    "切并插入整行。",
    "3. 所有单元格都是文本。请勿使用公式、合并单元格；编号、证件号、日期请按文本输入，以免被改写。",
    "4. “表单”“格式”“代码 …”各表只供查阅，改动不会被导入；请在对应的文件中修改。",
    "5. 改完后运行：luqiao sheet import 文件.xlsx，先看检查结果和差异，再加 --write 写入。",
    "How to edit: change the white columns of the first sheet; insert empty rows for new ones, do "
    "not "
    "copy whole rows; everything is text; the other sheets are for reading. Then run: luqiao sheet "
    "import FILE.xlsx, and with --write to save.",
};

WorkbookPage about_page(const Program& program,
                        const SourceFile& file,
                        const std::string& bundle,
                        std::size_t lines) {
    WorkbookPage page;
    page.name = sheet_name::kAbout;
    page.has_head = false;
    page.columns = {{18, false}, {100, false}};
    const std::string label = program.format->label.zh;
    page.rows.push_back(
        {{label.empty() ? program.name : fmt::format("{} — {}", program.name, label),
          CellLook::Title}});
    const auto value = [&](const char* key, std::string text) {
        page.rows.push_back({{key, CellLook::Head}, {std::move(text)}});
    };
    value(sheet_key::kMap, program.name);
    value(sheet_key::kVersion, std::to_string(program.version));
    value(sheet_key::kFile, file.path);
    value(sheet_key::kBundle, bundle);
    value(sheet_key::kBaseHash, content_hash(file.text));
    value(sheet_key::kLines, std::to_string(lines));
    value(sheet_key::kFinalEnd, file.text.ends_with('\n') ? "是" : "否");
    value(sheet_key::kEdition, kSheetEdition);
    return page;
}

void add_hashes_and_help(WorkbookPage& about, const std::vector<WorkbookPage>& reading) {
    for (const WorkbookPage& page : reading) {
        about.rows.push_back(
            {{sheet_key::kPageHash + page.name, CellLook::Head}, {page_hash(texts_of(page))}});
    }
    about.rows.emplace_back();
    for (const char* text : kHowTo) about.rows.push_back({{""}, {text, CellLook::Wrapped}});
}

/// A cell holds no line end and no control character but the tab.
Status check_lines(const SourceFile& file, const std::vector<std::string>& lines) {
    for (std::size_t line = 0; line < lines.size(); ++line) {
        const std::string& text = lines[line];
        const std::size_t size = text.size() - (text.ends_with('\r') ? 1 : 0);
        const bool is_clean =
            is_utf8(text) &&
            std::none_of(text.begin(), text.begin() + static_cast<long>(size), [](char c) {
                const auto byte = static_cast<unsigned char>(c);
                return (byte < 0x20 && c != '\t') || byte == 0x7F;
            });
        if (!is_clean || size > mapping::kLineSizeMax) {
            return fail(Errc::BadValue, "a line that a cell cannot hold")
                .at(fmt::format("{}:{}", file.path, line + 1));
        }
    }
    return {};
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    for (const std::string_view line : split(text, '\n')) out.emplace_back(line);
    return out;
}

Result<Workbook> make_workbook(const std::vector<SourceFile>& files,
                               const mapping::Bundle& bundle,
                               const std::string& name) {
    const std::string path = "maps/" + name + ".map";
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const SourceFile& one) { return one.path == path; });
    const Program* program = bundle.find(name);
    if (file == files.end() || program == nullptr) {
        return fail(Errc::NotFound, "there is no map {}", name).at(path);
    }
    std::vector<std::string> lines = lines_of(file->text);
    if (lines.back().empty()) lines.pop_back();
    LQ_CHECK(check_lines(*file, lines));
    Workbook out;
    out.title = name;
    WorkbookPage offered = choices_page(*program);
    WorkbookPage rows = rows_page(*program, lines);
    add_choices(rows, offered);
    std::vector<WorkbookPage> reading = reading_pages(files, *program);
    WorkbookPage about = about_page(*program, *file, bundle.hash(), lines.size());
    add_hashes_and_help(about, reading);
    out.pages.push_back(std::move(rows));
    out.pages.push_back(std::move(about));
    for (WorkbookPage& page : reading) out.pages.push_back(std::move(page));
    out.pages.push_back(std::move(offered));
    out.pages.push_back(base_page(lines));
    return out;
}

}  // namespace luqiao::authoring
