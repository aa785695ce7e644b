#include "mapping/keep_base.h"
#include "mapping/xml_names.h"

#include <algorithm>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <set>
#include <sstream>

namespace luqiao::mapping {
namespace {

bool is_declaration(std::string_view attribute) {
    return attribute == "xmlns" || prefix_of(attribute) == "xmlns";
}

/// What `prefix` stands for at `node`; "" is the default namespace or none.
std::string_view space_at(pugi::xml_node node, std::string_view prefix) {
    const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
    for (; node; node = node.parent()) {
        const pugi::xml_attribute one = node.attribute(name.c_str());
        if (one) return one.value();
    }
    return {};
}

/// A value of blanks alone was written as a reference; saved as plain blanks it would be read as
/// nothing.
void pin_blanks(pugi::xml_node node) {
    for (pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_element) pin_blanks(child);
        const std::string_view text = child.value();
        const bool is_blank = child.type() == pugi::node_pcdata &&
                              text.find_first_not_of(" \t\n") == std::string_view::npos;
        if (!is_blank) continue;
        node.insert_child_after(pugi::node_cdata, child).set_value(child.value());
        node.remove_child(child);
        return;
    }
}

class XmlKeeper {
public:
    XmlKeeper(const Written& rows, const Format& format) : rows_(rows), format_(format) {}

    void element(const PathNode& node, pugi::xml_node written, pugi::xml_node base) {
        attributes(node, written, base);
        const bool is_kept_text = node.leaf != nullptr && node.items == nullptr &&
                                  !rows_.covers(node) && !written.first_child();
        pugi::xml_node after;  // what was handled last
        for (const pugi::xml_node child : base.children()) {
            const bool is_text =
                child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
            if (is_text && is_kept_text) written.append_copy(child);
            if (child.type() != pugi::node_element) continue;
            after = handle(node, written, child, after);
        }
    }

private:
    [[nodiscard]] std::string name_of(pugi::xml_node node) {
        const std::string_view full = node.name();
        return std::string(name_in_format(
            format_, {space_at(node, prefix_of(full)), local_name(full), false}, arena_));
    }

    /// Keeps `child` or lays it under what was written in its place; gives the element that the
    /// next one comes behind.
    pugi::xml_node handle(const PathNode& node,
                          pugi::xml_node written,
                          pugi::xml_node child,
                          pugi::xml_node after) {
        const std::string name = name_of(child);
        std::size_t hint = 0;
        const PathNode* place = node.child(name, hint);
        if (place == nullptr) return keep(written, child, after);
        if (place->items != nullptr) {
            if (!rows_.covers(*place)) return keep(written, child, after);
            const pugi::xml_node same = same_item(*place, written, child);
            if (!same) return after;
            element(*place, same, child);
            return same;
        }
        pugi::xml_node now = find(written, name);
        if (place->leaf != nullptr && place->children.empty() && place->attributes.empty()) {
            if (now) return now;
            return rows_.covers(*place) ? after : keep(written, child, after);
        }
        const bool is_new = !now;
        if (is_new) {
            now = insert(written, after);
            now.set_name(place->name.c_str());
        }
        element(*place, now, child);
        if (!is_new || now.first_child() || now.first_attribute()) return now;
        written.remove_child(now);
        return after;
    }

    static pugi::xml_node insert(pugi::xml_node into, pugi::xml_node after) {
        return after ? into.insert_child_after(pugi::node_element, after)
                     : into.prepend_child(pugi::node_element);
    }

    pugi::xml_node keep(pugi::xml_node into, pugi::xml_node child, pugi::xml_node after) {
        const pugi::xml_node copy =
            after ? into.insert_copy_after(child, after) : into.prepend_copy(child);
        std::set<std::string> prefixes;
        collect(child, prefixes);
        for (const std::string& prefix : prefixes) {
            const std::string_view wanted = space_at(child, prefix);
            if (prefix == "xml" || space_at(copy, prefix) == wanted) continue;
            const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + prefix;
            pugi::xml_node(copy).append_attribute(name.c_str()) = std::string(wanted).c_str();
        }
        return copy;
    }

