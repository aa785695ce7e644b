// What goes for age frees the disk, cannot be read from it any more, and is whole wherever the
// power is cut.
#include "security/digest.h"
#include "tests/broker/recorded_disk.h"
#include "tests/broker/store_sqlite_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace luqiao::broker {
namespace {

/// Decided at second 100, its delivery taken; `size` bytes in each body.
std::vector<Unit> decided_with_bodies(std::uint32_t number, std::size_t size) {
    const auto body = [&](const char* what) {
        std::string out;
        while (out.size() < size) out += fmt::format("applicant {} {} ", number, what);
        return out;
    };
    Unit first = arrival(number);
    first.message->body = body("message");
    first.record = body("record");
    first.created[0].body = body("delivery");
    first.terms = {7, 1'000 + number};
    Unit last = follow_up(number, 1);
    last.at = at(100);
    last.state.items[0].state = ItemState::Granted;
    last.changed = {{delivery_id_of(number, 0), DeliveryState::Delivered, at(100), ""}};
    return {std::move(first), std::move(last)};
}

Expired expire(Store& store, std::uint32_t first, std::uint32_t last) {
    Expiry expiry{
        .what = Ageing::Bodies, .now = at(9'000), .decided_before = at(5'000), .cases = {}};
    for (std::uint32_t number = first; number <= last; ++number) {
        expiry.cases.push_back({case_id(number), {7}});
    }
    return must(store.expire(expiry));
}

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

TEST(SqliteAge, GivesTheDiskBackAndLeavesNothingOfItToRead) {
    constexpr std::uint32_t kCases = 1'500;
    SqlitePlace place;
    auto store = must(place.open());
    for (std::uint32_t number = 1; number <= kCases + 1; ++number) {
        for (const UnitOutcome& one : must(store->commit(decided_with_bodies(number, 6'000)))) {
            ASSERT_EQ(one.kind, UnitOutcome::Kind::Committed);
        }
    }
    store.reset();
    const auto before = std::filesystem::file_size(place.path());
    ASSERT_NE(content(place.path()).find("applicant 9 record"), std::string::npos);

    store = must(place.open());
    for (std::uint32_t number = 1; number <= kCases; number += 30) {
        EXPECT_EQ(expire(*store, number, number + 29).cases, 30U);
    }
    std::uint64_t given_back = 0;
    for (;;) {
        const GivenBack step = must(store->give_back(2ULL << 20U));
        EXPECT_LE(step.bytes, 2ULL << 20U);
        given_back += step.bytes;
        if (step.bytes == 0) break;
    }
    store.reset();
    const auto after = std::filesystem::file_size(place.path());
    EXPECT_LT(after, before / 2) << before;
    EXPECT_GT(given_back, before / 2);
    const std::string left = content(place.path());
    EXPECT_EQ(left.find("applicant 9 "), std::string::npos);
    EXPECT_EQ(left.find("applicant 1500 "), std::string::npos);
    EXPECT_NE(left.find("applicant 1501 "), std::string::npos) << "its neighbour's is there";
    fmt::print("{} KiB before, {} after, {} given back\n", before >> 10U, after >> 10U,
               given_back >> 10U);
    EXPECT_EQ(place.number("SELECT count(*) FROM pragma_integrity_check WHERE "
                           "integrity_check <> 'ok'"),
              0);
}

/// Each case is as it was or aged whole; and the same run goes on from there.
void expect_whole_cases(Store& store, std::uint32_t cases, const std::string& where) {
    for (std::uint32_t number = 1; number <= cases; ++number) {
        const auto found = must(store.find_case(case_id(number)));
        ASSERT_TRUE(found) << where;
        const auto row = must(store.deliveries(case_id(number)))[0];
        const auto message = must(store.messages(case_id(number)))[0];
        const bool aged = found->aged_at.has_value();
        const std::string body = decided_with_bodies(number, 9'000)[0].created[0].body;
        ASSERT_EQ(row.body, aged ? std::string() : body) << where;
        ASSERT_EQ(row.sm3, aged ? security::sm3_hex(body) : std::string()) << where;
        ASSERT_EQ(message.body.empty(), aged) << where;
        ASSERT_EQ(found->record.empty(), aged) << where;
        CaseQuery query;
        query.terms = {1'000 + number};
        ASSERT_EQ(must(store.search(query)).empty(), aged) << where;
    }
}

TEST(SqliteAgePower, LeavesEveryCaseWholeWhereverTheRunIsCut) {
    constexpr std::uint32_t kCases = 6;
    RecordedDisk disk;
    SqlitePlace place;
    disk.record(true);
    auto store = must(place.open());
    for (std::uint32_t number = 1; number <= kCases; ++number) {
        (void)must(store->commit(decided_with_bodies(number, 9'000)));
    }
    disk.mark_step(0);  // all of them are durable from here on
    for (std::uint32_t number = 1; number <= kCases; number += 2) {
        EXPECT_EQ(expire(*store, number, number + 1).cases, 2U);
    }
    store.reset();
    disk.record(false);
    const auto events = disk.take_events();

    SqlitePlace image;
    std::size_t between = 0;
    const auto look = [&](const std::string& where) {
        auto opened = image.open();
        EXPECT_TRUE(opened) << where << ": " << opened.error().message;
        if (!opened) return false;
        expect_whole_cases(**opened, kCases, where);
        const std::uint64_t left = expire(**opened, 1, kCases).cases;
        between += left > 0 && left < kCases ? 1U : 0U;
        expect_whole_cases(**opened, kCases, where);
        return !testing::Test::HasFatalFailure();
    };
    const std::size_t images = each_cut_disk(
        events, std::filesystem::path(image.path()).parent_path(),
        [](const DiskEvent&) { return true; }, look);
    EXPECT_GT(images, 20U);
    EXPECT_GT(between, 0U) << "some cuts came between two transactions";
}

}  // namespace
}  // namespace luqiao::broker
