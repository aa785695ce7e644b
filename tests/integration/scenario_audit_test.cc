// A refusal reaches the audit although the store cannot keep it at once.
#include "broker/store_memory.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"

#include <gtest/gtest.h>

namespace luqiao::integration {
namespace {

TEST(Audit, KeepsARefusalThatTheStoreCouldNotTakeAtOnce) {
    const auto disk = broker::make_memory_disk();
    bool is_away = false;
    broker::set_fault(
        *disk, [&is_away] { return is_away ? std::optional(Errc::StoreBusy) : std::nullopt; });
    const auto store = broker::open_memory_store(disk);
    security::Identities identities;
    const Instant now{Duration{1'759'975'200'000}};
    broker::Pipeline pipeline(shipped().realm, *store, identities,
                              {[now] { return now; }, security::random_id_bytes, [] {}}, {});
    bool refused = false;
    broker::Arrival arrival;
    arrival.format = "no.such";
    arrival.party = "portal";
    pipeline.accept(std::move(arrival), [&refused](const broker::Answer& answer) {
        refused = std::holds_alternative<broker::Problem>(answer);
    });
    EXPECT_TRUE(refused);

    is_away = true;
    EXPECT_FALSE(pipeline.turn(now));
    EXPECT_FALSE(pipeline.turn(now)) << "and not only the next time";
    is_away = false;
    ASSERT_TRUE(pipeline.turn(now));
    const auto audit = store->audit_tail(10);
    ASSERT_TRUE(audit);
    ASSERT_EQ(audit->size(), 1U);
    EXPECT_EQ(audit->front().action, "refuse");
    EXPECT_EQ(audit->front().actor, "portal");
}

}  // namespace
}  // namespace luqiao::integration
