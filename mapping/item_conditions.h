// mapping/item_conditions.h - what holds for some items of a list, said outside of forms and maps.
#pragma once

#include "base/diagnostic.h"
#include "mapping/form.h"
#include "mapping/names.h"

#include <span>
#include <string>
#include <vector>

namespace luqiao::mapping {

/// Whoever applies for one of `codes` must meet `check`: in every message of the form, whatever its
/// map, but for partial maps.
struct ItemCondition {
    std::string form;
    std::string list;                ///< "case.items"
    std::string field;               ///< of the list, with the item's code: "code"
    std::vector<std::string> codes;  ///< empty: of every item
    /// What follows the word `check` in a map: COND else "中文 | English" [at path] [; not
    /// eligible].
    std::string check;
    Position at;  ///< where `check` begins in its file
};

/// Those of `conditions` that are of `form`; the others are left out, and so are those whose list
/// the form does not have. Findings, each at its condition: M100 syntax, M101, M110, M111 as in a
/// map.
std::vector<ItemCheck> compile_item_conditions(const Form& form,
                                               const Tables& tables,
                                               std::span<const ItemCondition> conditions,
                                               Diagnostics& findings);

}  // namespace luqiao::mapping
