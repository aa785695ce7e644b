// What a turn wrote is told to nobody before it is durable, while the turns after it go on; and
// what could not be flushed is neither acknowledged nor sent.
#include "tests/broker/recorded_disk.h"
#include "tests/integration/exchange.h"

#include <gtest/gtest.h>

namespace luqiao::integration {
namespace {

using broker::DiskCall;
using broker::DiskFault;

/// An exchange whose turns end when the test says so.
class TurnEnd : public testing::TestWithParam<StoreKind> {
protected:
    TurnEnd() : exchange_(kStart, GetParam()) { exchange_.hold_turn_ends(); }

    /// Hands the application in; what it is answered, once it is, stands at the returned place.
    std::shared_ptr<std::optional<broker::Answer>> hand_in(const std::string& body) {
        auto answer = std::make_shared<std::optional<broker::Answer>>();
        broker::Arrival arrival;
        arrival.party = "portal";
        arrival.format = "portal.apply";
        arrival.body = body;
        exchange_.pipeline().accept(std::move(arrival),
                                    [answer](broker::Answer said) { *answer = std::move(said); });
        return answer;
    }
    void turn() {
        const auto next = exchange_.pipeline().turn(exchange_.now());
        ASSERT_TRUE(next) << next.error().message;
    }
    std::string application() {
        return exchange_.bytes("portal.apply", exchange_.application("portal", {"permit_issue"}));
    }
    [[nodiscard]] std::size_t sent() { return exchange_.party("sti").sent.size(); }

    Exchange exchange_;
};
LUQIAO_ON_BOTH_STORES(TurnEnd);

TEST_P(TurnEnd, NobodyHearsOfATurnBeforeItEndsAndTheNextGoesOn) {
    const std::string body = application();
    const auto first = hand_in(body);
    turn();
    EXPECT_FALSE(*first);
    EXPECT_EQ(sent(), 0U);
    EXPECT_GT(exchange_.pipeline().open_sends(), 0U) << "it has its place among those under way";

    const auto second = hand_in(application());
    const auto again = hand_in(body);
    turn();
    EXPECT_FALSE(*second);
    EXPECT_FALSE(*again) << "what it repeats is not durable either";
    ASSERT_EQ(exchange_.held_turn_ends(), 2U);

    exchange_.end_turns();
    ASSERT_TRUE(*first && *second && *again);
    const broker::Receipt accepted = receipt(**first);
    EXPECT_FALSE(accepted.replayed);
    EXPECT_FALSE(receipt(**second).replayed);
    EXPECT_TRUE(receipt(**again).replayed);
    EXPECT_EQ(receipt(**again).message_id, accepted.message_id);
    EXPECT_EQ(sent(), 2U);
}

TEST_P(TurnEnd, AFollowUpThatCameBeforeWaitsToo) {
    const auto applied = hand_in(application());
    turn();
    exchange_.end_turns();
    const std::string number = receipt(**applied).case_number;
    const std::string bytes =
        exchange_.answer_bytes("sti", exchange_.serial(number, "permit_issue"), "accepted");
    std::array<std::optional<broker::Answer>, 2> told;
    for (auto& one : told) {
        broker::Arrival arrival;
        arrival.party = "sti";
        arrival.format = "sti.result";
        arrival.body = bytes;
        exchange_.pipeline().accept(std::move(arrival),
                                    [&one](broker::Answer said) { one = std::move(said); });
        turn();
    }
    EXPECT_FALSE(told[0]);
    EXPECT_FALSE(told[1]);
    exchange_.end_turns();
    ASSERT_TRUE(told[0] && told[1]);
    EXPECT_TRUE(receipt(*told[1]).replayed);
}

TEST(FailedFlush, IsNeitherAcknowledgedNorSentAndWhatIsRepeatedHasItsEffectOnce) {
    broker::RecordedDisk disk;
    Exchange exchange;
    exchange.hold_turn_ends();
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    const auto hand_in = [&](std::optional<broker::Answer>& answer) {
        broker::Arrival arrival;
        arrival.party = "portal";
        arrival.format = "portal.apply";
        arrival.body = body;
        exchange.pipeline().accept(std::move(arrival),
                                   [&answer](broker::Answer said) { answer = std::move(said); });
    };
    std::optional<broker::Answer> first;
    hand_in(first);
    disk.plan({DiskCall::Flush, DiskFault::What::Error, 1, false});
    ASSERT_TRUE(exchange.pipeline().turn(exchange.now())) << "it is written, not yet flushed";
    exchange.end_turns();
    EXPECT_EQ(disk.failed(), 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(problem(*first).code, Errc::StoreFailed);
    EXPECT_TRUE(exchange.party("sti").sent.empty());
    const auto told = exchange.pipeline().turn(exchange.now());
    ASSERT_FALSE(told) << "the node hears of it";
    EXPECT_EQ(told.error().code, Errc::StoreFailed);

    std::optional<broker::Answer> again;
    hand_in(again);
    for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(exchange.pipeline().turn(exchange.now()));
        exchange.end_turns();
        exchange.pass(std::chrono::minutes(10));
        exchange.end_turns();
    }
    ASSERT_TRUE(again);
    EXPECT_TRUE(receipt(*again).replayed);
    EXPECT_EQ(exchange.counts()["cases"], 1U);
    EXPECT_EQ(exchange.party("sti").accepted.size(), 1U);
    EXPECT_EQ(exchange.party("sti").repeated, 0U);
}

}  // namespace
}  // namespace luqiao::integration
