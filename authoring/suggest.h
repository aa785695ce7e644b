// authoring/suggest.h - golden cases that show every branch and edge of a map, made from its rules.
#pragma once

#include <cstdint>
#include <vector>

#include "authoring/golden.h"

namespace luqiao::authoring {

struct SuggestOptions {
    std::uint64_t seed = 1;
    bool is_outgoing = false;  ///< we write messages of this map: records become bytes
};

/// Cases by what they show; those that a map has no use for are left out:
///
///     everything, least              all fields; what must be there
///     when-FIELD-LINE-yes, -no       a branch that no earlier case takes
///     codes-first, -last, -merged, -expired, -unmapped
///                                    edges of every code table at once
///     longest, too-long              texts as long as their columns, and one more
///     sentinels, bad-values          what stands for no value; what is no value
///     missing-required               every required field left out
///     row-LINE                       a row that nothing above covers
///
/// All values are invented and name their field. Each case is frozen as the map is now.
std::vector<GoldenCase> suggest(const mapping::Program& program, const SuggestOptions& options);

}  // namespace luqiao::authoring
