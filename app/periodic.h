// app/periodic.h - what a node does by itself every now and then, on a thread of its own.
#pragma once

#include "broker/pipeline.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace luqiao::app {

/// Runs `work` after `first` and then `every` so often, by the trusted clock; not while the clock
/// is doubted. Its end waits for the work that is under way.
class Periodic {
public:
    struct Pace {
        Duration first{}, every{};
    };
    /// `pipeline` and what `work` uses outlive it.
    Periodic(const broker::Pipeline& pipeline, Pace pace, std::function<void(Instant)> work);

private:
    void loop(const std::stop_token& stop);

    const broker::Pipeline& pipeline_;
    const Pace pace_;
    const std::function<void(Instant)> work_;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

}  // namespace luqiao::app
