// The dry run of a plan asks the parties what they hold already of what would be sent again.
#include "app/operator_redrives.h"
#include "app/redrive_preview.h"
#include "tests/integration/thinking_outlet.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A department that refused messages, and perhaps has some of them all the same.
class RedriveTarget : public testing::TestWithParam<StoreKind> {
protected:
    RedriveTarget() { exchange_.pipeline().attach("sti", party_); }

    void refuse(std::size_t count) {
        sti().failing = Errc::Refused;
        for (std::size_t i = 0; i < count; ++i) {
            exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
        }
        exchange_.pass(10min);
        ASSERT_EQ(exchange_.counts()["deliveries.sti.dead"], count);
        sti().failing.reset();
    }
    /// The first `count` of them came through.
    void let_through(std::size_t count) {
        sti().accepted.assign(sti().sent.begin(),
                              sti().sent.begin() + static_cast<std::ptrdiff_t>(count));
    }
    RecordingOutlet& sti() { return exchange_.party("sti"); }
    /// @return its dry run
    json plan() {
        const auto answer =
            app::change_plans(redriver_, "/operator/v1/redrives",
                              R"({"query":{"party":"sti"},"actor":"wang","reason":"look"})");
        if (!answer) ADD_FAILURE() << answer.error().message;
        return answer ? json::parse(*answer) : json();
    }
    json preview(const app::AskLimits& limits) {
        const auto made = redriver_.plan(
            {.query = broker::Question{.party = "sti"}, .actor = "wang", .reason = "look"},
            exchange_.now());
        if (!made) ADD_FAILURE() << made.error().message;
        const auto shown = app::preview(*made, exchange_.store(), exchange_.pipeline(), limits);
        if (!shown) ADD_FAILURE() << shown.error().message;
        return shown ? json::parse(*shown) : json();
    }
    static json targets(int yes, int no, int unknown, int not_asked) {
        return {{"asked", yes + no + unknown},
                {"yes", yes},
                {"no", no},
                {"unknown", unknown},
                {"not_asked", not_asked}};
    }

    Exchange exchange_{kStart, GetParam()};
    ThinkingOutlet party_{exchange_.party("sti")};
    app::Redriver redriver_{exchange_.store(), exchange_.pipeline()};
};
LUQIAO_ON_BOTH_STORES(RedriveTarget);

TEST_P(RedriveTarget, IsAskedAboutMoreThanIsShown) {
    refuse(30);
    let_through(7);
    const json shown = plan();
    EXPECT_EQ(shown["shown"], 20);
    EXPECT_EQ(shown["deliveries"].size(), 20U);
    EXPECT_EQ(shown["targets"], targets(7, 23, 0, 0));
    EXPECT_EQ(sti().asked.size(), 30U) << "each once";
    EXPECT_EQ(sti().sent.size(), 30U) << "and nothing is sent";

    sti().is_silent = true;
    EXPECT_EQ(plan()["targets"], targets(0, 0, 30, 0));
    party_.is_mute = true;
    EXPECT_EQ(plan()["targets"], targets(0, 0, 0, 30));
    EXPECT_EQ(plan()["deliveries"][0]["at_target"], "unknown");
}

TEST_P(RedriveTarget, IsNotPressedAndNotWaitedForWithoutAnEnd) {
    refuse(30);
    party_.thinks = true;
    EXPECT_EQ(preview({.at_once = 8, .answer = 30ms, .all = 5s})["targets"], targets(0, 0, 8, 22))
        << "one that is silent is asked no more";
    EXPECT_EQ(party_.at_once, 8U);
    party_.answer();  // nobody waits for it any more
    EXPECT_EQ(preview({.at_once = 3, .answer = 5s, .all = 300ms})["targets"], targets(0, 0, 3, 27));
    party_.answer();
    EXPECT_EQ(preview({.at_once = 8, .answer = 5s, .all = 0ms})["targets"], targets(0, 0, 0, 30));
}

TEST_P(RedriveTarget, IsNotWaitedForOnceTheNodeStops) {
    refuse(30);
    party_.thinks = true;
    std::stop_source stop;
    std::thread stopping([&] {
        while (party_.waiting() < 8) std::this_thread::yield();
        stop.request_stop();
    });
    const json shown = preview({.at_once = 8, .answer = 60s, .all = 60s, .stop = stop.get_token()});
    stopping.join();
    EXPECT_EQ(shown["targets"], targets(0, 0, 8, 22));
    redriver_.stop_asking();
    EXPECT_EQ(plan()["targets"], targets(0, 0, 0, 30)) << "nobody is asked any more";
}

TEST_P(RedriveTarget, IsAskedTheNextAsSoonAsItAnswered) {
    refuse(30);
    let_through(4);
    party_.thinks = true;
    std::atomic<bool> is_over = false;
    std::thread answering([&] {
        for (; !is_over; std::this_thread::yield()) party_.answer();
    });
    const json shown = preview({.at_once = 4, .answer = 60s, .all = 60s});
    is_over = true;
    answering.join();
    EXPECT_EQ(shown["targets"], targets(4, 26, 0, 0));
    EXPECT_LE(party_.at_once, 4U);
}

TEST_P(RedriveTarget, IsAskedAboutTwoHundredOfMany) {
    refuse(205);
    EXPECT_EQ(plan()["targets"], targets(0, 200, 0, 5));
}

}  // namespace
}  // namespace luqiao::integration
