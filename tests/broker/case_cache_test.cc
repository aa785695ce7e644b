#include "broker/case_cache.h"

#include "broker/unit_chain.h"

#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

using Kind = UnitOutcome::Kind;

CaseId case_id(std::uint8_t number) {
    CaseId id;
    id.bytes[15] = number;
    return id;
}

Unit unit_of(std::uint8_t number) {
    Unit unit;
    unit.state.id = case_id(number);
    return unit;
}

std::pair<const CaseId, StoredCase> stored(std::uint8_t number, const std::string& record) {
    StoredCase one;
    one.state.id = case_id(number);
    one.record = record;
    return {one.state.id, one};
}

constexpr Instant kNow{Duration{1'760'000'000'000}};

/// The turn of one case, which was committed.
void keep(CaseCache& cache, std::uint8_t number, const std::string& record, Instant now = kNow) {
    cache.keep({stored(number, record)}, std::vector{unit_of(number)},
               std::vector{outcome(Kind::Committed)}, now);
}

TEST(CaseCache, GivesACaseOnceAsItWasCommitted) {
    CaseCache cache(CaseCache::kBytes);
    keep(cache, 1, "a");
    keep(cache, 1, "b");
    const auto found = cache.take(case_id(1), kNow);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->record, "b");
    EXPECT_FALSE(cache.take(case_id(1), kNow)) << "whoever works on it gives it back";
}

TEST(CaseCache, KeepsOnlyCasesOfWhichEveryUnitWasCommitted) {
    CaseCache cache(CaseCache::kBytes);
    cache.keep({stored(1, ""), stored(2, ""), stored(3, ""), stored(4, "")},
               std::vector{unit_of(1), unit_of(2), unit_of(3), unit_of(1)},
               std::vector{outcome(Kind::Committed), outcome(Kind::Duplicate),
                           outcome(Kind::Committed), outcome(Kind::Conflict)},
               kNow);
    EXPECT_FALSE(cache.take(case_id(1), kNow));
    EXPECT_FALSE(cache.take(case_id(2), kNow));
    EXPECT_TRUE(cache.take(case_id(3), kNow));
    EXPECT_FALSE(cache.take(case_id(4), kNow)) << "no commit says how it stands";
}

TEST(CaseCache, LetsGoOfWhatWasPutLongestAgo) {
    CaseCache cache(64'000);
    const std::string large(20'000, 'x');
    for (std::uint8_t number = 1; number <= 4; ++number) {
        keep(cache, number, large);
    }
    EXPECT_FALSE(cache.take(case_id(1), kNow));
    EXPECT_TRUE(cache.take(case_id(4), kNow));
    EXPECT_TRUE(cache.take(case_id(3), kNow));
    keep(cache, 5, std::string(70'000, 'x'));
    EXPECT_FALSE(cache.take(case_id(5), kNow));
    EXPECT_TRUE(cache.take(case_id(2), kNow)) << "what is larger than all room displaces nothing";
}

TEST(CaseCache, LetsGoOfWhatRetentionMayHaveChangedSince) {
    CaseCache cache(CaseCache::kBytes);
    keep(cache, 1, "a");
    EXPECT_FALSE(cache.take(case_id(1), kNow + CaseCache::kTime + Duration{1}));
    keep(cache, 2, "a");
    keep(cache, 3, "a", kNow + CaseCache::kTime + Duration{1});
    EXPECT_FALSE(cache.take(case_id(2), kNow)) << "its application is not left in memory";
    EXPECT_TRUE(cache.take(case_id(3), kNow + 2 * CaseCache::kTime));
}

TEST(CaseCache, KeepsNothingOfASharedStore) {
    CaseCache cache(0);
    keep(cache, 1, "");
    EXPECT_FALSE(cache.take(case_id(1), kNow));
}

}  // namespace
}  // namespace luqiao::broker
