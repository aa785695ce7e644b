// Clocks that are set while a broker runs: what is believed at once, later, and never.
#include "broker/trusted_time.h"

#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Time : public testing::Test {
protected:
    TrustedTime make(bool settles = true) {
        return TrustedTime({[this] { return wall_; }, [this] { return counted_; }}, settles);
    }
    void pass(Duration time) {
        wall_ += time;
        counted_ += time;
    }

    const Instant start_ = *parse_rfc3339("2025-10-13T09:00:00+08:00");
    Instant wall_ = start_;
    Duration counted_{42};
};

TEST_F(Time, FollowsTheWallWhileBothGoAlike) {
    TrustedTime time = make();
    pass(hours(30));
    EXPECT_EQ(time.now(), start_ + hours(30));
    EXPECT_FALSE(time.jump());
}

TEST_F(Time, BelievesASmallStepAtOnce) {
    TrustedTime time = make();
    wall_ += seconds(25);
    EXPECT_EQ(time.now(), start_ + seconds(25));
    EXPECT_FALSE(time.jump());
}

TEST_F(Time, NeverGoesBack) {
    TrustedTime time = make();
    pass(minutes(1));
    EXPECT_EQ(time.now(), start_ + minutes(1));
    wall_ -= seconds(5);
    EXPECT_EQ(time.now(), start_ + minutes(1));
    pass(seconds(4));
    EXPECT_EQ(time.now(), start_ + minutes(1));
    pass(seconds(2));
    EXPECT_EQ(time.now(), start_ + minutes(1) + seconds(1));
}

struct Step {
    const char* name;
    Duration by;
    bool settles;
    bool is_believed;  ///< after it lasted
};

class GreatStep : public Time, public testing::WithParamInterface<Step> {};

TEST_P(GreatStep, IsDoubtedAndBelievedOnlyIfItLasts) {
    TrustedTime time = make(GetParam().settles);
    wall_ += GetParam().by;
    ASSERT_TRUE(time.jump());
    EXPECT_EQ(time.jump()->by, GetParam().by);
    pass(minutes(5));
    EXPECT_EQ(time.now(), start_ + minutes(5));  // counts on
    EXPECT_EQ(time.jump()->since, start_);
    pass(kClockSettle);
    EXPECT_EQ(!time.jump(), GetParam().is_believed);
    if (GetParam().is_believed && GetParam().by > Duration{0}) {
        EXPECT_EQ(time.now(), wall_);
    }
}

INSTANTIATE_TEST_SUITE_P(Clock,
                         GreatStep,
                         testing::Values(Step{"HourAhead", hours(1), true, true},
                                         Step{"HourBehind", -hours(1), true, true},
                                         Step{"YearAhead", hours(8760), true, false},
                                         Step{"YearBehind", -hours(8760), true, false},
                                         Step{"HourAheadWhereNodesShare", hours(1), false, false}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST_F(Time, IsTrustedAgainOnceTheClockIsRight) {
    TrustedTime time = make();
    wall_ += hours(8760);
    EXPECT_TRUE(time.jump());
    pass(hours(3));
    EXPECT_TRUE(time.jump());
    wall_ -= hours(8760);
    EXPECT_FALSE(time.jump());
    EXPECT_EQ(time.now(), start_ + hours(3));
}

TEST_F(Time, BeginsAnewWhenTheStepChanges) {
    TrustedTime time = make();
    wall_ += hours(1);
    EXPECT_TRUE(time.jump());
    pass(kClockSettle - minutes(1));
    wall_ += hours(1);
    EXPECT_TRUE(time.jump());
    pass(minutes(2));
    EXPECT_TRUE(time.jump());
}

TEST(CheckClock, RefusesATimeBeforeTheNewestMessageOrApartFromTheStore) {
    const Instant now = *parse_rfc3339("2025-10-13T09:00:00+08:00");
    EXPECT_TRUE(check_clock(now, {}, {}));
    EXPECT_TRUE(check_clock(now, now + seconds(29), now - seconds(29)));
    EXPECT_TRUE(check_clock(now, now - hours(24 * 400), {}));  // it stood still for a year
    for (const Status& bad :
         {check_clock(now, now + minutes(2), {}), check_clock(now, {}, now + minutes(2)),
          check_clock(now, {}, now - minutes(2))}) {
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().code, Errc::Unavailable);
        EXPECT_NE(bad.error().message.find("2025-10-13T09:00:00+08:00"), std::string::npos);
    }
}

}  // namespace
}  // namespace luqiao::broker
