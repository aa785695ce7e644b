#include "authoring/rule_lines.h"

#include <algorithm>
#include <initializer_list>

#include "authoring/text_table.h"

namespace luqiao::authoring {
namespace {

using mapping::Line;
using mapping::Token;
using mapping::TokenKind;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_rule_arrow(const Token& token) {
    return token.kind == TokenKind::Symbol && is_one_of(token.text, {"<->", "<=>", "<-", "->"});
}

bool is_name(const Token& token) {
    return token.kind != TokenKind::Symbol && token.kind != TokenKind::End;
}

/// One line with the text of its tokens as it was written.
class LineText {
public:
    LineText(std::string_view raw, const Line& line) : raw_(raw), line_(line) {
        for (std::size_t at = 0; at < raw.size(); ++at) {
            if ((static_cast<unsigned char>(raw[at]) & 0xC0u) != 0x80u) offsets_.push_back(at);
        }
        offsets_.push_back(raw.size());
    }

    [[nodiscard]] std::size_t size() const { return line_.tokens.size() - 1; }
    [[nodiscard]] const Token& at(std::size_t index) const {
        return line_.tokens[std::min(index, size())];
    }
    [[nodiscard]] bool is(std::size_t index, std::string_view symbol) const {
        return at(index).is_symbol(symbol);
    }
    /// A word that is a keyword here and no field of that name.
    [[nodiscard]] bool begins(std::string_view word) const {
        return at(0).is_word(word) && !is(1, ".") && !is(1, ",") && !is_rule_arrow(at(1));
    }
    [[nodiscard]] bool begins_any(std::initializer_list<std::string_view> words) const {
        return std::any_of(words.begin(), words.end(), [this](auto word) { return begins(word); });
    }
    [[nodiscard]] std::string_view raw(std::size_t index) const {
        const std::size_t begin = offset(at(index).column);
        return raw_.substr(begin, offset(at(index).column + at(index).length) - begin);
    }
    /// The display cell where a token starts.
    [[nodiscard]] std::size_t cell(std::size_t index) const {
        return display_width(raw_.substr(0, offset(at(index).column)));
    }
    [[nodiscard]] std::string_view remark() const {
        return trimmed(raw_.substr(offset(line_.tokens.back().column)));
    }

    /// Tokens [from, to) with the white space that they should have.
    [[nodiscard]] std::string join(std::size_t from, std::size_t to) const {
        std::string out;
        for (std::size_t index = from; index < to; ++index) {
            if (index > from && is_spaced(index)) out += ' ';
            out += raw(index);
        }
        return out;
    }

    /// The first symbol from `from` on outside of parentheses; size(): none.
    [[nodiscard]] std::size_t find(std::string_view symbol, std::size_t from) const {
        int depth = 0;
        for (std::size_t index = from; index < size(); ++index) {
            if (is(index, "(")) ++depth;
            if (is(index, ")")) --depth;
            if (depth == 0 && is(index, symbol)) return index;
        }
        return size();
    }

private:
    [[nodiscard]] std::size_t offset(int column) const {
        return offsets_[std::min(static_cast<std::size_t>(column - 1), offsets_.size() - 1)];
    }

    /// Whether a space stands before token `index`.
    [[nodiscard]] bool is_spaced(std::size_t index) const {
        const Token& left = at(index - 1);
        const Token& right = at(index);
        const bool was_spaced = left.column + left.length < right.column;
        if (is_name(left) && is_name(right)) return true;
        const auto either = [&](std::initializer_list<std::string_view> symbols) {
            return (left.kind == TokenKind::Symbol && is_one_of(left.text, symbols)) ||
                   (right.kind == TokenKind::Symbol && is_one_of(right.text, symbols));
        };
        if (right.is_symbol(",") || right.is_symbol(")") || left.is_symbol("(")) return false;
        if (either({".", ".."})) return false;
        if (left.is_symbol(",")) {  // decimal(14,2)
            const bool numbers = index > 1 && at(index - 2).kind == TokenKind::Number &&
                                 right.kind == TokenKind::Number;
            return was_spaced || !numbers;
        }
        if (right.is_symbol("(") && left.kind == TokenKind::Word &&
            is_one_of(left.text, {"in", "and", "or", "not", "when", "check"})) {
            return true;
        }
        if (either({"|", ";", "=", "!=", "<", ">", "<=", ">="})) return true;
        if (is_rule_arrow(left) || is_rule_arrow(right)) return true;
        return was_spaced;
    }

