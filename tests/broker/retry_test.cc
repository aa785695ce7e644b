#include "broker/retry.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace luqiao::broker {
namespace {

using namespace std::chrono_literals;

DeliveryId id_of(std::uint8_t byte) {
    DeliveryId id;
    id.bytes.fill(byte);
    return id;
}

TEST(RetryDelay, DoublesUpToTheMostLessAQuarter) {
    const RetryPolicy policy{10s, 12h, 60};
    Duration whole = 10s;
    for (std::uint32_t attempt = 1; attempt <= 40; ++attempt) {
        const Duration delay = retry_delay(policy, id_of(7), attempt);
        EXPECT_LE(delay, whole) << attempt;
        EXPECT_GE(delay, whole - whole / 4) << attempt;
        whole = std::min<Duration>(whole * 2, 12h);
    }
}

TEST(RetryDelay, IsTheSameForTheSameDeliveryAndAttempt) {
    EXPECT_EQ(retry_delay({}, id_of(1), 5), retry_delay({}, id_of(1), 5));
}

TEST(RetryDelay, SpreadsDeliveriesThatFailedTogether) {
    std::set<Duration> delays;
    Duration sum{0};
    for (int index = 0; index < 200; ++index) {
        const Duration delay =
            retry_delay({1h, 1h, 60}, id_of(static_cast<std::uint8_t>(index)), 1);
        delays.insert(delay);
        sum += delay;
    }
    EXPECT_GT(delays.size(), 190U);
    EXPECT_GT(sum / 200, 50min);
    EXPECT_LT(sum / 200, 55min);
}

TEST(RetryDelay, IsPositiveAndBoundedForExtremePolicies) {
    for (const RetryPolicy& policy :
         {RetryPolicy{0ms, 0ms, 1}, RetryPolicy{1ms, 1ms, 1},
          RetryPolicy{Duration{604'800'000}, Duration{604'800'000}, 9}}) {
        for (const std::uint32_t attempt :
             {0U, 1U, 2U, 1000U, std::numeric_limits<std::uint32_t>::max()}) {
            const Duration delay = retry_delay(policy, id_of(3), attempt);
            EXPECT_GT(delay, Duration{0});
            EXPECT_LE(delay, std::max(policy.most, Duration{1}));
        }
    }
}

}  // namespace
}  // namespace luqiao::broker
