#include "mapping/item_conditions.h"

#include "mapping/compile_expression.h"
#include "mapping/lexer.h"
#include "mapping/parse_expression.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

using Kind = Condition::Kind;

/// `text` where it stands in its file, and nothing around it: what the lexer finds has the places
/// of that file.
std::string in_its_place(const std::string& text, const Position& at) {
    const auto before = [](int place) {
        return static_cast<std::size_t>(std::clamp(place, 1, static_cast<int>(kLinesMax)) - 1);
    };
    return std::string(before(at.line), '\n') + std::string(before(at.column), ' ') + text;
}

/// @param text  the check in its place
std::optional<CheckSyntax> parse(const ItemCondition& one, std::string_view text, Report& report) {
    const std::vector<Line> lines = lex(report, text);
    if (lines.size() != 1) {
        if (!report.has_errors()) {
            report.error("M100", one.at,
                         {"条件应写在一行里", "a condition is one line, and not empty"});
        }
        return std::nullopt;
    }
    Cursor cursor(lines.front(), report);
    return parse_check(cursor);
}

/// `not field in (codes) or condition`.
ConditionSyntax where_it_counts(const ItemCondition& one, ConditionSyntax condition) {
    if (one.codes.empty()) return condition;
    ConditionSyntax is_meant;
    is_meant.kind = Kind::In;
    is_meant.at = condition.at;
    PathSyntax field;
    field.text = one.field;
    field.at = condition.at;
    is_meant.operands.push_back({std::move(field), condition.at});
    for (const std::string& code : one.codes) {
        LiteralSyntax literal{{Literal::Kind::Word, code}, condition.at};
        is_meant.operands.push_back({std::move(literal), condition.at});
    }
    ConditionSyntax is_not;
    is_not.kind = Kind::Not;
    is_not.at = condition.at;
    is_not.children.push_back(std::move(is_meant));
    ConditionSyntax out;
    out.kind = Kind::Or;
    out.at = condition.at;
    out.children.push_back(std::move(is_not));
    out.children.push_back(std::move(condition));
    return out;
}

std::optional<Check> compile(const ItemCondition& one,
                             const NameScope& scope,
                             Diagnostics& findings) {
    const SourceFile file{one.at.file, in_its_place(one.check, one.at)};
    Report report(file, findings);
    auto syntax = parse(one, file.text, report);
    if (!syntax) return std::nullopt;
    syntax->condition = where_it_counts(one, std::move(syntax->condition));
    return compile_check(*syntax, scope, report);
}

}  // namespace

std::vector<ItemCheck> compile_item_conditions(const Form& form,
                                               const Tables& tables,
                                               std::span<const ItemCondition> conditions,
                                               Diagnostics& findings) {
    std::vector<ItemCheck> out;
    for (const ItemCondition& one : conditions) {
        if (one.form != form.name) continue;
        const auto list = form.find_list(one.list);
        if (!list || !find_field(form.root.lists[*list].scope, one.field)) continue;
        const NameScope scope{form, tables, nullptr, &form.root.lists[*list]};
        Diagnostics own;
        if (auto check = compile(one, scope, own)) out.push_back({*list, *std::move(check)});
        for (Diagnostic finding : own.list()) {
            finding.excerpt.clear();  // its line is in another file than the text that was read
            findings.add(std::move(finding));
        }
    }
    return out;
}

}  // namespace luqiao::mapping
