#include "mapping/form.h"

#include <algorithm>

namespace luqiao::mapping {

std::optional<std::size_t> find_field(const Scope& scope, std::string_view path) {
    const auto found = std::find_if(scope.fields.begin(), scope.fields.end(),
                                    [&](const Field& field) { return field.path == path; });
    if (found == scope.fields.end()) return std::nullopt;
    return static_cast<std::size_t>(found - scope.fields.begin());
}

std::optional<std::size_t> Form::find(std::string_view path) const {
    return find_field(root, path);
}

std::optional<std::size_t> Form::find_list(std::string_view path) const {
    const auto found = std::find_if(root.lists.begin(), root.lists.end(),
                                    [&](const List& list) { return list.path == path; });
    if (found == root.lists.end()) return std::nullopt;
    return static_cast<std::size_t>(found - root.lists.begin());
}

}  // namespace luqiao::mapping
