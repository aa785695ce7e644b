#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(Gate, OpensWhenThePrerequisiteIsGrantedAndStartsItsOwnClock) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"});
    EXPECT_FALSE(desk.item("residence_issue").forward_due);
    desk.on("2025-10-20T09:00:00+08:00").answer("permit_issue", ItemState::Granted);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_THAT(desk.told("psb"), ElementsAre("residence_issue forwarding"));
    EXPECT_EQ(to_string(desk.item("residence_issue").forward_due->date), "2025-10-22");
    EXPECT_THAT(desk.told("portal"), Contains("residence_issue forwarding"));
}

TEST(Gate, StaysClosedUntilTheDecision) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.answer("permit_issue", ItemState::Accepted).answer("permit_issue", ItemState::Correction);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_THAT(desk.told("psb"), IsEmpty());
}

class ClosedByRefusal : public testing::TestWithParam<ItemState> {};

TEST_P(ClosedByRefusal, CancelsEverythingBehindIt) {
    Desk desk;
    desk.apply(
        {"permit_issue", "residence_issue", "insurance_register", "ecard_apply", "title_review"});
    desk.answer("permit_issue", GetParam(), "conditions_not_met");
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Cancelled);
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Cancelled);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Cancelled);
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Forwarding);
    EXPECT_THAT(desk.told("province"), Contains("ecard_apply cancelled"));
    EXPECT_EQ(desk.one.deliveries.back().telling.reason_code, "prerequisite_refused");
    for (const char* party : {"psb", "hrss", "essc"}) EXPECT_THAT(desk.told(party), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Gate,
                         ClosedByRefusal,
                         testing::Values(ItemState::Refused, ItemState::NotAccepted));

TEST(Gate, CancelsAlongAChainThatTheCatalogueListsBackwards) {
    Desk desk;
    std::reverse(desk.service.items.begin(), desk.service.items.end());
    for (ItemRule& rule : desk.service.items) {
        if (rule.code == "ecard_apply") rule.after = {"insurance"};
    }
    desk.apply({"permit_issue", "insurance_register", "ecard_apply"});
    desk.answer("permit_issue", ItemState::Refused);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Cancelled);
    EXPECT_TRUE(desk.one.decided());
}

TEST(Gate, WaitsForEveryGroup) {
    Desk desk;
    desk.apply({"permit_issue", "insurance_register", "ecard_apply"});
    desk.answer("permit_issue", ItemState::Granted);
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Forwarding);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Held);
    desk.answer("insurance_register", ItemState::Granted);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Forwarding);
}

TEST(Gate, IgnoresAGroupTheCaseDoesNotHave) {
    Desk desk;
    desk.apply({"permit_issue", "ecard_apply"});
    desk.answer("permit_issue", ItemState::Granted);
    EXPECT_EQ(desk.state_of("ecard_apply"), ItemState::Forwarding);
}

TEST(Gate, OpensWithOneGrantedItemOfAGroupAndFailsOnlyWithTheLast) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend", "residence_issue"});
    desk.answer("permit_issue", ItemState::Refused);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    desk.answer("permit_extend", ItemState::Granted);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
}

TEST(Gate, StaysOpenWhateverIsAnsweredAfterwards) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).answer("permit_issue", ItemState::Granted);
    desk.answer("permit_issue", ItemState::Refused);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_THAT(desk.told("portal"), Not(Contains("residence_issue cancelled")));
}

TEST(Supplement, GoesOutAgainWithItsOwnMap) {
    Desk desk;
    desk.apply({"residence_issue"}, {"permit.number"}).deliver_all("psb");
    desk.answer("residence_issue", ItemState::Correction);
    desk.take(Supplemented{});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_EQ(desk.open("psb")->map, "psb.residence_more");
    EXPECT_EQ(desk.open("psb")->telling.kind, DeliveryKind::Supplement);
    desk.deliver_all("psb");
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarded);
}

TEST(Supplement, WithoutItsOwnMapUsesTheDispatch) {
    Desk desk;
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Correction).deliver_all("sti");
    desk.take(Supplemented{desk.item("permit_issue").serial});
    EXPECT_EQ(desk.open("sti")->map, "sti.apply");
}

TEST(Supplement, IsRefusedWhenNothingWaitsForIt) {
    Desk desk;
    desk.apply({"permit_issue", "title_review"}).answer("permit_issue", ItemState::Correction);
    desk.take(Supplemented{desk.item("title_review").serial});
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    desk.take(Supplemented{"FW-unknown"});
    EXPECT_EQ(desk.last.refused, Errc::NotFound);
    desk.take(Supplemented{}).take(Supplemented{});
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
}

TEST(Supplement, IsNotOvertakenByOlderAnswersToTheFirstSubmission) {
    Desk desk;
    desk.apply({"permit_issue"}).deliver_all("sti");
    desk.on("2025-10-13T10:00:00+08:00").answer("permit_issue", ItemState::Correction);
    desk.take(Supplemented{}).deliver_all("sti");
    desk.answer_at("permit_issue", ItemState::Accepted, "2025-10-10T10:00:00+08:00", "late");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarded);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.outdated"));
}

TEST(Supplement, WaitsForItsAcknowledgementNotForTheFirstOne) {
    Desk desk;
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Correction);
    const DeliveryId first = desk.open("sti")->id;
    desk.take(Supplemented{});
    desk.take(Delivered{first});  // the acknowledgement of the first submission, late
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarding);
    desk.deliver_all("sti");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarded);
}

}  // namespace
}  // namespace luqiao::broker
