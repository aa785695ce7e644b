// mapping/xml_names.h - names of XML messages as a format writes them, whatever prefixes the
// message uses.
#pragma once

#include "mapping/format.h"
#include "mapping/record.h"

#include <string_view>

namespace luqiao::mapping {

inline constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

/// What stands before the colon of a name; nothing without one.
inline std::string_view prefix_of(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}
inline std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// A name of a message: its local part and the URI of its namespace, empty for none.
struct XmlName {
    std::string_view space;
    std::string_view local;
    bool is_attribute = false;
};

/// "p:XM" with the format's own prefix, "XM" without one; "{uri}XM" for what the format cannot
/// mean. A format without namespaces takes the local name. New text goes to `arena`.
std::string_view name_in_format(const Format& format, const XmlName& name, Arena& arena);

}  // namespace luqiao::mapping
