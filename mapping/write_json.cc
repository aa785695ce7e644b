#include "base/json.h"
#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

bool is_bare(WireType type) {
    switch (type) {
        case WireType::Text: return false;
        case WireType::Int:
        case WireType::Number:
        case WireType::Bool:
        case WireType::I32:
        case WireType::I64:
        case WireType::Double: return true;
    }
    return false;
}

/// Writes the trie in the order of the format. A group that turns out empty is taken back.
class JsonMessageWriter {
public:
    JsonMessageWriter(const Format& format, std::string& out) : format_(format), out_(out) {}

    /// The members of `node` that have something; false: none.
    bool members(const PathNode& node, const WireRow& row) {
        bool any = false;
        for (const PathNode& child : node.children) {
            const std::size_t before = out_.size();
            if (any) out_ += ',';
            out_ += '"';
            append_json_escaped(out_, child.name);
            out_ += "\":";
            if (value(child, row)) {
                any = true;
            } else {
                out_.resize(before);
            }
        }
        return any;
    }

private:
    bool value(const PathNode& node, const WireRow& row) {
        if (node.items != nullptr) return list(node, row.lists[node.list]);
        if (node.leaf != nullptr) return scalar(*node.leaf, row.slots[node.field]);
        out_ += '{';
        const bool any = members(node, row);
        out_ += '}';
        return any;
    }

    bool list(const PathNode& node, const WireItems& items) {
        if (items.count == 0) return false;
        out_ += '[';
        for (std::size_t item = 0; item < items.count; ++item) {
            if (item > 0) out_ += ',';
            const WireRow& row = items.rows[item];
            if (node.leaf != nullptr) {
                if (!scalar(*node.leaf, row.slots[node.field])) out_ += "null";
            } else {
                out_ += '{';
                members(node, row);
                out_ += '}';
            }
        }
        out_ += ']';
        return true;
    }

    bool scalar(const WireField& field, const Slot& slot) {
        switch (slot.state) {
            case SlotState::Value:
                if (is_bare(field.type)) {
                    out_ += slot.text();
                } else {
                    out_ += '"';
                    append_json_escaped(out_, slot.text());
                    out_ += '"';
                }
                return true;
            case SlotState::Cleared:
                if (format_.null == Empty::Cleared) {
                    out_ += "null";
                } else if (format_.empty == Empty::Cleared && !is_bare(field.type)) {
                    out_ += "\"\"";
                } else {
                    return false;
                }
                return true;
            case SlotState::Absent:
            case SlotState::Bad: return false;
        }
        return false;
    }

    const Format& format_;
    std::string& out_;
};

}  // namespace

Result<std::string> write_json(const Plan& plan, const Format& format, const WireRow& root) {
    std::string out;
    out.reserve(2048);
    out += '{';
    JsonMessageWriter(format, out).members(plan.root, root);
    out += '}';
    return message_bytes(format, std::move(out));
}

}  // namespace luqiao::mapping
