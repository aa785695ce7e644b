#include "authoring/xlsx_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "authoring/xlsx_archive.h"
#include "authoring/xlsx_xml.h"

namespace luqiao::authoring {
namespace {

constexpr std::size_t kSheetsMax = 100;
constexpr int kColumnMax = 16'384;
constexpr int kRowMax = 1'048'576;

struct Relation {
    std::string type;
    std::string target;  ///< name of the part
};
using Relations = std::map<std::string, Relation, std::less<>>;

/// "xl/_rels/workbook.xml.rels" for "xl/workbook.xml"
std::string relations_part(std::string_view part) {
    const std::size_t slash = part.rfind('/');
    const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
    return fmt::format("{}_rels/{}.rels", part.substr(0, name), part.substr(name));
}

/// `target` as a part's name, seen from the part `from`.
std::string resolved(std::string_view from, std::string_view target) {
    if (target.starts_with('/')) return std::string(target.substr(1));
    std::string folder(from.substr(0, from.rfind('/') + 1));
    while (target.starts_with("../") && !folder.empty()) {
        target.remove_prefix(3);
        folder.pop_back();
        folder.resize(folder.rfind('/') + 1);
    }
    return folder + std::string(target);
}

/// Number behind letters: {4, 12} for "D12"; zeros when it is none.
std::pair<int, int> parse_reference(std::string_view text) {
    int column = 0;
    std::size_t at = 0;
    for (; at < text.size() && at < 3 && text[at] >= 'A' && text[at] <= 'Z'; ++at) {
        column = column * 26 + (text[at] - 'A' + 1);
    }
    int row = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), row);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    const bool valid = whole && column >= 1 && column <= kColumnMax && row >= 1 && row <= kRowMax;
    return valid ? std::pair{column, row} : std::pair{0, 0};
}

class Reader {
public:
    Reader(XlsxArchive& archive, SheetReport& report) : archive_(archive), report_(report) {}

    std::optional<XlsxBook> run() {
        const auto types = archive_.read("[Content_Types].xml", report_);
        if (!types) return std::nullopt;
        if (types->find("macroEnabled") != std::string::npos) {
            report_.file(sheet_code::kUnsafe, {"工作簿启用了宏", "the workbook has macros enabled"},
                         {"另存为 .xlsx", "save it as .xlsx"});
            return std::nullopt;
        }
        const auto root = relations("");
        if (!root) return std::nullopt;
        std::string workbook = "xl/workbook.xml";
        for (const auto& [id, relation] : *root) {
            if (relation.type.ends_with("/officeDocument")) workbook = relation.target;
        }
        const auto parts = relations(workbook);
        if (!parts || !shared(*parts)) return std::nullopt;
        const auto content = archive_.read(workbook, report_);
        if (!content || !sheets(*content, *parts)) return std::nullopt;
        return std::move(book_);
    }

private:
    /// Of `part` ("" is the package); none when the part has none. Nothing: a finding.
    std::optional<Relations> relations(const std::string& part) {
        Relations out;
        const std::string name = part.empty() ? "_rels/.rels" : relations_part(part);
        if (!archive_.has(name)) return out;
        const auto content = archive_.read(name, report_);
        if (!content) return std::nullopt;
        XlsxXml xml(*content);
        while (xml.next()) {
            if (!xml.is_start() || xml.name() != "Relationship") continue;
            if (xml.attribute("TargetMode") == "External") {
                report_.file(sheet_code::kUnsafe,
                             {"工作簿含有外部链接（例如超链接）",
                              "the workbook has external links, such as hyperlinks"},
                             {"删除超链接和外部引用", "remove hyperlinks and external references"});
                return std::nullopt;
            }
            if (out.size() > kEntriesMax) break;
            out[std::string(xml.attribute("Id"))] = {std::string(xml.attribute("Type")),
                                                     resolved(part, xml.attribute("Target"))};
        }
        if (!xml.finish(name, report_)) return std::nullopt;
        return out;
    }

    bool shared(const Relations& parts) {
        for (const auto& [id, relation] : parts) {
            if (relation.type.ends_with("/sharedStrings")) {
                const auto content = archive_.read(relation.target, report_);
                auto strings = content ? read_strings(*content, report_) : std::nullopt;
                if (!strings) return false;
                strings_ = std::move(*strings);
            } else if (relation.type.ends_with("/styles")) {
                const auto content = archive_.read(relation.target, report_);
                auto styles = content ? read_styles(*content, report_) : std::nullopt;
                if (!styles) return false;
                styles_ = std::move(*styles);
            }
        }
        return true;
    }

    bool sheets(std::string_view content, const Relations& parts) {
        XlsxXml xml(content);
        while (xml.next()) {
            if (!xml.is_start() || xml.name() != "sheet" || !xml.inside("sheets")) continue;
            if (book_.sheets.size() == kSheetsMax) return over("工作表", "sheets", kSheetsMax);
            const auto relation = parts.find(xml.attribute("id", true));
            if (relation == parts.end() || !relation->second.type.ends_with("/worksheet")) continue;
            XlsxSheet sheet;
            sheet.name = xml.attribute("name");
            sheet.hidden = !xml.attribute("state").empty() && xml.attribute("state") != "visible";
            if (!relations(relation->second.target)) return false;
            const auto cells = archive_.read(relation->second.target, report_);
            if (!cells || !worksheet(*cells, relation->second.target, sheet)) return false;
            book_.sheets.push_back(std::move(sheet));
        }
        return xml.finish("workbook.xml", report_);
    }

