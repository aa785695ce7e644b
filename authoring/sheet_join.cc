#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "authoring/sheet_row.h"
#include "authoring/sheet_tokens.h"

namespace luqiao::authoring {
namespace {

using namespace sheet_kind;

/// Cells that make a line, in the order of the line.
constexpr std::array kContent{SheetColumn::Kind,     SheetColumn::Target,  SheetColumn::Arrow,
                              SheetColumn::Source,   SheetColumn::Chain,   SheetColumn::Table,
                              SheetColumn::Required, SheetColumn::Clauses, SheetColumn::Examples,
                              SheetColumn::Remark};

/// What an empty 行类 means.
std::string_view kind_guessed(const SheetCells& cells) {
    if (!cell(cells, SheetColumn::Arrow).empty()) return kRow;
    const auto is_empty = [&](SheetColumn column) { return cell(cells, column).empty(); };
    const bool only_remark = std::all_of(kContent.begin(), kContent.end() - 1, is_empty);
    if (!only_remark) return kRow;
    return is_empty(SheetColumn::Remark) ? kBlank : kRemark;
}

/// 转换 and 代码表 together: the table is the argument of `code`, which need not be written.
std::string chain_of(const SheetCells& cells) {
    const std::string& chain = cell(cells, SheetColumn::Chain);
    const std::string& table = cell(cells, SheetColumn::Table);
    if (table.empty()) return chain;
    const SheetTokens tokens(chain);
    for (std::size_t index = 0; !tokens.empty() && index < tokens.size(); ++index) {
        if (!tokens.at(index).is_word("code") || tokens.at(index + 1).is_symbol("(")) continue;
        const std::string before = tokens.slice(0, index + 1);
        const std::size_t lead = chain.find(before);
        return fmt::format("{}({}){}", before, table, chain.substr(lead + before.size()));
    }
    return fmt::format("{}{}code({})", chain, chain.empty() ? "" : " | ", table);
}

/// "当 …" is "when …", 否 is nothing.
std::string required_of(const SheetCells& cells) {
    constexpr std::string_view kWhen = "当 ";
    const std::string& required = cell(cells, SheetColumn::Required);
    if (required == "否") return {};
    return required.starts_with(kWhen) ? "when " + required.substr(kWhen.size()) : required;
}

std::string row_text(const SheetCells& cells) {
    std::string out =
        fmt::format("{} {} {}", cell(cells, SheetColumn::Target), cell(cells, SheetColumn::Arrow),
                    cell(cells, SheetColumn::Source));
    if (const std::string chain = chain_of(cells); !chain.empty()) append_part(out, " : ", chain);
    const std::string required = required_of(cells);
    if (required == kSheetYes) {
        append_part(out, " ; ", "req");
    } else if (!required.empty()) {
        append_part(out, " ; req ", required);
    }
    if (const std::string& more = cell(cells, SheetColumn::Clauses); !more.empty()) {
        append_part(out, " ; ", more);
    }
    if (const std::string& examples = cell(cells, SheetColumn::Examples); !examples.empty()) {
        append_part(out, " ; eg ", examples);
    }
    return out;
}

std::string each_text(const SheetCells& cells) {
    std::string out = "each";
    for (const SheetColumn column :
         {SheetColumn::Target, SheetColumn::Arrow, SheetColumn::Source}) {
        if (!cell(cells, column).empty()) append_part(out, " ", cell(cells, column));
    }
    const std::string& clauses = cell(cells, SheetColumn::Clauses);
    if (clauses.empty()) return out;
    const bool has_key = clauses == "key" || clauses.starts_with("key ");
    append_part(out, has_key ? " " : " ; ", clauses);
    return out;
}

/// Spaces are the author's.
std::string without_spaces(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

}  // namespace

std::string_view title_of(SheetColumn column) {
    static constexpr std::array<std::string_view, kSheetColumns> kTitles{
        "行号",   "行类", "目标字段", "目标标签", "方向", "来源字段", "来源标签", "转换",
        "代码表", "必填", "其他子句", "例子",     "备注", "行标识",   "行校验"};
    return kTitles[static_cast<std::size_t>(column)];
}

bool is_known_kind(std::string_view kind) {
    return kind.empty() || kind_meant(kind).has_value();
}

std::string join_line(const SheetCells& cells) {
    const std::string_view kind =
        kind_meant(cell(cells, SheetColumn::Kind)).value_or(kind_guessed(cells));
    const std::string& remark = cell(cells, SheetColumn::Remark);
    const std::string& target = cell(cells, SheetColumn::Target);
    std::string out;
    if (kind == kRow) {
        out = row_text(cells);
    } else if (kind == "each") {
        out = each_text(cells);
    } else if (kind == kOther) {
        out = target;
    } else if (kind != kRemark && kind != kBlank) {
        out = kind;
        if (!target.empty()) append_part(out, " ", target);
    }
    if (kind == kRemark) {
        const std::string& text = target.empty() ? remark : target;
        return text.empty() ? "#" : "# " + text;
    }
    if (!remark.empty()) append_part(out, "  ", "# " + remark);
    return out;
}

std::vector<SheetColumn> spilled_cells(const SheetCells& cells,
                                       std::string_view line,
                                       const Namespaces& namespaces) {
    const SheetCells again = split_line(line, namespaces);
    SheetCells meant = cells;
    const std::string_view kind =
        kind_meant(cell(cells, SheetColumn::Kind)).value_or(kind_guessed(cells));
    cell(meant, SheetColumn::Kind) = is_sheet_keyword(kind) ? shown_kind(kind) : std::string(kind);
    cell(meant, SheetColumn::Required) = required_of(cells);
    if (kind == kRemark && cell(cells, SheetColumn::Target).empty()) {
        std::swap(cell(meant, SheetColumn::Target), cell(meant, SheetColumn::Remark));
    }
    if (without_spaces(chain_of(cells)) == without_spaces(chain_of(again))) {
        // `code(sex.gbt2261)` may also stand in 转换 as a whole.
        cell(meant, SheetColumn::Chain) = cell(again, SheetColumn::Chain);
        cell(meant, SheetColumn::Table) = cell(again, SheetColumn::Table);
    }
    std::vector<SheetColumn> out;
    for (const SheetColumn column : kContent) {
        if (without_spaces(cell(meant, column)) != without_spaces(cell(again, column))) {
            out.push_back(column);
        }
    }
    return out;
}

std::string content_of(const SheetCells& cells) {
    std::string out;
    for (const SheetColumn column : kContent) out += cell(cells, column) + '\x1F';
    return out;
}

std::string content_hash(std::string_view text) {
    std::uint64_t state = 0xcbf29ce484222325ull;
    for (const char c : text) {
        state ^= static_cast<unsigned char>(c);
        state *= 0x100000001b3ull;
    }
    return fmt::format("{:016x}", state);
}

}  // namespace luqiao::authoring
