#include "app/periodic.h"

#include "broker/store_memory.h"
#include "security/keys.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace luqiao::app {
namespace {

constexpr Duration kMinute{60'000};
constexpr Duration kHour{3'600'000};

TEST(Periodic, TriesWhatMayPassAgainSoonAndTheRestAtItsPace) {
    const Periodic::Pace pace{.first = kMinute, .every = 6 * kHour, .again = kMinute};
    struct Row {
        const char* name;
        Status done;
        unsigned failures;
        Duration wait;
    };
    const auto failed = [](Errc code) { return Status(fail(code, "x")); };
    for (const Row& row : std::vector<Row>{
             {"done", {}, 0, 6 * kHour},
             {"busy", failed(Errc::StoreBusy), 1, kMinute},
             {"busy again", failed(Errc::StoreBusy), 2, 2 * kMinute},
             {"away for a while", failed(Errc::StoreFailed), 6, 32 * kMinute},
             {"away for long", failed(Errc::StoreFailed), 10, 6 * kHour},
             {"away for ever", failed(Errc::StoreFailed), 4'000'000'000, 6 * kHour},
             {"damaged", failed(Errc::Corruption), 1, 6 * kHour},
             {"too large", failed(Errc::LimitExceeded), 1, 6 * kHour},
         }) {
        EXPECT_EQ(Periodic::wait_after(pace, row.done, row.failures), row.wait) << row.name;
    }
}

TEST(Periodic, WorkThatFailedGoesOnWithoutWaitingForItsPace) {
    const auto store = broker::make_memory_store();
    security::Identities identities;
    const Instant now{Duration{1'759'975'200'000}};
    broker::Pipeline pipeline(std::make_shared<const broker::Realm>(), *store, identities,
                              {[now] { return now; }, security::random_id_bytes, [] {}}, {});
    std::mutex mutex;
    std::condition_variable changed;
    int runs = 0;
    const Periodic periodic(pipeline,
                            {.first = Duration{1}, .every = 24 * kHour, .again = Duration{1}},
                            [&](Instant at, const std::stop_token&) -> Status {
                                const std::lock_guard lock(mutex);
                                EXPECT_EQ(at, now);
                                changed.notify_one();
                                if (++runs < 3) return fail(Errc::StoreBusy, "locked");
                                return {};
                            });
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return runs == 3; }));
}

}  // namespace
}  // namespace luqiao::app
