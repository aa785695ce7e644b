#include "broker/recent_keys.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <map>
#include <rapidcheck/gtest.h>
#include <set>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(RecentKeys, FindsRowsOfAHashInEveryRun) {
    RecentKeys keys;
    keys.add({{7, 1}, {9, 2}, {7, 3}, {8, 1}, {5, 6}});
    keys.add({{7, 4}});
    EXPECT_THAT(keys.view().rows(7), UnorderedElementsAre(1, 3, 4));
    EXPECT_THAT(keys.view().rows(6), IsEmpty());
    EXPECT_EQ(keys.view().seek(7, 100), 4);
    EXPECT_EQ(keys.view().seek(7, 3), 3);
    EXPECT_EQ(keys.view().seek(7, 2), 1);
    EXPECT_EQ(keys.view().seek(7, 0), std::nullopt);
    EXPECT_EQ(keys.view().seek(UINT64_MAX, 100), std::nullopt);
}

TEST(RecentKeys, AreTakenOverInTheOrderOfTheHashAndSeenUntilTheyAreDropped) {
    RecentKeys keys;
    keys.add({{9, 1}, {2, 1}});
    keys.add({{5, 2}});
    keys.freeze();
    EXPECT_EQ(keys.young(), 0U);
    keys.add({{1, 3}});
    EXPECT_THAT(keys.next(2), ElementsAre(HashedRow{2, 1}, HashedRow{5, 2}));
    keys.taken(2);
    EXPECT_THAT(keys.next(2), ElementsAre(HashedRow{9, 1}));
    EXPECT_THAT(keys.view().rows(2), ElementsAre(1));
    keys.taken(1);
    EXPECT_THAT(keys.next(2), IsEmpty());
    const RecentKeys::View before = keys.view();
    keys.drop();
    EXPECT_THAT(keys.view().rows(2), IsEmpty());
    EXPECT_THAT(before.rows(2), ElementsAre(1)) << "a view does not change";
    EXPECT_THAT(keys.view().rows(1), ElementsAre(3)) << "what came later waits for its turn";
    EXPECT_FALSE(keys.is_frozen());
}

RC_GTEST_PROP(RecentKeys, AnswerAsASortedSetDoes, ()) {
    RecentKeys keys;
    std::set<HashedRow> all;
    std::int64_t row = 0;
    for (const int size : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9))) {
        if (size == 0 && !keys.is_frozen()) keys.freeze();
        std::vector<HashedRow> entries;
        for (int one = 0; one < size; ++one) {
            entries.push_back(
                {*rc::gen::inRange<std::uint64_t>(0, 5), row += *rc::gen::inRange(0, 2)});
        }
        all.insert(entries.begin(), entries.end());
        keys.add(std::move(entries));
    }
    for (std::uint64_t hash = 0; hash < 6; ++hash) {
        std::set<std::int64_t> wanted;
        for (const HashedRow& one : all) {
            if (one.hash == hash) wanted.insert(one.row);
        }
        const auto got = keys.view().rows(hash);
        RC_ASSERT(std::set<std::int64_t>(got.begin(), got.end()) == wanted);
        for (std::int64_t most = -1; most <= row + 1; ++most) {
            const auto behind = wanted.upper_bound(most);
            const auto expected =
                behind == wanted.begin() ? std::nullopt : std::optional(*std::prev(behind));
            RC_ASSERT(keys.view().seek(hash, most) == expected);
        }
    }
}

}  // namespace
}  // namespace luqiao::broker
