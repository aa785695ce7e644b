#include "mapping/functions.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {

std::span<const Function* const> functions() {
    static const std::vector<const Function*> sorted = [] {
        std::vector<const Function*> list;
        for (const std::span<const Function> family : {text_functions(), value_functions()}) {
            for (const Function& function : family) list.push_back(&function);
        }
        std::sort(list.begin(), list.end(),
                  [](const Function* a, const Function* b) { return a->name < b->name; });
        return list;
    }();
    return sorted;
}

const Function* find_function(std::string_view name) {
    const auto list = functions();
    const auto found = std::lower_bound(
        list.begin(), list.end(), name,
        [](const Function* function, std::string_view key) { return function->name < key; });
    return found != list.end() && (*found)->name == name ? *found : nullptr;
}

std::string signature(const Function& function) {
    std::string out = function.body == nullptr ? "condition" : "";
    for (const FunctionArgument& argument : function.arguments) {
        if (!out.empty()) out += ", ";
        out += argument.name;
        if (argument.repeated) out += "…";
        if (argument.optional) out += "?";
    }
    return fmt::format("{}({})", function.name, out);
}

}  // namespace luqiao::mapping
