// authoring/laws.h - the laws of one row, run over the values of its field.
#pragma once

#include "base/text.h"
#include "mapping/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authoring/rows.h"

namespace luqiao::authoring {

enum class Law : std::uint8_t {
    ReadsWhatItWrote,  ///< decode∘encode = id: grades E and C
    WritesWhatItRead,  ///< encode∘decode = id: grade E, and every row with <=>
    WritesEveryValue,  ///< a codec refuses no value of the field's type
    WritesSomething,   ///< at least one value of the field can be written
};

/// A value for which a law does not hold, as small as it could be made. Values are generated, never
/// taken from a message, so that they may be shown.
struct Counterexample {
    Law law = Law::ReadsWhatItWrote;
    std::string given;   ///< canonical text; the party's text for WritesWhatItRead
    std::string middle;  ///< what it became: the party's text; canonical for WritesWhatItRead
    std::string back;    ///< what that became: a text, "absent", "cleared", "bad (E2004)"
    Text fix;            ///< how to mend the row
};

enum class Proof : std::uint8_t {
    Exhaustive,  ///< every value of the type
    Sampled,     ///< edges and random values
    Lossy,       ///< grade L: what is lost was accepted by `lossy ok`
    OneWay,      ///< the row or its chain has one direction; the writing one was run
    Constant,    ///< nothing of a message goes through the row
};

struct RowProof {
    const mapping::RowRule* row = nullptr;
    mapping::Grade grade = mapping::Grade::Exact;  ///< of the chain and of `fit … cut`
    Proof proof = Proof::Constant;
    std::size_t values = 0;   ///< that were run
    std::size_t refused = 0;  ///< of them those that the column or the code table cannot take: an
                              ///< issue, never silent
    std::size_t normalised = 0;  ///< of them those that trim, upper and the like change first
    std::size_t merged = 0;      ///< codes that share a code of the party with a preferred one
    std::vector<Counterexample> counterexamples;  ///< at most one per law
    std::optional<Counterexample> loss;           ///< Lossy: what is lost
};

struct LawOptions {
    std::uint64_t seed = 1;
    std::size_t samples = 200;  ///< random values per row, beside the edges
};

/// Runs the laws of the row. Rows of several fields are run together, part by part.
RowProof prove_row(const mapping::Program& program,
                   const RowPlace& place,
                   const LawOptions& options);

/// What decides a proof: rows with the same key have the same proof, and it is run once.
std::string proof_key(const mapping::Program& program, const RowPlace& place);

/// The grade of the row: that of the chain, L when `fit … cut` shortens, 1 when the row has one
/// direction.
mapping::Grade grade_of(const mapping::RowRule& row);
/// "E", "C", "L", "1"
std::string_view grade_letter(mapping::Grade grade);

}  // namespace luqiao::authoring
