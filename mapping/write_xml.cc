#include "base/scan.h"
#include "mapping/output.h"
#include "mapping/wire.h"
#include "mapping/write_program.h"

#include <array>

namespace luqiao::mapping {
namespace {

using OpKind = WriteOp::Kind;

/// Escapes so that a reader gets the same text back: white space that a parser would normalise is
/// written as a reference.
void append_xml(Output& out, std::string_view text, bool is_attribute) {
    for (;;) {
        const std::size_t clean = unmarked_prefix(text);
        out.add(text.substr(0, clean));
        if (clean == text.size()) return;
        const char byte = text[clean];
        text.remove_prefix(clean + 1);
        std::string_view with;
        switch (byte) {
            case '&': with = "&amp;"; break;
            case '<': with = "&lt;"; break;
            case '>': with = "&gt;"; break;
            case '\r': with = "&#13;"; break;
            case '"': with = is_attribute ? "&quot;" : ""; break;
            case '\n': with = is_attribute ? "&#10;" : ""; break;
            case '\t': with = is_attribute ? "&#9;" : ""; break;
            default: break;
        }
        if (with.empty()) {
            out.add(byte);
        } else {
            out.add(with);
        }
    }
}

/// Writes the elements in the order of the format; one that turns out empty is taken back. Groups
/// and values are segments; elements with attributes, and text beside elements, go by the trie.
class XmlMessageWriter {
public:
    XmlMessageWriter(const Format& format, const WriteProgram& program, Output& out)
        : format_(format), program_(program), out_(out) {}

    /// The segments of a scope.
    void run(std::size_t scope, const WireRow& row) {
        std::array<std::size_t, 64> groups;  // where each open group began; as deep as paths are
        std::size_t depth = 0;
        for (const WriteOp& op : program_.scopes[scope]) {
            switch (op.kind) {
                case OpKind::Value: value(op, row); break;
                case OpKind::Open:
                    groups[depth++ % groups.size()] = out_.size();
                    out_.add(program_.before(op));
                    break;
                case OpKind::Close: {
                    const std::size_t before = groups[--depth % groups.size()];
                    if (out_.size() == before + op.before_size) {
                        out_.cut(before);
                    } else {
                        out_.add(program_.after(op));
                    }
                    break;
                }
                case OpKind::List: list(op, row.lists[op.slot]); break;
                case OpKind::Node: element(*op.node, row, false); break;
            }
        }
    }

    void document(const PathNode& node, const WireRow& row) {
        const std::size_t begin = out_.size();
        out_.add('<');
        out_.add(node.name);
        declare();
        out_.add('>');
        const std::size_t open = out_.size();
        if (node.leaf == nullptr && node.attributes.empty()) run(0, row);
        // With attributes or text of its own, or with nothing in it: by the trie.
        if (out_.size() == open) {
            out_.cut(begin);
            element(node, row, true);
            return;
        }
        out_.add("</");
        out_.add(node.name);
        out_.add('>');
    }

    /// The element with everything in it; false, and nothing written: there is nothing in it.
    bool element(const PathNode& node, const WireRow& row, bool even_empty) {
        const std::size_t before = out_.size();
        out_.add('<');
        out_.add(node.name);
        if (node.number == 0) declare();
        bool any = even_empty;
        for (const PathNode& attribute : node.attributes) {
            any |= write_attribute(attribute, row.slots[attribute.field]);
        }
        const std::size_t open = out_.size();
        out_.add('>');
        if (node.leaf != nullptr) any |= own_text(node, row, open);
        for (const PathNode& child : node.children) any |= part(child, row);
        if (!any) {
            out_.cut(before);
            return false;
        }
        if (out_.last() == '>' && out_.size() == open + 1) {
            out_.cut(open);
            out_.add("/>");
            return true;
        }
        if (nil_) {
            nil_ = false;
            return true;
        }
        out_.add("</");
        out_.add(node.name);
        out_.add('>');
        return true;
    }

private:
    void declare() {
        for (const Namespace& one : format_.namespaces) {
            out_.add(one.prefix.empty() ? " xmlns" : " xmlns:");
            out_.add(one.prefix);
            out_.add("=\"");
            append_xml(out_, one.uri, true);
            out_.add('"');
        }
    }

