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

/// Follows `let` names.
OperandSyntax substitute(const OperandSyntax& operand, const NameScope& scope);

/// Every field of `condition`, in the order of writing.
void collect_fields(const Condition& condition, std::vector<FieldRef>& out);

}  // namespace luqiao::mapping
