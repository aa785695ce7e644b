// app/golden_files.h - golden cases between conf/cases/ and memory.
#pragma once

#include "base/diagnostic.h"
#include "mapping/bundle.h"

#include <filesystem>
#include <vector>

#include "authoring/golden.h"

namespace luqiao::app {

/// All cases below `conf`/cases, sorted by map and name. Findings: C420 a folder or file that is
/// none of a case, or too large; C421 a map that does not exist; C422 more than kCasesMax cases.
/// No folder `cases` is no finding.
std::vector<authoring::GoldenCase> load_cases(const std::filesystem::path& conf,
                                              const mapping::Bundle& bundle,
                                              Diagnostics& findings);

/// Writes the files that the case has and removes those of the four that it has not.
/// @errors Unavailable
Status write_case(const std::filesystem::path& conf,
                  const mapping::Bundle& bundle,
                  const authoring::GoldenCase& golden);

}  // namespace luqiao::app
