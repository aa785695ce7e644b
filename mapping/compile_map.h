// mapping/compile_map.h - a map as it was written, with its form, format and tables, to a Program.
#pragma once

#include "mapping/names.h"
#include "mapping/program.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace luqiao::mapping {

using Forms = std::map<std::string, std::shared_ptr<const Form>, std::less<>>;
using Formats = std::map<std::string, std::shared_ptr<const Format>, std::less<>>;

/// What a map may refer to.
struct Library {
    const Forms& forms;
    const Formats& formats;
    const Tables& tables;
    const KeyedHasher* hasher = nullptr;  ///< of `keyed_hash`; nullptr: no key is configured
};

/// Findings: those of compile_row and compile_expression; M101, M105 form, format and lists; M170
/// unused names; M180 items; those of check_map. Nothing is returned when the form or the format
/// is not known.
std::optional<Program> compile_map(const MapSyntax& syntax, const Library& library, Report& report);

/// What only the whole map shows: M120 fields that no row covers, M121 fields that two rows write,
/// M160 conditions that decoding cannot decide. `is_whole`: every row compiled; else M120 and M160
/// would only repeat what is already reported.
void check_coverage(const Program& program, const Position& at, bool is_whole, Report& report);

/// M150: a writing row carries a field whose class is above `clearance`, and no codec of its chain
/// lowers it.
void check_privacy(const Program& program, Privacy clearance, Report& report);

}  // namespace luqiao::mapping
