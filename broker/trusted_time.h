// broker/trusted_time.h - wall time that a jump of the machine's clock does not reach.
//
//   Trusted --|jump| > step_max--> Doubted --the clock is right again--------------> Trusted
//                                     +-----it stayed so for settle, and <= a day--> Trusted
//
// Clocks are set while a broker runs: by a wrong hand, by a time server after a virtual machine
// stood still. Leases, limits in working days and receipts would follow. So the wall is compared
// with a clock that only counts; while they disagree the node takes no message and no turn.
#pragma once

#include "base/time.h"

#include <functional>
#include <mutex>
#include <optional>

namespace luqiao::broker {

/// How far the wall may step at once and still be believed; a quarter of a lease, so that nodes of
/// one store agree about who holds what.
inline constexpr Duration kClockStepMost{30'000};
/// How long a greater step has to last until it is believed. Never one of more than a day: a
/// restart says that somebody looked at the clock.
inline constexpr Duration kClockSettle{10 * 60'000};
inline constexpr Duration kClockStepBelieved{24 * 3'600'000};

struct ClockJump {
    Duration by{0};   ///< the wall minus what it should show
    Instant since{};  ///< as it should show
};

/// Thread-safe.
class TrustedTime {
public:
    struct Sources {
        Clock wall;
        /// Counts evenly from anywhere, also while the machine sleeps.
        std::function<Duration()> counting;
    };
    /// @param settles  whether a step is believed once it lasted; not where nodes share a store:
    /// one with a wrong clock would end the leases of the others
    TrustedTime(Sources sources, bool settles);

    /// The time to go by. Never goes back; while the wall is doubted it counts on.
    Instant now();
    /// None: the wall is trusted.
    std::optional<ClockJump> jump();

private:
    void look();

    const Sources sources_;
    const bool settles_;
    std::mutex mutex_;
    Instant wall_;      ///< when both were last in agreement
    Duration counted_;  ///< then
    Instant last_;      ///< told last
    std::optional<ClockJump> jump_;
    Duration jumped_at_{0};  ///< counted
};

/// Whether a node may start at `now`. @param newest  arrival of the newest message; @param
/// elsewhere  the clock of the machine that keeps the store, if it is another
/// @errors Unavailable: the clock is behind the newest message, or apart from the store's
Status check_clock(Instant now, std::optional<Instant> newest, std::optional<Instant> elsewhere);

}  // namespace luqiao::broker
