// mapping/compile_map.h - a map as it was written, with its form, format and tables, to a Program.
#pragma once

#include "mapping/names.h"
#include "mapping/program.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

/// M170: conditions that never hold, or always, where they stand. M120: a chain of `else when` over
/// the codes of one field that leaves some out.
void check_reach(const Program& program, Report& report);

/// M180: the steps that one message takes at most. `at`: the map's first line.
void check_cost(const Program& program, const Position& at, Report& report);
inline constexpr std::uint64_t kStepsMax = 1'000'000;

/// Who receives what a map writes.
struct Recipient {
    std::string party;
    Privacy clearance = Privacy::C0;  ///< the highest class it may receive
    std::string purpose;              ///< what it declares to need it for; blank: nothing
};
using Recipients = std::vector<Recipient>;

/// M150: a writing row carries a class above a recipient's clearance, and no codec of its chain
/// lowers it to C1; a note, when only the choice of rows tells about such a field. M151: personal
/// data (C2, C3) to a recipient without a purpose.
void check_privacy(const Program& program,
                   const Recipients& recipients,
                   const Position& at,
                   Report& report);

}  // namespace luqiao::mapping
