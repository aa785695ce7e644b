// authoring/steer.h - changes a record until a condition gives what is wanted.
#pragma once

#include "mapping/expression.h"
#include "mapping/record.h"

#include <functional>
#include <string>
#include <vector>

#include "authoring/dice.h"

namespace luqiao::authoring {

/// Where a condition is steered: the record, the item it is about, and values for its fields.
struct Steering {
    mapping::Record& record;
    mapping::Row* item = nullptr;  ///< nullptr: outside of an `each`
    Dice& dice;
    /// Values that a field may take; may be empty.
    std::function<const std::vector<std::string>&(const mapping::Operand&)> values;
};

/// True when the condition gives `want` afterwards.
bool steer(const mapping::Condition& condition, bool want, const Steering& steering);

}  // namespace luqiao::authoring
