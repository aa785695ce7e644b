// app/turn_ends.h - the ends of turns, on a thread of their own: while one waits for the disk, the
// next turn is taken.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace luqiao::app {

/// Runs what it is given in order. What waits is bounded, so that a disk that is slow holds up the
/// turns, which then take more at a time.
class TurnEnds {
public:
    using End = std::function<void()>;

    /// @param waiting_max  beside the one that runs
    explicit TurnEnds(std::size_t waiting_max);
    TurnEnds(const TurnEnds&) = delete;
    TurnEnds& operator=(const TurnEnds&) = delete;
    ~TurnEnds();  ///< runs what waits

    /// Waits for a place.
    void add(End end);

private:
    void run(const std::stop_token& stop);

    const std::size_t waiting_max_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<End> waiting_;
    std::jthread thread_;
};

}  // namespace luqiao::app
