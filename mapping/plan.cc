#include "mapping/plan.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kIndexedFrom = 6;

std::size_t hash_key(std::string_view key) {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    const std::size_t size = std::min<std::size_t>(key.size(), 8);
    std::memcpy(&head, key.data(), size);
    std::memcpy(&tail, key.data() + (key.size() - size), size);
    const std::uint64_t mixed = (head * 0x9E3779B97F4A7C15u) ^ (tail * 0xC2B2AE3D27D4EB4Fu);
    return static_cast<std::size_t>((mixed + key.size()) >> 40u);
}

/// Names that JSON would escape never match: their keys go the long way.
PathKey key_of(const PathNode& node) {
    const std::string& name = node.name;
    const std::string quoted = name + '"';
    PathKey key;
    key.number = static_cast<std::uint32_t>(node.number);
    key.is_text =
        node.items == nullptr && node.leaf != nullptr && node.leaf->type == WireType::Text;
    if (key.is_text) key.slot = static_cast<std::uint16_t>(node.field);
    key.is_short = quoted.size() <= 8;
    if (name.find_first_of("\\\"") != std::string::npos) {
        key.mask = ~std::uint64_t{0};
        std::memset(&key.head, '"', sizeof key.head);
        return key;
    }
    std::memcpy(&key.head, quoted.data(), std::min<std::size_t>(quoted.size(), 8));
    std::memset(&key.mask, 0xFF, std::min<std::size_t>(quoted.size(), 8));
    return key;
}

void build_index(PathNode& node) {
    for (const PathNode& child : node.children) node.keys.push_back(key_of(child));
    if (node.children.size() >= kIndexedFrom) {
        std::size_t size = 16;
        while (size < 2 * node.children.size()) size *= 2;
        node.index.assign(size, 0);
        for (std::size_t child = 0; child < node.children.size(); ++child) {
            std::size_t place = hash_key(node.children[child].name) & (size - 1);
            while (node.index[place] != 0) place = (place + 1) & (size - 1);
            node.index[place] = static_cast<std::uint16_t>(child + 1);
        }
    }
    for (PathNode& child : node.children) build_index(child);
}

class TrieBuilder {
public:
    explicit TrieBuilder(const Format& format) : format_(format) {}

    PathNode build() {
        PathNode root;
        root.name = format_.root;
        scope(root, format_.root_scope);
        build_index(root);
        return root;
    }
    [[nodiscard]] std::size_t nodes() const { return nodes_; }

private:
    /// Fields and lists are laid out in the order of their lines.
    void scope(PathNode& base, const WireScope& wire) {
        std::size_t list = 0;
        for (std::size_t slot = 0; slot < wire.fields.size(); ++slot) {
            const WireField& field = wire.fields[slot];
            while (list < wire.lists.size() && wire.lists[list].at.line < field.at.line) {
                add_list(base, wire.lists[list], list);
                ++list;
            }
            PathNode& node = place(base, field);
            node.field = slot;
            node.leaf = &field;
        }
        for (; list < wire.lists.size(); ++list) add_list(base, wire.lists[list], list);
    }

    void add_list(PathNode& base, const WireList& list, std::size_t index) {
        PathNode& node = format_.kind == FormatKind::Thrift
                             ? by_id(base, list.thrift_path, list.thrift_id)
                             : by_name(base, list.segments);
        node.list = index;
        node.items = &list;
        scope(node, list.scope);
    }

    PathNode& place(PathNode& base, const WireField& field) {
        if (format_.kind == FormatKind::Thrift) {
            if (field.is_self) return base;
            return by_id(base, field.thrift_path, field.thrift_id);
        }
        if (format_.kind == FormatKind::Table && !field.segments.empty() && base.number != 0) {
            return by_name(base, std::span(field.segments).last(1));
        }
        if (!field.is_attribute) return by_name(base, field.segments);
        const std::span<const std::string> path(field.segments);
        PathNode& element = by_name(base, path.first(path.size() - 1));
        return child(element.attributes, path.back());
    }

    PathNode& by_name(PathNode& base, std::span<const std::string> path) {
        PathNode* node = &base;
        for (const std::string& name : path) node = &child(node->children, name);
        return *node;
    }

    PathNode& by_id(PathNode& base, const std::vector<std::int16_t>& path, std::int16_t last) {
        PathNode* node = &base;
        for (const std::int16_t id : path) node = &child(node->children, id);
        return child(node->children, last);
    }

