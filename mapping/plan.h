// mapping/plan.h - what is worked out once per program: the path trie by which readers and writers
// find the slots of a format.
#pragma once

#include "mapping/ops.h"
#include "mapping/program.h"
#include "mapping/write_program.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// What a message that keeps the order of the format is compared with: the name of a child as it
/// stands in JSON, with its closing quote. All that a text value needs is here, side by side with
/// the keys before and after.
struct PathKey {
    std::uint64_t head = 0;    ///< the first eight bytes
    std::uint64_t mask = 0;    ///< which of them count
    std::uint32_t number = 0;  ///< PathNode::number
    std::uint16_t slot = 0;    ///< of a text
    bool is_short = false;     ///< there are no more bytes
    bool is_text = false;      ///< a leaf of WireType::Text, no list
};

/// One place of a message: a JSON key, an XML element or attribute, a table or column, a Thrift
/// field. A leaf has a field; a group has children; a repeated place has a list, whose children
/// belong to the item.
struct PathNode {
    static constexpr std::size_t kNone = SIZE_MAX;

    std::string name;
    std::int16_t id = 0;        ///< Thrift: field id
    std::size_t number = 0;     ///< counts all nodes of the plan; 0 is the root
    std::size_t field = kNone;  ///< slot in the current scope; of a list: the item itself
    std::size_t list = kNone;   ///< index among the lists of the current scope
    const WireField* leaf = nullptr;
    const WireList* items = nullptr;
    std::vector<PathNode> attributes;  ///< Xml
    std::vector<PathNode> children;    ///< in the order of the format
    std::vector<PathKey> keys;         ///< of the children
    std::vector<std::uint16_t> index;  ///< hash -> child + 1; only where there are many children

    /// The child `key`. `hint` is where the search starts and is moved behind what was found:
    /// messages mostly keep the order of the format.
    [[nodiscard]] const PathNode* child(std::string_view key, std::size_t& hint) const;
    /// The key of the child at `hint`, when `bytes` (nullptr, or eight readable bytes at least)
    /// begin with its name and a quote.
    [[nodiscard]] const PathKey* expected(const char* bytes, std::size_t hint) const {
        if (hint >= keys.size() || bytes == nullptr) return nullptr;
        const PathKey& key = keys[hint];
        std::uint64_t head = 0;
        std::memcpy(&head, bytes, sizeof head);
        if (((head ^ key.head) & key.mask) != 0) return nullptr;
        if (!key.is_short && !children[hint].is_quoted_at(bytes)) return nullptr;
        return &key;
    }
    [[nodiscard]] const PathNode* attribute(std::string_view key) const;
    /// Thrift: the child with field id `wanted`.
    [[nodiscard]] const PathNode* child(std::int16_t wanted) const;
    [[nodiscard]] bool is_quoted_at(const char* bytes) const;
};

/// Slots that must have a value.
using RequiredSlots = std::vector<std::uint16_t>;

template <class FieldScope>
RequiredSlots required_slots(const FieldScope& scope) {
    RequiredSlots slots;
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        if (scope.fields[slot].required) slots.push_back(static_cast<std::uint16_t>(slot));
    }
    return slots;
}

/// Immutable; points into the program's format.
struct Plan {
    PathNode root;
    WriteProgram write;                        ///< of JSON and XML formats; points into root
    Ops ops;                                   ///< the rows; point into the program
    std::vector<RequiredSlots> wire_required;  ///< [0] of the message, [1 + list] of its items
    std::vector<RequiredSlots> form_required;  ///< the same of the form
    std::size_t nodes = 1;                     ///< all nodes, for flags by PathNode::number
    std::size_t key = PathNode::kNone;         ///< root slot of the natural key
    const RowRule* as_of_row = nullptr;        ///< the root row that reads Program::as_of
};

Plan make_plan(const Program& program);

}  // namespace luqiao::mapping
