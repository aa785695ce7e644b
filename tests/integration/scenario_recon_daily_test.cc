// Daily reconciliation that nobody has to start: what is due, what is made up, what waits is told.
#include "app/recon_daily.h"
#include "tests/integration/scenario_recon.h"

#include <filesystem>
#include <fstream>

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

/// A day of essc, whose manifest is a file.
class DayOfAFile : public ReconScenario {
protected:
    void SetUp() override {
        const std::string number = exchange_.accepted(
            "portal", exchange_.application("portal", {"permit_issue", "ecard_apply"}));
        for (const char* state : {"accepted", "granted"}) {
            exchange_.pass(std::chrono::minutes(30));
            receipt(exchange_.answer("sti", exchange_.serial(number, "permit_issue"), state,
                                     {{"permit.number", "370123456789"},
                                      {"permit.category", "B"},
                                      {"permit.valid_from", "2025-10-16"},
                                      {"permit.valid_to", "2027-10-15"}}));
        }
        exchange_.settle();
        ASSERT_EQ(exchange_.party("essc").accepted.size(), 1U);
        std::filesystem::create_directories(file_.parent_path());
        give();
    }
    void give(std::string_view day = "2025-10-13") {
        std::ofstream(file_, std::ios::binary)
            << "manifest,essc," << day << ",received,1\nkey,sm3\n"
            << exchange_.party("essc").accepted.front().id << ",\n";
    }
    std::vector<std::string> step_at(const char* time) {
        exchange_.set_time(time);
        daily_.step(exchange_.now());
        std::vector<std::string> out;
        for (const broker::Condition& one : daily_.conditions()) {
            if (one.facts.front().second != "essc") continue;
            out.push_back(one.name + " " + one.message.zh + " " + one.message.en);
        }
        return out;
    }

    const std::filesystem::path file_ =
        folder_.path() / "essc" / "manifest" / "essc_2025-10-13_received.csv";
    app::Reconciler desk_ = reconciler();
    app::DailyRecon daily_{exchange_.store(), exchange_.pipeline(), desk_};
    const testing::Matcher<std::vector<std::string>> refused_ =
        ElementsAre(testing::StartsWith("recon_refused"));
};
LUQIAO_ON_BOTH_STORES(DayOfAFile);

TEST_P(DayOfAFile, ThatWasRefusedIsReadAgainOnceItIsAnother) {
    give("2025-10-12");
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), refused_);
    EXPECT_THAT(step_at("2025-10-14T07:02:00+08:00"), refused_);
    give();
    std::filesystem::last_write_time(
        file_, std::filesystem::last_write_time(file_) + std::chrono::seconds(1));
    EXPECT_THAT(step_at("2025-10-14T07:03:00+08:00"), IsEmpty());
    EXPECT_THAT(audited("recon.run"), testing::SizeIs(1));
}

TEST_P(DayOfAFile, ThatWasRefusedIsNotReadEveryMinuteButAfterAnHour) {
    give("2025-10-12");
    const auto written = std::filesystem::last_write_time(file_);
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), refused_);
    give();  // as large, and with the time of before: only who reads it sees what it is
    std::filesystem::last_write_time(file_, written);
    EXPECT_THAT(step_at("2025-10-14T08:00:00+08:00"), refused_);
    EXPECT_THAT(step_at("2025-10-14T08:01:00+08:00"), IsEmpty());
}

TEST_P(DayOfAFile, HasOursBesideIt) {
    const auto ours = file_.parent_path() / "luqiao_essc_2025-10-13_received.csv";
    EXPECT_THAT(step_at("2025-10-14T00:59:00+08:00"), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(ours)) << "before daily_after";
    EXPECT_THAT(step_at("2025-10-14T01:00:00+08:00"), IsEmpty());
    const auto& took = exchange_.party("essc").accepted.front();
    const std::string csv = *app::read_file(ours);
    EXPECT_EQ(csv, fmt::format("manifest,essc,2025-10-13,received,1\nkey,sm3\n{},{}\n", took.id,
                               security::sm3_hex(took.body)));
    std::filesystem::remove(ours);  // essc took it
    EXPECT_THAT(step_at("2025-10-14T01:01:00+08:00"), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(ours)) << "it is given once";
    EXPECT_EQ(desk_.give({"essc", kDay, broker::ManifestOf::Received}, kBy, exchange_.now())
                  ->totals.count,
              1U);
    EXPECT_EQ(*app::read_file(ours), csv) << "or when somebody asks";
    EXPECT_THAT(audited("recon.give"),
                testing::Contains(testing::StartsWith("王工: essc 2025-10-13 received 1 ")));
    EXPECT_EQ(
        desk_.give({"sti", kDay, broker::ManifestOf::Received}, kBy, exchange_.now()).error().code,
        Errc::NotFound)
        << "it asks over HTTP";
    EXPECT_EQ(desk_
                  .give({"essc", *parse_date("2025-10-14"), broker::ManifestOf::Received}, kBy,
                        exchange_.now())
                  .error()
                  .code,
              Errc::Conflict)
        << "the day is not over";
}

TEST_P(DayOfAFile, OursIsPutThereOnceThePlaceIsThere) {
    std::filesystem::remove_all(file_.parent_path());
    const auto not_given = ElementsAre(
        testing::AllOf(testing::StartsWith("recon_not_given"), testing::HasSubstr("我方清单")));
    EXPECT_THAT(step_at("2025-10-14T01:00:00+08:00"), not_given)
        << "of the one day on which it took something";
    std::filesystem::create_directories(file_.parent_path());
    EXPECT_THAT(step_at("2025-10-14T01:04:00+08:00"), not_given) << "not every minute";
    EXPECT_THAT(step_at("2025-10-14T01:05:00+08:00"), IsEmpty());
    EXPECT_TRUE(
        std::filesystem::exists(file_.parent_path() / "luqiao_essc_2025-10-13_received.csv"));
}

/// The file can be too large to be read.
class DayThatIsTooLarge : public DayOfAFile {
protected:
    void SetUp() override {
        DayOfAFile::SetUp();
        std::filesystem::resize_file(file_, 33U << 20U);
    }
    const testing::Matcher<std::vector<std::string>> put_off_ =
        ElementsAre(testing::AllOf(testing::StartsWith("recon_failed"),
                                   testing::HasSubstr("E1003"),
                                   testing::HasSubstr("2025-10-15T07:00:00+08:00 再试"),
                                   testing::HasSubstr("tried again at")));
};
LUQIAO_ON_BOTH_STORES(DayThatIsTooLarge);

TEST_P(DayThatIsTooLarge, IsTriedAgainAtTheNextDailyHourAndNotEveryMinute) {
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), put_off_);
    give();
    EXPECT_THAT(step_at("2025-10-14T07:02:00+08:00"), put_off_);
    EXPECT_THAT(step_at("2025-10-15T06:59:00+08:00"), put_off_);
    EXPECT_THAT(audited("recon.run"), IsEmpty());
    EXPECT_THAT(step_at("2025-10-15T07:00:00+08:00"), IsEmpty());
    EXPECT_THAT(audited("recon.run"), testing::SizeIs(1));
}

TEST_P(DayThatIsTooLarge, CountsAtOnceWhenSomebodyComparesItByHand) {
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), put_off_);
    give();
    ASSERT_TRUE(desk_.run({"essc", kDay, broker::ManifestOf::Received}, kBy, exchange_.now()));
    EXPECT_THAT(step_at("2025-10-14T07:02:00+08:00"), IsEmpty());
}

}  // namespace
}  // namespace luqiao::integration
