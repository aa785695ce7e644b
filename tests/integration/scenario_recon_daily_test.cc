// Daily reconciliation that nobody has to start: what is due, what is made up, what waits is told.
#include "app/recon_daily.h"
#include "tests/integration/scenario_recon.h"

namespace luqiao::integration {
namespace {

using broker::DifferenceState;
using testing::ElementsAre;
using testing::IsEmpty;

class DailyReconciliation : public ReconScenario {};

LUQIAO_ON_BOTH_STORES(DailyReconciliation);

/// "name day" of each condition that is about sti; others give nothing here.
std::vector<std::string> names(const app::DailyRecon& daily) {
    std::vector<std::string> out;
    for (const broker::Condition& one : daily.conditions()) {
        if (one.facts.front().second == "sti") out.push_back(one.name + " " + one.facts[1].second);
    }
    return out;
}

TEST_P(DailyReconciliation, EveryMorningTheDayBeforeIsComparedByItself) {
    live_through(3);
    exchange_.party("sti").accepted.erase(at_sti(1));
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    const auto step_at = [&](const char* time) {
        exchange_.set_time(time);
        daily.step(exchange_.now());
        return names(daily);
    };
    EXPECT_THAT(step_at("2025-10-14T06:59:00+08:00"), IsEmpty()) << "before daily_after";
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), ElementsAre("recon_missing 2025-10-13"));
    exchange_.pipeline().take_manifest(
        call("PUT", kDay, "manifest,sti,2025-10-13,received,0\nkey,sm3\n"));
    EXPECT_THAT(step_at("2025-10-14T07:02:00+08:00"), ElementsAre("recon_open 2025-10-13"));
    EXPECT_EQ(show().count(DifferenceState::Open), 3U) << "sti sent an empty list";
    give_manifest();
    ASSERT_EQ(run().differences.size(), 1U);
    EXPECT_THAT(step_at("2025-10-14T07:03:00+08:00"), ElementsAre("recon_open 2025-10-13"));
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven}));
    EXPECT_THAT(step_at("2025-10-14T07:04:00+08:00"), IsEmpty());
    EXPECT_THAT(audited("recon.run"),
                ElementsAre(testing::StartsWith(exchange_.pipeline().node() + ": sti 2025-10-13"),
                            testing::StartsWith("王工: ")))
        << "a day that was compared is left alone";
    EXPECT_THAT(step_at("2025-10-21T07:01:00+08:00"), ElementsAre("recon_missing 2025-10-14"))
        << "the day of what was sent again; a party owes no list of a day without messages";
}

TEST_P(DailyReconciliation, AWeekOfDaysIsMadeUpOnceTheirListsAreThere) {
    live_through(1);
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    exchange_.set_time("2025-10-20T07:01:00+08:00");
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), ElementsAre("recon_missing 2025-10-13"));
    give_manifest();
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), IsEmpty());
    EXPECT_TRUE(show().is_balanced());
}

TEST_P(DailyReconciliation, ANodeThatStopsComparesNoFurtherDay) {
    live_through(1);
    give_manifest();
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    exchange_.set_time("2025-10-14T07:30:00+08:00");
    std::stop_source stop;
    stop.request_stop();
    daily.step(exchange_.now(), stop.get_token());
    EXPECT_THAT(audited("recon.run"), IsEmpty());
    daily.step(exchange_.now());
    EXPECT_THAT(audited("recon.run"), testing::SizeIs(1));
}

TEST_P(DailyReconciliation, WhatWasInTransitIsLookedForOnceTheNextDayWasCompared) {
    exchange_.set_time("2025-10-13T23:58:00+08:00");
    live_through(1);
    exchange_.party("sti").accepted.clear();
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    exchange_.set_time("2025-10-14T07:30:00+08:00");
    give_manifest();
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), IsEmpty());
    EXPECT_EQ(show().in_transit, 1U);
    exchange_.set_time("2025-10-15T07:30:00+08:00");
    give_manifest(*parse_date("2025-10-14"));
    daily.step(exchange_.now());
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), ElementsAre("recon_open 2025-10-13"));
}

}  // namespace
}  // namespace luqiao::integration
