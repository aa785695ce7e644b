#include "adapters/polling.h"

#include "tests/adapters/peer_support.h"

#include <deque>
#include <thread>

namespace luqiao::adapters {
namespace {

/// Gives out the numbers 1.. and keeps what was settled.
class Numbers final : public Source {
public:
    struct Seen {
        std::mutex mutex;
        std::vector<std::string> settled;
        std::size_t out_max = 0;
        int failures = 0;  ///< settle() fails so often first
        std::condition_variable changed;

        void wait_settled(std::size_t count) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return settled.size() >= count; });
        }
    };
    Numbers(int count, std::shared_ptr<Seen> seen) : left_(count), seen_(std::move(seen)) {}

    Result<Haul> take(std::size_t room) override {
        Haul haul;
        for (; left_ > 0 && haul.messages.size() < room; --left_) {
            haul.messages.push_back({std::to_string(left_), {}});
        }
        haul.more = left_ > 0;
        const std::scoped_lock lock(seen_->mutex);
        out_ += haul.messages.size();
        seen_->out_max = std::max(seen_->out_max, out_);
        return haul;
    }
    Status settle(std::vector<Answered>& answers) override {
        const std::scoped_lock lock(seen_->mutex);
        if (seen_->failures > 0) {
            --seen_->failures;
            return fail(Errc::Unavailable, "locked");
        }
        out_ -= answers.size();
        for (const Answered& one : answers) seen_->settled.push_back(one.key);
        answers.clear();
        seen_->changed.notify_all();
        return {};
    }

private:
    int left_;
    std::size_t out_ = 0;
    std::shared_ptr<Seen> seen_;
};

/// Answers on its own thread, in reverse order, only when told.
class SlowIntake final : public broker::Intake {
public:
    void accept(broker::Arrival, std::function<void(broker::Answer)> done) override {
        const std::scoped_lock lock(mutex_);
        open_.push_front(std::move(done));
        come_.notify_all();
    }
    std::variant<std::string, broker::Problem> progress(const broker::Proof&,
                                                        const std::string&) override {
        return std::string();
    }
    void answer(std::size_t count) {
        std::unique_lock lock(mutex_);
        for (std::size_t index = 0; index < count; ++index) {
            come_.wait(lock, [&] { return !open_.empty(); });
            const auto done = std::move(open_.front());
            open_.pop_front();
            lock.unlock();
            done(broker::Receipt{});
            lock.lock();
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable come_;
    std::deque<std::function<void(broker::Answer)>> open_;
};

TEST(PollingInlet, SettlesEveryAnswerAndNeverHoldsMoreThanABatch) {
    const auto seen = std::make_shared<Numbers::Seen>();
    SlowIntake intake;
    PollingInlet inlet(std::make_unique<Numbers>(100, seen), intake,
                       {.name = "numbers", .poll = Duration(3'600'000), .batch = 8});
    ASSERT_TRUE(inlet.start());
    std::thread answering([&] { intake.answer(100); });
    inlet.poll_now();
    answering.join();
    inlet.stop();
    EXPECT_EQ(seen->settled.size(), 100U);
    EXPECT_EQ(seen->out_max, 8U);
}

TEST(PollingInlet, StopWaitsForAnswersAndSettlesThem) {
    const auto seen = std::make_shared<Numbers::Seen>();
    SlowIntake intake;
    PollingInlet inlet(std::make_unique<Numbers>(3, seen), intake,
                       {.name = "numbers", .poll = Duration(3'600'000), .batch = 8});
    ASSERT_TRUE(inlet.start());
    intake.answer(1);
    seen->wait_settled(1);
    std::thread stopping([&] { inlet.stop(); });
    intake.answer(1);
    seen->wait_settled(2);
    intake.answer(1);
    stopping.join();
    EXPECT_EQ(seen->settled.size(), 3U);
}

TEST(PollingInlet, OffersAnswersAgainThatCouldNotBeWrittenBack) {
    const auto seen = std::make_shared<Numbers::Seen>();
    seen->failures = 1;
    ScriptedIntake intake;
    PollingInlet inlet(std::make_unique<Numbers>(2, seen), intake,
                       {.name = "numbers", .poll = Duration(3'600'000), .batch = 8});
    ASSERT_TRUE(inlet.start());
    inlet.poll_now();
    inlet.poll_now();
    inlet.stop();
    EXPECT_EQ(seen->settled.size(), 2U);
}

TEST(PollingInlet, PollNowReturnsWhenTheInletDoesNotRun) {
    ScriptedIntake intake;
    PollingInlet inlet(std::make_unique<Numbers>(2, std::make_shared<Numbers::Seen>()), intake,
                       {.name = "n"});
    inlet.poll_now();
    ASSERT_TRUE(inlet.start());
    EXPECT_FALSE(inlet.start()) << "twice";
    inlet.stop();
    inlet.stop();
    inlet.poll_now();
    ASSERT_TRUE(inlet.start()) << "it can run again";
}

TEST(Problem, IsPassingWhenTheMessageIsNotToBlame) {
    for (const Errc code : {Errc::Overloaded, Errc::StoreBusy, Errc::Conflict, Errc::Internal}) {
        EXPECT_TRUE(is_passing(problem(code, ""))) << info(code).id;
    }
    for (const Errc code : {Errc::BadValue, Errc::Forbidden, Errc::KeyReused, Errc::ParseFailed}) {
        EXPECT_FALSE(is_passing(problem(code, ""))) << info(code).id;
    }
}

TEST(Problem, TextIsOneShortLine) {
    broker::Problem long_one = problem(Errc::BadValue, "第一行\n第二行");
    for (int index = 0; index < 100; ++index) {
        long_one.errors.push_back({"E2004",
                                   "/A",
                                   "",
                                   "",
                                   "",
                                   {"很长的说明很长的说明很长的说明很长的"
                                    "说明很长的说明很长的说明很长的说明",
                                    ""}});
    }
    const std::string text = problem_text(long_one);
    EXPECT_EQ(code_points(text), 200U);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(problem_text(problem(Errc::StoreFull, "")), "磁盘空间低于保留水位");
}

}  // namespace
}  // namespace luqiao::adapters
