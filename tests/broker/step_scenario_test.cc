// The guideline's stories (外国人来华工作“一件事”工作指引), told as events.
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Scenario, PermitOpensResidenceInsuranceAndCardOneAfterTheOther) {
    Desk desk("portal", "2025-10-13T09:00:00+08:00");
    desk.apply(
        {"permit_issue", "residence_issue", "insurance_register", "ecard_apply", "title_review"});
    EXPECT_NE(desk.open("sti"), nullptr);
    EXPECT_NE(desk.open("title"), nullptr);
    for (const char* party : {"psb", "hrss", "essc"}) EXPECT_EQ(desk.open(party), nullptr) << party;

    desk.deliver_all("sti").deliver_all("title").answer("permit_issue", ItemState::Accepted);
    desk.on("2025-10-24T16:00:00+08:00").answer("permit_issue", ItemState::Granted);
    EXPECT_NE(desk.open("psb"), nullptr);
    EXPECT_NE(desk.open("hrss"), nullptr);
    EXPECT_EQ(desk.open("essc"), nullptr);
    EXPECT_EQ(to_string(desk.item("residence_issue").forward_due->date), "2025-10-28");

    desk.deliver_all("psb").deliver_all("hrss").answer("insurance_register", ItemState::Granted);
    EXPECT_NE(desk.open("essc"), nullptr);
    desk.deliver_all("essc").answer("ecard_apply", ItemState::Granted);
    desk.answer("residence_issue", ItemState::Accepted)
        .answer("residence_issue", ItemState::Granted);
    desk.answer("title_review", ItemState::Granted);
    EXPECT_TRUE(desk.one.decided());

    desk.deliver_all("portal").deliver_all("mobile").deliver_all("province");
    EXPECT_THAT(desk.told("portal"), Contains("residence_issue granted"));
    for (const Delivery& delivery : desk.one.deliveries)
        EXPECT_TRUE(is_settled(delivery.state)) << delivery.map;
}

TEST(Scenario, RefusedPermitNeverLetsResidenceOutAndTellsOfBoth) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti").deliver_all("portal");
    desk.answer("permit_issue", ItemState::Refused, "conditions_not_met").deliver_all("portal");
    const auto told = desk.told("portal");
    EXPECT_THAT(told, Contains("permit_issue refused"));
    EXPECT_THAT(told, Contains("residence_issue cancelled"));
    EXPECT_THAT(desk.told("psb"), IsEmpty());
    EXPECT_TRUE(desk.one.decided());
}

TEST(Scenario, AcceptedBeforeTheNationalDayIsDueAfterIt) {
    Desk desk("window", "2025-09-30T16:59:00+08:00");
    desk.apply({"permit_issue"});
    EXPECT_EQ(desk.item("permit_issue").forward_due, (DueDate{*parse_date("2025-10-10"), false}));
}

TEST(Scenario, PoliceDownForThreeDaysHoldNobodyElseUp) {
    Desk desk("portal", "2025-10-13T09:00:00+08:00");
    desk.apply({"residence_issue", "title_review", "insurance_register"}, {"permit.number"});
    const DeliveryId id = desk.open("psb")->id;
    const Instant up_again = desk.now + std::chrono::hours{72};
    int attempts = 0;
    while (desk.now < up_again) {
        desk.fail("psb", Errc::Unavailable);
        ASSERT_EQ(desk.last.changed.size(), 1U);
        ASSERT_EQ(desk.last.changed[0].id, id);
        ASSERT_GT(desk.last.changed[0].due_at, desk.now);
        desk.now = desk.last.changed[0].due_at;
        ++attempts;
        if (attempts == 1) desk.deliver_all("title").deliver_all("hrss");
    }
    EXPECT_LT(attempts, 30);  // backoff, not a storm
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Forwarded);
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Forwarded);
    desk.take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("forward_overdue"));
    desk.deliver_all("psb");
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarded);
    EXPECT_THAT(desk.told("psb"),
                ElementsAre("residence_issue forwarding"));  // one message, whatever happened
}

TEST(Scenario, CorrectionLoopPausesTheClockAndTellsTheChannel) {
    Desk desk("mobile", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    const DueDate before = *desk.item("permit_issue").decision.due;
    desk.on("2025-10-15T10:00:00+08:00")
        .answer("permit_issue", ItemState::Correction, "materials_incomplete");
    EXPECT_THAT(desk.told("mobile"), Contains("permit_issue correction"));
    desk.on("2025-10-22T10:00:00+08:00").take(Supplemented{});
    const DueDate after = *desk.item("permit_issue").decision.due;
    EXPECT_EQ(test_calendar().working_days_between(before.date, after.date), 5);
    desk.deliver_all("sti").answer("permit_issue", ItemState::Granted);
    EXPECT_TRUE(desk.one.decided());
}

TEST(Scenario, FeeOnInsuranceIsQuarantined) {
    Desk desk;
    desk.apply({"insurance_register"}).deliver_all("hrss").deliver_all("portal");
    desk.take(Answered{.party = "hrss",
                       .item_serial = desk.item("insurance_register").serial,
                       .state = ItemState::Granted,
                       .occurred_at = desk.now,
                       .digest = "with fee",
                       .has_fee = true});
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Forwarded);
    EXPECT_EQ(desk.open("portal"), nullptr);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("fee_not_allowed"));
}

TEST(Scenario, AnswersInAnyOrderAndNumberConverge) {
    struct Sent {
        ItemState state;
        const char* occurred;
        const char* digest;
    };
    std::array<Sent, 5> sent{{{ItemState::Accepted, "2025-10-10T09:00:00+08:00", "1"},
                              {ItemState::Correction, "2025-10-11T09:00:00+08:00", "2"},
                              {ItemState::Accepted, "2025-10-13T09:00:00+08:00", "3"},
                              {ItemState::Granted, "2025-10-14T09:00:00+08:00", "4"},
                              {ItemState::Granted, "2025-10-14T09:00:00+08:00", "4"}}};
    std::array<int, 5> order{0, 1, 2, 3, 4};
    int permutations = 0;
    do {
        Desk desk;
        desk.apply({"permit_issue", "residence_issue"})
            .deliver_all("sti")
            .on("2025-10-20T09:00:00+08:00");
        for (const int index : order) {
            const Sent& one = sent[static_cast<std::size_t>(index)];
            desk.answer_at("permit_issue", one.state, one.occurred, one.digest);
            ASSERT_TRUE(desk.alert_codes().empty());
        }
        ASSERT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
        ASSERT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
        const auto told = desk.told("portal");
        ASSERT_EQ(std::count(told.begin(), told.end(), "permit_issue granted"), 1);
        ASSERT_EQ(desk.told("psb").size(), 1U);
        ++permutations;
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(permutations, 120);
}

TEST(Scenario, WindowCaseAppearsOnBothPortals) {
    Desk desk("window");
    desk.apply({"permit_issue"});
    for (const char* party : {"portal", "mobile", "window"}) {
        EXPECT_THAT(desk.told(party), ElementsAre("case accepted")) << party;
    }
}

}  // namespace
}  // namespace luqiao::broker
