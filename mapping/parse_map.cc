#include "mapping/parse_map.h"

#include "mapping/parse_expression.h"
#include "mapping/parse_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

std::optional<ReferenceSyntax> parse_reference(Cursor& cursor) {
    ReferenceSyntax out;
    const std::size_t first = cursor.index();
    const auto name = cursor.expect_dotted_name({"名称@版本", "NAME@VERSION"});
    if (!name || !cursor.expect_symbol("@")) return std::nullopt;
    const auto version = cursor.expect_size({"版本号", "the version"}, 1'000'000);
    if (!version || !cursor.expect_end()) return std::nullopt;
    out.name = *name;
    out.version = static_cast<int>(*version);
    out.at = cursor.since(first);
    return out;
}

class MapParser {
public:
    MapParser(const std::vector<Line>& lines, Report& report) : lines_(lines), report_(report) {}

    std::optional<MapSyntax> run() {
        if (!header()) return std::nullopt;
        block(out_.body, {0, Opener::File, out_.at});
        return std::move(out_);
    }

private:
    enum class Opener : std::uint8_t { File, When, Else, Each };
    enum class Closed : std::uint8_t { End, Else, ElseWhen };
    struct Level {
        std::size_t depth = 0;
        Opener opener = Opener::File;
        Position at;
    };

    bool header() {
        const auto one = [&](std::string_view word, std::string_view zh) -> std::optional<Cursor> {
            if (index_ == lines_.size()) {
                report_.error("M100", report_.at(1, 1),
                              {fmt::format("文件缺少“{}”行", zh),
                               fmt::format("the file has no line {}", zh)});
                return std::nullopt;
            }
            Cursor cursor(lines_[index_++], report_);
            if (cursor.take_word(word)) return cursor;
            cursor.fail({fmt::format("“{}”", zh), std::string(zh)});
            return std::nullopt;
        };
        auto map = one("map", "map NAME v1");
        if (!map) return false;
        const auto name = map->expect_dotted_name({"映射名称", "the map's name"});
        if (!name) return false;
        const auto version = map->expect_version();
        if (!version || !map->expect_end()) return false;
        out_.name = *name;
        out_.version = *version;
        out_.at = map->whole();
        out_.label = map->line().label;
        auto form = one("form", "form NAME@1");
        if (!form) return false;
        const auto form_reference = parse_reference(*form);
        auto format = form_reference ? one("format", "format NAME@1") : std::nullopt;
        if (!format) return false;
        const auto format_reference = parse_reference(*format);
        if (!format_reference) return false;
        out_.form = *form_reference;
        out_.format = *format_reference;
        return true;
    }

    Closed block(BlockSyntax& out, const Level& level) {
        while (index_ < lines_.size()) {
            Cursor cursor(lines_[index_++], report_);
            if (is_keyword(cursor, "end")) {
                cursor.next();
                cursor.expect_end();
                if (level.opener != Opener::File) return Closed::End;
                report_.error("M100", cursor.whole(),
                              {"没有对应的 when 或 each", "no when or each is open here"},
                              delete_line(report_, cursor.line().number));
            } else if (is_keyword(cursor, "else")) {
                if (level.opener == Opener::When) {
                    if (cursor.peek(1).is_word("when")) return Closed::ElseWhen;
                    cursor.next();
                    cursor.expect_end();
                    return Closed::Else;
                }
                report_.error("M100", cursor.whole(), {"没有对应的 when", "no when is open here"},
                              delete_line(report_, cursor.line().number));
            } else {
                statement(cursor, out, level);
            }
        }
        if (level.opener != Opener::File && !is_cut_off_) {
            report_.error("M100", level.at, {"缺少对应的 end", "this block is not closed"},
                          add_end(report_));
        }
        return Closed::End;
    }

    void statement(Cursor& cursor, BlockSyntax& out, const Level& level) {
        if (is_keyword(cursor, "when")) {
            cursor.next();
            when(cursor, out, level);
        } else if (is_keyword(cursor, "each")) {
            cursor.next();
            each(cursor, out, level);
        } else if (is_keyword(cursor, "check")) {
            cursor.next();
            if (auto check = parse_check(cursor)) out.emplace_back(std::move(*check));
        } else if (!declaration(cursor, level)) {
            if (++rows_ > kRowsMax) return over_limit(cursor.whole(), kRowsMax, "行规则", "rows");
            if (auto row = parse_row(cursor)) out.emplace_back(std::move(*row));
        }
    }

