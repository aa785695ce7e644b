#include "broker/flow.h"

#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

using namespace std::chrono_literals;

Instant time_at(std::string_view text) {
    return *parse_rfc3339(text);
}

const Instant kMorning = time_at("2025-10-13T09:00:00+08:00");  // a Monday

/// One party under its policy, with the time in the test's hand.
struct Line {
    FlowPolicy policy;
    FlowState state = {};
    Instant now = kMorning;
    Calendar calendar = {};

    FlowDecision ask(std::size_t open = 0) const {
        return decide(state, policy, open, calendar, now);
    }
    /// Leases what may go, at most `most`. @return how many
    std::size_t lease(std::size_t most) {
        const std::size_t count = std::min(ask().may, most);
        state = after_lease(state, policy, count, now);
        return count;
    }
    void end(bool is_up, int times = 1) {
        for (int i = 0; i < times; ++i) state = after_outcome(state, policy, is_up, now);
    }
};

TEST(Flow, LetsGoWhatItsConcurrencyLeaves) {
    const Line line{.policy = {.concurrency = 3, .breaker = {}, .quiet = {}, .rate = {}}};
    EXPECT_EQ(line.ask(0).may, 3U);
    EXPECT_EQ(line.ask(2).may, 1U);
    EXPECT_EQ(line.ask(3).may, 0U);
    EXPECT_EQ(line.ask(3).held, Held::Full);
    EXPECT_FALSE(line.ask(3).again) << "an outcome frees a place, not the time";
}

TEST(Breaker, OpensAfterFailuresInARowOnly) {
    Line line;
    line.end(false, 4);
    line.end(true);
    line.end(false, 4);
    EXPECT_EQ(line.state.breaker, Breaker::Closed);
    line.end(false);
    EXPECT_EQ(line.state.breaker, Breaker::Open);
    EXPECT_EQ(line.ask().may, 0U);
    EXPECT_EQ(line.ask().held, Held::Breaker);
    EXPECT_EQ(line.ask().again, kMorning + 10s);
}

TEST(Breaker, SendsOneProbeAtATimeAndWaitsTwiceAsLongAfterEach) {
    Line line;
    line.end(false, 5);
    std::size_t sent = 0;
    for (const Duration wait : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        line.now += wait - 1ms;
        EXPECT_EQ(line.lease(500), 0U) << wait.count();
        line.now += 1ms;
        sent += line.lease(500);
        EXPECT_EQ(line.ask().may, 0U) << "while the probe is under way";
        EXPECT_FALSE(line.ask().again) << "its outcome tells, not the time";
        line.end(false);
    }
    EXPECT_EQ(sent, 7U) << "of 500 that wait, one spends an attempt each time";
}

TEST(Breaker, ClosesWithTheFirstSuccessAndBeginsAnewAfterIt) {
    Line line;
    line.end(false, 5);
    line.now += 10s;
    EXPECT_EQ(line.lease(500), 1U);
    line.end(false);
    line.now += 20s;
    EXPECT_EQ(line.lease(500), 1U);
    line.end(true);
    EXPECT_EQ(line.state.breaker, Breaker::Closed);
    EXPECT_EQ(line.ask().may, 8U);
    line.end(false, 5);
    EXPECT_EQ(line.ask().again, line.now + 10s);
}

TEST(Breaker, LearnsNothingFromWhatWasSentBeforeItOpened) {
    Line line;
    line.end(false, 8);
    EXPECT_EQ(line.ask().again, kMorning + 10s) << "three more of the same row";
}

TEST(Breaker, IsNotThereWhenItsLimitIsZero) {
    Line line{.policy = {.concurrency = 8, .breaker = {.failures = 0}, .quiet = {}, .rate = {}}};
    line.end(false, 100);
    EXPECT_EQ(line.ask().may, 8U);
}

struct QuietRow {
    const char* name;
    const char* hours;
    const char* now;
    const char* until;  ///< empty: not quiet
};

class Quiet : public testing::TestWithParam<QuietRow> {};

