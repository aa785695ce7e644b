#include "base/time.h"

#include <gtest/gtest.h>

#include <random>

namespace luqiao {
namespace {

using namespace std::chrono_literals;

TEST(Time, KnowsTheDayInChina) {
    const Instant before = *parse_rfc3339("2025-10-09T15:59:59.999Z");
    EXPECT_EQ(to_string(china_date(before)), "2025-10-09");
    EXPECT_EQ(to_string(china_date(before + 1ms)), "2025-10-10");
    EXPECT_EQ(china_midnight(*parse_date("2025-10-10")), before + 1ms);
}

TEST(Time, KnowsTheDayInChinaBeforeTheEpoch) {
    EXPECT_EQ(to_string(china_date(Instant{-1ms})), "1970-01-01");
    EXPECT_EQ(to_string(china_date(Instant{-8h - 1ms})), "1969-12-31");
}

TEST(Time, WritesChinaTimeAndReadsItBack) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int64_t> millis(-60'000'000'000'000, 250'000'000'000'000);
    for (int round = 0; round < 500; ++round) {
        const Instant instant{Duration{millis(random)}};
        const auto back = parse_rfc3339(to_rfc3339(instant));
        ASSERT_TRUE(back) << to_rfc3339(instant);
        ASSERT_EQ(*back, instant);
    }
    EXPECT_EQ(to_rfc3339(*parse_rfc3339("2025-10-09T02:15:00Z")), "2025-10-09T10:15:00+08:00");
    EXPECT_EQ(to_rfc3339(*parse_rfc3339("2025-10-09T02:15:00.5Z")),
              "2025-10-09T10:15:00.500+08:00");
}

struct BadText {
    const char* name;
    std::string_view text;
};

class NotATime : public testing::TestWithParam<BadText> {};

TEST_P(NotATime, IsRefusedAsABadValue) {
    const auto parsed = parse_rfc3339(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::BadValue);
}

INSTANTIATE_TEST_SUITE_P(Time,
                         NotATime,
                         testing::Values(BadText{"Empty", ""},
                                         BadText{"DateOnly", "2025-10-09"},
                                         BadText{"NoZone", "2025-10-09T10:15:00"},
                                         BadText{"February30", "2025-02-30T10:15:00Z"},
                                         BadText{"Hour24", "2025-10-09T24:00:00Z"},
                                         BadText{"LeapSecond", "2025-10-09T10:15:60Z"},
                                         BadText{"DotWithoutDigits", "2025-10-09T10:15:00.Z"},
                                         BadText{"ShortZone", "2025-10-09T10:15:00+8"},
                                         BadText{"FarZone", "2025-10-09T10:15:00+15:00"},
                                         BadText{"TextBehind", "2025-10-09T10:15:00Zx"}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Time, RefusesDaysThatDoNotExist) {
    for (const std::string_view text :
         {"2025-02-29", "2025-00-01", "2025-13-01", "20251009", "2025/10/09", " 2025-10-9"}) {
        EXPECT_FALSE(parse_date(text)) << text;
    }
    EXPECT_EQ(to_string(*parse_date("2024-02-29")), "2024-02-29");
}

TEST(Time, ReadsDurations) {
    EXPECT_EQ(*parse_duration("500ms"), 500ms);
    EXPECT_EQ(*parse_duration("2h"), 2h);
    EXPECT_EQ(*parse_duration("1d"), 24h);
    for (const std::string_view text :
         {"", "10", "s", "-1s", "1.5s", "1w", "10 s", "9999999999999999999s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

}  // namespace
}  // namespace luqiao
