// 撤销: a grant that is taken back closes the gates that it opened (第十五条).
#include "broker/alert.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// A permit that is granted, and a residence permit that is dispatched and has not gone.
Desk granted() {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.on("2025-10-20T09:00:00+08:00").answer("permit_issue", ItemState::Granted);
    desk.on("2025-10-21T09:00:00+08:00");
    return desk;
}

Answered revocation(const Desk& desk, std::vector<DeliveryId> under_way = {}) {
    return {.party = "sti",
            .item_serial = desk.item("permit_issue").serial,
            .state = ItemState::Revoked,
            .occurred_at = desk.now,
            .digest = "revoked",
            .under_way = std::move(under_way)};
}

TEST(Revocation, IsTakenFromTheDepartmentAndTold) {
    Desk desk;
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Granted);
    desk.on("2025-10-21T09:00:00+08:00").answer("permit_issue", ItemState::Revoked);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Revoked);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("item.revoked"));
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    for (const char* channel : {"portal", "mobile"}) {
        EXPECT_THAT(desk.told(channel), Contains("permit_issue revoked"));
    }
    EXPECT_TRUE(desk.one.decided());
    desk.answer("permit_issue", ItemState::Revoked);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.repeated"));
}

TEST(Revocation, HoldsAgainWhatHasNotGone) {
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.take(revocation(desk));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Shelved);
    ASSERT_EQ(desk.last.changed.size(), 1U);
    EXPECT_TRUE(desk.last.changed[0].needs_no_lease);
    EXPECT_EQ(desk.open("psb"), nullptr);
    EXPECT_FALSE(desk.item("residence_issue").forward_due);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("prerequisite_revoked"));
    EXPECT_THAT(desk.told("portal"), Contains("residence_issue held"));
    EXPECT_FALSE(desk.one.decided());
    EXPECT_TRUE(is_settled_by_hand(kPrerequisiteRevoked));
}

TEST(Revocation, HoldsAgainWhatWaitsForItsNextAttempt) {
    Desk desk = granted();
    desk.fail("psb", Errc::Unavailable);
    desk.take(revocation(desk));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_EQ(desk.open("psb"), nullptr);
}

TEST(Revocation, LeavesToAnOperatorWhatPerhapsArrived) {
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.fail("psb", Errc::OutcomeUnknown).take(revocation(desk));
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Unknown);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("outcome_unknown", "prerequisite_revoked"));
    desk.take(Redriven{dispatch, "again"});
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    Desk other = desk;
    desk.take(Confirmed{dispatch, "they have it"});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarded);
    other.take(Shelved{dispatch, "they do not"});
    EXPECT_EQ(other.state_of("residence_issue"), ItemState::Held);
}

/// Found by the simulation: the party had answered with what could not be read, and was away then.
TEST(Revocation, RemembersAnAttemptBeforeTheLast) {
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.fail("psb", Errc::OutcomeUnknown).fail("psb", Errc::Unavailable);
    EXPECT_EQ(*case_from_json(to_json(desk.one)), desk.one);
    Desk under_way = desk;
    desk.take(revocation(desk));
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Unknown);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    desk.answer("residence_issue", ItemState::Granted);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Granted) << "it has it";

    under_way.take(revocation(under_way, {dispatch})).take(DeliveryFailed{dispatch, Errc::Refused});
    EXPECT_EQ(under_way.one.find(dispatch)->state, DeliveryState::Unknown);
}

TEST(Revocation, ForgetsThatItMayBeThereOnceThePartySaysNo) {
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.fail("psb", Errc::OutcomeUnknown);
    desk.take(QueryAnswered{dispatch, false, desk.one.find(dispatch)->attempts + 1});
    desk.fail("psb", Errc::Unavailable).take(revocation(desk));
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Shelved);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
}

TEST(Revocation, AttemptUnderWayIsTheLast) {
    struct Row {
        const char* name;
        Errc code;
        DeliveryState delivery;
        ItemState item;
    };
    for (const Row& row :
         {Row{"surely not sent", Errc::Unavailable, DeliveryState::Shelved, ItemState::Held},
          Row{"refused", Errc::Refused, DeliveryState::Shelved, ItemState::Held},
          Row{"nobody knows", Errc::OutcomeUnknown, DeliveryState::Unknown,
              ItemState::Forwarding}}) {
        Desk desk = granted();
        const DeliveryId dispatch = desk.open("psb")->id;
        desk.take(revocation(desk, {dispatch}));
        EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding) << row.name;
        EXPECT_THAT(desk.alert_codes(), ElementsAre("prerequisite_revoked")) << row.name;
        desk.take(DeliveryFailed{dispatch, row.code});
        EXPECT_EQ(desk.one.find(dispatch)->state, row.delivery) << row.name;
        EXPECT_EQ(desk.state_of("residence_issue"), row.item) << row.name;
    }
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.take(revocation(desk, {dispatch})).take(LeaseLapsed{dispatch});
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Unknown);
    Desk arrived = granted();
    arrived.take(revocation(arrived, {arrived.open("psb")->id}));
    arrived.deliver_all("psb");
    EXPECT_EQ(arrived.state_of("residence_issue"), ItemState::Forwarded);
}

