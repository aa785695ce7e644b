// app/shown_fields.h - the fields of a message as an operator may see them.
#pragma once

#include "base/json.h"
#include "mapping/translator.h"

#include <string>
#include <string_view>
#include <vector>

namespace luqiao::app {

/// One canonical field of a message that has a value.
struct ShownField {
    std::string path;   ///< "applicant.name", "items[2].code"
    std::string label;  ///< in Chinese
    std::string text;   ///< as it is; never leaves the process
    std::string shown;  ///< masked when its class is C2, hidden when it is C3
};

struct ShownMessage {
    bool readable = false;  ///< the rules read it without an error
    std::vector<ShownField> fields;
};

/// The fields of `body`, read by `program`.
ShownMessage shown_fields(const mapping::Program& program, std::string_view body);

/// What differs between two messages, as an array of {"field","label","before","after"}; a value
/// that only one has is "" in the other.
void write_differences(JsonWriter& json, const ShownMessage& before, const ShownMessage& after);

}  // namespace luqiao::app
