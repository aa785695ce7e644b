#include "mapping/charset.h"
#include "mapping/thrift_binary.h"
#include "mapping/wire.h"

#include <bit>
#include <charconv>

namespace luqiao::mapping {
namespace {

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Writes one struct in the order of the format. Values were checked before; what does not fit its
/// wire type here is a fault, not a message.
class ThriftWriter {
public:
    ThriftWriter(const Format& format, std::string& out) : format_(format), out_(out) {}

    bool structure(const PathNode& node, const WireRow& row) {
        bool any = false;
        for (const PathNode& child : node.children) any |= field(child, row);
        put_type(ThriftType::Stop);
        return any;
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
    bool field(const PathNode& node, const WireRow& row) {
        const std::size_t before = out_.size();
        const bool any = node.items != nullptr  ? list(node, row.lists[node.list])
                         : node.leaf != nullptr ? leaf(node, row.slots[node.field])
                                                : group(node, row);
        if (!any) out_.resize(before);
        return any;
    }

    bool group(const PathNode& node, const WireRow& row) {
        head(ThriftType::Struct, node);
        return structure(node, row);
    }

    bool leaf(const PathNode& node, const Slot& slot) {
        const bool is_empty = slot.state == SlotState::Cleared && format_.empty == Empty::Cleared &&
                              node.leaf->type == WireType::Text;
        if (!slot.has_value() && !is_empty) return false;
        head(thrift_type(node.leaf->type), node);
        scalar(*node.leaf, slot);
        return true;
    }

    bool list(const PathNode& node, const WireItems& items) {
        if (items.count == 0) return false;
        head(ThriftType::List, node);
        put_type(node.leaf != nullptr ? thrift_type(node.leaf->type) : ThriftType::Struct);
        put(items.count, 4);
        for (std::size_t item = 0; item < items.count; ++item) {
            const WireRow& row = items.rows[item];
            if (node.leaf != nullptr) {
                scalar(*node.leaf, row.slots[node.field]);
            } else {
                structure(node, row);
            }
        }
        return true;
    }

    void scalar(const WireField& field, const Slot& slot) {
        const std::string_view text = slot.text();
        switch (field.type) {
            case WireType::Text: put_text(text); return;
            case WireType::Bool: put(text == "true" ? 1 : 0, 1); return;
            case WireType::I32:
                if (const auto number = parse<std::int32_t>(text)) {
                    put(static_cast<std::uint32_t>(*number), 4);
                    return;
                }
                break;
            case WireType::Int:
            case WireType::I64:
                if (const auto number = parse<std::int64_t>(text)) {
                    put(static_cast<std::uint64_t>(*number), 8);
                    return;
                }
                break;
            case WireType::Number:
            case WireType::Double:
                if (const auto number = parse<double>(text)) {
                    put(std::bit_cast<std::uint64_t>(*number), 8);
                    return;
                }
                break;
        }
        if (!error_) {
            error_ = fail(Errc::NotEncodable, "the value does not fit its type").at(field.path);
        }
    }

    void put_text(std::string_view text) {
        const std::size_t at = out_.size();
        put(0, 4);
        if (const auto status = append_encoded(out_, text, format_.charset); !status) {
            if (!error_) error_ = status.error();
            return;
        }
        const std::size_t size = out_.size() - at - 4;
        for (std::size_t byte = 0; byte < 4; ++byte) {
            out_[at + byte] = static_cast<char>(size >> (24 - 8 * byte));
        }
    }

    void head(ThriftType type, const PathNode& node) {
        put_type(type);
        put(static_cast<std::uint16_t>(node.id), 2);
    }
    void put_type(ThriftType type) { out_ += static_cast<char>(type); }
    void put(std::uint64_t number, std::size_t size) {
        for (std::size_t byte = size; byte-- > 0;) out_ += static_cast<char>(number >> (8 * byte));
    }

    const Format& format_;
    std::string& out_;
    std::optional<Error> error_;
};

}  // namespace

Status write_thrift(const Plan& plan, const Format& format, const WireRow& root, std::string& out) {
    ThriftWriter writer(format, out);
    writer.structure(plan.root, root);
    if (writer.error()) return *writer.error();
    return {};
}

}  // namespace luqiao::mapping
