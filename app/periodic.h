// app/periodic.h - what a node does by itself every now and then, on a thread of its own.
#pragma once

#include "broker/pipeline.h"

#include <functional>
#include <stop_token>
#include <thread>

namespace luqiao::app {

/// Waits on a thread of a node. @return false: it is to stop
bool rest(const std::stop_token& stop, Duration time);

/// Runs `work` after `first` and then `every` so often, by the trusted clock; not while the clock
/// is doubted. Its end waits for the work that is under way, which is told by the token.
class Periodic {
public:
    struct Pace {
        Duration first{}, every{};
    };
    using Work = std::function<void(Instant, const std::stop_token&)>;
    /// `pipeline` and what `work` uses outlive it.
    Periodic(const broker::Pipeline& pipeline, Pace pace, Work work);

private:
    void loop(const std::stop_token& stop);

    const broker::Pipeline& pipeline_;
    const Pace pace_;
    const Work work_;
    std::jthread thread_;
};

}  // namespace luqiao::app
