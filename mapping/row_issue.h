// mapping/row_issue.h - names the field, row and wire position of a finding, for decode and encode.
#pragma once

#include "mapping/issue.h"
#include "mapping/program.h"
#include "mapping/wire.h"

#include <string>
#include <string_view>

namespace luqiao::mapping {

inline constexpr std::size_t kIssuesMax = 500;  ///< of one message

/// Where in a message the rows are: outside of lists, or at one item of an `each`.
struct ItemPlace {
    const EachRule* each = nullptr;
    std::size_t item = 0;    ///< number of the item in the message's list
    std::size_t base = 0;    ///< items that the record's list had before
    std::size_t column = 0;  ///< which column of an `each … cols` holds it
};

/// What is to be said about a value of `row`. Without a row: about the wire field or the canonical
/// field alone.
struct RowFinding {
    Errc code = Errc::BadValue;
    Severity severity = Severity::Error;
    const RowRule* row = nullptr;
    const WireField* wire = nullptr;      ///< when there is no row
    const FieldRef* canonical = nullptr;  ///< instead of the row's first field
    ItemPlace at = {};
    std::string expected = {};
    std::string_view got = {};
    std::size_t wire_part = 0;  ///< which wire field of the row, of a tuple
};

Issue row_issue(const Program& program, const RowFinding& finding);

/// An `each` of `count` items, of which `most` are taken: an error, with `over drop` a warning.
struct ItemCount {
    std::size_t most;
    std::size_t count;
};
Issue too_many_items(const List& list, const EachRule& each, ItemCount items, std::string pointer);

/// The canonical field a reference means.
const Field& field_of(const Program& program, const FieldRef& ref, const ItemPlace& at);
/// The table of a code field: that of the row's chain, else the bundle's of that name.
const CodeTable* table_of(const Program& program, const RowRule& row, const Field& field);
/// The wire field `slot` of a row.
const WireField& wire_field_of(const Program& program,
                               const RowRule& row,
                               std::size_t slot,
                               const ItemPlace& at);

/// Whether the format wants a value in `slot` of this row: its field is marked `!`, and the group
/// marked `?` around it, if any, is there.
bool is_demanded(const WireScope& scope, const WireRow& row, std::size_t slot);

/// The first field that holds something in one column of an `each … cols`; nullptr: it is empty.
const WireField* column_field(const Block& rows, const Format& format, const WireRow& root);

/// The first row that connects a wire field with canonical fields; nullptr: none does.
const RowRule* row_of_wire(const Program& program, const WireField& wire, const ItemPlace& at);

/// to_canonical, with a short way for the commonest value: printable ASCII in a text field is in
/// every repertoire but Digit, is NFC, and has as many characters as bytes.
CodecResult check_type(std::string_view text,
                       const Type& type,
                       const CodeTable* table,
                       CodecContext& context);

/// What a row says shall happen to a value with this problem, and the value of `default`.
struct Act {
    OnBad what;
    const std::optional<std::string>& fallback;
};
Act act_on(const RowRule& row, Errc reason);

/// "yyyyMMdd": what `call` wanted, or else the type of the row's field.
std::string expected_by(const CodecCall& call);

/// "at most 60 bytes of GB18030"
std::string byte_limit(std::size_t bytes_max, Charset charset);

/// What a wire type must look like: "integer", "true or false".
std::string_view wire_type_name(WireType type);

/// Whether `text` may stand bare as a value of `type`.
bool fits_wire_type(std::string_view text, WireType type);

/// Whether `text` takes more than `bytes_max` bytes; 0 is no limit. False when it cannot be
/// encoded.
bool exceeds(std::string_view text, std::size_t bytes_max, Charset charset);

/// Whether a message of `kind` can hold every character of `text`: control characters in XML and
/// line ends in a fixed record cannot be written.
bool can_hold(std::string_view text, FormatKind kind);

/// Whether `text`, written for `canonical`, ends in blanks that a fixed field would not give back:
/// there they are padding. (Blanks that a codec such as rpad put there may go.)
bool is_lost_in_padding(std::string_view text, std::string_view canonical, FormatKind kind);

/// The message as a whole cannot be read or written.
Issue message_issue(const Error& error);

}  // namespace luqiao::mapping
