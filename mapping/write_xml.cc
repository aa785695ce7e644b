#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

/// Escapes so that a reader gets the same text back: white space that a parser would normalise is
/// written as a reference.
void append_xml(std::string& out, std::string_view text, bool is_attribute) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string_view with;
        switch (text[at]) {
            case '&': with = "&amp;"; break;
            case '<': with = "&lt;"; break;
            case '>': with = "&gt;"; break;
            case '\r': with = "&#13;"; break;
            case '"': with = is_attribute ? "&quot;" : ""; break;
            case '\n': with = is_attribute ? "&#10;" : ""; break;
            case '\t': with = is_attribute ? "&#9;" : ""; break;
            default: break;
        }
        if (with.empty()) continue;
        out += text.substr(begin, at - begin);
        out += with;
        begin = at + 1;
    }
    out += text.substr(begin);
}

/// Writes the trie in the order of the format; an element that turns out empty is taken back.
class XmlMessageWriter {
public:
    XmlMessageWriter(const Format& format, std::string& out) : format_(format), out_(out) {}

    /// The element with everything in it; false, and nothing written: there is nothing in it.
    bool element(const PathNode& node, const WireRow& row, bool even_empty) {
        const std::size_t before = out_.size();
        out_ += '<';
        out_ += node.name;
        bool any = even_empty;
        for (const PathNode& attribute : node.attributes) {
            any |= write_attribute(attribute, row.slots[attribute.field]);
        }
        const std::size_t open = out_.size();
        out_ += '>';
        if (node.leaf != nullptr) any |= own_text(node, row, open);
        for (const PathNode& child : node.children) any |= part(child, row);
        if (!any) {
            out_.resize(before);
            return false;
        }
        if (out_.back() == '>' && out_.size() == open + 1) {
            out_.back() = '/';
            out_ += '>';
            return true;
        }
        if (nil_) {
            nil_ = false;
            return true;
        }
        out_ += "</";
        out_ += node.name;
        out_ += '>';
        return true;
    }

private:
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
        out_ += ' ';
        out_ += node.name;
        out_ += "=\"";
        if (slot.has_value()) append_xml(out_, slot.text(), true);
        out_ += '"';
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
        out_.resize(open);
        out_ += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>";
        nil_ = true;
        return true;
    }

    /// A text of blanks alone would be read as nothing: its first one is written as a reference.
    void append_text(std::string_view text) {
        if (!text.empty() && text.find_first_not_of(" \t\n") == std::string_view::npos) {
            out_ += fmt::format("&#{};", static_cast<int>(text[0]));
            text.remove_prefix(1);
        }
        append_xml(out_, text, false);
    }

    const Format& format_;
    std::string& out_;
    bool nil_ = false;  ///< the element just written closed itself
};

}  // namespace

Result<std::string> write_xml(const Plan& plan, const Format& format, const WireRow& root) {
    std::string out;
    out.reserve(2048);
    out += "<?xml version=\"1.0\" encoding=\"";
    out += format.charset == Charset::Utf8  ? "UTF-8"
           : format.charset == Charset::Gbk ? "GBK"
                                            : "GB18030";
    out += "\"?>";
    XmlMessageWriter(format, out).element(plan.root, root, true);
    return message_bytes(format, std::move(out));
}

}  // namespace luqiao::mapping
