#include "broker/space.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace luqiao::broker {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{Duration{1'759'975'200'000}};

struct Disk {
    Result<std::uint64_t> free = 5'000;
    int asked = 0;
    SpaceWatch watch{[this] {
                         ++asked;
                         return free;
                     },
                     1'600};
};

TEST(Space, IsLowBelowTheReserveAndAgainRoomASixteenthAboveIt) {
    struct Row {
        const char* name;
        std::uint64_t free;
        bool is_low;
    };
    Disk disk;
    Instant now = kStart;
    for (const Row& row : std::initializer_list<Row>{{"plenty", 5'000, false},
                                                     {"just enough", 1'600, false},
                                                     {"below", 1'599, true},
                                                     {"at the reserve again", 1'600, true},
                                                     {"nearly", 1'699, true},
                                                     {"a sixteenth above", 1'700, false},
                                                     {"none", 0, true}}) {
        disk.free = row.free;
        now += 1s;
        const Space seen = disk.watch.look(now);
        EXPECT_EQ(seen.is_low(), row.is_low) << row.name;
        EXPECT_EQ(seen.free, row.free) << row.name;
    }
}

TEST(Space, SaysSinceWhenItIsLow) {
    Disk disk;
    disk.free = 10;
    EXPECT_EQ(disk.watch.look(kStart).since, kStart);
    EXPECT_EQ(disk.watch.look(kStart + 1h).since, kStart);
}

TEST(Space, AsksTenTimesASecondAndAgainWhenTheClockWentBack) {
    Disk disk;
    for (const Duration after : {0ms, 1ms, 99ms}) disk.watch.look(kStart + after);
    EXPECT_EQ(disk.asked, 1);
    disk.watch.look(kStart + 100ms);
    EXPECT_EQ(disk.asked, 2);
    disk.watch.look(kStart - 1h);
    EXPECT_EQ(disk.asked, 3);
}

TEST(Space, KeepsItsLastWordWhenTheDiskCannotBeAsked) {
    Disk disk;
    disk.free = 10;
    EXPECT_TRUE(disk.watch.look(kStart).is_low());
    disk.free = fail(Errc::StoreFailed, "gone");
    EXPECT_TRUE(disk.watch.look(kStart + 1min).is_low());
}

TEST(Space, IsNeverLowWithoutAReserve) {
    SpaceWatch watch{[]() -> Result<std::uint64_t> { return 0; }, 0};
    EXPECT_FALSE(watch.look(kStart).is_low());
}

TEST(FullStore, IsToldFromTheFirstRefusalUntilALaterWriteIsKept) {
    struct Row {
        const char* name;
        Status written;
        Duration after;
        std::optional<Duration> since;
    };
    const Status full = fail(Errc::StoreFull, "no space");
    FullWatch watch;
    EXPECT_FALSE(watch.since());
    for (const Row& row : std::initializer_list<Row>{
             {"kept", {}, 0s, {}},
             {"away is not full", fail(Errc::StoreBusy, "away"), 1s, {}},
             {"refused", full, 2s, 2s},
             {"again", full, 3s, 2s},
             {"away while it is full", fail(Errc::StoreFailed, "gone"), 4s, 2s},
             {"the end of a write from before", {}, 1s, 2s},
             {"one of the same turn", {}, 2s, 2s},
             {"kept again", {}, 5s, {}},
             {"and full again", full, 6s, 6s}}) {
        watch.note(row.written, kStart + row.after);
        const auto expected = row.since ? std::optional(kStart + *row.since) : std::nullopt;
        EXPECT_EQ(watch.since(), expected) << row.name;
    }
}

TEST(Space, OfARealFolderIsKnown) {
    EXPECT_TRUE(free_bytes(std::filesystem::temp_directory_path()));
    EXPECT_EQ(free_bytes("/no/such/folder").error().code, Errc::StoreFailed);
}

}  // namespace
}  // namespace luqiao::broker