TEST_P(Quiet, HoldsUntilItsEnd) {
    const QuietRow& row = GetParam();
    Line line;
    line.policy.quiet = {*parse_quiet_hours(row.hours)};
    line.now = time_at(row.now);
    Diagnostics findings;
    line.calendar.add_year(2025, "date,kind,name\n2025-10-01,off,国庆\n2025-10-11,work,调休\n", "c",
                           findings);
    ASSERT_FALSE(findings.has_errors());
    const bool quiet = std::string_view(row.until) != "";
    EXPECT_EQ(line.ask().may, quiet ? 0U : 8U);
    EXPECT_EQ(line.ask().held, quiet ? Held::QuietHours : Held::No);
    EXPECT_EQ(line.ask().again, quiet ? std::optional(time_at(row.until)) : std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    Flow,
    Quiet,
    testing::Values(QuietRow{"Evening", "22:00-06:00", "2025-10-13T23:00:00+08:00",
                             "2025-10-14T06:00:00+08:00"},
                    QuietRow{"AfterMidnight", "22:00-06:00", "2025-10-14T05:59:59+08:00",
                             "2025-10-14T06:00:00+08:00"},
                    QuietRow{"ItsEndIsOutside", "22:00-06:00", "2025-10-14T06:00:00+08:00", ""},
                    QuietRow{"ItsBeginningIsInside", "12:00-13:00", "2025-10-14T12:00:00+08:00",
                             "2025-10-14T13:00:00+08:00"},
                    QuietRow{"JustBefore", "12:00-13:00", "2025-10-14T11:59:59+08:00", ""},
                    QuietRow{"TheWholeDay", "free 00:00-24:00", "2025-10-12T10:00:00+08:00",
                             "2025-10-13T00:00:00+08:00"},
                    QuietRow{"AHolidayIsFree", "free 00:00-24:00", "2025-10-01T10:00:00+08:00",
                             "2025-10-02T00:00:00+08:00"},
                    QuietRow{"AMakeUpSaturdayIsNotFree", "free 00:00-24:00",
                             "2025-10-11T10:00:00+08:00", ""},
                    QuietRow{"AMakeUpSaturdayIsWorked", "working 08:00-09:00",
                             "2025-10-11T08:30:00+08:00", "2025-10-11T09:00:00+08:00"},
                    QuietRow{"TheDayIsThatOfItsBeginning", "working 22:00-06:00",
                             "2025-10-18T05:00:00+08:00", "2025-10-18T06:00:00+08:00"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(QuietHours, AreRefusedWhenTheySayNoTime) {
    for (const char* text : {"", "22-6", "22:00-25:00", "24:00-06:00", "06:00-06:00", "22:60-06:00",
                             "22:00 06:00", "sometimes 22:00-06:00", "22:00-06:00 "}) {
        EXPECT_FALSE(parse_quiet_hours(text)) << text;
    }
}

TEST(Rate, LetsGoAsManyAsItsPeriodAndThenAsTimePasses) {
    Line line{
        .policy = {.concurrency = 1000, .breaker = {}, .quiet = {}, .rate = parse_rate("50/s")}};
    EXPECT_EQ(line.lease(1000), 50U);
    EXPECT_EQ(line.ask().may, 0U);
    EXPECT_EQ(line.ask().held, Held::Rate);
    EXPECT_EQ(line.ask().again, kMorning + 20ms);
    line.now += 20ms;
    EXPECT_EQ(line.lease(1000), 1U);
    line.now += 500ms;
    EXPECT_EQ(line.lease(1000), 25U);
    line.now += 1h;
    EXPECT_EQ(line.lease(1000), 50U) << "a long pause saves up no more than one period";
}

TEST(Rate, IsKeptOverAnyWayOfAsking) {
    Line line{
        .policy = {.concurrency = 1000, .breaker = {}, .quiet = {}, .rate = parse_rate("7/m")}};
    std::size_t sent = 0;
    for (std::size_t step = 0; step < 6'000; ++step, line.now += 100ms)
        sent += line.lease(step % 3 + 1);
    EXPECT_LE(sent, 7U * 10U + 7U) << "ten minutes and what one period saves up";
    EXPECT_GE(sent, 7U * 10U);
}

TEST(Rate, StandsAClockThatGoesBack) {
    Line line{
        .policy = {.concurrency = 1000, .breaker = {}, .quiet = {}, .rate = parse_rate("2/s")}};
    EXPECT_EQ(line.lease(2), 2U);
    line.now -= 1h;
    EXPECT_EQ(line.ask().may, 0U);
    EXPECT_LE(*line.ask().again, line.now + 1s);
}

TEST(Share, OfSeveralNodesKeepsToWhatTheyHaveTogether) {
    FlowPolicy policy;
    policy.concurrency = 8;
    policy.rate = parse_rate("50/s");
    EXPECT_EQ(share_of(policy, 1).concurrency, 8U);
    EXPECT_EQ(share_of(policy, 1).rate, policy.rate);
    EXPECT_EQ(share_of(policy, 3).concurrency, 2U);
    EXPECT_EQ(share_of(policy, 3).rate, (Rate{16, Duration{1'000}}));
    EXPECT_EQ(share_of(policy, 20).concurrency, 1U) << "a node can always send";
    policy.rate = parse_rate("2/m");
    EXPECT_EQ(share_of(policy, 3).rate, (Rate{1, Duration{90'000}}))
        << "two in three minutes for each";
    policy.rate.reset();
    EXPECT_EQ(share_of(policy, 3).rate, std::nullopt);
}

TEST(Rate, IsRefusedWhenItSaysNone) {
    for (const char* text : {"", "0/s", "50", "50/d", "/s", "-1/s", "1000001/s", "1.5/s", "5/s "}) {
        EXPECT_FALSE(parse_rate(text)) << text;
    }
    EXPECT_EQ(parse_rate("2000/h"), (Rate{2000, 1h}));
}

}  // namespace
}  // namespace luqiao::broker
