#include <algorithm>

#include "authoring/sheet_row.h"
#include "authoring/sheet_tokens.h"

namespace luqiao::authoring {
namespace {

using mapping::Token;
using mapping::TokenKind;
using namespace sheet_kind;

/// `code(sex.gbt2261)` becomes `code`, and its argument the cell 代码表: when there is one such
/// codec.
void put_chain(const SheetTokens& line, std::size_t from, std::size_t to, SheetCells& out) {
    std::size_t found = to;
    std::size_t count = 0;
    for (std::size_t index = from; index + 1 < to; ++index) {
        if (!line.at(index).is_word("code") || !line.at(index + 1).is_symbol("(")) continue;
        found = index;
        ++count;
    }
    const std::size_t close = line.find(")", found, to);
    const std::string inside =
        count == 1 && close < to ? line.slice(found + 2, close) : std::string();
    if (inside.empty()) {
        cell(out, SheetColumn::Chain) = line.slice(from, to);
        return;
    }
    cell(out, SheetColumn::Table) = inside;
    std::string chain = line.slice(from, found + 1);
    // What follows keeps its distance: `code(x) | upper`.
    const std::string whole = line.slice(from, to);
    chain += whole.substr(line.slice(from, close + 1).size());
    cell(out, SheetColumn::Chain) = std::move(chain);
}

/// Clauses from the first semicolon on: `req` and `eg` have columns of their own.
void put_clauses(const SheetTokens& line, std::size_t from, bool is_row, SheetCells& out) {
    while (from < line.size()) {
        const std::size_t begin = from + 1;
        from = line.find(";", begin, line.size());
        const Token& first = line.at(begin);
        std::string& required = cell(out, SheetColumn::Required);
        std::string& examples = cell(out, SheetColumn::Examples);
        if (is_row && begin < from && first.is_word("req") && required.empty()) {
            required = begin + 1 < from ? line.slice(begin + 1, from) : std::string(kSheetYes);
        } else if (is_row && begin + 1 < from && first.is_word("eg")) {
            append_part(examples, ", ", line.slice(begin + 1, from));
        } else {
            append_part(cell(out, SheetColumn::Clauses), " ; ", line.slice(begin, from));
        }
    }
}

/// The colon in front of the chain; `to`: there is none.
std::size_t chain_colon(const SheetTokens& line,
                        std::size_t from,
                        std::size_t to,
                        const Namespaces& namespaces) {
    for (std::size_t colon = line.find(":", from, to); colon < to;
         colon = line.find(":", colon + 1, to)) {
        const Token& before = line.at(colon - 1);
        const Token& start = line.at(colon - 2);
        const bool opens =
            is_arrow(start) || start.is_symbol(".") || start.is_symbol("(") || start.is_symbol(",");
        const bool is_glued = before.column + before.length == line.at(colon).column &&
                              line.at(colon + 1).column == line.at(colon).column + 1;
        if (!opens || !is_glued || !namespaces.contains(before.text)) return colon;
    }
    return to;
}

void put_row(const SheetTokens& line,
             std::size_t arrow,
             const Namespaces& namespaces,
             SheetCells& out) {
    const std::size_t clauses = line.find(";", arrow, line.size());
    const std::size_t colon = chain_colon(line, arrow + 1, clauses, namespaces);
    cell(out, SheetColumn::Kind) = kRow;
    cell(out, SheetColumn::Target) = line.slice(0, arrow);
    cell(out, SheetColumn::Arrow) = line.at(arrow).text;
    cell(out, SheetColumn::Source) = line.slice(arrow + 1, colon);
    if (colon < clauses) put_chain(line, colon + 1, clauses, out);
    put_clauses(line, clauses, true, out);
}

/// `each LIST ARROW PATH [key K] [; clauses]`; without an arrow all goes into one cell.
void put_each(const SheetTokens& line, SheetCells& out) {
    std::size_t arrow = 1;
    while (arrow < line.size() && !is_arrow(line.at(arrow))) ++arrow;
    cell(out, SheetColumn::Target) = line.slice(1, arrow);
    if (arrow == line.size()) return;
    cell(out, SheetColumn::Arrow) = line.at(arrow).text;
    const std::size_t clauses = line.find(";", arrow, line.size());
    std::size_t key = arrow + 2;
    while (key < clauses && (!line.at(key).is_word("key") || line.at(key - 1).is_symbol("."))) {
        ++key;
    }
    key = std::min(key, clauses);
    cell(out, SheetColumn::Source) = line.slice(arrow + 1, key);
    cell(out, SheetColumn::Clauses) = line.slice(key, clauses);
    put_clauses(line, clauses, false, out);
}

/// The keyword that the line begins with; such a word before a dot or an arrow is a field.
std::string_view keyword_of(const SheetTokens& line) {
    const Token& first = line.at(0);
    const Token& after = line.at(1);
    if (first.kind != TokenKind::Word || after.is_symbol(".") || after.is_symbol(",") ||
        is_arrow(after)) {
        return {};
    }
    return is_sheet_keyword(first.text) ? std::string_view(first.text) : std::string_view{};
}

/// The column of the clause that token `at` is part of.
SheetColumn clause_column(const SheetTokens& line, std::size_t clauses, std::size_t at) {
    std::size_t begin = clauses;
    for (std::size_t index = clauses; index < at; ++index) {
        if (line.at(index).is_symbol(";")) begin = index;
    }
    const Token& first = line.at(begin + 1);
    if (first.is_word("req")) return SheetColumn::Required;
    return first.is_word("eg") ? SheetColumn::Examples : SheetColumn::Clauses;
}

/// Within a chain: 代码表 for the argument of `code`.
SheetColumn chain_column(const SheetTokens& line, std::size_t colon, std::size_t at) {
    for (std::size_t index = at; index > colon; --index) {
        if (line.at(index).is_symbol(")") && index < at) break;
        if (line.at(index).is_symbol("(")) {
            return line.at(index - 1).is_word("code") ? SheetColumn::Table : SheetColumn::Chain;
        }
    }
    return SheetColumn::Chain;
}

}  // namespace

Namespaces namespaces_of(const std::vector<std::string>& lines) {
    Namespaces out;
    for (const std::string& line : lines) {
        if (!trimmed(line).starts_with("ns")) continue;
        const SheetTokens tokens(line);
        if (!tokens.empty() && tokens.at(0).is_word("ns") && tokens.size() > 2) {
            out.insert(tokens.at(1).text);
        }
    }
    return out;
}

SheetCells split_line(std::string_view line, const Namespaces& namespaces) {
    SheetCells out;
    const std::string_view text = trimmed(line);
    if (text.empty()) {
        cell(out, SheetColumn::Kind) = kBlank;
        return out;
    }
    if (text.starts_with('#')) {
        cell(out, SheetColumn::Kind) = kRemark;
        cell(out, SheetColumn::Target) = trimmed(text.substr(1));  // where it is seen at once
        return out;
    }
    const SheetTokens tokens(text);
    if (tokens.empty()) {
        cell(out, SheetColumn::Kind) = kOther;
        cell(out, SheetColumn::Target) = text;
        return out;
    }
    cell(out, SheetColumn::Remark) = tokens.remark();
    std::size_t arrow = 0;
    while (arrow < tokens.size() && !is_arrow(tokens.at(arrow))) ++arrow;
    if (const std::string_view keyword = keyword_of(tokens); !keyword.empty()) {
        cell(out, SheetColumn::Kind) = shown_kind(keyword);
        if (keyword == "each") {
            put_each(tokens, out);
        } else {
            cell(out, SheetColumn::Target) = tokens.slice(1, tokens.size());
        }
    } else if (arrow < tokens.size()) {
        put_row(tokens, arrow, namespaces, out);
    } else {
        cell(out, SheetColumn::Kind) = kOther;
        cell(out, SheetColumn::Target) = tokens.slice(0, tokens.size());
    }
    return out;
}

SheetColumn column_at(std::string_view line, const Namespaces& namespaces, int column) {
    const SheetTokens tokens(line);
    if (tokens.empty()) return SheetColumn::Target;
    if (column >= tokens.at(tokens.size()).column && !tokens.remark().empty()) {
        return SheetColumn::Remark;
    }
    std::size_t at = 0;
    while (at < tokens.size() && tokens.at(at).column + tokens.at(at).length <= column) ++at;
    std::size_t arrow = 0;
    while (arrow < tokens.size() && !is_arrow(tokens.at(arrow))) ++arrow;
    const std::string_view keyword = keyword_of(tokens);
    const bool is_each = keyword == "each";
    if (arrow == tokens.size() || (!keyword.empty() && !is_each) || at < arrow) {
        return SheetColumn::Target;
    }
    if (at == arrow) return SheetColumn::Arrow;
    const std::size_t clauses = tokens.find(";", arrow, tokens.size());
    if (is_each) return at < clauses ? SheetColumn::Source : SheetColumn::Clauses;
    if (at >= clauses) return clause_column(tokens, clauses, at);
    const std::size_t colon = chain_colon(tokens, arrow + 1, clauses, namespaces);
    return at < colon ? SheetColumn::Source : chain_column(tokens, colon, at);
}

}  // namespace luqiao::authoring
