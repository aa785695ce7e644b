#include "app/periodic.h"

#include <condition_variable>
#include <mutex>

namespace luqiao::app {

bool rest(const std::stop_token& stop, Duration time) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

Periodic::Periodic(const broker::Pipeline& pipeline, Pace pace, Work work)
    : pipeline_(pipeline),
      pace_(pace),
      work_(std::move(work)),
      thread_([this](const std::stop_token& stop) { loop(stop); }) {}

void Periodic::loop(const std::stop_token& stop) {
    for (Duration wait = pace_.first; rest(stop, wait); wait = pace_.every) {
        if (!pipeline_.clock_jump()) work_(pipeline_.now(), stop);
    }
}

}  // namespace luqiao::app
