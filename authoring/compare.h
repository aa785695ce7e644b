// authoring/compare.h - two records field by field, each difference with the row that made it.
#pragma once

#include "mapping/record.h"

#include <string>
#include <string_view>
#include <vector>

#include "authoring/golden.h"
#include "authoring/rows.h"

namespace luqiao::authoring {

struct FieldDifference {
    std::string field;  ///< "applicant.sex", "files[2].kind", "files" (number of items)
    std::string left;   ///< `"text"`, "absent", "cleared", "bad"
    std::string right;
    std::string rule;  ///< "maps/sti.apply.map:14"; empty: no row reads the field
};

/// Both are records of the program's form. In the order of the form.
std::vector<FieldDifference> compare(const mapping::Program& program,
                                     const mapping::Record& left,
                                     const mapping::Record& right);

/// Where two texts begin to differ, with what stands there.
Difference byte_difference(std::string file, std::string_view expected, std::string_view actual);

/// `"text"`, "absent", "cleared", "bad"
std::string shown(const mapping::Slot& slot);

/// "maps/sti.apply.map:14"
std::string place_of(const mapping::RowRule& row);

/// Whether any row writes.
bool writes_anything(const mapping::Program& program);
/// Whether any row reads.
bool reads_anything(const mapping::Program& program);

}  // namespace luqiao::authoring
