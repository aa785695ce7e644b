#include "mapping/xml_names.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

std::string_view put_together(std::string_view head,
                              std::string_view middle,
                              std::string_view tail,
                              Arena& arena) {
    char* const begin = arena.take(head.size() + middle.size() + tail.size());
    char* out = std::copy(head.begin(), head.end(), begin);
    out = std::copy(middle.begin(), middle.end(), out);
    out = std::copy(tail.begin(), tail.end(), out);
    return {begin, static_cast<std::size_t>(out - begin)};
}

std::string_view foreign(const XmlName& name, Arena& arena) {
    return put_together("{", put_together(name.space, "}", {}, arena), name.local, arena);
}

}  // namespace

std::string_view name_in_format(const Format& format, const XmlName& name, Arena& arena) {
    const auto& spaces = format.namespaces;
    if (spaces.empty()) return name.local;
    if (name.space.empty()) {
        const bool has_default = std::any_of(spaces.begin(), spaces.end(),
                                             [](const auto& one) { return one.prefix.empty(); });
        return name.is_attribute || !has_default ? name.local : foreign(name, arena);
    }
    const auto found = std::find_if(spaces.begin(), spaces.end(),
                                    [&](const Namespace& one) { return one.uri == name.space; });
    if (found == spaces.end()) return foreign(name, arena);
    if (!found->prefix.empty()) return put_together(found->prefix, ":", name.local, arena);
    return name.is_attribute ? foreign(name, arena) : name.local;
}

}  // namespace luqiao::mapping
