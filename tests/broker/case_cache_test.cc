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

TEST(CaseCache, GivesACaseOnceAsItWasCommitted) {
    CaseCache cache(CaseCache::kBytes);
    cache.keep({stored(1, "a")}, std::vector{unit_of(1)}, std::vector{outcome(Kind::Committed)});
    cache.keep({stored(1, "b")}, std::vector{unit_of(1)}, std::vector{outcome(Kind::Committed)});
    const auto found = cache.take(case_id(1));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->record, "b");
    EXPECT_FALSE(cache.take(case_id(1))) << "whoever works on it gives it back";
}

TEST(CaseCache, KeepsOnlyCasesOfWhichEveryUnitWasCommitted) {
    CaseCache cache(CaseCache::kBytes);
    cache.keep({stored(1, ""), stored(2, ""), stored(3, ""), stored(4, "")},
               std::vector{unit_of(1), unit_of(2), unit_of(3), unit_of(1)},
               std::vector{outcome(Kind::Committed), outcome(Kind::Duplicate),
                           outcome(Kind::Committed), outcome(Kind::Conflict)});
    EXPECT_FALSE(cache.take(case_id(1)));
    EXPECT_FALSE(cache.take(case_id(2)));
    EXPECT_TRUE(cache.take(case_id(3)));
    EXPECT_TRUE(cache.take(case_id(4))) << "it was looked at and not changed";
}

TEST(CaseCache, LetsGoOfWhatWasPutLongestAgo) {
    CaseCache cache(64'000);
    const std::string large(20'000, 'x');
    for (std::uint8_t number = 1; number <= 4; ++number) {
        cache.keep({stored(number, large)}, {}, {});
    }
    EXPECT_FALSE(cache.take(case_id(1)));
    EXPECT_TRUE(cache.take(case_id(4)));
    EXPECT_TRUE(cache.take(case_id(3)));
    cache.keep({stored(5, std::string(70'000, 'x'))}, {}, {});
    EXPECT_FALSE(cache.take(case_id(5)));
    EXPECT_TRUE(cache.take(case_id(2))) << "what is larger than all room displaces nothing";
}

TEST(CaseCache, KeepsNothingOfASharedStore) {
    CaseCache cache(0);
    cache.keep({stored(1, "")}, {}, {});
    EXPECT_FALSE(cache.take(case_id(1)));
}

}  // namespace
}  // namespace luqiao::broker
