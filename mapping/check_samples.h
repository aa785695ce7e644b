// mapping/check_samples.h - canonical values of a type, to run a chain on when the map is compiled.
#pragma once

#include "mapping/type.h"

#include <string>
#include <vector>

namespace luqiao::mapping {

class CodeTable;

/// All values of a code or bool, and telling ones of other types: both ends of a range, dates with
/// small and large parts, documents whose check digits hold (no real person's). Empty: the type has
/// no values that stand for the others (text), or its table is not known.
std::vector<std::string> samples(const Type& type, const CodeTable* table);
/// The same for what a codec gives, of which only the kind is known.
std::vector<std::string> samples(TypeKind kind);

}  // namespace luqiao::mapping
