// mapping/parse_format_header.h - the declarations of a format, and addresses of its fields.
#pragma once

#include "mapping/cursor.h"
#include "mapping/format.h"

#include <optional>
#include <string>
#include <vector>

namespace luqiao::mapping {

/// Whether the line of `cursor` is a declaration (`kind json`); reads it into `format` when it is.
/// `key` gets the path of `key PATH`, which is resolved when all fields are known.
bool parse_declaration(Cursor& cursor, Format& format, std::optional<PathSyntax>& key);

/// What the declarations lack together: kind, root, record; charsets that the kind cannot have.
void check_declarations(const Format& format, bool has_kind, const Position& at, Report& report);

/// What can only be judged when all fields are known: bytes that overlap, two fields at one place,
/// records, the natural key.
void check_format(const Format& format, const std::optional<PathSyntax>& key, Report& report);

/// What stands after `@`.
struct Address {
    std::vector<std::string> segments;
    bool is_attribute = false;
    bool is_self = false;
    std::optional<std::size_t> number;  ///< thrift id, csv column, fixed offset
    std::size_t width = 0;              ///< fixed
    Position at;
};

/// `@ other`, `@ "other name"`, `@ A.B`, `@ attribute LX`, `@ self`, `@ 12+8`, `@ 3`; the `@` is
/// already taken.
std::optional<Address> parse_address(Cursor& cursor);

/// `text`, `int`, …; reports M106 when the kind of format does not have it.
std::optional<WireType> parse_wire_type(Cursor& cursor, FormatKind kind);

}  // namespace luqiao::mapping
