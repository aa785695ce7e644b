// A party that is down gets one probe at a time; what waits for it spends no attempt.
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using testing::Each;
using testing::Le;

TEST(FlowScenario, AnOutageCostsWhatWaitsNoAttemptAndHoldsUpNobodyElse) {
    Exchange exchange;
    RecordingOutlet& sti = exchange.party("sti");
    sti.failing = Errc::Unavailable;
    std::vector<std::string> numbers;
    for (int i = 0; i < 40; ++i) {
        numbers.push_back(
            exchange.accepted("portal", exchange.application("portal", {"permit_issue"})));
    }
    exchange.pass(std::chrono::minutes(60), std::chrono::minutes(1));
    const std::size_t sent_while_down = sti.sent.size();
    EXPECT_LE(sent_while_down, 60U) << "probes, not forty cases each by its own clock";
    EXPECT_GE(sent_while_down, 10U) << "it is probed";
    EXPECT_GE(exchange.party("portal").accepted.size(), 40U) << "the portal learns meanwhile";

    sti.failing.reset();
    exchange.pass(std::chrono::hours(2), std::chrono::minutes(1));
    EXPECT_EQ(sti.accepted.size(), 40U);
    EXPECT_EQ(exchange.counts()["deliveries.sti.dead"], 0U);
    std::vector<std::uint32_t> attempts;
    for (const broker::Outgoing& one : sti.sent) attempts.push_back(one.attempt);
    EXPECT_THAT(attempts, Each(Le(8U)));
}

}  // namespace
}  // namespace luqiao::integration
