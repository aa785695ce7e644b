#include "app/turn_ends.h"

#include <utility>

namespace luqiao::app {

TurnEnds::TurnEnds(std::size_t waiting_max)
    : waiting_max_(waiting_max), thread_([this](const std::stop_token& stop) { run(stop); }) {}

TurnEnds::~TurnEnds() = default;  // the thread goes first, and leaves nothing behind

void TurnEnds::add(End end) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_.size() < waiting_max_; });
        waiting_.push_back(std::move(end));
    }
    changed_.notify_all();
}

void TurnEnds::run(const std::stop_token& stop) {
    for (;;) {
        End next;
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
            next = std::move(waiting_.front());
            waiting_.pop_front();
        }
        changed_.notify_all();
        next();
    }
}

}  // namespace luqiao::app