    void value(const WriteOp& op, const WireRow& row) {
        const Slot& slot = row.slots[op.slot];
        if (slot.state == SlotState::Absent || slot.state == SlotState::Bad) return;
        if (!slot.has_value() || slot.size == 0 || (slot.data[0] >= 0 && slot.data[0] <= ' ')) {
            element(*op.node, row, false);
            return;
        }
        const std::string_view text = slot.text();
        if (!slot.unmarked) {
            out_.add(program_.before(op));
            append_xml(out_, text, false);
            out_.add(program_.after(op));
            return;
        }
        char* to = out_.room(op.before_size + text.size() + op.after_size);
        to = copy_loose(to, program_.literals.data() + op.before, op.before_size);
        to = copy_text(to, text);
        out_.advance_to(copy_loose(to, program_.literals.data() + op.after, op.after_size));
    }

    /// An item is there even when it is empty.
    void list(const WriteOp& op, const WireItems& items) {
        for (std::size_t item = 0; item < items.count; ++item) {
            const std::size_t begin = out_.size();
            out_.add(program_.before(op));
            if (!program_.scopes[op.items].empty()) run(op.items, items.rows[item]);
            if (out_.size() > begin + op.before_size) {
                out_.add(program_.after(op));
            } else {
                out_.cut(begin);
                element(*op.node, items.rows[item], true);
            }
        }
    }

    bool part(const PathNode& node, const WireRow& row) {
        if (node.items == nullptr) return element(node, row, false);
        const WireItems& items = row.lists[node.list];
        for (std::size_t item = 0; item < items.count; ++item) {
            element(node, items.rows[item], true);
        }
        return items.count > 0;
    }

    bool write_attribute(const PathNode& node, const Slot& slot) {
        const bool is_empty = slot.state == SlotState::Cleared && format_.empty == Empty::Cleared;
        if (!slot.has_value() && !is_empty) return false;
        out_.add(' ');
        out_.add(node.name);
        out_.add("=\"");
        if (slot.has_value()) append_xml(out_, slot.text(), true);
        out_.add('"');
        return true;
    }

    /// `open` is where the start tag can still be changed.
    bool own_text(const PathNode& node, const WireRow& row, std::size_t open) {
        const Slot& slot = row.slots[node.field];
        if (slot.has_value()) {
            append_text(slot.text());
            return true;
        }
        if (slot.state != SlotState::Cleared) return false;
        if (format_.empty == Empty::Cleared) return true;
        if (format_.null != Empty::Cleared || !node.children.empty()) return false;
        out_.cut(open);
        out_.add(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>");
        nil_ = true;
        return true;
    }

    /// A text of blanks alone would be read as nothing: its first one is written as a reference.
    void append_text(std::string_view text) {
        if (!text.empty() && text.find_first_not_of(" \t\n") == std::string_view::npos) {
            out_.add(text[0] == ' ' ? "&#32;" : text[0] == '\t' ? "&#9;" : "&#10;");
            text.remove_prefix(1);
        }
        append_xml(out_, text, false);
    }

    const Format& format_;
    const WriteProgram& program_;
    Output& out_;
    bool nil_ = false;  ///< the element just written closed itself
};

}  // namespace

Status write_xml(const Plan& plan, const Format& format, const WireRow& root, std::string& into) {
    thread_local Output out;  // kept from message to message
    out.clear();
    out.add("<?xml version=\"1.0\" encoding=\"");
    out.add(format.charset == Charset::Utf8  ? "UTF-8"
            : format.charset == Charset::Gbk ? "GBK"
                                             : "GB18030");
    out.add("\"?>");
    XmlMessageWriter(format, plan.write, out).document(plan.root, root);
    return append_message(format, out.view(), into);
}

}  // namespace luqiao::mapping
