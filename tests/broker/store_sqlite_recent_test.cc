// Keys that wait for their index: found wherever they are, over restarts and while they move.
#include "broker/store_sqlite_recent.h"

#include "tests/broker/store_sqlite_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace luqiao::broker {
namespace {

using Kind = UnitOutcome::Kind;

constexpr std::uint64_t kTerm = 1'000'000;

Unit keyed(std::uint32_t number) {
    Unit unit = arrival(number);
    unit.terms = {(number + kTerm) * 0x9E3779B97F4A7C15U, number % 10};
    return unit;
}

std::vector<Unit> keyed(std::uint32_t first, std::uint32_t count) {
    std::vector<Unit> out;
    for (std::uint32_t number = first; number < first + count; ++number) {
        out.push_back(keyed(number));
    }
    return out;
}

void expect_found(Store& store, std::uint32_t number) {
    const Unit unit = keyed(number);
    const auto message = must(store.find_message("portal", unit.message->dedup_key));
    ASSERT_TRUE(message) << number;
    EXPECT_EQ(message->case_id, unit.state.id);
    const auto cases = must(store.search({.terms = unit.terms}));
    ASSERT_EQ(cases.size(), 1U) << number;
    EXPECT_EQ(cases[0].id, unit.state.id);
    const auto again = must(store.commit(std::vector{unit}));
    EXPECT_EQ(again[0].kind, Kind::Duplicate) << number;
}

TEST(SqliteRecent, IsFoundWhileItWaitsMovesAndHasArrivedOverRestarts) {
    constexpr std::uint32_t kBatch = 60;
    SqlitePlace place(700);
    auto store = must(place.open());
    for (std::uint32_t first = 0; first < 25 * kBatch; first += kBatch) {
        for (const UnitOutcome& one : must(store->commit(keyed(first, kBatch)))) {
            ASSERT_EQ(one.kind, Kind::Committed);
        }
        if (first % (7 * kBatch) == 0) {
            store.reset();
            store = must(place.open());
        }
        for (const std::uint32_t number : {first, first / 2, first / 3, first + kBatch - 1, 0U}) {
            expect_found(*store, number);
        }
    }
    EXPECT_EQ(must(store->search({.terms = {3}, .limit = 1'000})).size(), 25 * kBatch / 10);
    store.reset();
    EXPECT_GT(place.number("SELECT count(*) FROM message_keys"), 0) << "some have arrived";
    EXPECT_LT(place.number("SELECT count(*) FROM message_keys"), 25 * kBatch) << "some wait";
    EXPECT_EQ(place.number("SELECT count(*) FROM case_terms"), 25 * kBatch);
}

TEST(SqliteRecent, HasAllInTheIndexBeforeAnythingAges) {
    SqlitePlace place;
    auto store = must(place.open());
    std::vector<Unit> units = keyed(1, 3);
    units[0].facts = {77};
    for (Unit& unit : units) {
        unit.at = at(1);
        unit.state.items[0].state = ItemState::Granted;
        unit.created.clear();
    }
    (void)must(store->commit(units));
    const auto expire = [&](Ageing what) {
        return must(store->expire({.what = what,
                                   .now = at(9),
                                   .decided_before = at(5),
                                   .cases = {{case_id(1), {units[0].terms[1]}}}}));
    };
    EXPECT_EQ(expire(Ageing::Bodies).cases, 1U);
    EXPECT_TRUE(must(store->search({.terms = {units[0].terms[0]}})).empty());
    EXPECT_EQ(must(store->search({.terms = {units[0].terms[1]}})).size(), 1U);
    EXPECT_EQ(must(store->search({.terms = {77}})).size(), 1U) << "facts stay";
    EXPECT_EQ(expire(Ageing::Metadata).cases, 1U);
    EXPECT_FALSE(must(store->find_message("portal", units[0].message->dedup_key)));
    EXPECT_EQ(must(store->commit(std::vector{units[0]}))[0].kind, Kind::Committed)
        << "its key is free";
    store.reset();
    store = must(place.open());
    expect_found(*store, 2);
    expect_found(*store, 3);
    store.reset();
    EXPECT_EQ(place.number("SELECT count(*) FROM message_keys"), 2);
    EXPECT_EQ(place.number("SELECT count(*) FROM terms WHERE case_key = 1"), 0);
    EXPECT_EQ(place.number("SELECT count(*) FROM case_terms WHERE case_key = 1"), 0);
}

TEST(SqliteRecent, ThatIsLongIsTakenOverInSlicesBeforeAnythingAges) {
    SqlitePlace place;
    auto store = must(place.open());
    constexpr std::uint64_t kTerms = 10'000;
    std::vector<Unit> units = keyed(1, 2);
    for (std::uint64_t term = 1; term <= kTerms; ++term) {
        units[1].terms.push_back(term * 0x9E37'79B9'7F4A'7C15U);
    }
    units[0].state.items[0].state = ItemState::Granted;
    units[0].created.clear();
    (void)must(store->commit(units));
    const auto gone = must(store->expire({.what = Ageing::Bodies,
                                          .now = at(9),
                                          .decided_before = at(5),
                                          .cases = {{case_id(1), {}}}}));
    EXPECT_EQ(gone.cases, 1U);
    expect_found(*store, 2);
    for (const std::uint64_t term : {units[1].terms[2], units[1].terms.back()}) {
        EXPECT_EQ(must(store->search({.terms = {term}})).size(), 1U);
    }
    store.reset();
    EXPECT_EQ(place.number("SELECT count(*) FROM recent"), 0) << "also what was written first";
    EXPECT_EQ(place.number("SELECT count(*) FROM message_keys"), 2);
    store = must(place.open());
    expect_found(*store, 2);
}

TEST(SqliteRecent, IsRefusedWhenItIsDamaged) {
    SqlitePlace place;
    {
        const auto store = must(place.open());
        (void)must(store->commit(keyed(1, 2)));
    }
    place.tamper("UPDATE recent SET terms = x'00'");
    const auto opened = place.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::Corruption);
}

TEST(SqliteRecent, MissesNothingWhileOthersRead) {
    constexpr std::uint32_t kCount = 600;
    SqlitePlace place(kFewRecent);
    const auto store = must(place.open());
    std::atomic<std::uint32_t> written{0};
    std::thread reader([&] {
        for (std::uint32_t number = 0; number < kCount;) {
            if (number >= written) {
                std::this_thread::yield();
                continue;
            }
            const Unit unit = keyed(number);
            EXPECT_TRUE(must(store->find_message("portal", unit.message->dedup_key))) << number;
            EXPECT_EQ(must(store->search({.terms = unit.terms})).size(), 1U) << number;
            ++number;
        }
    });
    for (std::uint32_t number = 0; number < kCount; ++number) {
        EXPECT_TRUE(store->write_and_lease(std::vector{keyed(number)}, {}));
        written = number + 1;
    }
    EXPECT_TRUE(store->flush());
    reader.join();
}

}  // namespace
}  // namespace luqiao::broker
