// authoring/condition_text.h - conditions as their author would write them, and their operands.
#pragma once

#include "mapping/evaluate.h"
#include "mapping/program.h"

#include <string>
#include <vector>

#include "authoring/rows.h"

namespace luqiao::authoring {

/// "item.state = granted and not (reason.code present)". `list`: the list of the `each` around it.
std::string condition_text(const mapping::Program& program,
                           const mapping::List* list,
                           const mapping::Condition& condition);

/// The `when` blocks around a row: "action = issue and not (sex = male)"; empty: there are none.
std::string guards_text(const mapping::Program& program, const RowPlace& place);
/// "req", "req when item.state = granted", or empty.
std::string required_text(const mapping::Program& program, const RowPlace& place);

/// Every field that the condition looks at, once, in order.
std::vector<mapping::Operand> fields_of(const mapping::Condition& condition);
/// The same of a value: the field itself, or those in the arguments of a call.
std::vector<mapping::Operand> fields_of(const mapping::Operand& operand);

/// A field by its name, a literal, or a call: "concat(a, b)".
std::string operand_text(const mapping::Program& program,
                         const mapping::List* list,
                         const mapping::Operand& operand);

/// The field of an operand; "kind" of an item is named "attachments.kind".
const mapping::Field& field_of_operand(const mapping::Program& program,
                                       const mapping::List* list,
                                       const mapping::Operand& operand);
std::string operand_name(const mapping::Program& program,
                         const mapping::List* list,
                         const mapping::Operand& operand);

}  // namespace luqiao::authoring
