#include "mapping/compile_map.h"

#include "mapping/compile_expression.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace luqiao::mapping {
namespace {

class MapCompiler {
public:
    MapCompiler(const MapSyntax& syntax, const Library& library, Report& report)
        : syntax_(syntax),
          library_(library),
          report_(report),
          chains_(
              syntax.aliases, library.tables, {library.hasher, syntax.as_of.has_value()}, report) {}

    std::optional<Program> run() {
        const auto form = refer(library_.forms, syntax_.form, {"表单", "form"});
        const auto format = refer(library_.formats, syntax_.format, {"格式", "format"});
        if (!form || !format) return std::nullopt;
        out_.name = syntax_.name;
        out_.version = syntax_.version;
        out_.form = form;
        out_.format = format;
        out_.is_partial = syntax_.is_partial;
        for (const auto& [name, table] : library_.tables) out_.tables.push_back(table.get());
        const std::size_t before = report_.errors();
        NameScope scope{*form, library_.tables, format.get(), nullptr, nullptr, &syntax_.lets};
        scope.let_use = &let_use_;
        scope.namespaces = &syntax_.namespaces;
        scope.has_as_of = syntax_.as_of.has_value();
        lets(scope);
        namespaces(*format);
        base_keep(*format);
        as_of(scope);
        out_.body = block(syntax_.body, scope);
        check_coverage(out_, syntax_.at, report_.errors() == before, report_);
        check_reach(out_, report_);
        check_cost(out_, syntax_.at, report_);
        unused();
        unused_lets(scope);
        return std::move(out_);
    }

private:
    template <class M>
    typename M::mapped_type refer(const M& known, const ReferenceSyntax& to, const Text& what) {
        const auto found = known.find(to.name);
        if (found == known.end()) {
            const auto best = known.find(did_you_mean(to.name, names_of(known)));
            report_.error("M101", to.at,
                          {fmt::format("没有{}{}", what.zh, to.name),
                           fmt::format("there is no {} {}", what.en, to.name)},
                          best == known.end() ? Fix{}
                                              : as_fix(to.at, fmt::format("{}@{}", best->first,
                                                                          best->second->version)));
            return nullptr;
        }
        if (found->second->version == to.version) return found->second;
        report_.error(
            "M105", to.at,
            {fmt::format("{}{}的版本是{}", what.zh, to.name, found->second->version),
             fmt::format("{} {} has version {}", what.en, to.name, found->second->version)},
            as_fix(to.at, fmt::format("{}@{}", to.name, found->second->version)));
        return found->second;
    }

    /// A date of its own, or a field, perhaps by the name of a `let`.
    void as_of(const NameScope& scope) {
        if (!syntax_.as_of) return;
        const OperandSyntax operand{*syntax_.as_of, syntax_.as_of->at};
        const Seen seen = see_through_lets(operand, scope);
        const auto* path = std::get_if<PathSyntax>(&seen.operand->value);
        if (path != nullptr && (seen.let == nullptr || find_canonical(scope, path->text))) {
            const auto found = resolve_canonical(scope, *path, report_);
            if (!found) return;
            const TypeKind kind = scope.field(*found).type.kind;
            if (kind == TypeKind::Date || kind == TypeKind::DateTime) {
                out_.as_of = found->slot;
                return;
            }
        } else if (path != nullptr) {
            const auto day = parse_date(path->text);
            if (day) {
                out_.as_of_day = *day;
                return;
            }
        }
        report_.error("M110", syntax_.as_of->at,
                      {"asof 要用 date 或 datetime 字段", "asof is a date or datetime field"});
    }

    void lets(const NameScope& scope) {
        for (const LetSyntax& let : syntax_.lets) {
            const auto in_list = [&](const List& list) {
                return find_field(list.scope, let.name).has_value();
            };
            const std::vector<List>& lists = scope.form.root.lists;
            if (!scope.form.find(let.name) && std::none_of(lists.begin(), lists.end(), in_list)) {
                continue;
            }
            report_.error("M104", let.at,
                          {fmt::format("表单{}已有字段{}", scope.form.name, let.name),
                           fmt::format("form {} has a field {}", scope.form.name, let.name)},
                          Text{"换一个名字", "choose another name"});
        }
    }

    void unused_lets(const NameScope& scope) {
        for (std::size_t index = 0; index < syntax_.lets.size(); ++index) {
            const LetSyntax& let = syntax_.lets[index];
            if (let_use_.used.count(let.name) > 0) continue;
            unused(let.at, {fmt::format("{}没有用到", let.name), let.name + " is not used"});
            NameScope above = scope;
            above.lets_seen = index;
            if (std::holds_alternative<CallSyntax>(let.value.value)) {
                compile_value(let.value, nullptr, above, report_);  // its errors show all the same
            }
        }
    }

    Block block(const BlockSyntax& syntax, const NameScope& scope) {
        Block out;
        for (const StatementSyntax& statement : syntax) {
            auto rule = std::visit([&](const auto& one) { return compile(one, scope); }, statement);
            if (rule) out.rules.push_back(std::move(*rule));
        }
        return out;
    }

