#include "base/scan.h"
#include "mapping/output.h"
#include "mapping/wire.h"
#include "mapping/write_program.h"

#include <array>

namespace luqiao::mapping {
namespace {

using OpKind = WriteOp::Kind;

/// Runs the segments of a scope over a row. A group in which nothing was written is taken back; the
/// comma of each member's literal is left out behind an opening bracket.
class JsonMessageWriter {
public:
    JsonMessageWriter(const Format& format, const WriteProgram& program, Output& out)
        : format_(format), program_(program), out_(out) {}

    void object(std::size_t scope, const WireRow& row) {
        std::array<std::size_t, 64> groups;  // where each open group began; as deep as paths are
        std::size_t depth = 0;
        out_.add('{');
        for (const WriteOp& op : program_.scopes[scope]) {
            switch (op.kind) {
                case OpKind::Value: value(op, row.slots[op.slot]); break;
                case OpKind::Open:
                    groups[depth++ % groups.size()] = out_.size();
                    begin(op, op.before_size);
                    break;
                case OpKind::Close:
                    --depth;
                    if (out_.last() == '{') {
                        out_.cut(groups[depth % groups.size()]);
                    } else {
                        out_.add('}');
                    }
                    break;
                case OpKind::List: list(op, row.lists[op.slot]); break;
                case OpKind::Node: break;
            }
        }
        out_.add('}');
    }

private:
    /// The first `size` bytes of the literal before a member.
    void begin(const WriteOp& op, std::size_t size) {
        char* to = out_.room(size);
        const std::size_t skip = to[-1] == '{' ? 1 : 0;
        to = copy_loose(to, program_.literals.data() + op.before + skip, size - skip);
        out_.advance_to(to);
    }

    void value(const WriteOp& op, const Slot& slot) {
        if (slot.has_value()) {
            const std::string_view text = slot.text();
            if (!slot.unmarked) {
                begin(op, op.before_size);
                if (op.bare) {
                    out_.add(text);
                } else {
                    escaped(text);
                    out_.add('"');
                }
                return;
            }
            char* to = out_.room(op.before_size + text.size() + 1);
            const std::size_t skip = to[-1] == '{' ? 1 : 0;
            to = copy_loose(to, program_.literals.data() + op.before + skip, op.before_size - skip);
            to = copy_text(to, text);
            *to = '"';
            out_.advance_to(to + op.after_size);
        } else if (slot.state == SlotState::Cleared) {
            const std::string_view word = cleared(op.bare);
            if (word.empty()) return;
            begin(op, op.before_size - op.after_size);
            out_.add(word);
        }
    }

    /// What stands for a value that is taken away; empty: the format has nothing for it.
    [[nodiscard]] std::string_view cleared(bool bare) const {
        if (format_.null == Empty::Cleared) return "null";
        return format_.empty == Empty::Cleared && !bare ? "\"\"" : "";
    }

    void list(const WriteOp& op, const WireItems& items) {
        if (items.count == 0) return;
        begin(op, op.before_size);
        const PathNode& node = *op.node;
        for (std::size_t item = 0; item < items.count; ++item) {
            if (item > 0) out_.add(',');
            const WireRow& row = items.rows[item];
            if (node.leaf != nullptr) {
                scalar(row.slots[node.field], is_bare(node.leaf->type));
            } else {
                object(op.items, row);
            }
        }
        out_.add(']');
    }

    void scalar(const Slot& slot, bool bare) {
        if (slot.has_value() && bare) {
            out_.add(slot.text());
        } else if (slot.has_value()) {
            out_.add('"');
            escaped(slot.text());
            out_.add('"');
        } else {
            const std::string_view word =
                slot.state == SlotState::Cleared ? cleared(bare) : std::string_view{};
            out_.add(word.empty() ? "null" : word);
        }
    }

    void escaped(std::string_view text) {
        for (;;) {
            const std::size_t clean = unmarked_prefix(text);
            out_.add(text.substr(0, clean));
            if (clean == text.size()) return;
            escape(text[clean]);
            text.remove_prefix(clean + 1);
        }
    }

    void escape(char byte) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const auto octet = static_cast<unsigned char>(byte);
        switch (byte) {
            case '"': out_.add("\\\""); return;
            case '\\': out_.add("\\\\"); return;
            case '\n': out_.add("\\n"); return;
            case '\r': out_.add("\\r"); return;
            case '\t': out_.add("\\t"); return;
            default: break;
        }
        if (octet >= 0x20) {
            out_.add(byte);
            return;
        }
        out_.add("\\u00");
        out_.add(kDigits[octet >> 4u]);
        out_.add(kDigits[octet & 0x0Fu]);
    }

    const Format& format_;
    const WriteProgram& program_;
    Output& out_;
};

}  // namespace

Status write_json(const Plan& plan, const Format& format, const WireRow& root, std::string& into) {
    thread_local Output out;  // kept from message to message
    out.clear();
    JsonMessageWriter(format, plan.write, out).object(0, root);
    return append_message(format, out.view(), into);
}

}  // namespace luqiao::mapping
