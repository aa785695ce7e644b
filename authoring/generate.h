// authoring/generate.h - whole records that a map can write: invented, and as the rules want them.
#pragma once

#include "mapping/record.h"
#include "mapping/translator.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "authoring/dice.h"
#include "authoring/rows.h"

namespace luqiao::authoring {

enum class Fill : std::uint8_t {
    Everything,  ///< every field that the map writes, two items per list
    Required,    ///< what must be there
    Mixed,       ///< each optional field by chance, up to three items
};

/// What a record shall be like.
struct Recipe {
    Fill fill = Fill::Everything;
    bool is_plain = true;  ///< values that name their field; else edges and random ones
    std::uint64_t seed = 1;
    /// Conditions of the map with what they shall give, in order of importance.
    std::vector<std::pair<const mapping::Condition*, bool>> wanted;
};

struct Generated {
    mapping::Record record;
    mapping::Encoded encoded;
    /// The record meets required fields and checks, and was written without an error.
    bool is_written = false;
};

/// Makes records for one map. Fields that no row writes stay absent, unless the form wants them.
/// Not shared by threads; the program outlives it.
class RecordMaker {
public:
    RecordMaker(const mapping::Program& program, std::uint64_t seed);

    /// Tries a few times to mend what cannot be written; never fails, see Generated::is_written.
    Generated make(const Recipe& recipe);

    /// Values of a field that every row of the map can write; the plain one is the first.
    [[nodiscard]] const std::vector<std::string>& values(const mapping::List* list,
                                                         std::size_t slot) const;

private:
    void collect();
    void plain_pools(const mapping::Scope& scope, const mapping::List* list);
    std::vector<std::string> pool(const std::vector<const RowPlace*>& rows,
                                  const mapping::Field& field);

    const mapping::Program& program_;
    std::uint64_t seed_;
    std::vector<RowPlace> rows_;
    std::map<std::pair<const mapping::List*, std::size_t>, std::vector<std::string>> pools_;
};

/// Sets a slot to a copy of `text`.
void set_slot(mapping::Record& record, mapping::Slot& slot, std::string_view text);

}  // namespace luqiao::authoring
