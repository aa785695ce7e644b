// authoring/lineage.h - which party sends or learns which canonical field, by which row.
#pragma once

#include "mapping/bundle.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/rows.h"

namespace luqiao::authoring {

/// How a map is used: by whom, in which direction. Comes from parties and services; a map that
/// nobody uses has no entry and is shown with the party of its name.
struct MapUse {
    std::string map;
    std::string party;
    std::string label;      ///< of the party, Chinese
    std::string clearance;  ///< "C2"
    std::string purpose;
    bool sends = false;  ///< the party sends it, and we read; else we write, and the party learns
};

/// One row that carries a field to or from a party.
struct FieldUse {
    MapUse use;
    bool is_used = true;             ///< false: no party and no service names the map
    std::string wire;                ///< of `each … cols` "CL{1..3}"
    std::vector<std::string> wires;  ///< of `each … cols`: the field of each column
    std::string chain;
    mapping::Grade grade = mapping::Grade::Exact;
    bool lowered = false;   ///< a declassifier takes out what makes the value personal
    std::string required;   ///< "", "req", "req when …"
    std::string condition;  ///< of the `when` blocks around it; "" when there are none
    Position rule;
};

struct FieldLineage {
    std::string form;
    std::string path;  ///< "applicant.birth_date", "attachments.kind"
    const mapping::Field* field = nullptr;
    std::vector<FieldUse> uses;  ///< in the order of parties and maps
};

/// Every field of every form with all its uses. Points into the bundle.
std::vector<FieldLineage> lineage_of(const mapping::Bundle& bundle,
                                     const std::vector<MapUse>& uses);

/// The fields that `query` names: a path, its last part when no other field has it, a label in
/// Chinese or English, or PARTY.MESSAGE:WIREPATH.
std::vector<const FieldLineage*> find_fields(const std::vector<FieldLineage>& all,
                                             std::string_view query);
/// What was probably meant by a query that found nothing.
std::vector<std::string> similar_fields(const std::vector<FieldLineage>& all,
                                        std::string_view query);

/// Tables for a terminal, and one JSON document {bundle, fields[]}.
std::string to_table(const std::vector<const FieldLineage*>& fields);
std::string to_json(const std::vector<const FieldLineage*>& fields, std::string_view bundle);

/// Who knows what (谁知道什么): a line per field, a column per party. Cells: `>` sends it, `<`
/// learns it, `~` learns it with its class lowered.
struct Matrix {
    std::vector<std::string> head;  ///< form, field, label, class, parties
    std::vector<std::vector<std::string>> rows;
};
/// Fields of `least` and higher that any party sends or learns.
Matrix matrix_of(const std::vector<FieldLineage>& all, mapping::Privacy least);
std::string to_table(const Matrix& matrix);
std::string to_csv(const Matrix& matrix);
std::string to_json(const Matrix& matrix, std::string_view bundle);

/// "E", "C", "L", "1"
std::string_view grade_word(mapping::Grade grade);

}  // namespace luqiao::authoring
