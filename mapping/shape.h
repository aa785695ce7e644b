// mapping/shape.h - how long a text may be and of which characters: what bytes are reckoned from.
#pragma once

#include "mapping/type.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace luqiao::mapping {

class CodeTable;

/// An upper bound of a set of texts.
struct Shape {
    std::size_t characters_max = 0;  ///< code points
    Repertoire repertoire = Repertoire::Ascii;
    bool operator==(const Shape&) const = default;
};

/// The smallest repertoire that has all characters of both.
Repertoire widest(Repertoire a, Repertoire b);

/// The smallest repertoire that has all characters of `text` (UTF-8).
Repertoire repertoire_of(std::string_view text);

/// The shape of one text.
Shape shape_of(std::string_view text);
/// A shape for texts of both.
inline Shape widest(const Shape& a, const Shape& b) {
    return {std::max(a.characters_max, b.characters_max), widest(a.repertoire, b.repertoire)};
}

/// The longest canonical text of a type. `table`: of a code. Nothing: the type has no bound.
std::optional<Shape> shape_of(const Type& type, const CodeTable* table);

}  // namespace luqiao::mapping
