#include "mapping/charset.h"
#include "mapping/wire.h"
#include "mapping/xml_cursor.h"
#include "mapping/xml_names.h"

#include <algorithm>
#include <cctype>

namespace luqiao::mapping {
namespace {

using Event = XmlCursor::Event;

/// The charset named in `<?xml … encoding="…"?>`, in upper case; empty: none is named.
std::string declared_charset(std::string_view bytes) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (bytes.substr(0, kMark.size()) == kMark) bytes.remove_prefix(kMark.size());
    if (bytes.substr(0, 5) != "<?xml") return {};
    std::string_view head = bytes.substr(0, std::min<std::size_t>(bytes.find("?>"), 256));
    const std::size_t at = head.find("encoding");
    if (at == std::string_view::npos) return {};
    head.remove_prefix(at);
    const std::size_t open = head.find_first_of("\"'");
    if (open == std::string_view::npos) return {};
    const std::size_t close = head.find(head[open], open + 1);
    if (close == std::string_view::npos) return {};
    std::string name(head.substr(open + 1, std::min<std::size_t>(close - open - 1, 32)));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char byte) {
        return static_cast<char>(std::isgraph(byte) != 0 ? std::toupper(byte) : '?');
    });
    return name;
}

/// GB2312 and GBK are parts of GB18030: a document that names the smaller one is no contradiction.
bool agrees(std::string_view declared, Charset charset) {
    const bool is_part = declared == "GB2312" || declared == "GBK";
    switch (charset) {
        case Charset::Utf8: return declared == "UTF-8" || declared == "UTF8";
        case Charset::Gbk: return is_part;
        case Charset::Gb18030: return is_part || declared == "GB18030";
    }
    return false;
}

/// One walk over the message: the trie says where each element goes; the order does not matter.
class XmlReader {
public:
    XmlReader(const Format& format, Arena& arena, WireMessage& message)
        : format_(format), arena_(arena), message_(message), xml_(message.xml) {}

    Status read(const PathNode& root, std::string_view bytes) {
        check_declaration(bytes);
        LQ_TRY(const std::string_view text, message_text(format_, bytes, arena_));
        xml_.open(text, arena_, format_.depth_max);
        if (xml_.next() == Event::Failed) return xml_.error();
        if (element_name() != format_.root) {
            return fail(Errc::ParseFailed, "the document element is not {}", format_.root)
                .at("byte 0");
        }
        const WireStep step{nullptr, format_.root, 0};
        if (!element(root, message_.root, step) || xml_.next() == Event::Failed) {
            return xml_.error();
        }
        return {};
    }

private:
    std::string_view element_name() {
        return name_in_format(format_, {xml_.space(), xml_.name(), false}, arena_);
    }

    void check_declaration(std::string_view bytes) {
        const std::string declared = declared_charset(bytes);
        if (declared.empty() || agrees(declared, format_.charset)) return;
        const std::string_view ours = to_string(format_.charset);
        Issue issue;
        issue.code = Errc::CharsetError;
        issue.pointer = "byte 0";
        issue.expected = ours;
        issue.got_masked = declared;
        issue.severity = Severity::Warning;
        issue.message = {
            fmt::format("报文声明的字符集 {} 与格式约定的 {} 不一致，按 {} 读取", declared, ours,
                        ours),
            fmt::format("the message declares {} but the format is {}; it is read as {}", declared,
                        ours, ours)};
        message_.issues.push_back(std::move(issue));
    }

    /// After its Start, up to and with its End.
    bool element(const PathNode& node, WireRow& row, const WireStep& step) {
        const std::uint32_t self = ++message_.objects;
        const bool is_nil = attributes(node, row, step);
        std::string_view text;
        std::size_t hint = 0;
        for (Event event = xml_.next(); event != Event::End; event = xml_.next()) {
            if (event == Event::Failed) return locate(step);
            if (event == Event::Text) {
                gather(text);
            } else if (!child(node, row, {self, &hint, &step})) {
                return false;
            }
        }
        if (node.leaf != nullptr) {
            row.slots[node.field] = is_nil         ? null_slot(format_)
                                    : text.empty() ? empty_slot(format_)
                                                   : seen_slot(text);
        } else if (is_nil) {
            clear(node, row);
        } else if (!text.empty()) {
            note_unknown(format_, {&step, "text()", 0}, message_);
        }
        return true;
    }

