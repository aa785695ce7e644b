// kill -9 at 50 random moments under load: every 202 is in the store, every delivery has one
// effect.
#include "tests/integration/world_fixture.h"

#include <condition_variable>
#include <random>
#include <thread>

namespace luqiao::integration {
namespace {

constexpr int kKills = 50;
constexpr std::size_t kCases = 50;

/// Hands applications out evenly over the kills, so that there is load at each of them.
class Pace {
public:
    void round(int number) {
        {
            const std::lock_guard lock(mutex_);
            round_ = number;
        }
        changed_.notify_all();
    }
    void wait_for(std::size_t index) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock,
                      [&] { return index * kKills <= static_cast<std::size_t>(round_) * kCases; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int round_ = 0;
};

TEST(Kill, FiftyRandomMomentsLoseNothingAndDoubleNothing) {
    const auto world = make_world();
    ASSERT_NE(world, nullptr);
    for (const std::string& code : world->simulated_parties()) {
        const Status started = world->start_party(code, 5, {});
        ASSERT_TRUE(started) << started.error().message;
    }
    ASSERT_TRUE(world->start_broker());
    auto submitter = app::Submitter::create(world->configuration(), world->broker_url());
    ASSERT_TRUE(submitter);

    Pace pace;
    app::SubmitReport report;
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(8);
    std::thread channels([&] {
        constexpr std::array<const char*, 3> kChannels{"portal", "mobile", "window"};
        report = submitter->run(
            [&](std::size_t index, app::Submission& out) {
                if (index >= kCases) return false;
                pace.wait_for(index);
                const std::string channel = kChannels[index % kChannels.size()];
                out = {channel, channel + ".apply", application_bytes(*world, channel, index)};
                return true;
            },
            4, until);
    });

    std::mt19937 random(20261123);
    Status restarted;
    for (int kill = 1; kill <= kKills && restarted; ++kill) {
        pace.round(kill);
        std::this_thread::sleep_for(
            std::chrono::milliseconds(random() % 120));  // the random moment itself
        world->kill_broker();
        restarted = world->start_broker();
    }
    pace.round(kKills);
    channels.join();
    ASSERT_TRUE(restarted) << restarted.error().message;

    app::DemoTally tally = app::take_tally(*world);
    while (!tally.settled(report.accepted.size()) && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        tally = app::take_tally(*world);
    }
    const app::DemoResult result =
        app::judge(tally, world->configuration(), report.accepted.size());
    EXPECT_EQ(result.accepted, kCases);
    EXPECT_EQ(result.decided, kCases) << to_json(result);
    EXPECT_EQ(result.lost, 0u) << to_json(result);
    EXPECT_EQ(result.doubled, 0u) << to_json(result);
    EXPECT_EQ(tally.store.at("cases"), kCases) << "a repeated submit makes no second case";
    for (const app::Submitted& one : report.accepted) {
        EXPECT_TRUE(app::ask_operator(world->configuration().server->data,
                                      "/operator/v1/cases/" + one.case_number))
            << "202 was given for " << one.case_number;
    }
    world->stop();
}

}  // namespace
}  // namespace luqiao::integration
