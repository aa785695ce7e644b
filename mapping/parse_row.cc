#include "mapping/parse_map.h"

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

constexpr std::array<std::pair<std::string_view, Arrow>, 4> kArrows{{
    {"<->", Arrow::Both},
    {"<=>", Arrow::Exact},
    {"<-", Arrow::Read},
    {"->", Arrow::Write},
}};

std::optional<SideSyntax> parse_side(Cursor& cursor) {
    SideSyntax out;
    const std::size_t first = cursor.index();
    const bool is_constant = cursor.peek().is_word("const") && cursor.peek(1).is_symbol("(");
    if (is_constant) {
        cursor.next();
        cursor.next();
        out.constant = cursor.expect_literal();
        if (!out.constant || !cursor.expect_symbol(")")) return std::nullopt;
    } else if (cursor.take_symbol("(")) {
        do {
            if (out.paths.size() == kTupleMax) {
                cursor.over_limit(cursor.at(cursor.peek()), kTupleMax,
                                  {"个字段一组", "fields together"});
                return std::nullopt;
            }
            auto path = cursor.expect_path();
            if (!path) return std::nullopt;
            out.paths.push_back(std::move(*path));
        } while (cursor.take_symbol(","));
        if (!cursor.expect_symbol(")")) return std::nullopt;
    } else {
        auto path = cursor.expect_path();
        if (!path) return std::nullopt;
        out.paths.push_back(std::move(*path));
    }
    out.at = cursor.since(first);
    return out;
}

}  // namespace

namespace {

/// "wehn a = b": the keyword that a row without an arrow may have begun with.
Fix keyword_meant(const Cursor& cursor, const SideSyntax& side) {
    static const std::vector<std::string_view> words{"when",  "else", "each", "check",   "use",
                                                     "codec", "let",  "asof", "partial", "end"};
    const bool is_word = side.paths.size() == 1 && cursor.index() == 1;
    if (!is_word) return {};
    const std::string_view meant = nearest(side.paths[0].text, words);
    return meant.empty() ? Fix{} : write_instead(side.at, std::string(meant));
}

}  // namespace

std::optional<Arrow> take_arrow(Cursor& cursor, Fix fix) {
    for (const auto& [symbol, arrow] : kArrows) {
        if (cursor.take_symbol(symbol)) return arrow;
    }
    cursor.fail({"箭头 <-> <=> <- ->", "an arrow: <-> <=> <- ->"}, std::move(fix));
    return std::nullopt;
}

bool is_keyword(const Cursor& cursor, std::string_view word) {
    if (!cursor.peek().is_word(word)) return false;
    const Token& after = cursor.peek(1);
    return !after.is_symbol(".") &&
           std::none_of(kArrows.begin(), kArrows.end(),
                        [&](const auto& arrow) { return after.is_symbol(arrow.first); });
}

std::optional<RowSyntax> parse_row(Cursor& cursor) {
    RowSyntax out;
    out.at = cursor.whole();
    auto canonical = parse_side(cursor);
    if (!canonical) return std::nullopt;
    const std::size_t before = cursor.index();
    const auto arrow = take_arrow(cursor, keyword_meant(cursor, *canonical));
    if (!arrow) return std::nullopt;
    out.arrow_at = cursor.since(before);
    auto wire = parse_side(cursor);
    if (!wire) return std::nullopt;
    if (cursor.take_symbol(":")) {
        auto chain = parse_chain(cursor);
        if (!chain) return std::nullopt;
        out.chain = std::move(*chain);
    }
    if (!cursor.at_end() && !cursor.peek().is_symbol(";")) {
        cursor.fail({"“:”、“;”或行尾", ":, ; or the end of the line"});
        return std::nullopt;
    }
    if (!parse_clauses(cursor, false, out.clauses)) return std::nullopt;
    out.canonical = std::move(*canonical);
    out.arrow = *arrow;
    out.wire = std::move(*wire);
    return out;
}

}  // namespace luqiao::mapping
