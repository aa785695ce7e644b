#include <algorithm>
#include <array>
#include <memory>
#include <xlsxwriter.h>

#include "authoring/text_table.h"
#include "authoring/workbook.h"

namespace luqiao::authoring {
namespace {

constexpr std::size_t kLooks = 7;
constexpr std::size_t kColumnChoicesRows = 5'000;
/// 2000-01-01; a workbook of today and one of tomorrow have the same bytes.
constexpr time_t kCreated = 946'684'800;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// `_x0041_` would be read as A (ECMA-376 part 1, 22.9.2.19 ST_Xstring): its underscore is escaped.
std::string escaped(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text.size() - at >= 7 && text[at] == '_' && text[at + 1] == 'x' &&
                               std::all_of(&text[at + 2], &text[at + 6], is_hex) &&
                               text[at + 6] == '_';
        out += is_escape ? "_x005F_" : std::string(1, text[at]);
    }
    return out;
}

class WorkbookWriter {
public:
    explicit WorkbookWriter(lxw_workbook* book) : book_(book) {
        for (std::size_t look = 0; look < kLooks; ++look) {
            formats_[look] = make_format(static_cast<CellLook>(look));
        }
    }

    void page(const WorkbookPage& page) {
        lxw_worksheet* sheet = workbook_add_worksheet(book_, page.name.c_str());
        if (sheet == nullptr) return keep(LXW_ERROR_SHEETNAME_ALREADY_USED);
        for (std::size_t column = 0; column < page.columns.size(); ++column) {
            lxw_row_col_options options{};
            options.hidden = page.columns[column].hidden ? LXW_TRUE : LXW_FALSE;
            const auto at = static_cast<lxw_col_t>(column);
            // New rows below are text as well.
            keep(worksheet_set_column_opt(sheet, at, at, page.columns[column].width,
                                          format(CellLook::Plain), &options));
        }
        for (std::size_t row = 0; row < page.rows.size(); ++row) cells(sheet, page, row);
        if (page.has_head && !page.rows.empty()) {
            worksheet_freeze_panes(sheet, 1, 0);
            keep(worksheet_autofilter(sheet, 0, 0, static_cast<lxw_row_t>(page.rows.size() - 1),
                                      static_cast<lxw_col_t>(page.columns.size() - 1)));
        }
        for (const WorkbookChoice& choice : page.choices) choices(sheet, choice);
        worksheet_set_landscape(sheet);
        worksheet_set_paper(sheet, 9);  // A4
        worksheet_fit_to_pages(sheet, 1, 0);
        if (page.has_head) keep(worksheet_repeat_rows(sheet, 0, 0));
        if (page.hidden) worksheet_hide(sheet);
    }

    [[nodiscard]] lxw_error error() const { return error_; }

private:
    void keep(lxw_error error) {
        if (error_ == LXW_NO_ERROR) error_ = error;
    }

    [[nodiscard]] lxw_format* format(CellLook look) const {
        return formats_[static_cast<std::size_t>(look)];
    }

    lxw_format* make_format(CellLook look) {
        lxw_format* out = workbook_add_format(book_);
        format_set_num_format(out, "@");
        format_set_align(out, LXW_ALIGN_VERTICAL_TOP);
        switch (look) {
            case CellLook::Plain: break;
            case CellLook::Head:
                format_set_bold(out);
                format_set_bg_color(out, 0xD9E2F3);
                format_set_bottom(out, LXW_BORDER_THIN);
                break;
            case CellLook::Reading: format_set_font_color(out, 0x6B6B6B); break;
            case CellLook::Block: format_set_bg_color(out, 0xF2F2F2); break;
            case CellLook::Remark: format_set_font_color(out, 0x2E6B34); break;
            case CellLook::Title:
                format_set_bold(out);
                format_set_font_size(out, 14);
                break;
            case CellLook::Wrapped: format_set_text_wrap(out); break;
        }
        return out;
    }

    void cells(lxw_worksheet* sheet, const WorkbookPage& page, std::size_t row) {
        const std::vector<WorkbookCell>& cells = page.rows[row];
        for (std::size_t column = 0; column < cells.size(); ++column) {
            const auto at_row = static_cast<lxw_row_t>(row);
            const auto at_column = static_cast<lxw_col_t>(column);
            lxw_format* look = format(cells[column].look);
            if (cells[column].text.empty()) {
                keep(worksheet_write_blank(sheet, at_row, at_column, look));
            } else {
                keep(worksheet_write_string(sheet, at_row, at_column,
                                            escaped(cells[column].text).c_str(), look));
            }
        }
    }

    void choices(lxw_worksheet* sheet, const WorkbookChoice& choice) {
        std::vector<std::string> texts = choice.values;  // the library takes them as mutable
        std::string range = choice.range;
        std::vector<char*> values;
        for (std::string& value : texts) values.push_back(value.data());
        values.push_back(nullptr);
        lxw_data_validation rule{};
        rule.ignore_blank = LXW_VALIDATION_ON;
        rule.show_input = LXW_VALIDATION_ON;
        rule.dropdown = LXW_VALIDATION_ON;
        rule.error_type = LXW_VALIDATION_ERROR_TYPE_INFORMATION;
        rule.show_error = LXW_VALIDATION_OFF;
        if (choice.range.empty()) {
            rule.validate = LXW_VALIDATION_TYPE_LIST;
            rule.value_list = values.data();
        } else {
            rule.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
            rule.value_formula = range.data();
        }
        const auto column = static_cast<lxw_col_t>(choice.column);
        keep(worksheet_data_validation_range(sheet, 1, column, kColumnChoicesRows, column, &rule));
    }

    lxw_workbook* book_;
    std::array<lxw_format*, kLooks> formats_{};
    lxw_error error_ = LXW_NO_ERROR;
};

}  // namespace

void fit_columns(WorkbookPage& page, double least, double most) {
    for (const auto& row : page.rows) {
        if (row.size() > page.columns.size()) page.columns.resize(row.size());
    }
    for (std::size_t column = 0; column < page.columns.size(); ++column) {
        double width = least;
        for (const auto& row : page.rows) {
            if (column >= row.size()) continue;
            width = std::max(width, static_cast<double>(display_width(row[column].text)) + 2);
        }
        page.columns[column].width = std::min(width, most);
    }
}

Status write_xlsx(const Workbook& workbook, const std::filesystem::path& path) {
    const auto failed = [&](lxw_error error) {
        return fail(Errc::Unavailable, "{}", lxw_strerror(error)).at(path.string());
    };
    lxw_workbook* book = workbook_new(path.c_str());
    if (book == nullptr) return failed(LXW_ERROR_MEMORY_MALLOC_FAILED);
    lxw_doc_properties properties{};
    std::string title = workbook.title;
    properties.title = title.data();
    properties.created = kCreated;
    workbook_set_properties(book, &properties);
    WorkbookWriter writer(book);
    for (const WorkbookPage& page : workbook.pages) writer.page(page);
    const lxw_error closed = workbook_close(book);
    if (writer.error() != LXW_NO_ERROR) return failed(writer.error());
    if (closed != LXW_NO_ERROR) return failed(closed);
    return {};
}

}  // namespace luqiao::authoring
