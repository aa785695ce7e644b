// mapping/check_condition.h - what conditions allow for one field, found by trying every value that
// can make a difference.
#pragma once

#include "mapping/expression.h"
#include "mapping/form.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

class CodeTable;

/// A value of a field as far as conditions can tell it: at a literal, just below or just above it,
/// or absent. Just above is also "any other text".
struct Probe {
    std::optional<std::string_view> near;  ///< none: the field is absent
    int side = 0;                          ///< -1 below, 0 exactly, 1 above
};

/// A condition that holds, or does not, where a rule stands.
struct Given {
    const Condition* condition;
    bool holds;
};
using Path = std::vector<Given>;

/// The field of a condition, as rows refer to it.
struct Subject {
    FieldRef ref;
    const Field* field;
    const CodeTable* table = nullptr;  ///< of a code field
    bool may_be_absent = true;
};

/// Everything that the conditions can tell apart for `subject`: every code of its table, true and
/// false, or the places around each literal. The probes look into the conditions and the table.
std::vector<Probe> probes(const Subject& subject, const Path& path);

/// Whether the path can be taken when the field is so, whatever the other fields hold.
bool allows(const Path& path, const FieldRef& field, const Probe& probe);

/// Whether every condition is about `field` and literals alone, so that `allows` is exact.
bool is_only_about(const Path& path, const FieldRef& field);

/// The fields that the conditions name, each once.
std::vector<FieldRef> fields_of(const Path& path);

/// Whether everything that `inner` asks for is asked for by `outer` as well.
bool is_within(const Path& inner, const Path& outer);
/// Whether they are the two branches of one `when`.
bool are_both_branches(const Path& a, const Path& b);

}  // namespace luqiao::mapping
