// broker/space.h - whether the store has room for more messages than those that are under way.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace luqiao::broker {

/// Bytes that are free on the store's disk for this process; from any thread, and at once: whoever
/// takes a message asks.
using FreeBytes = std::function<Result<std::uint64_t>()>;

/// What SpaceWatch saw last.
struct Space {
    std::uint64_t free = 0;
    std::uint64_t reserve = 0;     ///< 0: not watched
    std::optional<Instant> since;  ///< when free fell below the reserve; none: there is room
    [[nodiscard]] bool is_low() const { return since.has_value(); }
};

/// Keeps a reserve for what was accepted: its deliveries, outcomes and timers are written below it,
/// new messages are not. There is room again a sixteenth above the reserve, so that acceptance does
/// not flicker. Thread-safe.
class SpaceWatch {
public:
    SpaceWatch(FreeBytes free, std::uint64_t reserve);

    /// Asks the disk at most ten times a second. A disk that cannot be asked is not called low: its
    /// store says what is wrong with it.
    Space look(Instant now);

private:
    const FreeBytes free_;
    std::mutex mutex_;
    Space last_;
    std::optional<Instant> asked_;
};

/// Since when the store itself says that it is full, until it has written something again.
/// Thread-safe.
class FullWatch {
public:
    /// @param written  what came of a write that began at `at`; an end that is told late ends
    ///                 nothing that was seen after it
    void note(const Status& written, Instant at);
    [[nodiscard]] std::optional<Instant> since() const;

private:
    mutable std::mutex mutex_;
    std::optional<Instant> since_;
};

/// Of the file system that holds `folder`. @errors StoreFailed
Result<std::uint64_t> free_bytes(const std::string& folder);

}  // namespace luqiao::broker
