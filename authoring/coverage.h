// authoring/coverage.h - which rows a golden case ran, and the rows that nothing shows.
#pragma once

#include "base/diagnostic.h"

#include <set>
#include <vector>

#include "authoring/golden.h"
#include "authoring/rows.h"

namespace luqiao::authoring {

using CoveredRows = std::set<const mapping::RowRule*>;

/// Adds the rows that fired in the case: a value went through them, in either direction, or they
/// found something wrong. A constant fires when its branch is taken.
void cover(const mapping::Program& program, const CaseResult& result, CoveredRows& covered);

/// Rows with neither `eg` nor a case of `cases` that covers them.
std::vector<RowPlace> uncovered(const mapping::Program& program,
                                const std::vector<GoldenCase>& cases);

/// M190, a warning for each of them.
void check_coverage(const mapping::Program& program,
                    const std::vector<GoldenCase>& cases,
                    Diagnostics& findings);

}  // namespace luqiao::authoring