    /// A group that is xsi:nil: each of its fields is.
    void clear(const PathNode& node, WireRow& row) {
        for (const PathNode& child : node.children) {
            if (child.items != nullptr) continue;
            if (child.leaf != nullptr) row.slots[child.field] = null_slot(format_);
            clear(child, row);
        }
    }

    struct Inside {
        std::uint32_t self;
        std::size_t* hint;
        const WireStep* up;
    };

    bool child(const PathNode& node, WireRow& row, const Inside& inside) {
        const std::string_view name = element_name();
        const WireStep step{inside.up, name, 0};
        const PathNode* found = node.child(name, *inside.hint);
        if (found == nullptr) {
            note_unknown(format_, step, message_);
            return skip() || locate(step);
        }
        if (found->items != nullptr) return item(*found, row, step);
        if (!message_.first_in(*found, inside.self)) {
            xml_.fail(Errc::ParseFailed, "the element occurs twice");
            return locate(step);
        }
        return element(*found, row, step);
    }

    bool item(const PathNode& node, WireRow& row, const WireStep& step) {
        const WireItems& items = row.lists[node.list];
        const std::size_t most = node.items->items_max;
        if (most != 0 && items.count >= most) {
            if (message_.first_in(node, UINT32_MAX)) {
                note_too_many(*node.items, step_pointer(format_, step), message_);
            }
            return skip() || locate(step);
        }
        const WireStep numbered{&step, {}, items.count};
        return element(node, row.add(node.list, node.items->scope), numbered);
    }

    /// Gives whether the element is xsi:nil.
    bool attributes(const PathNode& node, WireRow& row, const WireStep& step) {
        bool is_nil = false;
        for (const XmlCursor::Attribute& attribute : xml_.attributes()) {
            if (attribute.prefix == "xmlns" || attribute.name == "xmlns" ||
                attribute.prefix == "xml") {
                continue;
            }
            const std::string_view own =
                name_in_format(format_, {attribute.space, attribute.name, true}, arena_);
            if (const PathNode* place = node.attribute(own)) {
                row.slots[place->field] =
                    attribute.value.empty() ? empty_slot(format_) : seen_slot(attribute.value);
            } else if (attribute.space == kSchemaInstance) {
                if (attribute.name != "nil") continue;  // of the schema, not of the message
                is_nil = attribute.value == "true" || attribute.value == "1";
            } else {
                const std::string name = "@" + std::string(own);
                note_unknown(format_, {&step, name, 0}, message_);
            }
        }
        return is_nil;
    }

    /// White space alone, as between elements, is no value; comments may split a text.
    void gather(std::string_view& text) {
        if (xml_.is_blank() && text.empty()) return;
        if (text.empty()) {
            text = xml_.text();
            return;
        }
        if (xml_.text().empty()) return;
        char* const joined = arena_.take(text.size() + xml_.text().size());
        std::copy(text.begin(), text.end(), joined);
        std::copy(xml_.text().begin(), xml_.text().end(), joined + text.size());
        text = {joined, text.size() + xml_.text().size()};
    }

    /// From behind a Start to behind its End.
    bool skip() {
        const std::size_t depth = xml_.depth();
        for (Event event = xml_.next(); event != Event::Failed; event = xml_.next()) {
            if (event == Event::End && xml_.depth() < depth) return true;
        }
        return false;
    }

    bool locate(const WireStep& step) {
        if (!located_) xml_.locate(step_pointer(format_, step));
        located_ = true;
        return false;
    }

    const Format& format_;
    Arena& arena_;
    WireMessage& message_;
    XmlCursor& xml_;
    bool located_ = false;
};

}  // namespace

Status read_xml(const Plan& plan,
                const Format& format,
                std::string_view bytes,
                Arena& arena,
                WireMessage& into) {
    return XmlReader(format, arena, into).read(plan.root, bytes);
}

}  // namespace luqiao::mapping