    /// Prefixes of the names in a tree.
    static void collect(pugi::xml_node node, std::set<std::string>& out) {
        out.insert(std::string(prefix_of(node.name())));
        for (const pugi::xml_attribute one : node.attributes()) {
            const std::string_view prefix = prefix_of(one.name());
            if (!prefix.empty() && !is_declaration(one.name())) out.insert(std::string(prefix));
        }
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_element) collect(child, out);
        }
    }

    void attributes(const PathNode& node, pugi::xml_node written, pugi::xml_node base) {
        for (const pugi::xml_attribute one : base.attributes()) {
            const std::string_view full = one.name();
            if (is_declaration(full)) continue;
            const std::string_view prefix = prefix_of(full);
            const std::string_view space =
                prefix.empty() ? std::string_view{} : space_at(base, prefix);
            if (space == kSchemaInstance && local_name(full) == "nil") continue;
            const PathNode* place =
                node.attribute(name_in_format(format_, {space, local_name(full), true}, arena_));
            const bool is_covered = place != nullptr && rows_.covers(*place);
            if (is_covered || written.attribute(one.name())) continue;
            if (!prefix.empty() && space_at(written, prefix) != space) {
                written.append_attribute(("xmlns:" + std::string(prefix)).c_str()) =
                    std::string(space).c_str();
            }
            written.append_copy(one);
        }
    }

    pugi::xml_node find(pugi::xml_node in, const std::string& name) {
        for (const pugi::xml_node child : in.children()) {
            if (child.type() == pugi::node_element && name_of(child) == name) return child;
        }
        return {};
    }

    pugi::xml_node same_item(const PathNode& list, pugi::xml_node written, pugi::xml_node item) {
        const WireField* key = rows_.key(list);
        const auto own = key != nullptr ? key_of(*key, item) : std::nullopt;
        if (!own) return {};
        const std::string name = name_of(item);
        for (const pugi::xml_node child : written.children()) {
            if (child.type() != pugi::node_element || name_of(child) != name) continue;
            if (key_of(*key, child) == own) return child;
        }
        return {};
    }

    std::optional<std::string> key_of(const WireField& key, pugi::xml_node item) {
        const std::size_t steps = key.segments.size() - (key.is_attribute ? 1 : 0);
        for (std::size_t at = 0; at < (key.is_self ? 0 : steps); ++at) {
            item = find(item, key.segments[at]);
        }
        if (!item) return std::nullopt;
        if (!key.is_attribute) return std::string(item.text().get());
        const pugi::xml_attribute one = item.attribute(key.segments.back().c_str());
        return one ? std::optional<std::string>(one.value()) : std::nullopt;
    }

    const Written& rows_;
    const Format& format_;
    Arena arena_;
};

}  // namespace

Result<std::string> keep_xml(const Written& rows,
                             const Plan& plan,
                             const Format& format,
                             std::string_view written,
                             std::string_view base) {
    constexpr unsigned kParse = pugi::parse_default | pugi::parse_ws_pcdata_single;
    pugi::xml_document after;
    pugi::xml_document before;
    const bool good = after.load_buffer(written.data(), written.size(),
                                        kParse | pugi::parse_declaration, pugi::encoding_utf8) &&
                      before.load_buffer(base.data(), base.size(), kParse, pugi::encoding_utf8);
    if (!good) return fail(Errc::Internal, "a message that was read cannot be read again");
    pin_blanks(after.document_element());
    XmlKeeper(rows, format).element(plan.root, after.document_element(), before.document_element());
    std::ostringstream out;
    after.save(out, "", pugi::format_raw, pugi::encoding_utf8);
    return {std::move(out).str()};
}

}  // namespace luqiao::mapping
