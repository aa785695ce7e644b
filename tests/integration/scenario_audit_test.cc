// Acceptance scenario 16: the chain of the audit is whole, and shows what was taken out or changed.
// A refusal reaches it although the store cannot keep it at once.
#include "broker/audit.h"
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

class Scenario16 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario16);

TEST_P(Scenario16, TheChainIsWholeOverARestartAndShowsEveryRowThatIsGoneOrChanged) {
    Exchange exchange(kStart, GetParam());
    for (int round = 0; round < 4; ++round) {
        if (round == 2) exchange.restart();
        (void)problem(exchange.submit_bytes("portal", "portal.apply", "{}"));
        exchange.settle();
    }
    const auto count = broker::verify_audit(exchange.store());
    ASSERT_TRUE(count) << count.error().message;
    ASSERT_GE(*count, 4U);
    const auto rows = *exchange.store().audit_after(0, 100);
    ASSERT_EQ(rows.size(), *count);
    EXPECT_EQ(exchange.store().audit_head()->number, *count) << "so that a cut end shows";
    for (std::size_t place = 0; place < rows.size(); ++place) {
        auto changed = rows;
        changed[place].outcome = "ok";
        EXPECT_FALSE(broker::verify_audit(changed)) << place;
        auto without = rows;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(place));
        const bool is_end = place + 1 == rows.size();
        EXPECT_EQ(broker::verify_audit(without).has_value(), is_end) << place;
    }
}

TEST_P(Scenario16, WhatTheCaseItselfTurnsAwayIsOnRecordToo) {
    Exchange exchange(kStart, GetParam());
    const auto record = exchange.application("portal", {"permit_issue"});
    const std::string number = exchange.accepted("portal", record);
    auto changed =
        *mapping::from_json(shipped().realm->bundle->form("application"), mapping::to_json(record));
    ASSERT_TRUE(changed.set("applicant.phone", "+8613900000000"));
    const std::string serial = exchange.serial(number, "permit_issue");
    const std::vector<std::pair<Errc, broker::Answer>> refused{
        {Errc::Forbidden, exchange.answer("psb", serial, "accepted")},
        {Errc::NotFound, exchange.answer("sti", "FW20251013ABCDEFGH-01", "accepted")},
        {Errc::KeyReused, exchange.submit("portal", changed)},
    };
    exchange.settle();
    for (const auto& [code, answer] : refused) {
        const broker::Problem& told = problem(answer);
        EXPECT_EQ(told.code, code);
        const auto rows = *exchange.store().audit_after(0, 100);
        EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](const broker::AuditEntry& row) {
            return row.action == "refuse" && row.outcome == info(code).id &&
                   row.subject.find(told.trace_id) != std::string::npos;
        })) << info(code).id;
    }
    EXPECT_EQ(problem(refused.front().second).detail.zh, "该事项由其他单位办理");
}

}  // namespace
}  // namespace luqiao::integration
