// mapping/parse_type.h - the type of a field as it is written in a form.
#pragma once

#include "mapping/cursor.h"
#include "mapping/type.h"

namespace luqiao::mapping {

/// `text(40, latin)`, `code(country)`, `int(0..100)`, `date`; to_string writes what this reads.
std::optional<Type> parse_type(Cursor& cursor);

/// The class of a field that does not write one.
Privacy default_privacy(TypeKind kind);

}  // namespace luqiao::mapping
