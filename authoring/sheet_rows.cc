#include "authoring/sheet_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace luqiao::authoring {
namespace {

constexpr std::size_t kExactDigits = 15;  ///< of a spreadsheet's numbers (IEEE 754 double)

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "1.23E+17" and the like, alone in the cell.
bool is_scientific(std::string_view text) {
    const std::size_t mark = text.find_first_of("eE");
    if (mark == std::string_view::npos || mark == 0 || mark + 1 == text.size()) return false;
    std::string_view head = text.substr(0, mark);
    std::string_view tail = text.substr(mark + 1);
    if (head.front() == '-') head.remove_prefix(1);
    const bool is_signed = tail.front() == '+' || tail.front() == '-';
    if (is_signed) tail.remove_prefix(1);
    const auto digits = [](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
    };
    const std::size_t point = head.find('.');
    const bool has_point = point != std::string_view::npos;
    const bool is_mantissa =
        has_point ? point == 1 && digits(head.substr(0, 1)) && digits(head.substr(point + 1))
                  : head.size() == 1 && digits(head);
    return is_mantissa && is_signed && digits(tail);
}

/// A run of 16 or more digits that are zeros from the 16th on.
bool is_cut(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end])) ++end;
        const std::string_view run = text.substr(at, end - at);
        if (run.size() >= kExactDigits + 3 &&
            run.find_first_not_of('0', kExactDigits) == std::string_view::npos) {
            return true;
        }
        at = std::max(end, at + 1);
    }
    return false;
}