    void over_limit(const Position& at, std::size_t max, std::string_view zh, std::string_view en) {
        report_.error("M102", at,
                      {fmt::format("超过{}{}", max, zh), fmt::format("more than {} {}", max, en)});
        index_ = lines_.size();
        is_cut_off_ = true;
    }

    void when(Cursor& cursor, BlockSyntax& out, const Level& level) {
        WhenSyntax parsed;
        parsed.at = cursor.whole();
        auto condition = parse_condition(cursor);
        const bool good = condition && cursor.expect_end();
        if (level.depth + 1 >= kDepthMax) {
            return over_limit(parsed.at, kDepthMax, "层嵌套", "levels of nesting");
        }
        if (condition) parsed.condition = std::move(*condition);
        parsed.branches.emplace_back();
        const Closed closed = block(parsed.branches[0], {level.depth + 1, Opener::When, parsed.at});
        if (closed == Closed::Else) {
            parsed.branches.emplace_back();
            block(parsed.branches[1], {level.depth + 1, Opener::Else, parsed.at});
        } else if (closed == Closed::ElseWhen) {
            parsed.branches.emplace_back();
            Cursor next(lines_[index_ - 1], report_);
            next.next();
            next.next();
            // `else when` is a `when` in the else branch; they share one `end`.
            when(next, parsed.branches[1], {level.depth + 1, level.opener, level.at});
        }
        if (good) out.emplace_back(std::move(parsed));
    }

    void each(Cursor& cursor, BlockSyntax& out, const Level& level) {
        EachSyntax parsed;
        parsed.at = cursor.whole();
        bool good = each_header(cursor, parsed);
        if (level.depth + 1 >= kDepthMax) {
            return over_limit(parsed.at, kDepthMax, "层嵌套", "levels of nesting");
        }
        if (in_each_) {
            report_.error("M100", parsed.at,
                          {"each 不能写在 each 之内：列表不嵌套列表",
                           "each does not stand in each: a list holds no list"});
            good = false;
        }
        const bool outer = std::exchange(in_each_, true);
        block(parsed.body, {level.depth + 1, Opener::Each, parsed.at});
        in_each_ = outer;
        if (good) out.emplace_back(std::move(parsed));
    }

    bool each_header(Cursor& cursor, EachSyntax& out) {
        auto list = cursor.expect_path();
        if (!list) return false;
        const std::size_t before = cursor.index();
        const auto arrow = take_arrow(cursor);
        if (!arrow) return false;
        out.list = std::move(*list);
        out.arrow = *arrow;
        out.arrow_at = cursor.since(before);
        if (cursor.peek().is_word("cols") && cursor.peek(1).is_symbol("(")) {
            if (!columns(cursor, out.columns)) return false;
        } else {
            auto wire = cursor.expect_path();
            if (!wire) return false;
            out.wire = std::move(*wire);
        }
        if (cursor.take_word("key")) {
            out.key = cursor.expect_path();
            if (!out.key) return false;
        }
        return parse_clauses(cursor, true, out.clauses);
    }

    /// `cols(1..3)`; with a leading zero all numbers have as many digits: `cols(01..12)`.
    static bool columns(Cursor& cursor, std::optional<ColumnsSyntax>& out) {
        ColumnsSyntax parsed;
        const std::size_t start = cursor.index();
        cursor.next();
        cursor.next();
        const std::string text = cursor.peek().text;
        if (text.size() > 1 && text[0] == '0') parsed.width = text.size();
        const auto first = cursor.expect_size({"第一列的编号", "the first number"}, kColumnsMax);
        if (!first || !cursor.expect_symbol("..")) return false;
        const auto last = cursor.expect_size({"最后一列的编号", "the last number"}, kColumnsMax);
        if (!last || !cursor.expect_symbol(")")) return false;
        parsed.first = *first;
        parsed.last = *last;
        parsed.at = cursor.since(start);
        if (*first > *last) {
            cursor.report().error(
                "M100", parsed.at,
                {"第一列的编号大于最后一列", "the first number is above the last one"});
            return false;
        }
        out = parsed;
        return true;
    }

