// mapping/parse_map.h - maps/PARTY.MESSAGE.map: the rows between one form and one format.
#pragma once

#include "mapping/ast.h"
#include "mapping/cursor.h"
#include "mapping/source.h"

#include <optional>

namespace luqiao::mapping {

/// Reads declarations, rows, `when`, `each` and checks; resolves no name. Lines that cannot be
/// read are reported and left out. Nothing is returned when the first lines name no map, form and
/// format.
///
/// Findings: M100 syntax, M102 limits, M104 an alias twice, M105 name
/// differs from the file's.
std::optional<MapSyntax> parse_map(const SourceFile& source, Report& report);

/// `<->` and its like.
std::optional<Arrow> take_arrow(Cursor& cursor, Fix fix = {});
/// Whether the line begins with a keyword: such a word before a dot or an arrow is a field.
bool is_keyword(const Cursor& cursor, std::string_view word);
/// A whole row, up to the end of its line. @errors M100, M102, M104
std::optional<RowSyntax> parse_row(Cursor& cursor);

/// What stands behind `ns`: `p = "urn:…"`. @errors M100, M102, M104 a prefix or URI of `others`
std::optional<NamespaceSyntax> parse_namespace(Cursor& cursor,
                                               const std::vector<NamespaceSyntax>& others);

/// `trim | date(yyyyMMdd)`
std::optional<ChainSyntax> parse_chain(Cursor& cursor);

/// `; req ; fit 60 gb18030 reject ; eg "1" = male` up to the end of the line. `is_each`: the
/// clauses of an `each` (max, bad) instead of those of a row.
bool parse_clauses(Cursor& cursor, bool is_each, ClausesSyntax& out);

}  // namespace luqiao::mapping
