#include "mapping/compile_expression.h"

#include "mapping/codec.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

using Kind = Condition::Kind;

/// One operand once its name is resolved.
struct Side {
    std::optional<FieldRef> field;
    LiteralSyntax literal;  ///< when not a field; a bare word is Kind::Word
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
        const Type* against = known_type(syntax);
        std::vector<Side> sides;
        for (const OperandSyntax& operand : syntax.operands) {
            auto side = resolve(operand, against);
            if (!side) return false;
            sides.push_back(std::move(*side));
        }
        const auto first = std::find_if(sides.begin(), sides.end(),
                                        [](const Side& side) { return side.field.has_value(); });
        const bool needs_left = syntax.kind != Kind::Compare;
        if (first == sides.end() || (needs_left && !sides[0].field)) {
            const OperandSyntax left = substitute(syntax.operands[0], scope_);
            const auto* path = std::get_if<PathSyntax>(&left.value);
            if (path == nullptr || resolve_canonical(scope_, *path, report_)) {
                report_.error("M110", syntax.at,
                              {"条件中没有字段", "the condition compares no field"});
            }
            return false;
        }
        return fits(syntax, scope_.field(*first->field).type, sides, out);
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
                          "use = or in");
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

    /// The type of the first operand that is certainly a field: a dotted path or a name that is no
    /// possible code.
    const Type* known_type(const ConditionSyntax& syntax) {
        const Type* bare = nullptr;
        for (const OperandSyntax& operand : syntax.operands) {
            const OperandSyntax value = substitute(operand, scope_);
            const auto* path = std::get_if<PathSyntax>(&value.value);
            const auto found = path != nullptr ? find_canonical(scope_, path->text) : std::nullopt;
            if (!found) continue;
            const Type* type = &scope_.field(*found).type;
            if (path->text.find('.') != std::string::npos) return type;
            if (bare == nullptr) bare = type;
        }
        return bare;
    }

    std::optional<Side> resolve(const OperandSyntax& syntax, const Type* against) {
        const OperandSyntax operand = substitute(syntax, scope_);
        Side out;
        out.at = syntax.at;
        if (const auto* literal = std::get_if<LiteralSyntax>(&operand.value)) {
            out.literal = *literal;
            out.literal.at = syntax.at;
            return out;
        }
        const auto& path = std::get<PathSyntax>(operand.value);
        out.literal = {{Literal::Kind::Word, path.text}, syntax.at};
        const bool is_word = path.text.find('.') == std::string::npos;
        if (is_word && against != nullptr && against->kind == TypeKind::Code) {
            const CodeTable* table = scope_.table(against->table);
            if (table != nullptr && table->find(path.text) != nullptr) return out;
        }
        out.field = find_canonical(scope_, path.text);
        if (out.field) return out;
        const bool may_be_word = is_word && against != nullptr && against->kind != TypeKind::Text;
        if (may_be_word) return out;
        if (is_word && against == nullptr) return out;  // reported once, by `operands`
        if (is_word && against->kind == TypeKind::Text) {
            report_.error("M101", path.at,
                          {fmt::format("没有字段{}；文字要加引号", path.text),
                           fmt::format("no field {}; text is quoted", path.text)},
                          write_instead(path.at, fmt::format("\"{}\"", path.text)));
            return std::nullopt;
        }
        resolve_canonical(scope_, path, report_);
        return std::nullopt;
    }

    std::optional<Operand> compile(const Side& side, const Type& type) {
        Operand out;
        if (side.field) {
            const Type& own = scope_.field(*side.field).type;
            out.is_field = true;
            out.in_item = side.field->in_item;
            out.slot = side.field->slot;
            out.type = own.kind;
            if (comparable(own, type)) return out;
            report_.error(
                "M110", side.at,
                {fmt::format("{}不能与{}比较", to_string(own), to_string(type)),
                 fmt::format("{} cannot be compared with {}", to_string(own), to_string(type))});
            return std::nullopt;
        }
        auto text = compile_literal(side.literal, type, scope_, report_);
        if (!text) return std::nullopt;
        out.literal = std::move(*text);
        out.type = type.kind;
        return out;
    }

    const NameScope& scope_;
    Report& report_;
};

}  // namespace

OperandSyntax substitute(const OperandSyntax& operand, const NameScope& scope) {
    OperandSyntax out = operand;
    if (scope.lets == nullptr) return out;
    // A `let` may name one above it only, so there are at most as many steps as lets.
    for (std::size_t limit = scope.lets->size(); limit > 0; --limit) {
        const auto* path = std::get_if<PathSyntax>(&out.value);
        if (path == nullptr) return out;
        const auto end = scope.lets->begin() + static_cast<std::ptrdiff_t>(limit);
        const auto found = std::find_if(
            scope.lets->begin(), end, [&](const LetSyntax& let) { return let.name == path->text; });
        if (found == end) return out;
        limit = static_cast<std::size_t>(found - scope.lets->begin()) + 1;
        out.value = found->value.value;
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

void collect_fields(const Condition& condition, std::vector<FieldRef>& out) {
    for (const Operand& operand : condition.operands) {
        if (operand.is_field) out.push_back({operand.in_item, operand.slot});
    }
    for (const Condition& child : condition.children) collect_fields(child, out);
}

}  // namespace luqiao::mapping
