#include "authoring/sheet_import.h"

#include "mapping/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "authoring/line_diff.h"
#include "authoring/rule_lines.h"
#include "authoring/sheet_export.h"
#include "authoring/sheet_rows.h"
#include "authoring/xlsx_read.h"

namespace luqiao::authoring {
namespace {

using mapping::SourceFile;

std::string text_in(const XlsxRow& row, int column) {
    for (const XlsxCell& cell : row.cells) {
        if (cell.column == column) return cell.text;
    }
    return {};
}

/// A sheet's cells as make_workbook() had them; rows and columns without content in between too.
std::vector<std::vector<std::string>> texts_of(const XlsxSheet& sheet) {
    std::vector<std::vector<std::string>> out;
    for (const XlsxRow& row : sheet.rows) {
        while (out.size() + 1 < static_cast<std::size_t>(row.number) &&
               out.size() < kSheetRowsMax) {
            out.emplace_back();
        }
        out.emplace_back();
        for (const XlsxCell& cell : row.cells) {
            const auto at = static_cast<std::size_t>(cell.column);
            if (out.back().size() < at) out.back().resize(at);
            out.back()[at - 1] = cell.text;
        }
    }
    return out;
}

class Importer {
public:
    Importer(const std::vector<SourceFile>& files,
             const mapping::Bundle& bundle,
             const ImportOptions& options,
             SheetReport& report)
        : files_(files), bundle_(bundle), options_(options), report_(report) {}

    std::optional<SheetImport> run(std::string_view bytes) {
        const auto book = read_xlsx(bytes, report_);
        if (!book || !about(*book) || !base(*book)) return std::nullopt;
        out_.namespaces = namespaces_of(base_);
        const XlsxSheet* rows = book->find(sheet_name::kRows);
        if (rows == nullptr) {
            missing(sheet_name::kRows);
            return std::nullopt;
        }
        const std::vector<SheetRow> read = read_rows(*rows, base_, report_);
        for (const SheetRow& row : read) add(row);
        if (!read.empty()) out_.columns = read.front().columns;
        sheets(*book);
        if (report_.errors() > 0) return std::nullopt;
        lay_out_changed();
        if (!join()) return std::nullopt;
        return std::move(out_);
    }

private:
    void missing(const std::string& sheet) {
        report_.sheet(sheet_code::kShape, sheet, {"缺少该工作表", "this sheet is missing"},
                      {"重新导出", "export again"});
    }

    bool about(const XlsxBook& book) {
        const XlsxSheet* sheet = book.find(sheet_name::kAbout);
        if (sheet != nullptr) {
            for (const XlsxRow& row : sheet->rows) about_.emplace(text_in(row, 1), text_in(row, 2));
        }
        out_.workbook = report_.name();
        out_.map = about_[sheet_key::kMap];
        out_.path = about_[sheet_key::kFile];
        if (sheet == nullptr || about_[sheet_key::kEdition] != kSheetEdition) {
            report_.file(sheet_code::kForeign,
                         {"不是 luqiao sheet export 导出的工作簿，或版本不同",
                          "not exported by luqiao sheet export, or of another edition"},
                         {"用 luqiao sheet export 重新导出", "export it with luqiao sheet export"});
            return false;
        }
        const auto file = std::find_if(files_.begin(), files_.end(), [&](const SourceFile& one) {
            return one.path == out_.path && one.path == "maps/" + out_.map + ".map";
        });
        if (file == files_.end()) {
            report_.sheet(sheet_code::kForeign, sheet_name::kAbout,
                          {fmt::format("配置中没有映射“{}”", out_.map),
                           fmt::format("the configuration has no map {}", out_.map)});
            return false;
        }
        out_.before = file->text;
        return true;
    }

    /// The lines at the export, out of the hidden sheet.
    bool base(const XlsxBook& book) {
        const XlsxSheet* sheet = book.find(sheet_name::kBase);
        if (sheet == nullptr) {
            missing(sheet_name::kBase);
            return false;
        }
        for (const XlsxRow& row : sheet->rows) {
            if (text_in(row, 1) != std::to_string(base_.size() + 1)) break;
            base_.push_back(text_in(row, 2));
            if (text_in(row, 3) == "CR") {
                base_.back() += '\r';
                line_end_ = "\r";
            }
        }
        has_final_end_ = about_[sheet_key::kFinalEnd] == "是";
        base_text_ = fmt::format("{}{}", fmt::join(base_, "\n"),
                                 has_final_end_ && !base_.empty() ? "\n" : "");
        if (content_hash(base_text_) == about_[sheet_key::kBaseHash]) return true;
        report_.sheet(sheet_code::kForeign, sheet_name::kBase,
                      {"隐藏的底稿被改动过", "the hidden copy of the map was changed"},
                      {"重新导出", "export again"});
        return false;
    }