bool is_huge(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    return error == std::errc{} && (value >= 1e15 || value <= -1e15);
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

const Text kAsText{"把单元格格式改为“文本”，再重新输入",
                   "format the cell as text, then type it again"};

class RowReader {
public:
    RowReader(const XlsxSheet& sheet, const std::vector<std::string>& base, SheetReport& report)
        : sheet_(sheet), base_(base), namespaces_(namespaces_of(base)), report_(report) {}

    std::vector<SheetRow> run() {
        for (const std::string& range : sheet_.merged) {
            report_.cell(sheet_code::kMerged, merged_at(range),
                         {fmt::format("合并的单元格 {}", range), "merged cells " + range},
                         {"取消合并", "unmerge them"});
        }
        const bool has_titles = !sheet_.rows.empty() && sheet_.rows[0].number == 1;
        if (!titles(has_titles ? sheet_.rows[0] : XlsxRow{})) return {};
        std::vector<SheetRow> out;
        for (std::size_t at = 1; at < sheet_.rows.size(); ++at) {
            if (auto row = this->row(sheet_.rows[at])) out.push_back(std::move(*row));
        }
        return out;
    }

private:
    [[nodiscard]] Position at(int row, int column) const {
        return report_.at(sheet_.name, row, column);
    }

    [[nodiscard]] Position merged_at(const std::string& range) const {
        Position out = report_.at(sheet_.name, 1, 1);
        out.cell = range.substr(0, range.find(':'));
        const std::size_t digits = out.cell.find_first_of("0123456789");
        if (digits != std::string::npos) out.line = std::atoi(out.cell.c_str() + digits);
        return out;
    }

    bool titles(const XlsxRow& row) {
        for (const XlsxCell& cell : row.cells) {
            for (std::size_t column = 0; column < kSheetColumns; ++column) {
                if (cell.text == title_of(static_cast<SheetColumn>(column))) {
                    if (columns_[column] == 0) columns_[column] = cell.column;
                }
            }
        }
        for (const XlsxCell& cell : row.cells) {
            if (std::find(columns_.begin(), columns_.end(), cell.column) != columns_.end())
                continue;
            report_.cell(
                sheet_code::kShape, at(1, cell.column),
                {"不认识的列", "a column that is not known"},
                {"删除该列；说明请写在“备注”列", "delete it; remarks go to the column 备注"});
        }
        std::string missing;
        for (std::size_t column = 0; column < kSheetColumns; ++column) {
            if (columns_[column] != 0) continue;
            missing += fmt::format("{}{}", missing.empty() ? "" : "、",
                                   title_of(static_cast<SheetColumn>(column)));
        }
        if (missing.empty()) return true;
        report_.sheet(sheet_code::kShape, sheet_.name,
                      {"缺少列：" + missing, "missing columns: " + missing},
                      {"重新导出", "export again"});
        return false;
    }

    std::optional<SheetRow> row(const XlsxRow& source) {
        SheetRow out;
        out.number = source.number;
        out.columns = columns_;
        std::vector<std::pair<const XlsxCell*, SheetColumn>> cells;
        for (const XlsxCell& one : source.cells) {
            const auto found = std::find(columns_.begin(), columns_.end(), one.column);
            if (found == columns_.end()) {
                report_.cell(sheet_code::kShape, at(source.number, one.column),
                             {"表格以外的内容", "content outside the table"},
                             {"清空该单元格", "clear the cell"});
                continue;
            }
            const auto column = static_cast<SheetColumn>(found - columns_.begin());
            cell(out.cells, column) = trimmed(one.text);
            cells.emplace_back(&one, column);
        }
        const bool has_id = !cell(out.cells, SheetColumn::Id).empty() ||
                            !cell(out.cells, SheetColumn::Hash).empty();
        const bool has_content = content_of(out.cells) != content_of({});
        if (!has_id && !has_content) return std::nullopt;
        if (source.hidden) {
            report_.cell(
                sheet_code::kHiddenRow, at(source.number, columns_[0]),
                {"隐藏的行里有内容", "a hidden row has content"},
                {"取消隐藏或清除筛选，看过再导入", "unhide it or clear the filter, and look"});
        }
        if (has_id && !identify(out)) return std::nullopt;
        const std::size_t before = report_.errors();
        judge(out, cells);
        out.is_bad = report_.errors() > before;
        if (!has_content) return std::nullopt;  // its cells were cleared: the line goes
        return out;
    }

    /// Row id and hash say which line of the export this was.
    bool identify(SheetRow& row) {
        const std::string& id = cell(row.cells, SheetColumn::Id);
        const Position place = at(row.number, columns_[static_cast<std::size_t>(SheetColumn::Id)]);
        std::size_t line = 0;
        const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), line);
        const bool known = error == std::errc{} && end == id.data() + id.size() && line >= 1 &&
                           line <= base_.size();
        const Text mend{"新增的行请清空隐藏列“行标识”和“行校验”",
                        "in a new row clear the hidden columns 行标识 and 行校验"};
        if (!known) {
            report_.cell(sheet_code::kRowId, place, {"行标识不存在", "this row id does not exist"},
                         mend);
            return false;
        }
        if (const auto [first, is_new] = seen_.emplace(line, row.number); !is_new) {
            report_.cell(
                sheet_code::kRowId, place,
                {fmt::format("行标识与第{}行重复（整行复制？）", first->second),
                 fmt::format("the row id of row {} again: was the row copied?", first->second)},
                mend);
            return false;
        }
        const SheetCells exported = split_line(base_[line - 1], namespaces_);
        if (cell(row.cells, SheetColumn::Hash) != content_hash(content_of(exported))) {
            report_.cell(sheet_code::kRowId, place,
                         {"行校验与行标识不符", "the row's hash is not that of its id"}, mend);
            return false;
        }
        row.base = line - 1;
        return true;
    }

    void judge(const SheetRow& row,
               const std::vector<std::pair<const XlsxCell*, SheetColumn>>& cells) {
        const SheetCells exported =
            row.base ? split_line(base_[*row.base], namespaces_) : SheetCells{};
        for (const auto& [source, column] : cells) {
            const bool is_content = column != SheetColumn::Number && column < SheetColumn::Id;
            const bool is_same = row.base && cell(exported, column) == cell(row.cells, column);
            const Position place = at(row.number, source->column);
            if (source->has_formula) {
                report_.cell(sheet_code::kFormula, place, {"公式", "a formula"},
                             {"复制后选择性粘贴为文本", "copy it and paste it back as text"});
            } else if (is_content && source->kind != XlsxCell::Kind::Text) {
                judge_value(*source, place);
            } else if (is_content && !is_same) {
                judge_text(cell(row.cells, column), place);
            }
        }
        const std::string& kind = cell(row.cells, SheetColumn::Kind);
        if (is_known_kind(kind)) return;
        report_.cell(sheet_code::kKind,
                     at(row.number, columns_[static_cast<std::size_t>(SheetColumn::Kind)]),
                     {fmt::format("不认识的行类“{}”", kind), "a kind of line that is not known"},
                     {"从下拉列表中选择，或留空", "choose from the list, or leave it empty"});
    }

    void judge_value(const XlsxCell& source, const Position& place) {
        if (source.kind == XlsxCell::Kind::Error) {
            report_.cell(sheet_code::kErrorValue, place,
                         {fmt::format("错误值 {}", source.text), "an error value " + source.text},
                         {"改为正确的文本", "write the right text"});
        } else if (source.kind == XlsxCell::Kind::Boolean) {
            report_.cell(sheet_code::kNotText, place,
                         {"逻辑值，不是文本", "a truth value, not a text"}, kAsText);
        } else if (source.is_date) {
            report_.cell(sheet_code::kDate, place,
                         {"被电子表格改成了日期", "the spreadsheet made a date of it"}, kAsText);
        } else if (is_huge(source.text)) {
            cut(place);
        } else if (source.is_scientific || source.text.find_first_of("eE") != std::string::npos) {
            scientific(place);
        } else {
            report_.cell(
                sheet_code::kNotText, place,
                {"数字，不是文本：前面的零已丢失", "a number, not a text: leading zeros are lost"},
                kAsText);
        }
    }

    void judge_text(const std::string& text, const Position& place) {
        if (has_control(text)) {
            report_.cell(sheet_code::kLineBreak, place,
                         {"单元格内有换行或控制字符", "a line break or control character"},
                         {"一行只写一条；删除换行", "one line per row: delete the break"});
        } else if (is_scientific(text)) {
            scientific(place);
        } else if (is_cut(text)) {
            cut(place);
        }
    }

    void cut(const Position& place) {
        report_.cell(
            sheet_code::kCutDigits, place,
            {"超过15位的数字，15位以后被改成了零", "a number of more than 15 digits, cut to 15"},
            {"以文本重新输入原来的号码", "type the original number as text"});
    }

    void scientific(const Position& place) {
        report_.cell(sheet_code::kScientific, place, {"科学计数法", "scientific notation"},
                     kAsText);
    }

    const XlsxSheet& sheet_;
    const std::vector<std::string>& base_;
    const Namespaces namespaces_;
    SheetReport& report_;
    std::array<int, kSheetColumns> columns_{};
    std::map<std::size_t, int> seen_;  ///< base line -> row of the sheet
};

}  // namespace

std::vector<SheetRow> read_rows(const XlsxSheet& sheet,
                                const std::vector<std::string>& base,
                                SheetReport& report) {
    return RowReader(sheet, base, report).run();
}

}  // namespace luqiao::authoring
