// mapping/form.h - the canonical model: fields of one form, flattened to slots.
#pragma once

#include "base/diagnostic.h"
#include "mapping/expression.h"
#include "mapping/type.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// A leaf. Its index in Scope::fields is its slot.
struct Field {
    std::string path;  ///< "applicant.birth_date"; inside a list relative to the item: "kind"
    Type type;
    bool required = false;  ///< `!` in the form
    Privacy privacy = Privacy::C1;
    Text label;
    Position at;
};

struct List;

/// The fields of the form itself, or of one item of a list.
struct Scope {
    std::vector<Field> fields;
    std::vector<List> lists;
};

struct List {
    std::string path;  ///< "attachments"
    std::string
        key;  ///< field of the item that identifies it when patches are merged; may be empty
    std::size_t items_max = 0;
    Text label;
    Position at;
    Scope scope;
};

/// Where a field lives: `lists` leads from the root scope to the field's scope (at most one deep in
/// rows outside `each`; inside `each` references are relative to the item and `lists` is empty).
struct FieldRef {
    bool in_item = false;  ///< relative to the current `each` item, else to the root
    std::size_t slot = 0;
    bool operator==(const FieldRef&) const = default;
};

/// A rule between fields that holds for every message of the form, whatever its map.
struct Check {
    Condition condition;
    Text message;                   ///< shown when the condition is false
    std::optional<FieldRef> field;  ///< the field the issue points to
    bool eligibility =
        false;  ///< `check … ; not eligible`: the issue is NotEligible, not RuleViolated
    Position at;
};

/// A rule for each item of one list, said of the form by another file (item_conditions.h).
struct ItemCheck {
    std::size_t list = 0;  ///< of Form::root
    Check check;           ///< its fields may be of the item
};

struct Form {
    std::string name;
    int version = 1;
    Text label;
    Scope root;
    std::vector<Check> checks;
    std::vector<ItemCheck> item_checks;

    /// Slot of `path` in the root scope.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view path) const;
    [[nodiscard]] std::optional<std::size_t> find_list(std::string_view path) const;
};

/// Slot of `path` in `scope`.
std::optional<std::size_t> find_field(const Scope& scope, std::string_view path);

}  // namespace luqiao::mapping
