// broker/schema_step.h - how the tables of an older store become those of a newer one.
#pragma once

#include "base/text.h"

#include <string>
#include <vector>

namespace luqiao::broker {

/// From the version before `to` to `to`.
struct SchemaStep {
    int to = 0;
    Text what;                        ///< what it changes, for the operator
    const char* sql;                  ///< run in one transaction with the note of the new version
    std::vector<std::string> tables;  ///< whose rows it reads or copies: what it costs
};

}  // namespace luqiao::broker
