// mapping/compile_expression.h - conditions with their names resolved and their literals checked.
#pragma once

#include "mapping/names.h"

namespace luqiao::mapping {

/// Findings: M101 unknown field, M110 types that cannot be compared, M111 a literal that is no
/// value of the field's type.
std::optional<Condition> compile_condition(const ConditionSyntax& syntax,
                                           const NameScope& scope,
                                           Report& report);

std::optional<Check> compile_check(const CheckSyntax& syntax,
                                   const NameScope& scope,
                                   Report& report);

/// The canonical text of a literal as a value of `type`. @errors M111
std::optional<std::string> compile_literal(const LiteralSyntax& literal,
                                           const Type& type,
                                           const NameScope& scope,
                                           Report& report);

/// What an operand means once the names of `let` are followed.
struct Seen {
    const OperandSyntax* operand = nullptr;
    std::size_t lets = 0;            ///< how many lets can be seen from there
    const LetSyntax* let = nullptr;  ///< the last one that was followed
};
Seen see_through_lets(const OperandSyntax& operand, const NameScope& scope);

/// A field, call or literal with its whole type.
struct TypedOperand {
    Operand operand;
    Type type;
};

/// `wanted` is the type of what it stands beside, for literals and codes; nullptr: whatever it is.
/// Findings: M101 names, M107 arguments, M110 types, M111 literals, M102 over kOperationsMax.
std::optional<TypedOperand> compile_value(const OperandSyntax& syntax,
                                          const Type* wanted,
                                          const NameScope& scope,
                                          Report& report);
/// The same for what a let stands for, which is reported at its first use only.
std::optional<TypedOperand> compile_seen(const Seen& seen,
                                         const Type* wanted,
                                         const NameScope& scope,
                                         Report& report);

/// Whether values of both types can stand in one comparison.
bool comparable(const Type& a, const Type& b);
/// Identifiers, phones, texts; not numbers, days, codes, booleans.
bool is_text_like(TypeKind kind);

/// Every field of a condition or value, in the order of writing.
void collect_fields(const Condition& condition, std::vector<FieldRef>& out);
void collect_fields(const Operand& operand, std::vector<FieldRef>& out);

}  // namespace luqiao::mapping