    std::optional<Rule> compile(const RowSyntax& syntax, const NameScope& scope) {
        auto row = compile_row(syntax, scope, chains_, report_);
        if (!row) return std::nullopt;
        return Rule{std::move(*row)};
    }

    std::optional<Rule> compile(const CheckSyntax& syntax, const NameScope& scope) {
        auto check = compile_check(syntax, scope, report_);
        if (!check) return std::nullopt;
        return Rule{CheckRule{std::move(*check)}};
    }

    std::optional<Rule> compile(const WhenSyntax& syntax, const NameScope& scope) {
        WhenRule out;
        auto condition = compile_condition(syntax.condition, scope, report_);
        out.at = syntax.condition.at;
        for (const BlockSyntax& branch : syntax.branches) {
            out.branches.push_back(block(branch, scope));
        }
        if (!condition) return std::nullopt;
        out.condition = std::move(*condition);
        return Rule{std::move(out)};
    }

    void namespaces(const Format& format) {
        for (const NamespaceSyntax& one : syntax_.namespaces) {
            const bool is_known =
                std::any_of(format.namespaces.begin(), format.namespaces.end(),
                            [&](const Namespace& other) { return other.uri == one.uri; });
            if (is_known) continue;
            report_.error(
                "M101", one.at,
                {fmt::format("格式{}没有命名空间{}", format.name, one.uri),
                 fmt::format("format {} has no namespace {}", format.name, one.uri)},
                Text{fmt::format("在那里声明：ns {} = \"{}\"", one.prefix, one.uri),
                     fmt::format("declare it there: ns {} = \"{}\"", one.prefix, one.uri)});
        }
    }

    void base_keep(const Format& format) {
        if (!syntax_.base_keep) return;
        out_.keeps_base = format.kind == FormatKind::Json || format.kind == FormatKind::Xml;
        if (out_.keeps_base) return;
        report_.error(
            "M106", *syntax_.base_keep,
            {"base keep 只用于 json 和 xml 格式", "base keep is for json and xml formats only"},
            Text{"删除这一行", "delete it"});
    }

    /// `each … cols(1..3)`: the rows are compiled once per column.
    std::optional<Rule> columns(const EachSyntax& syntax, const NameScope& scope) {
        EachRule out;
        out.at = syntax.at;
        out.arrow = syntax.arrow;
        out.columns = true;
        const auto list = find_list(syntax.list, scope);
        if (!list) return std::nullopt;
        out.list = *list;
        const List& item = scope.form.root.lists[*list];
        const std::size_t count = syntax.columns->last - syntax.columns->first + 1;
        each_clauses(syntax, item, count, out);
        if (syntax.arrow == Arrow::Exact) {
            report_.error("M160", syntax.arrow_at,
                          {"空列会被后面的列补上，不能逐字节还原",
                           "columns close up over an empty one: not byte-exact"},
                          Text{"写作 <->", "write <->"});
        }
        NameScope inner = scope;
        inner.item = &item;
        for (std::size_t n = syntax.columns->first; n <= syntax.columns->last; ++n) {
            inner.column = fmt::format("{:0{}}", n, syntax.columns->width);
            const std::size_t before = report_.errors();
            out.body.push_back(block(syntax.body, inner));
            if (report_.errors() != before) break;  // the other columns would only repeat it
            report_.errors_only(true);
        }
        report_.errors_only(false);
        if (out.body.size() < count) return std::nullopt;
        return Rule{std::move(out)};
    }

    void each_clauses(const EachSyntax& syntax,
                      const List& item,
                      std::size_t wire_max,
                      EachRule& out) {
        const ClausesSyntax& clauses = syntax.clauses;
        out.items_max = clauses.items_max.value_or(std::min(item.items_max, wire_max));
        out.drop_bad = clauses.bad && clauses.bad->act == OnBad::Drop;
        out.drop_over = clauses.over && clauses.over->act == OnBad::Drop;
        check_each(syntax, item, wire_max);
    }

    std::optional<Rule> compile(const EachSyntax& syntax, const NameScope& scope) {
        if (syntax.columns) return columns(syntax, scope);
        EachRule out;
        out.at = syntax.at;
        out.arrow = syntax.arrow;
        const auto list = find_list(syntax.list, scope);
        const auto wire_list = find_wire_list(syntax.wire, scope);
        if (!list || !wire_list) return std::nullopt;
        out.list = *list;
        out.wire_list = *wire_list;
        const List& item = scope.form.root.lists[*list];
        const WireList& wire_item = scope.format->root_scope.lists[*wire_list];
        each_clauses(syntax, item, wire_item.items_max, out);
        NameScope inner = scope;
        inner.item = &item;
        inner.wire_item = &wire_item;
        out.body.push_back(block(syntax.body, inner));
        return Rule{std::move(out)};
    }

