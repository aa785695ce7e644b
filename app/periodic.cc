#include "app/periodic.h"

namespace luqiao::app {

Periodic::Periodic(const broker::Pipeline& pipeline, Pace pace, std::function<void(Instant)> work)
    : pipeline_(pipeline),
      pace_(pace),
      work_(std::move(work)),
      thread_([this](const std::stop_token& stop) { loop(stop); }) {}

void Periodic::loop(const std::stop_token& stop) {
    for (Duration wait = pace_.first;; wait = pace_.every) {
        {
            std::unique_lock lock(mutex_);
            stopped_.wait_for(lock, stop, wait, [] { return false; });
        }
        if (stop.stop_requested()) return;
        if (!pipeline_.clock_jump()) work_(pipeline_.now());
    }
}

}  // namespace luqiao::app
