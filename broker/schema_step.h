// broker/schema_step.h - how the tables of an older store become those of a newer one.
#pragma once

#include "base/result.h"
#include "base/text.h"

#include <cstdint>
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

/// A store that a newer program wrote.
inline Error newer_schema(std::int64_t version, int known) {
    return fail(
        Errc::Corruption,
        "the store has schema version {}, this program reads {}: run the program it belongs "
        "to, or put back the snapshot of its migration",
        version, known);
}
/// A store that an older program wrote: it is not changed in passing.
inline Error older_schema(std::int64_t version, int known) {
    return fail(Errc::Conflict,
                "the store has schema version {}, this program needs {}: run luqiao migrate plan, "
                "then luqiao migrate run",
                version, known);
}

}  // namespace luqiao::broker
