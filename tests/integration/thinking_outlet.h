// tests/integration/thinking_outlet.h - a party that thinks about what it is asked until the test
// says, from any thread, that it answers.
#pragma once

#include "tests/integration/exchange.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace luqiao::integration {

class ThinkingOutlet final : public broker::Outlet {
public:
    /// Of the party that `recorded` stands for; to be attached in its place before the first turn.
    explicit ThinkingOutlet(RecordingOutlet& recorded) : recorded_(recorded) {}

    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override {
        recorded_.send(std::move(message), std::move(done));
    }
    [[nodiscard]] bool can_be_asked() const override { return !is_mute; }
    void ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> done) override {
        recorded_.ask(std::move(message), [&](const Result<broker::Holding>& holding) {
            if (!thinks) return done(holding);
            const std::lock_guard lock(mutex_);
            thought_of_.emplace_back([done, holding] { done(holding); });
            at_once = std::max(at_once, thought_of_.size());
        });
    }
    void stop() override {}
    void answer() {
        std::vector<std::function<void()>> now;
        {
            const std::lock_guard lock(mutex_);
            now = std::exchange(thought_of_, {});
        }
        for (const auto& one : now) one();
    }

    [[nodiscard]] std::size_t waiting() {
        const std::lock_guard lock(mutex_);
        return thought_of_.size();
    }

    bool is_mute = false;  ///< cannot be asked
    bool thinks = false;
    std::size_t at_once = 0;  ///< most that it thought about

private:
    RecordingOutlet& recorded_;
    std::mutex mutex_;
    std::vector<std::function<void()>> thought_of_;
};

}  // namespace luqiao::integration