    /// `use`, `codec`, `let`, `asof`, `partial`, `base keep`, `ns`; true when the line is one.
    bool declaration(Cursor& cursor, const Level& level) {
        static constexpr std::array<std::string_view, 7> words{"use",     "codec", "let", "asof",
                                                               "partial", "base",  "ns"};
        const auto word = std::find_if(words.begin(), words.end(),
                                       [&](std::string_view w) { return is_keyword(cursor, w); });
        if (word == words.end()) return false;
        const Token token = cursor.next();
        if (level.opener != Opener::File) {
            report_.error("M100", cursor.at(token),
                          {"声明只能写在最外层", "a declaration stands outside when and each"});
        } else if (*word == "use") {
            use(cursor);
        } else if (*word == "codec") {
            alias(cursor);
        } else if (*word == "let") {
            let(cursor);
        } else if (*word == "asof") {
            out_.as_of = cursor.expect_path();
            if (out_.as_of) cursor.expect_end();
        } else if (*word == "partial") {
            out_.is_partial = cursor.expect_end();
        } else if (*word == "ns") {
            if (auto one = parse_namespace(cursor, out_.namespaces)) {
                out_.namespaces.push_back(std::move(*one));
            }
        } else if (cursor.take_word("keep")) {
            if (cursor.expect_end()) out_.base_keep = cursor.whole();
        } else {
            cursor.fail({"“keep”", "keep"}, "base keep");
        }
        return true;
    }

    /// Whether one more declaration may follow `count` of its kind.
    static bool has_room(Cursor& cursor, std::size_t count) {
        if (count < kDeclarationsMax) return true;
        cursor.over_limit(cursor.whole(), kDeclarationsMax, {"个声明", "declarations of a kind"});
        return false;
    }

    void use(Cursor& cursor) {
        do {
            const Token token = cursor.peek();
            const auto name = cursor.expect_word({"代码表名", "the name of a code table"});
            if (!name || !has_room(cursor, out_.uses.size())) return;
            out_.uses.push_back({*name, cursor.at(token)});
        } while (cursor.take_symbol(","));
        cursor.expect_end();
    }

    /// `NAME =`, where neither an alias nor a `let` has the name yet.
    std::optional<NamedAt> new_name(Cursor& cursor) {
        const Token token = cursor.peek();
        const auto name = cursor.expect_word({"名称", "a name"});
        if (!name || !cursor.expect_symbol("=")) return std::nullopt;
        const auto has_it = [&](const auto& one) { return one.name == *name; };
        if (std::any_of(out_.aliases.begin(), out_.aliases.end(), has_it) ||
            std::any_of(out_.lets.begin(), out_.lets.end(), has_it)) {
            report_.error("M104", cursor.at(token),
                          {fmt::format("{}已经声明过", *name), *name + " is declared twice"});
            return std::nullopt;
        }
        return NamedAt{*name, cursor.at(token)};
    }

    void alias(Cursor& cursor) {
        const auto name = new_name(cursor);
        if (!name || !has_room(cursor, out_.aliases.size())) return;
        auto chain = parse_chain(cursor);
        if (!chain || !cursor.expect_end()) return;
        out_.aliases.push_back({name->name, std::move(*chain), name->at});
    }

    void let(Cursor& cursor) {
        const auto name = new_name(cursor);
        if (!name || !has_room(cursor, out_.lets.size())) return;
        auto value = parse_operand(cursor);
        if (!value || !cursor.expect_end()) return;
        out_.lets.push_back({name->name, std::move(*value), name->at});
    }

    const std::vector<Line>& lines_;
    Report& report_;
    std::size_t index_ = 0;
    std::size_t rows_ = 0;
    bool in_each_ = false;
    bool is_cut_off_ = false;  ///< a limit ended the reading; what is open stays open
    MapSyntax out_;
};

}  // namespace

std::optional<MapSyntax> parse_map(const SourceFile& source, Report& report) {
    const std::vector<Line> lines = lex(report, source.text);
    if (lines.empty() && report.has_errors()) return std::nullopt;
    std::optional<MapSyntax> out = MapParser(lines, report).run();
    if (out && out->name != stem(source.path)) {
        report.error("M105", out->at,
                     {fmt::format("名称{}与文件名不一致", out->name),
                      fmt::format("the name {} differs from the file's", out->name)},
                     as_file(report, out->at, out->name));
    }
    return out;
}

}  // namespace luqiao::mapping
