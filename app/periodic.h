// app/periodic.h - what a node does by itself every now and then, on a thread of its own.
#pragma once

#include "base/result.h"
#include "broker/pipeline.h"

#include <functional>
#include <stop_token>
#include <thread>

namespace luqiao::app {

/// Waits on a thread of a node. @return false: it is to stop
bool rest(const std::stop_token& stop, Duration time);

/// Runs `work` after `first` and then `every` so often, by the trusted clock; not while the clock
/// is doubted. What failed and may pass by itself (Disposition::Retry) is tried again after
/// `again`, then after twice as long, at most `every`. Its end waits for the work that is under
/// way, which is told by the token.
class Periodic {
public:
    struct Pace {
        Duration first{}, every{};
        Duration again{60'000};
    };
    using Work = std::function<Status(Instant, const std::stop_token&)>;
    /// `pipeline` and what `work` uses outlive it.
    Periodic(const broker::Pipeline& pipeline, Pace pace, Work work);

    /// How long until the next time. @param failures  in a row, this one with them, that may pass
    static Duration wait_after(const Pace& pace, const Status& done, unsigned failures);

private:
    void loop(const std::stop_token& stop);

    const broker::Pipeline& pipeline_;
    const Pace pace_;
    const Work work_;
    std::jthread thread_;
};

}  // namespace luqiao::app