    void add(const SheetRow& row) {
        ImportedLine line{{}, row.number, false};
        const SheetCells exported =
            row.base ? split_line(base_[*row.base], out_.namespaces) : SheetCells{};
        if (row.base && content_of(row.cells) == content_of(exported)) {
            line.text = base_[*row.base];
            if (!row.is_bad) labels(row);
        } else {
            line.text = join_line(row.cells);
            line.changed = true;
            const auto spilled = row.is_bad ? std::vector<SheetColumn>{}
                                            : spilled_cells(row.cells, line.text, out_.namespaces);
            if (!spilled.empty()) {  // the first says it
                report_.cell(sheet_code::kSpill, place(row, spilled.front()),
                             {fmt::format("“{}”的内容不能这样写：它会被读成别的列",
                                          title_of(spilled.front())),
                              "this content would be read as that of another column"},
                             {"每列只写自己的内容；文本中的 ; # : 要放在引号内",
                              "each column its own content; put ; # : of a text between quotes"});
            }
        }
        out_.lines.push_back(std::move(line));
    }

    [[nodiscard]] Position place(const SheetRow& row, SheetColumn column) const {
        return report_.at(sheet_name::kRows, row.number,
                          row.columns[static_cast<std::size_t>(column)]);
    }

    /// Labels are of the form and the format: a change here would be lost, so it is told.
    void labels(const SheetRow& row) {
        if (!bundle_labels_) {
            bundle_labels_.emplace();
            const mapping::Program* program = bundle_.find(out_.map);
            if (program != nullptr && about_[sheet_key::kBundle] == bundle_.hash()) {
                FieldLabels labels(*program);
                for (const std::string& one : base_) {
                    bundle_labels_->push_back(split_line(one, out_.namespaces));
                    labels.add(bundle_labels_->back());
                }
            }
        }
        if (bundle_labels_->empty()) return;
        for (const SheetColumn column : {SheetColumn::TargetLabel, SheetColumn::SourceLabel}) {
            if (cell((*bundle_labels_)[*row.base], column) == cell(row.cells, column)) continue;
            report_.warn(
                sheet_code::kReadOnly, place(row, column),
                {"标签只供查阅，改动不会导入", "labels are for reading; this is not taken over"},
                {"在表单或格式文件中修改", "change it in the form or the format"});
        }
    }

    /// Sheets for reading are as they were; sheets that an analyst added are told about.
    void sheets(const XlsxBook& book) {
        for (const XlsxSheet& sheet : book.sheets) {
            const bool is_own =
                sheet.name == sheet_name::kRows || sheet.name == sheet_name::kAbout ||
                sheet.name == sheet_name::kBase || sheet.name == sheet_name::kChoices;
            if (is_own || sheet.rows.empty()) continue;
            const auto hash = about_.find(sheet_key::kPageHash + sheet.name);
            if (hash == about_.end()) {
                report_.sheet(sheet_code::kShape, sheet.name,
                              {"不认识的工作表，内容不会导入",
                               "a sheet that is not known; it is not taken over"},
                              {"删除该工作表", "delete the sheet"});
            } else if (page_hash(texts_of(sheet)) != hash->second) {
                changed_page(sheet);
            }
        }
    }

    /// Which cell, as long as the rules are those of the export.
    void changed_page(const XlsxSheet& sheet) {
        const Text message{"该表只供查阅，改动不会导入",
                           "this sheet is for reading; the change is not taken over"};
        const Text mend{"在表单、格式或代码表文件中修改",
                        "change it in the form, format or code table"};
        const auto now = texts_of(sheet);
        const mapping::Program* program = bundle_.find(out_.map);
        std::vector<WorkbookPage> pages;
        if (program != nullptr) pages = reading_pages(files_, *program);
        const auto page = std::find_if(pages.begin(), pages.end(), [&](const WorkbookPage& one) {
            return one.name == sheet.name &&
                   page_hash(authoring::texts_of(one)) == about_[sheet_key::kPageHash + one.name];
        });
        const auto was = page == pages.end() ? now : authoring::texts_of(*page);
        for (std::size_t row = 0; row < std::max(now.size(), was.size()); ++row) {
            const std::vector<std::string> none;
            const auto& left = row < was.size() ? was[row] : none;
            const auto& right = row < now.size() ? now[row] : none;
            for (std::size_t column = 0; column < std::max(left.size(), right.size()); ++column) {
                const std::string before = column < left.size() ? left[column] : "";
                if (before == (column < right.size() ? right[column] : "")) continue;
                report_.cell(
                    sheet_code::kReadOnly,
                    report_.at(sheet.name, static_cast<int>(row) + 1, static_cast<int>(column) + 1),
                    message, mend);
                return;
            }
        }
        report_.sheet(sheet_code::kReadOnly, sheet.name, message, mend);
    }

