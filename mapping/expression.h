// mapping/expression.h - conditions and values in `when`, `check`, `req when` and `let`: total,
// without loops.
#pragma once

#include "mapping/type.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace luqiao::mapping {

/// A literal of the language: "text", 12, 3.5, true, or a bare word (a canonical code such as
/// `male`).
struct Literal {
    enum class Kind : std::uint8_t { Text, Number, Word };
    Kind kind = Kind::Text;
    std::string text;  ///< without quotes
    bool operator==(const Literal&) const = default;
};

struct Call;  // functions.h

/// A canonical field, a function call or a literal; names of `let` are already replaced by what
/// they stand for.
struct Operand {
    bool is_field = false;
    bool in_item = false;  ///< the field is of the current `each` item
    std::size_t slot = 0;  ///< when is_field
    std::string literal;   ///< canonical text, when neither a field nor a call
    TypeKind type = TypeKind::Text;
    std::shared_ptr<const Call> call = {};
    /// The highest class of everything the value is made of; a declassifier lowers it.
    Privacy privacy = Privacy::C0;

    [[nodiscard]] bool is_literal() const { return !is_field && call == nullptr; }
};

enum class Comparison : std::uint8_t { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };

/// One node of a condition. A comparison with an absent field is false (and so is its negation's
/// operand: `not (a = b)` with `a` absent is true, so guard with `present`).
struct Condition {
    enum class Kind : std::uint8_t { Always, And, Or, Not, Compare, In, Between, Present, Absent };
    Kind kind = Kind::Always;
    Comparison comparison = Comparison::Equal;
    std::vector<Operand>
        operands;  ///< Compare: 2 · In: value then members · Between: 3 · Present, Absent: 1
    std::vector<Condition> children;  ///< And, Or: 2+ · Not: 1
};

}  // namespace luqiao::mapping
