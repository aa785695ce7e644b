#include "mapping/compile_expression.h"

#include "mapping/codec.h"
#include "mapping/functions.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

using Kind = Condition::Kind;

/// One operand once its name is resolved.
struct Side {
    std::optional<TypedOperand> value;  ///< a field or a call
    LiteralSyntax literal;              ///< when not; a bare word is Kind::Word
    Position at;
};

bool is_ordered(TypeKind kind) {
    switch (kind) {
        case TypeKind::Int:
        case TypeKind::Decimal:
        case TypeKind::Date:
        case TypeKind::Month:
        case TypeKind::Year:
        case TypeKind::Time:
        case TypeKind::DateTime: return true;
        case TypeKind::Text:
        case TypeKind::Code:
        case TypeKind::Bool:
        case TypeKind::Hex:
        case TypeKind::Url:
        case TypeKind::Email:
        case TypeKind::Phone:
        case TypeKind::Region:
        case TypeKind::Postcode:
        case TypeKind::CnId:
        case TypeKind::Uscc:
        case TypeKind::Passport:
        case TypeKind::Mrz:
        case TypeKind::Frid:
        case TypeKind::Blob: return false;
    }
    return false;
}

class Compiler {
public:
    Compiler(const NameScope& scope, Report& report) : scope_(scope), report_(report) {}

    std::optional<Condition> run(const ConditionSyntax& syntax) {
        Condition out;
        out.kind = syntax.kind;
        out.comparison = syntax.comparison;
        bool good = true;
        for (const ConditionSyntax& child : syntax.children) {
            auto compiled = run(child);
            if (compiled) out.children.push_back(std::move(*compiled));
            good = good && compiled;
        }
        if (!syntax.operands.empty()) good = operands(syntax, out) && good;
        if (!good) return std::nullopt;
        return out;
    }

private:
    bool operands(const ConditionSyntax& syntax, Condition& out) {
        std::vector<Side> sides(syntax.operands.size());
        if (!calls(syntax, sides)) return false;
        const Type* against = known_type(syntax, sides);
        for (std::size_t at = 0; at < sides.size(); ++at) {
            if (!sides[at].value && !resolve(syntax.operands[at], against, sides[at])) return false;
        }
        const auto first = std::find_if(sides.begin(), sides.end(),
                                        [](const Side& side) { return side.value.has_value(); });
        const bool needs_left = syntax.kind != Kind::Compare;
        if (first == sides.end() || (needs_left && !sides[0].value)) {
            const Seen left = see_through_lets(syntax.operands[0], scope_);
            const auto* path = std::get_if<PathSyntax>(&left.operand->value);
            if (path == nullptr || resolve_canonical(scope_, *path, report_)) {
                report_.error("M110", syntax.at,
                              {"条件中没有字段", "the condition compares no field"});
            }
            return false;
        }
        return fits(syntax, first->value->type, sides, out);
    }

    /// Calls have a type of their own, whatever they stand beside.
    bool calls(const ConditionSyntax& syntax, std::vector<Side>& sides) {
        bool good = true;
        for (std::size_t at = 0; at < sides.size(); ++at) {
            sides[at].at = syntax.operands[at].at;
            const Seen seen = see_through_lets(syntax.operands[at], scope_);
            if (!std::holds_alternative<CallSyntax>(seen.operand->value)) continue;
            sides[at].value = compile_seen(seen, nullptr, scope_, report_);
            good = good && sides[at].value;
        }
        return good;
    }

    bool fits(const ConditionSyntax& syntax,
              const Type& type,
              std::vector<Side>& sides,
              Condition& out) {
        const bool is_order =
            syntax.kind == Kind::Between ||
            (syntax.kind == Kind::Compare && syntax.comparison != Comparison::Equal &&
             syntax.comparison != Comparison::NotEqual);
        if (is_order && !is_ordered(type.kind)) {
            report_.error("M110", syntax.at,
                          {fmt::format("{}没有大小之分", to_string(type)),
                           fmt::format("values of {} have no order", to_string(type))},
                          Text{"用 = 或 in", "use = or in"});
            return false;
        }
        bool good = true;
        for (const Side& side : sides) {
            auto operand = compile(side, type);
            if (operand) out.operands.push_back(std::move(*operand));
            good = good && operand;
        }
        return good;
    }

    /// The type of the first operand that is certainly a field (a dotted path) or a call, else of a
    /// name that might be a code as well.
    const Type* known_type(const ConditionSyntax& syntax, const std::vector<Side>& sides) {
        const Type* bare = nullptr;
        for (std::size_t at = 0; at < sides.size(); ++at) {
            if (sides[at].value) return &sides[at].value->type;
            const Seen seen = see_through_lets(syntax.operands[at], scope_);
            const auto* path = std::get_if<PathSyntax>(&seen.operand->value);
            const auto found = path != nullptr ? find_canonical(scope_, path->text) : std::nullopt;
            if (!found) continue;
            const Type* type = &scope_.field(*found).type;
            if (path->text.find('.') != std::string::npos) return type;
            if (bare == nullptr) bare = type;
        }
        return bare;
    }

