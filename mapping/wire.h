// mapping/wire.h - a party's message between bytes and rows: one slot per field of the format, one
// row per list item. Readers fill it, writers empty it, whatever the kind.
#pragma once

#include "mapping/issue.h"
#include "mapping/json_cursor.h"
#include "mapping/plan.h"
#include "mapping/record.h"
#include "mapping/xml_cursor.h"

#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

struct WireRow;

/// The items of one WireList. Rows behind `count` are spare and kept for the next message.
struct WireItems {
    std::vector<WireRow> rows;
    std::size_t count = 0;
};

/// The slots of one WireScope. A slot is Bad when the message holds something of the wrong kind
/// there (Errc::TypeMismatch, Errc::CharsetError); its text is then what was found.
struct WireRow {
    std::vector<Slot> slots;
    std::vector<WireItems> lists;

    void reset(const WireScope& scope);
    /// A fresh item at the end of list `index`.
    WireRow& add(std::size_t index, const WireScope& scope);
};

/// A message being read, and what is kept from one message to the next.
struct WireMessage {
    WireRow root;
    std::vector<Issue> issues;        ///< unknown fields, too many items, charset contradictions
    std::vector<std::uint32_t> seen;  ///< by PathNode::number: the object it was last met in
    std::uint32_t objects = 0;        ///< objects met so far
    JsonCursor json;
    XmlCursor xml;

    void reset(const Plan& plan, const Format& format);
    /// Notes that `node` occurs in object `object`; false when it did before.
    bool first_in(const PathNode& node, std::uint32_t object) {
        return first_in(node.number, object);
    }
    bool first_in(std::size_t number, std::uint32_t object) {
        if (seen[number] == object) return false;
        seen[number] = object;
        return true;
    }
};

/// Reads `bytes`; slots point into `arena`.
/// @errors ParseFailed, CharsetError, LimitExceeded, with the position: nothing can be used then
Status read_wire(const Plan& plan,
                 const Format& format,
                 std::string_view bytes,
                 Arena& arena,
                 WireMessage& into);

/// Writes the slots as one message in the format's charset. What `into` held is gone; its memory is
/// used again.
/// @errors NotEncodable, LimitExceeded
Status write_wire(const Plan& plan, const Format& format, const WireRow& root, std::string& into);

/// Where a value stands, for people and programs: "/sqr/csrq", "BODY/CSRQ", "T_SQ.CSRQ", "byte 12".
/// `list` and `item` say which item of which list the field is in; nullptr: the message itself.
struct WirePlace {
    const WireField* field = nullptr;
    const WireList* list = nullptr;
    std::size_t item = 0;
};
std::string wire_pointer(const Format& format, const WirePlace& place);

/// One step of the way into a message while it is read: a key, or an index when `key` is empty.
struct WireStep {
    const WireStep* up = nullptr;
    std::string_view key;
    std::size_t index = 0;
};
std::string step_pointer(const Format& format, const WireStep& last);

/// How the readers and writers of one kind are called.
Status read_json(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status read_xml(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status read_fixed(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status read_csv(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status read_table(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status read_thrift(const Plan&, const Format&, std::string_view, Arena&, WireMessage&);
Status write_json(const Plan&, const Format&, const WireRow&, std::string&);
Status write_xml(const Plan&, const Format&, const WireRow&, std::string&);
Status write_fixed(const Plan&, const Format&, const WireRow&, std::string&);
Status write_csv(const Plan&, const Format&, const WireRow&, std::string&);
Status write_table(const Plan&, const Format&, const WireRow&, std::string&);
Status write_thrift(const Plan&, const Format&, const WireRow&, std::string&);

/// What `""`, an empty element or an all-blank field is in this format.
Slot empty_slot(const Format& format);
/// What JSON null, xsi:nil or SQL NULL is in this format.
Slot null_slot(const Format& format);
Slot bad_slot(Errc reason, std::string_view found);
/// A value that was looked at.
Slot seen_slot(std::string_view text);

/// Fixed and Csv: a message is one record, or, when the format has a list and nothing else, one
/// record per item.
const WireList* record_list(const Format& format);
/// The fields of one record.
const WireScope& record_scope(const Format& format);

/// The whole message as UTF-8 in the arena.
/// @errors CharsetError
Result<std::string_view> message_text(const Format& format, std::string_view bytes, Arena& arena);

/// Appends the text of a finished message in the format's charset.
Status append_message(const Format& format, std::string_view text, std::string& into);

/// An unknown field, or nothing when the format skips them.
void note_unknown(const Format& format, const WireStep& where, WireMessage& into);
/// More items than the list may have.
void note_too_many(const WireList& list, std::string pointer, WireMessage& into);

}  // namespace luqiao::mapping