TEST(Revocation, WhatArrivedBeforeAllTheSameIsWithItsDepartment) {
    Desk desk = granted();
    const DeliveryId dispatch = desk.open("psb")->id;
    desk.take(revocation(desk)).take(Delivered{dispatch});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarded);
    desk.answer("residence_issue", ItemState::Refused);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Refused);
}

TEST(Revocation, OfWhatIsOutOrGrantedThereIsAnAlert) {
    for (const bool is_decided : {false, true}) {
        Desk desk = granted();
        desk.deliver_all("psb");
        if (is_decided) desk.answer("residence_issue", ItemState::Granted);
        const ItemState before = desk.state_of("residence_issue");
        desk.take(revocation(desk));
        EXPECT_EQ(desk.state_of("residence_issue"), before);
        EXPECT_THAT(desk.alert_codes(), ElementsAre("prerequisite_revoked"));
        EXPECT_EQ(desk.last.alerts[0].item, desk.item("residence_issue").serial);
        EXPECT_THAT(desk.last.changed, IsEmpty());
    }
    Desk refused = granted();
    refused.deliver_all("psb").answer("residence_issue", ItemState::Refused);
    refused.take(revocation(refused));
    EXPECT_THAT(refused.alert_codes(), IsEmpty());
}

TEST(Revocation, LeavesTheGateOpenThatAnotherGrantHolds) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend", "residence_issue"});
    desk.answer("permit_issue", ItemState::Granted).answer("permit_extend", ItemState::Granted);
    desk.answer("permit_issue", ItemState::Revoked);
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
}

TEST(Revocation, HoldsWhatWaitsForAnotherItemToo) {
    Desk desk;
    desk.apply({"permit_issue", "insurance_register", "ecard_apply", "title_review"});
    desk.answer("permit_issue", ItemState::Granted).deliver_all("hrss");
    desk.answer("permit_issue", ItemState::Revoked);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Held);
    EXPECT_EQ(desk.last.alerts.size(), 2U);
    desk.answer("insurance_register", ItemState::Granted);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Held);
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Forwarding);
}

TEST(Revocation, OlderThanTheGrantIsAContradiction) {
    Desk desk = granted();
    desk.answer_at("permit_issue", ItemState::Revoked, "2025-10-19T09:00:00+08:00", "old");
    EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    // A date alone is all of its day.
    desk.answer_at("permit_issue", ItemState::Revoked, "2025-10-20T00:00:00+08:00", "day");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Revoked);
}

TEST(Revocation, BeforeTheGrantIsKnownClosesTheGateAndTheGrantIsOutdated) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.on("2025-10-21T09:00:00+08:00").answer("permit_issue", ItemState::Revoked);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("prerequisite_revoked"));
    desk.answer_at("permit_issue", ItemState::Granted, "2025-10-20T09:00:00+08:00", "late");
    EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.outdated"));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_THAT(desk.told("psb"), IsEmpty());
}

TEST(Revocation, WhatIsHeldAgainIsWithdrawnWithoutAskingAnybody) {
    Desk desk = granted();
    desk.take(revocation(desk)).take(WithdrawalRequested{});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Withdrawn);
    EXPECT_THAT(desk.told("psb"), ElementsAre("residence_issue forwarding"));
    EXPECT_TRUE(desk.one.decided());
}

TEST(Revocation, SupplementOfWhatIsOutGoesOn) {
    Desk desk = granted();
    desk.deliver_all("psb").answer("residence_issue", ItemState::Correction);
    desk.take(Supplemented{}).take(revocation(desk));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    ASSERT_NE(desk.open("psb"), nullptr);
    EXPECT_EQ(desk.open("psb")->telling.kind, DeliveryKind::Supplement);
}

TEST(Revocation, NewGrantOpensTheGateOnceAccepted) {
    Desk desk = granted();
    desk.take(revocation(desk));
    desk.on("2025-10-27T09:00:00+08:00").answer("permit_issue", ItemState::Granted);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    desk.take(AnswerAccepted{{}, ItemState::Granted, "复议撤销了撤销决定"});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_THAT(desk.told("psb"),
                ElementsAre("residence_issue forwarding", "residence_issue forwarding"));
    EXPECT_EQ(to_string(desk.item("residence_issue").forward_due->date), "2025-10-29");
    const Delivery& first = *std::find_if(desk.one.deliveries.begin(), desk.one.deliveries.end(),
                                          [](const auto& one) { return one.party == "psb"; });
    desk.take(Redriven{first.id, "by mistake"});
    EXPECT_EQ(desk.last.refused, Errc::Conflict) << "it would be there twice";
    const DeliveryId first_id = first.id;
    desk.deliver_all("psb").answer("residence_issue", ItemState::Accepted);
    EXPECT_EQ(desk.one.find(first_id)->state, DeliveryState::Shelved) << "it never arrived";
    EXPECT_THAT(open_alerts(desk.one),
                Not(Contains(Alert{"contradiction", desk.item("permit_issue").serial})));
}

}  // namespace
}  // namespace luqiao::broker