    bool resolve(const OperandSyntax& syntax, const Type* against, Side& out) {
        const Seen seen = see_through_lets(syntax, scope_);
        if (const auto* literal = std::get_if<LiteralSyntax>(&seen.operand->value)) {
            out.literal = *literal;
            out.literal.at = syntax.at;
            return true;
        }
        const auto& path = std::get<PathSyntax>(seen.operand->value);
        out.literal = {{Literal::Kind::Word, path.text}, syntax.at};
        const bool is_word = path.text.find('.') == std::string::npos;
        if (is_word && against != nullptr && against->kind == TypeKind::Code) {
            const CodeTable* table = scope_.table(against->table);
            if (table != nullptr && table->find(path.text) != nullptr) return true;
        }
        if (find_canonical(scope_, path.text)) {
            out.value = compile_seen(seen, nullptr, scope_, report_);
            return out.value.has_value();
        }
        const bool may_be_word = is_word && against != nullptr && against->kind != TypeKind::Text;
        if (may_be_word) return true;
        if (is_word && against == nullptr) return true;  // reported once, by `operands`
        if (is_word && against->kind == TypeKind::Text) {
            report_.error("M101", path.at,
                          {fmt::format("没有字段{}；文字要加引号", path.text),
                           fmt::format("no field {}; text is quoted", path.text)},
                          write_instead(path.at, fmt::format("\"{}\"", path.text)));
            return false;
        }
        resolve_canonical(scope_, path, report_);
        return false;
    }

    std::optional<Operand> compile(const Side& side, const Type& type) {
        if (side.value) {
            if (comparable(side.value->type, type)) return side.value->operand;
            report_.error(
                "M110", side.at,
                {fmt::format("{}不能与{}比较", to_string(side.value->type), to_string(type)),
                 fmt::format("{} cannot be compared with {}", to_string(side.value->type),
                             to_string(type))});
            return std::nullopt;
        }
        auto text = compile_literal(side.literal, type, scope_, report_);
        if (!text) return std::nullopt;
        Operand out;
        out.literal = std::move(*text);
        out.type = type.kind;
        return out;
    }

    const NameScope& scope_;
    Report& report_;
};

}  // namespace

bool is_text_like(TypeKind kind) {
    return !is_ordered(kind) && kind != TypeKind::Code && kind != TypeKind::Bool;
}

bool comparable(const Type& a, const Type& b) {
    const auto pair = [&](TypeKind one, TypeKind other) {
        return (a.kind == one && b.kind == other) || (a.kind == other && b.kind == one);
    };
    if (a.kind == TypeKind::Code && b.kind == TypeKind::Code) return a.table == b.table;
    return a.kind == b.kind || pair(TypeKind::Date, TypeKind::DateTime) ||
           pair(TypeKind::Int, TypeKind::Decimal) || (is_text_like(a.kind) && is_text_like(b.kind));
}

Seen see_through_lets(const OperandSyntax& operand, const NameScope& scope) {
    Seen out{&operand, scope.lets_seen};
    if (scope.lets == nullptr) return out;
    out.lets = std::min(out.lets, scope.lets->size());
    // A `let` may name one above it only, so there are at most as many steps as lets.
    while (const auto* path = std::get_if<PathSyntax>(&out.operand->value)) {
        const auto end = scope.lets->begin() + static_cast<std::ptrdiff_t>(out.lets);
        const auto found = std::find_if(
            scope.lets->begin(), end, [&](const LetSyntax& let) { return let.name == path->text; });
        if (found == end) break;
        if (scope.let_use != nullptr) scope.let_use->used.insert(found->name);
        out = {&found->value, static_cast<std::size_t>(found - scope.lets->begin()), &*found};
    }
    return out;
}

std::optional<std::string> compile_literal(const LiteralSyntax& literal,
                                           const Type& type,
                                           const NameScope& scope,
                                           Report& report) {
    const CodeTable* table = scope.table(type.table);
    if (type.kind == TypeKind::Code && table == nullptr) return literal.value.text;  // M101 already
    const bool is_quoted = literal.value.kind == Literal::Kind::Text;
    Arena arena;
    CodecContext context{arena, std::nullopt};
    const CodecResult result = to_canonical(literal.value.text, type, table, context);
    const bool is_unquoted_text = type.kind == TypeKind::Text && !is_quoted;
    if (result.state == SlotState::Value && !is_unquoted_text) return std::string(result.text);
    Fix fix;
    if (is_unquoted_text)
        fix = write_instead(literal.at, fmt::format("\"{}\"", literal.value.text));
    if (table != nullptr && !is_unquoted_text) {
        std::vector<Named> names;
        for (const CodeTable::Row& row : table->rows()) {
            names.push_back({row.codes[0], row.label.zh});
        }
        fix = as_fix(literal.at, did_you_mean(literal.value.text, names));
    }
    report.error("M111", literal.at,
                 {fmt::format("“{}”不是{}的值", literal.value.text, to_string(type)),
                  fmt::format("{} is not a value of {}", literal.value.text, to_string(type))},
                 std::move(fix));
    return std::nullopt;
}

std::optional<Condition> compile_condition(const ConditionSyntax& syntax,
                                           const NameScope& scope,
                                           Report& report) {
    return Compiler(scope, report).run(syntax);
}

std::optional<Check> compile_check(const CheckSyntax& syntax,
                                   const NameScope& scope,
                                   Report& report) {
    Check out;
    auto condition = compile_condition(syntax.condition, scope, report);
    if (syntax.field) {
        out.field = resolve_canonical(scope, *syntax.field, report);
        if (!out.field) return std::nullopt;
    }
    if (!condition) return std::nullopt;
    out.condition = std::move(*condition);
    out.message = syntax.message;
    out.eligibility = syntax.eligibility;
    out.at = syntax.at;
    return out;
}

void collect_fields(const Operand& operand, std::vector<FieldRef>& out) {
    if (operand.is_field) out.push_back({operand.in_item, operand.slot});
    if (operand.call == nullptr) return;
    for (const Condition& condition : operand.call->condition) collect_fields(condition, out);
    for (const Operand& argument : operand.call->arguments) collect_fields(argument, out);
}

void collect_fields(const Condition& condition, std::vector<FieldRef>& out) {
    for (const Operand& operand : condition.operands) collect_fields(operand, out);
    for (const Condition& child : condition.children) collect_fields(child, out);
}

}  // namespace luqiao::mapping
