// authoring/prove.h - what a map promises, run: the laws of each row, then whole messages.
#pragma once

#include "base/diagnostic.h"
#include "mapping/bundle.h"

#include <map>
#include <string>
#include <vector>

#include "authoring/laws.h"

namespace luqiao::authoring {

struct ProveOptions {
    std::uint64_t seed = 1;
    std::size_t samples = 200;  ///< random values per row, beside the edges
    std::size_t messages = 40;  ///< whole messages per map
};

/// What was run for one map, and what does not hold. Findings, each at its row with a value that
/// shows it:
///
///     P101  what is written reads as something else     P102  what is read is written otherwise
///     P103  a codec refuses a value of the field        P104  no value of the field can be written
///     P110  a field of a whole message comes back otherwise
///     P111  a message that the map wrote cannot be read by it
///     P112  no record could be made that the map writes: nothing was proved about messages
struct MapProof {
    std::string map;
    std::vector<RowProof> rows;  ///< in the order of writing
    std::size_t messages = 0;    ///< written and read back
    Diagnostics findings;

    [[nodiscard]] std::size_t count(Proof proof) const;
    [[nodiscard]] std::size_t values() const;
};

/// Proves map after map; a row like one that was proved before is not run again.
class Prover {
public:
    explicit Prover(const ProveOptions& options) : options_(options) {}

    MapProof prove(const mapping::Program& program);

private:
    void rows(const mapping::Program& program, MapProof& out);

    ProveOptions options_;
    std::map<std::string, RowProof> known_;
};

/// One line per row: `conf/maps/x.map:12  C  exhaustive 73414  applicant.birth_date <-> CSRQ :
/// ...`.
std::string rows_text(const mapping::Program& program, const MapProof& proof);

/// "exhaustive", "sampled", "lossy", "one-way", "constant"
std::string_view to_string(Proof proof);

}  // namespace luqiao::authoring
