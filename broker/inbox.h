// broker/inbox.h - the bounded hand-over between the threads of the adapters and the broker's turn.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace luqiao::broker {

/// What may wait at most before `offer` refuses.
struct InboxLimits {
    std::size_t size_max;
    std::size_t bytes_max;
};

/// First in, first out. `offer` refuses when full; `put` never does, for work that whoever puts it
/// bounds by `count`. `on_work` is called after each hand-over, outside the lock. Work is a
/// variant.
template <class Work>
class Inbox {
public:
    Inbox(InboxLimits limits, std::function<void()> on_work)
        : limits_(limits), on_work_(std::move(on_work)) {}

    /// `bytes`: what the work holds in memory, as far as it depends on the sender.
    bool offer(Work&& work, std::size_t bytes = 0) {
        {
            const std::lock_guard lock(mutex_);
            const bool is_full =
                queue_.size() >= limits_.size_max || bytes > limits_.bytes_max - bytes_;
            if (is_full) return false;
            push(std::move(work), bytes);
        }
        on_work_();
        return true;
    }

    void put(Work&& work) {
        {
            const std::lock_guard lock(mutex_);
            push(std::move(work), 0);
        }
        on_work_();
    }

    std::vector<Work> take(std::size_t most) {
        const std::lock_guard lock(mutex_);
        std::vector<Work> out;
        while (!queue_.empty() && out.size() < most) {
            Waiting& first = queue_.front();
            --counts_[first.work.index()];
            bytes_ -= first.bytes;
            out.push_back(std::move(first.work));
            queue_.pop_front();
        }
        return out;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return queue_.size();
    }
    /// How much work of one kind waits.
    template <class One>
    [[nodiscard]] std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return counts_[index_of<One>(static_cast<const Work*>(nullptr))];
    }

private:
    struct Waiting {
        Work work;
        std::size_t bytes;
    };

    template <class One, class... All>
    static constexpr std::size_t index_of(const std::variant<All...>*) {
        std::size_t place = 0;
        (void)((std::is_same_v<One, All> || (++place, false)) || ...);
        return place;
    }
    void push(Work&& work, std::size_t bytes) {
        ++counts_[work.index()];
        bytes_ += bytes;
        queue_.push_back({std::move(work), bytes});
    }

    const InboxLimits limits_;
    const std::function<void()> on_work_;
    mutable std::mutex mutex_;
    std::deque<Waiting> queue_;
    std::size_t bytes_ = 0;
    std::array<std::size_t, std::variant_size_v<Work>> counts_{};
};

}  // namespace luqiao::broker
