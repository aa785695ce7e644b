#include "app/turn_ends.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <numeric>
#include <vector>

namespace luqiao::app {
namespace {

TEST(TurnEnds, RunsAllInOrderAndWhatWaitsBeforeItEnds) {
    std::vector<int> ran;
    {
        TurnEnds ends(2);
        for (int number = 0; number < 100; ++number) {
            ends.add([&ran, number] { ran.push_back(number); });
        }
    }
    std::vector<int> all(100);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(ran, all);
}

TEST(TurnEnds, HoldsUpTheTurnsWhenTheDiskIsSlow) {
    std::promise<void> disk;
    std::atomic<int> added{0};
    TurnEnds ends(1);
    auto flushed = disk.get_future();
    ends.add([&flushed] { flushed.wait(); });
    const auto turns = std::async(std::launch::async, [&] {
        for (int number = 0; number < 3; ++number) {
            ends.add([] {});
            ++added;
        }
    });
    EXPECT_EQ(turns.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    EXPECT_LE(added, 2) << "one waits, and perhaps one took the place of the first";
    disk.set_value();
    turns.wait();
    EXPECT_EQ(added, 3);
}

}  // namespace
}  // namespace luqiao::app
