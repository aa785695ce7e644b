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

    Exchange::Told hand_in(const std::string& body) {
        return exchange_.offer("portal", "portal.apply", body);
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
    const auto first = exchange_.offer("sti", "sti.result", bytes);
    turn();
    const auto again = exchange_.offer("sti", "sti.result", bytes);
    turn();
    EXPECT_FALSE(*first);
    EXPECT_FALSE(*again);
    exchange_.end_turns();
    ASSERT_TRUE(*first && *again);
    EXPECT_TRUE(receipt(**again).replayed);
}

TEST(FailedFlush, IsNeitherAcknowledgedNorSentAndWhatIsRepeatedHasItsEffectOnce) {
    broker::RecordedDisk disk;
    Exchange exchange;
    exchange.hold_turn_ends();
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    const auto first = exchange.offer("portal", "portal.apply", body);
    disk.plan({DiskCall::Flush, DiskFault::What::Error, 1, false});
    ASSERT_TRUE(exchange.pipeline().turn(exchange.now())) << "it is written, not yet flushed";
    exchange.end_turns();
    EXPECT_EQ(disk.failed(), 1);
    ASSERT_TRUE(*first);
    EXPECT_EQ(problem(**first).code, Errc::StoreFailed);
    EXPECT_TRUE(exchange.party("sti").sent.empty());
    const auto told = exchange.pipeline().turn(exchange.now());
    ASSERT_FALSE(told) << "the node hears of it";
    EXPECT_EQ(told.error().code, Errc::StoreFailed);

    const auto again = exchange.offer("portal", "portal.apply", body);
    for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(exchange.pipeline().turn(exchange.now()));
        exchange.end_turns();
        exchange.pass(std::chrono::minutes(10));
        exchange.end_turns();
    }
    ASSERT_TRUE(*again);
    EXPECT_TRUE(receipt(**again).replayed);
    EXPECT_EQ(exchange.counts()["cases"], 1U);
    EXPECT_EQ(exchange.party("sti").accepted.size(), 1U);
    EXPECT_EQ(exchange.party("sti").repeated, 0U);
}

}  // namespace
}  // namespace luqiao::integration