    std::string_view raw_;
    const Line& line_;
    std::vector<std::size_t> offsets_;  ///< of each code point
};

/// What cuts one language's lines: its columns and its blocks.
struct Language {
    std::vector<Stop> stops;
    std::size_t remark_stop = Cell::kFlow;  ///< of lines that are no rows
    std::size_t remark_gap = 1;
};

namespace map_stop {
enum : std::size_t { kEquals, kArrow, kWire, kChain, kClauses, kRemark };
}
namespace form_stop {
enum : std::size_t { kType, kMark, kClass, kRemark };
}
namespace format_stop {
enum : std::size_t { kType, kMark, kSize, kPlace, kRemark };
}

Language language_of(RuleKind kind) {
    switch (kind) {
        case RuleKind::Map:
            return {{{10, 10, 24},
                     {20, 38, 60},
                     {22, 22, 64},
                     {40, 73, 110},
                     {60, 97, 140},
                     {40, 60, 80}},
                    map_stop::kRemark,
                    2};
        case RuleKind::Form:
            return {
                {{12, 21, 40}, {30, 41, 60}, {33, 44, 64}, {36, 55, 90}}, form_stop::kRemark, 1};
        case RuleKind::Format:
            return {{{10, 22, 40}, {17, 29, 48}, {19, 31, 50}, {19, 31, 60}, {30, 48, 90}},
                    format_stop::kRemark,
                    1};
    }
    return {};
}

class Cutter {
public:
    explicit Cutter(RuleKind kind) : kind_(kind), language_(language_of(kind)) {}

    std::vector<Cell> cells(const LineText& text) {
        std::vector<Cell> out;
        switch (kind_) {
            case RuleKind::Map: map_line(text, out); break;
            case RuleKind::Form: form_line(text, out); break;
            case RuleKind::Format: format_line(text, out); break;
        }
        return out;
    }

    [[nodiscard]] bool closes(const LineText& text) const {
        return text.begins("end") || (kind_ == RuleKind::Map && text.begins("else"));
    }
    [[nodiscard]] bool opens(const LineText& text) const {
        if (kind_ == RuleKind::Map) return text.begins_any({"when", "else", "each"});
        return text.begins_any({"group", "list"});
    }
    [[nodiscard]] const Language& language() const { return language_; }

private:
    static void add(std::vector<Cell>& out,
                    const LineText& text,
                    std::size_t stop,
                    std::size_t from,
                    std::size_t to) {
        if (from < to) out.push_back({text.join(from, to), stop, 1, text.cell(from)});
    }

    /// Behind a row of a map remarks follow; elsewhere they stand in a column.
    void remark(std::vector<Cell>& out, const LineText& text, std::size_t stop) const {
        if (text.remark().empty()) return;
        out.push_back(
            {std::string(text.remark()), stop, language_.remark_gap, text.cell(text.size())});
    }

    void map_line(const LineText& text, std::vector<Cell>& out) const {
        if (text.begins_any(
                {"map", "form", "format", "use", "codec", "let", "asof", "ns", "base"}) &&
            is_name(text.at(1))) {
            const std::string word = padded(text.raw(0), 7) + " ";
            if (text.is(2, "=")) {
                out.push_back({word + std::string(text.raw(1))});
                add(out, text, map_stop::kEquals, 2, text.size());
            } else {
                out.push_back({word + text.join(1, text.size())});
            }
            remark(out, text, map_stop::kRemark);
            return;
        }
        std::size_t arrow = 0;
        while (arrow < text.size() && !is_rule_arrow(text.at(arrow))) ++arrow;
        const bool is_row =
            arrow > 0 && arrow < text.size() && !text.begins_any({"each", "when", "else", "check"});
        if (is_row) {
            row(text, arrow, out);
        } else {
            add(out, text, Cell::kFlow, 0, text.size());
        }
        remark(out, text, Cell::kFlow);
    }

