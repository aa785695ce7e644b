// mapping/parse_expression.h - conditions: `a = b and not c present`.
#pragma once

#include "mapping/cursor.h"

namespace luqiao::mapping {

/// condition = conjunction {"or" conjunction}; conjunction = term {"and" term};
/// term = "not" term | "(" condition ")" | operand (comparison operand | "in" "(" literals ")" |
/// "between" operand "and" operand | "present" | "absent").
std::optional<ConditionSyntax> parse_condition(Cursor& cursor, std::size_t depth = 0);

/// A field, a name, a literal or a call `NAME "(" operand {"," operand} ")"`. The first argument of
/// `if` is a condition. @errors M100, M102 arguments, levels
std::optional<OperandSyntax> parse_operand(Cursor& cursor, std::size_t depth = 0);

/// What follows the word `check`: `COND else "中文 | English" [at path] [; not eligible]`.
std::optional<CheckSyntax> parse_check(Cursor& cursor);

}  // namespace luqiao::mapping
