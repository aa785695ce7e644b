// authoring/prove_messages.h - whole records through a map and back.
#pragma once

#include "base/diagnostic.h"
#include "mapping/program.h"

#include <cstdint>

namespace luqiao::authoring {

struct MessageOptions {
    std::uint64_t seed = 1;
    std::size_t messages = 40;
};

struct MessageProof {
    std::size_t tried = 0;
    std::size_t written = 0;  ///< and read back
    Diagnostics findings;     ///< P110, P111, P112; at most one per row and code
};

/// Makes records (everything, what is required, mixtures; each branch both ways), writes them,
/// reads them back. Every field that a two-way row of a taken branch wrote is there again as it
/// was. Nothing is done for a map that does not both read and write.
MessageProof prove_messages(const mapping::Program& program, const MessageOptions& options);

}  // namespace luqiao::authoring
