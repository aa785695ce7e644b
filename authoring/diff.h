// authoring/diff.h - what changes between two versions of the rules, and whom it may hurt.
#pragma once

#include "base/text.h"
#include "mapping/bundle.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/lineage.h"

namespace luqiao::authoring {

/// Breaking: a message that was good is refused, a value changes or is lost, or a party learns
/// personal data that it did not. Review: what is accepted or sent changes in a way that only a
/// person can judge. Safe: no message that was good fares otherwise.
///
/// | what | class |
/// | --- | --- |
/// | field or list removed; another kind of type; narrower type, fewer items, fewer bytes |
/// Breaking | | field, list, table row or system added; wider type; more items; label, example |
/// Safe | | `!`, `req`, `bad reject`, `unmapped reject` where there was none | Breaking | | `!` or
/// `req` no longer; another condition, default, clause, check | Review | | class of a field lowered
/// | Breaking | | class of a field raised; clearance of a party raised | Review | | kind, charset,
/// place, root, record of a format; wire side of a row | Breaking | | row removed, arrow without a
/// direction it had, grade drop | Breaking | | another chain of the same or a better grade; row
/// that is new and required | Review | | code re-assigned, no longer read, or no longer written;
/// row or system of a table removed | Breaking | | a meaning written with another code that was
/// read before; validity shortened; `prefer` | Review | | a party learns a field of C2 or C3 that
/// it did not | Breaking | | a party learns a field of C0 or C1 that it did not | Review | | a
/// sample that was accepted is refused; one of its values changes or is lost | Breaking | | a
/// sample that was refused is accepted; a value is new; other issues | Review |
enum class DiffClass : std::uint8_t { Safe, Review, Breaking };

struct DiffFinding {
    DiffClass level = DiffClass::Review;
    std::string kind;    ///< "row.removed", "code.reassigned", "flow.new", "sample.value"
    std::string where;   ///< "maps/psb.result", "forms/application", "codes/sex", a sample
    std::string target;  ///< field, code, clause
    std::string before;  ///< masked where it is a C2 or C3 value
    std::string after;
    Text reason;
};

/// One version. Points to the bundle.
struct RuleSet {
    const mapping::Bundle& bundle;
    std::vector<MapUse> uses;
};

/// A message that is run through both versions.
struct DiffSample {
    std::string map;
    std::string name;
    std::string bytes;
    bool is_canonical = false;  ///< canonical JSON that is written, else a party's message
};

/// Everything that differs: forms, formats, code tables, rows by target, flows.
std::vector<DiffFinding> diff_rules(const RuleSet& before, const RuleSet& after);

/// What the samples do under both, field by field. A sample whose map one side lacks is left out.
std::vector<DiffFinding> diff_samples(const RuleSet& before,
                                      const RuleSet& after,
                                      const std::vector<DiffSample>& samples);

struct DiffReport {
    std::string before;  ///< bundle hashes
    std::string after;
    std::size_t samples = 0;
    std::vector<DiffFinding> findings;

    [[nodiscard]] std::size_t count(DiffClass level) const;
};

/// The gravest first, then by file.
void sort(DiffReport& report);
std::string to_table(const DiffReport& report);
std::string to_json(const DiffReport& report);
/// "SAFE", "REVIEW", "BREAKING"
std::string_view to_string(DiffClass level);

}  // namespace luqiao::authoring