    void row(const LineText& text, std::size_t arrow, std::vector<Cell>& out) const {
        const std::size_t clauses = text.find(";", arrow);
        std::size_t chain = text.find(":", arrow);
        while (chain < clauses && is_prefix(text, chain)) chain = text.find(":", chain + 1);
        chain = std::min(chain, clauses);
        add(out, text, Cell::kFlow, 0, arrow);
        add(out, text, map_stop::kArrow, arrow, arrow + 1);
        add(out, text, map_stop::kWire, arrow + 1, chain);
        if (chain < clauses) {
            std::string codecs = text.join(chain + 1, clauses);
            if (!codecs.empty()) codecs.insert(0, " ");
            out.push_back({":" + codecs, map_stop::kChain, 1, text.cell(chain)});
        }
        add(out, text, map_stop::kClauses, clauses, text.size());
    }

    /// `p:XM`: a colon without blanks around it belongs to the name.
    [[nodiscard]] static bool is_prefix(const LineText& text, std::size_t colon) {
        const auto touches = [&text](std::size_t left) {
            return text.at(left).column + text.at(left).length == text.at(left + 1).column;
        };
        return colon > 0 && text.at(colon - 1).kind == TokenKind::Word && touches(colon - 1) &&
               touches(colon);
    }

    void form_line(const LineText& text, std::vector<Cell>& out) const {
        const bool is_field = is_name(text.at(0)) && is_name(text.at(1)) &&
                              !text.begins_any({"form", "group", "list", "check", "end"});
        if (!is_field) {
            add(out, text, Cell::kFlow, 0, text.size());
            remark(out, text, text.begins("check") ? Cell::kFlow : form_stop::kRemark);
            return;
        }
        std::size_t next = 2;
        if (text.is(next, "(")) {
            while (next < text.size() && !text.is(next, ")")) ++next;
            next = std::min(next + 1, text.size());
        }
        add(out, text, Cell::kFlow, 0, 1);
        add(out, text, form_stop::kType, 1, next);
        if (text.is(next, "!") || text.is(next, "?")) {
            add(out, text, form_stop::kMark, next, next + 1);
            ++next;
        }
        add(out, text, form_stop::kClass, next, text.size());
        remark(out, text, form_stop::kRemark);
    }

    void format_line(const LineText& text, std::vector<Cell>& out) const {
        const bool is_field =
            is_name(text.at(0)) && text.at(1).kind == TokenKind::Word &&
            is_one_of(text.at(1).text, {"text", "int", "number", "bool", "i32", "i64", "double"});
        if (!is_field) {
            add(out, text, Cell::kFlow, 0, text.size());
            remark(out, text, format_stop::kRemark);
            return;
        }
        std::size_t next = 2;
        add(out, text, Cell::kFlow, 0, 1);
        add(out, text, format_stop::kType, 1, 2);
        if (text.is(next, "!") || text.is(next, "?")) {
            add(out, text, format_stop::kMark, next, next + 1);
            ++next;
        }
        const std::size_t place = text.find("@", next);
        add(out, text, format_stop::kSize, next, place);
        add(out, text, format_stop::kPlace, place, text.size());
        remark(out, text, format_stop::kRemark);
    }

    RuleKind kind_;
    Language language_;
};

}  // namespace

RuleLines rule_lines(RuleKind kind,
                     const std::vector<std::string_view>& source,
                     const std::vector<Line>& lexed) {
    Cutter cutter(kind);
    RuleLines out;
    out.stops = cutter.language().stops;
    std::size_t depth = 0;
    auto next = lexed.begin();
    for (std::size_t at = 0; at < source.size(); ++at) {
        const bool has_tokens = next != lexed.end() && next->number == static_cast<int>(at) + 1;
        LaidLine line{2 * depth, {}};
        if (has_tokens) {
            const LineText text(source[at], *next++);
            if (cutter.closes(text) && depth > 0) --depth;
            line.indent = 2 * depth;
            if (cutter.opens(text)) ++depth;
            line.cells = cutter.cells(text);
        } else if (const std::string_view remark = trimmed(source[at]); !remark.empty()) {
            line.cells.push_back({std::string(remark)});
        } else if (out.lines.empty() || out.lines.back().cells.empty()) {
            continue;
        }
        out.lines.push_back(std::move(line));
        out.sources.push_back(at);
    }
    while (!out.lines.empty() && out.lines.back().cells.empty()) {
        out.lines.pop_back();
        out.sources.pop_back();
    }
    return out;
}

}  // namespace luqiao::authoring