    bool over(std::string_view zh, std::string_view en, std::size_t max) {
        report_.file(sheet_code::kLimit,
                     {fmt::format("{}超过{}个", zh, max), fmt::format("more than {} {}", max, en)});
        return false;
    }

    bool worksheet(std::string_view content, std::string_view part, XlsxSheet& sheet) {
        XlsxXml xml(content);
        XlsxRow row;
        XlsxCell cell;
        std::string value;
        std::string type;
        bool has_inline = false;
        while (xml.next()) {
            if (xml.is_start() && xml.name() == "row") {
                begin_row(xml, row);
            } else if (xml.is_start() && xml.name() == "c") {
                cell = begin_cell(xml);
                type = xml.attribute("t");
                value.clear();
                has_inline = false;
            } else if (xml.is_start() && xml.name() == "f") {
                cell.has_formula = true;
            } else if (xml.is_start() && xml.name() == "is") {
                has_inline = true;
            } else if (xml.is_start() && xml.name() == "mergeCell") {
                if (sheet.merged.size() < kEntriesMax)
                    sheet.merged.emplace_back(xml.attribute("ref"));
            } else if (xml.is_text() && xml.name() == "v") {
                value += xml.text();
            } else if (xml.is_text() && has_inline) {
                append_string(xml, value);
            } else if (xml.is_end() && xml.name() == "c") {
                if (!end_cell(cell, type, value, row)) return false;
            } else if (xml.is_end() && xml.name() == "row" && !end_row(row, sheet)) {
                return false;
            }
        }
        return xml.finish(part, report_);
    }

    void begin_row(const XlsxXml& xml, XlsxRow& row) {
        last_column_ = 0;
        const auto [column, number] = parse_reference(fmt::format("A{}", xml.attribute("r")));
        row.number = column > 0 ? number : row.number + 1;
        row.hidden = xml.flag("hidden") || xml.attribute("ht") == "0";
        row.cells.clear();
    }

    XlsxCell begin_cell(const XlsxXml& xml) {
        XlsxCell out;
        const auto [column, number] = parse_reference(xml.attribute("r"));
        out.column = column > 0 ? column : last_column_ + 1;
        last_column_ = out.column;
        const XlsxStyles::Style style = styles_.of(xml.attribute("s"));
        out.is_date = style.is_date;
        out.is_scientific = style.is_scientific;
        return out;
    }

    bool end_cell(XlsxCell& cell, std::string_view type, std::string& value, XlsxRow& row) {
        if (type == "s") {
            std::size_t index = 0;
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), index);
            const bool known = error == std::errc{} && end == value.data() + value.size() &&
                               index < strings_.size();
            if (!known && !value.empty()) {
                report_.file(sheet_code::kUnreadable,
                             {"单元格引用了不存在的共享字符串",
                              "a cell refers to a shared string that does not exist"});
                return false;
            }
            cell.text = known ? strings_[index] : std::string();
        } else if (type == "inlineStr" || type == "str") {
            cell.text = without_escapes(value);
        } else {
            cell.text = std::move(value);
            cell.kind = type == "b"   ? XlsxCell::Kind::Boolean
                        : type == "e" ? XlsxCell::Kind::Error
                                      : XlsxCell::Kind::Number;
            cell.is_date = cell.is_date || type == "d";
        }
        if (cell.text.empty() && !cell.has_formula) return true;
        if (cell.text.size() > kCellTextMax)
            return over("单元格字节", "bytes in a cell", kCellTextMax);
        text_ += cell.text.size();  // a long shared string may be named by every cell
        if (text_ > kUnpackedMax) return over("单元格文字字节", "bytes of text", kUnpackedMax);
        if (++cells_ > kSheetCellsMax) return over("单元格", "cells", kSheetCellsMax);
        row.cells.push_back(cell);
        return true;
    }

    bool end_row(XlsxRow& row, XlsxSheet& sheet) {
        if (row.cells.empty()) return true;
        if (++rows_ > kSheetRowsMax) return over("行", "rows", kSheetRowsMax);
        const auto by_column = [](const XlsxCell& a, const XlsxCell& b) {
            return a.column < b.column;
        };
        std::stable_sort(row.cells.begin(), row.cells.end(), by_column);
        sheet.rows.push_back(row);
        return true;
    }

    XlsxArchive& archive_;
    SheetReport& report_;
    XlsxBook book_;
    XlsxStyles styles_;
    std::vector<std::string> strings_;
    std::size_t rows_ = 0;
    std::size_t cells_ = 0;
    std::size_t text_ = 0;
    int last_column_ = 0;
};

}  // namespace

const XlsxSheet* XlsxBook::find(std::string_view name) const {
    const auto found = std::find_if(sheets.begin(), sheets.end(),
                                    [&](const XlsxSheet& one) { return one.name == name; });
    return found == sheets.end() ? nullptr : &*found;
}

std::optional<XlsxBook> read_xlsx(std::string_view bytes, SheetReport& report) {
    auto archive = XlsxArchive::open(bytes, report);
    if (!archive) return std::nullopt;
    return Reader(*archive, report).run();
}

}  // namespace luqiao::authoring
