#include "adapters/registry.h"

#include <algorithm>
#include <array>

namespace luqiao::adapters {

std::span<const AdapterKind* const> adapter_kinds() {
    static const std::array kinds{
        &file_adapter(), &http_adapter(), &soap_adapter(), &table_adapter(), &thrift_adapter(),
    };
    return kinds;
}

const AdapterKind* find_adapter(std::string_view name) {
    const auto kinds = adapter_kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const auto* kind) { return kind->name == name; });
    return found == kinds.end() ? nullptr : *found;
}

}  // namespace luqiao::adapters
