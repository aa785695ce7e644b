#include "app/periodic.h"

#include <algorithm>
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

Duration Periodic::wait_after(const Pace& pace, const Status& done, unsigned failures) {
    constexpr unsigned kDoublingsMost = 20;  // beyond any `every`, and no overflow
    if (done || info(done.error().code).disposition != Disposition::Retry) return pace.every;
    const unsigned doublings = std::min(std::max(failures, 1U) - 1, kDoublingsMost);
    return std::min(pace.again * (std::int64_t{1} << doublings), pace.every);
}

void Periodic::loop(const std::stop_token& stop) {
    unsigned failures = 0;
    for (Duration wait = pace_.first; rest(stop, wait);) {
        const Status done = pipeline_.clock_jump()
                                ? Status(fail(Errc::Unavailable, "the clock is doubted"))
                                : work_(pipeline_.now(), stop);
        failures = done ? 0 : failures + 1;
        wait = wait_after(pace_, done, failures);
    }
}

}  // namespace luqiao::app
