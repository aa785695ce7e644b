// app/demo_report.h - counts what the parties themselves saw and holds it against the broker's
// store.
#pragma once

#include "app/demo_world.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace luqiao::app {

/// What one party's own journal says.
struct PartyTally {
    std::set<std::string> messages;                   ///< distinct message ids that had an effect
    std::uint64_t repeated = 0;                       ///< the same id again: no effect
    std::map<std::string, std::uint64_t> dispatches;  ///< first messages per item serial
    std::set<std::string> answers;                    ///< "serial state"
    std::uint64_t progress = 0;
};

PartyTally read_journal(const std::filesystem::path& journal);

/// The whole exchange at one moment.
struct DemoTally {
    std::map<std::string, PartyTally> parties;
    std::map<std::string, std::uint64_t>
        store;                  ///< counts of the operator's status; empty while the broker is away
    std::uint64_t waiting = 0;  ///< in the broker's hands: inbox and open sends

    /// Deliveries of the store in `state`, of one party or of all.
    [[nodiscard]] std::uint64_t deliveries(std::string_view state,
                                           std::string_view party = {}) const;
    [[nodiscard]] std::uint64_t all_deliveries(std::string_view party) const;
    /// Every case decided, nothing on its way, and every party has seen what was sent to it.
    [[nodiscard]] bool settled(std::uint64_t accepted) const;
};

DemoTally take_tally(const DemoWorld& world);

/// The proof at the end.
struct DemoResult {
    std::uint64_t accepted = 0;
    std::map<std::string, std::uint64_t> delivered;
    std::uint64_t answered = 0;
    std::uint64_t decided = 0;
    std::map<std::string, std::uint64_t> progress;
    std::uint64_t lost = 0;  ///< accepted but not stored, or stored for a party that never saw it
    std::uint64_t doubled = 0;   ///< effects that a party had twice
    std::uint64_t repeated = 0;  ///< uncertain deliveries that came again and were recognised
    double seconds = 0;

    [[nodiscard]] bool good() const {
        return lost == 0 && doubled == 0 && decided == accepted && accepted > 0;
    }
};

DemoResult judge(const DemoTally& tally,
                 const Configuration& configuration,
                 std::uint64_t accepted);
std::string to_json(const DemoResult& result);

/// The live table, a line per party.
std::string to_table(const DemoTally& tally,
                     const Configuration& configuration,
                     std::uint64_t accepted,
                     std::size_t wanted);

}  // namespace luqiao::app
