// broker/inbox.h - the bounded hand-over between the threads of the adapters and the broker's turn.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// First in, first out; `offer` refuses when full, `put` never does (for work that was already
/// counted, such as the outcome of a delivery). `on_work` is called after each hand-over, outside
/// the lock.
template <class Work>
class Inbox {
public:
    Inbox(std::size_t size_max, std::function<void()> on_work)
        : size_max_(size_max), on_work_(std::move(on_work)) {}

    bool offer(Work&& work) {
        {
            const std::lock_guard lock(mutex_);
            if (queue_.size() >= size_max_) return false;
            queue_.push_back(std::move(work));
        }
        on_work_();
        return true;
    }

    void put(Work&& work) {
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(work));
        }
        on_work_();
    }

    std::vector<Work> take(std::size_t most) {
        const std::lock_guard lock(mutex_);
        std::vector<Work> out;
        while (!queue_.empty() && out.size() < most) {
            out.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        return out;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return queue_.size();
    }

private:
    const std::size_t size_max_;
    const std::function<void()> on_work_;
    mutable std::mutex mutex_;
    std::deque<Work> queue_;
};

}  // namespace luqiao::broker