    /// Changed rows get the formatter's columns; where that would change a token they stay plain.
    void lay_out_changed() {
        std::string text;
        for (const ImportedLine& line : out_.lines) text += line.text + '\n';
        const SourceFile file{out_.path, text};
        Diagnostics ignored;
        mapping::Report report(file, ignored);
        const std::vector<mapping::Line> lexed = mapping::lex(report, file.text);
        const RuleLines cut = rule_lines(RuleKind::Map, report.lines(), lexed);
        const std::vector<std::string> laid = lay_out(cut.lines, cut.stops);
        const auto without_spaces = [](std::string one) {
            std::erase(one, ' ');
            return one;
        };
        for (std::size_t at = 0; at < laid.size(); ++at) {
            ImportedLine& line = out_.lines[cut.sources[at]];
            if (!line.changed) continue;
            const bool same = without_spaces(content_of(split_line(laid[at], out_.namespaces))) ==
                              without_spaces(content_of(split_line(line.text, out_.namespaces)));
            if (same) line.text = laid[at];
            line.text += line_end_;
        }
    }

    /// The new text; with what changed in the map since the export.
    bool join() {
        if (out_.before != base_text_ && !options_.force) {
            if (!options_.rebase) return base_changed();
            if (!rebase()) return false;
        }
        for (const ImportedLine& line : out_.lines) out_.after += line.text + '\n';
        if (!has_final_end_ && !out_.after.empty()) out_.after.pop_back();
        return true;
    }

    bool base_changed() {
        report_.file(sheet_code::kBaseChanged,
                     {fmt::format("导出之后 {} 已被修改", out_.path),
                      fmt::format("{} changed since the export", out_.path)},
                     {"--rebase 合并两边的修改，--force 以工作簿为准，或重新导出",
                      "--rebase merges both, --force takes the workbook, or export again"});
        return false;
    }

    bool rebase() {
        std::vector<std::string> mine;
        for (const ImportedLine& line : out_.lines) mine.push_back(line.text);
        std::vector<std::string> theirs = lines_of(out_.before);
        if (theirs.back().empty()) theirs.pop_back();
        const Merge merge = merge_lines(base_, mine, theirs);
        for (const MergeConflict& conflict : merge.conflicts) {
            const std::size_t first = conflict.mine.first;
            const int row = first < out_.lines.size() ? out_.lines[first].row : 0;
            report_.cell(
                sheet_code::kConflict, report_.at(sheet_name::kRows, row, 1),
                {fmt::format("这里与 {} 第{}行起的修改冲突", out_.path, conflict.theirs.first + 1),
                 fmt::format("this conflicts with the change from line {} of {} on",
                             conflict.theirs.first + 1, out_.path)},
                {"先重新导出，再改这几行", "export again and redo these rows"});
        }
        if (!merge.conflicts.empty()) return false;
        std::vector<ImportedLine> lines;
        for (const MergedLine& line : merge.lines) {
            lines.push_back(line.mine ? out_.lines[*line.mine] : ImportedLine{line.text, 0, false});
        }
        out_.lines = std::move(lines);
        return true;
    }

    const std::vector<SourceFile>& files_;
    const mapping::Bundle& bundle_;
    const ImportOptions& options_;
    SheetReport& report_;
    SheetImport out_;
    std::map<std::string, std::string> about_;
    std::vector<std::string> base_;
    std::string base_text_;
    std::string line_end_;
    bool has_final_end_ = true;
    std::optional<std::vector<SheetCells>> bundle_labels_;
};

}  // namespace

std::optional<SheetImport> import_sheet(std::string_view bytes,
                                        const std::string& file,
                                        const std::vector<SourceFile>& files,
                                        const mapping::Bundle& bundle,
                                        const ImportOptions& options,
                                        Diagnostics& findings) {
    SheetReport report(file, findings);
    auto out = Importer(files, bundle, options, report).run(bytes);
    findings.sort();
    return out;
}

Diagnostics on_cells(const SheetImport& import, const Diagnostics& findings) {
    Diagnostics out;
    for (Diagnostic one : findings.list()) {
        const auto line = static_cast<std::size_t>(std::max(1, one.at.line)) - 1;
        if (one.at.file == import.path && line < import.lines.size() &&
            import.lines[line].row > 0) {
            const SheetColumn column =
                column_at(import.lines[line].text, import.namespaces, one.at.column);
            const int number = import.columns[static_cast<std::size_t>(column)];
            one.at = {import.workbook,
                      import.lines[line].row,
                      number,
                      1,
                      sheet_name::kRows,
                      column_letters(number) + std::to_string(import.lines[line].row)};
            one.excerpt.clear();
            one.fix.edits.clear();  // they are of the text
        }
        out.add(std::move(one));
    }
    out.sort();
    return out;
}

}  // namespace luqiao::authoring
