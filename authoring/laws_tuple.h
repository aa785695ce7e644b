// authoring/laws_tuple.h - the laws of a row that puts several canonical fields into one text.
#pragma once

#include "authoring/laws.h"

namespace luqiao::authoring {

/// Runs decode∘encode over the values of each part with plain ones in the others, over mixtures,
/// and over tuples that lack a part. Each tuple goes through a whole message of the format.
RowProof prove_tuple(const mapping::Program& program,
                     const RowPlace& place,
                     const LawOptions& options);

/// The program with this row alone: nothing is required, no form rule is judged.
mapping::Program program_of_row(const mapping::Program& program, const RowPlace& place);

}  // namespace luqiao::authoring