    std::optional<std::size_t> find_list(const PathSyntax& path, const NameScope& scope) {
        const auto found = scope.form.find_list(path.text);
        if (found) return found;
        std::vector<Named> names;
        for (const List& list : scope.form.root.lists) names.push_back({list.path, list.label.zh});
        report_.error("M101", path.at,
                      {fmt::format("表单{}没有列表{}", scope.form.name, path.text),
                       fmt::format("form {} has no list {}", scope.form.name, path.text)},
                      as_fix(path.at, did_you_mean(path.text, names)));
        return std::nullopt;
    }

    std::optional<std::size_t> find_wire_list(const PathSyntax& written, const NameScope& scope) {
        const auto resolved = wire_path(scope, written, report_);
        if (!resolved) return std::nullopt;
        const PathSyntax& path = *resolved;
        const std::vector<WireList>& lists = scope.format->root_scope.lists;
        std::vector<Named> names;
        for (std::size_t index = 0; index < lists.size(); ++index) {
            if (lists[index].path == path.text) return index;
            names.push_back({lists[index].path, {}});
        }
        report_.error("M101", path.at,
                      {fmt::format("格式{}没有列表{}", scope.format->name, path.text),
                       fmt::format("format {} has no list {}", scope.format->name, path.text)},
                      as_fix(path.at, did_you_mean(path.text, names)));
        return std::nullopt;
    }

    void check_each(const EachSyntax& syntax, const List& item, std::size_t wire_max) {
        if (syntax.key && syntax.key->text != item.key) {
            report_.error("M101", syntax.key->at,
                          {fmt::format("列表{}的键是{}", item.path, item.key),
                           fmt::format("the key of {} is {}", item.path,
                                       item.key.empty() ? "not declared" : item.key)},
                          as_fix(syntax.key->at, item.key));
        }
        const std::size_t limit = std::min(item.items_max, wire_max);
        if (limit > 0 && syntax.clauses.items_max && *syntax.clauses.items_max > limit) {
            report_.error("M180", syntax.at,
                          {fmt::format("max 超过列表声明的{}", limit),
                           fmt::format("max is above the {} that the lists declare", limit)},
                          smaller_max(syntax, limit));
        }
    }

    /// The clause stands in the line as it was written; blanks in it are the author's.
    Fix smaller_max(const EachSyntax& syntax, std::size_t limit) {
        const auto at =
            report_.find(syntax.at.line, fmt::format("max {}", *syntax.clauses.items_max));
        const std::string clause = fmt::format("max {}", limit);
        return at ? write_instead(*at, clause) : Fix(clause);
    }

    void unused() {
        for (const NamedAt& use : syntax_.uses) {
            if (library_.tables.find(use.name) == library_.tables.end()) {
                report_.error("M101", use.at,
                              {fmt::format("没有代码表{}", use.name),
                               fmt::format("there is no code table {}", use.name)},
                              as_fix(use.at, did_you_mean(use.name, names_of(library_.tables))));
            } else if (!chains_.uses_table(use.name)) {
                unused(use.at,
                       {fmt::format("代码表{}没有用到", use.name),
                        fmt::format("code table {} is not used", use.name)},
                       without(use));
            }
        }
        for (const AliasSyntax& alias : syntax_.aliases) {
            if (chains_.uses_alias(alias.name)) continue;
            unused(alias.at, {fmt::format("别名{}没有用到", alias.name),
                              fmt::format("the alias {} is not used", alias.name)});
            chains_.compile(alias.chain);  // its errors show all the same
        }
    }

    void unused(const Position& at, Text message) {
        unused(at, std::move(message), report_.erase_line(at.line));
    }

    /// After an error elsewhere it may be used by what is misspelt there.
    void unused(const Position& at, Text message, Edit edit) {
        Fix fix{{"删除它", "delete it"}, {std::move(edit)}, !report_.has_errors()};
        report_.warning("M170", at, std::move(message), std::move(fix));
    }

    /// Takes one name out of its `use`, with the comma beside it; the whole line with the last one.
    [[nodiscard]] Edit without(const NamedAt& use) const {
        const auto beside = [&](std::size_t index) {
            return index < syntax_.uses.size() && syntax_.uses[index].at.line == use.at.line;
        };
        const auto index = static_cast<std::size_t>(&use - syntax_.uses.data());
        Position at = use.at;
        if (beside(index + 1)) {
            at.length = syntax_.uses[index + 1].at.column - at.column;
        } else if (index > 0 && beside(index - 1)) {
            const Position& before = syntax_.uses[index - 1].at;
            at.column = before.column + before.length;
            at.length = use.at.column + use.at.length - at.column;
        } else {
            return report_.erase_line(at.line);
        }
        return {at, {}};
    }

    const MapSyntax& syntax_;
    const Library& library_;
    Report& report_;
    ChainCompiler chains_;
    LetUse let_use_;
    Program out_;
};

}  // namespace

std::optional<Program> compile_map(const MapSyntax& syntax,
                                   const Library& library,
                                   Report& report) {
    return MapCompiler(syntax, library, report).run();
}

}  // namespace luqiao::mapping