    template <class Key>
    PathNode& child(std::vector<PathNode>& among, const Key& key) {
        for (PathNode& node : among) {
            if (matches(node, key)) return node;
        }
        PathNode& node = among.emplace_back();
        set_key(node, key);
        node.number = nodes_++;
        return node;
    }
    static bool matches(const PathNode& node, const std::string& name) { return node.name == name; }
    static bool matches(const PathNode& node, std::int16_t id) { return node.id == id; }
    static void set_key(PathNode& node, const std::string& name) { node.name = name; }
    static void set_key(PathNode& node, std::int16_t id) {
        node.id = id;
        node.name = fmt::format("{}", id);
    }

    const Format& format_;
    std::size_t nodes_ = 1;
};

/// The first row outside `each` that reads `slot`.
const RowRule* reader_of(const Block& block, std::size_t slot) {
    for (const Rule& rule : block.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (row->arrow == Arrow::Write || row->canonical.size() != 1) continue;
            if (!row->canonical[0].in_item && row->canonical[0].slot == slot) return row;
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) {
                if (const RowRule* found = reader_of(branch, slot)) return found;
            }
        }
    }
    return nullptr;
}

}  // namespace

const PathNode* PathNode::child(std::string_view key, std::size_t& hint) const {
    if (hint < children.size() && children[hint].name == key) return &children[hint++];
    if (index.empty()) {
        for (std::size_t at = 0; at < children.size(); ++at) {
            if (children[at].name != key) continue;
            hint = at + 1;
            return &children[at];
        }
        return nullptr;
    }
    const std::size_t mask = index.size() - 1;
    for (std::size_t place = hash_key(key) & mask; index[place] != 0; place = (place + 1) & mask) {
        const std::size_t at = index[place] - 1u;
        if (children[at].name != key) continue;
        hint = at + 1;
        return &children[at];
    }
    return nullptr;
}

bool PathNode::is_quoted_at(const char* bytes) const {
    // A string that is closed ends before the padding does; a shorter one differs at its quote.
    return std::strncmp(bytes, name.data(), name.size()) == 0 && bytes[name.size()] == '"';
}

const PathNode* PathNode::attribute(std::string_view key) const {
    for (const PathNode& node : attributes) {
        if (node.name == key) return &node;
    }
    return nullptr;
}

const PathNode* PathNode::child(std::int16_t wanted) const {
    for (const PathNode& node : children) {
        if (node.id == wanted) return &node;
    }
    return nullptr;
}

const CodeTable* Program::table(std::string_view table_name) const {
    const auto found = std::lower_bound(
        tables.begin(), tables.end(), table_name,
        [](const CodeTable* table, std::string_view wanted) { return table->name() < wanted; });
    return found != tables.end() && (*found)->name() == table_name ? *found : nullptr;
}

Plan make_plan(const Program& program) {
    Plan plan;
    TrieBuilder builder(*program.format);
    plan.root = builder.build();
    plan.nodes = builder.nodes();
    plan.ops = make_ops(program);
    plan.wire_required.push_back(required_slots(program.format->root_scope));
    for (const WireList& list : program.format->root_scope.lists) {
        plan.wire_required.push_back(required_slots(list.scope));
    }
    if (program.form != nullptr) {
        plan.form_required.push_back(required_slots(program.form->root));
        for (const List& list : program.form->root.lists) {
            plan.form_required.push_back(required_slots(list.scope));
        }
    }
    plan.write = make_write_program(plan.root, program.format->kind);
    const auto& fields = program.format->root_scope.fields;
    for (std::size_t slot = 0; slot < fields.size() && !program.format->key.empty(); ++slot) {
        if (fields[slot].path == program.format->key) plan.key = slot;
    }
    if (program.as_of) plan.as_of_row = reader_of(program.body, *program.as_of);
    return plan;
}

PlanCache::~PlanCache() {
    delete plan_.load(std::memory_order_acquire);
}

const Plan& PlanCache::of(const Program& program) const {
    if (const Plan* plan = plan_.load(std::memory_order_acquire)) return *plan;
    auto made = std::make_unique<const Plan>(make_plan(program));
    const Plan* expected = nullptr;
    if (plan_.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
        return *made.release();
    }
    return *expected;
}

}  // namespace luqiao::mapping
