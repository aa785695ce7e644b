#include "broker/retry.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DeliveryState state_of(const Desk& desk, const DeliveryId& id) {
    return desk.one.find(id)->state;
}

struct FailureRow {
    const char* name;
    Errc code;
    DeliveryState to;
    const char* event;
};

class Failure : public testing::TestWithParam<FailureRow> {};

TEST_P(Failure, FollowsTheDispositionOfItsCode) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.fail("sti", GetParam().code);
    EXPECT_EQ(state_of(desk, id), GetParam().to);
    EXPECT_EQ(desk.one.find(id)->cause, info(GetParam().code).id);
    EXPECT_EQ(desk.one.find(id)->attempts, 1U);
    EXPECT_THAT(desk.timeline_events(), ElementsAre(GetParam().event));
    EXPECT_EQ(desk.last.alerts.empty(), GetParam().to == DeliveryState::Waiting);
    ASSERT_EQ(desk.last.changed.size(), 1U);
    if (GetParam().to == DeliveryState::Waiting) {
        EXPECT_EQ(desk.last.changed[0].due_at, desk.now + retry_delay({}, id, 1));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Delivery,
    Failure,
    testing::Values(
        FailureRow{"Unavailable", Errc::Unavailable, DeliveryState::Waiting, "delivery.failed"},
        FailureRow{"Timeout", Errc::Timeout, DeliveryState::Waiting, "delivery.failed"},
        FailureRow{"Unknown", Errc::OutcomeUnknown, DeliveryState::Waiting, "delivery.unknown"},
        FailureRow{"Overloaded", Errc::Overloaded, DeliveryState::Waiting, "delivery.failed"},
        FailureRow{"Refused", Errc::Refused, DeliveryState::Dead, "delivery.dead"},
        FailureRow{"Reject", Errc::BadValue, DeliveryState::Dead, "delivery.dead"},
        FailureRow{"Halt", Errc::Internal, DeliveryState::Dead, "delivery.dead"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Failure, EndsDeadWhenTheAttemptsAreSpent) {
    Desk desk;
    desk.retry["sti"] = {Duration{1000}, Duration{4000}, 3};
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.fail("sti", Errc::Timeout).fail("sti", Errc::Timeout);
    EXPECT_EQ(state_of(desk, id), DeliveryState::Waiting);
    desk.fail("sti", Errc::Timeout);
    EXPECT_EQ(state_of(desk, id), DeliveryState::Dead);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("dead_letter"));
    EXPECT_EQ(desk.last.alerts[0].item, desk.item("permit_issue").serial);
}

TEST(Failure, BlocksOnlyItsOwnPartyAndCase) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend", "title_review"}).fail("sti", Errc::Refused);
    EXPECT_EQ(desk.open("sti"), nullptr);
    EXPECT_NE(desk.open("title"), nullptr);
    EXPECT_NE(desk.open("portal"), nullptr);
}

TEST(Failure, AfterSuccessChangesNothing) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(Delivered{id}).take(DeliveryFailed{id, Errc::Timeout});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Delivered);
    EXPECT_TRUE(desk.last.changed.empty());
    desk.take(LeaseLapsed{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Delivered);
    desk.take(NotEncodable{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Delivered);
}

TEST(Failure, OfADeliveryThatIsStillQueuedChangesNothing) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend"});
    const DeliveryId second = desk.one.deliveries.back().id;
    for (const Event& event : {Event{DeliveryFailed{second, Errc::Timeout}},
                               Event{LeaseLapsed{second}}, Event{Delivered{second}}}) {
        desk.take(event);
        EXPECT_EQ(state_of(desk, second), DeliveryState::Queued);
        EXPECT_TRUE(desk.last.changed.empty());
    }
}

TEST(Success, CountsOnceAndReleasesTheNextOfTheLine) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"});
    const DeliveryId accepted = desk.open("portal")->id;
    desk.take(Delivered{accepted});
    ASSERT_EQ(desk.last.changed.size(), 2U);
    EXPECT_EQ(desk.last.changed[1].state, DeliveryState::Pending);
    EXPECT_EQ(desk.last.changed[1].due_at, desk.now);
    EXPECT_THAT(desk.timeline_events(), IsEmpty());
    desk.take(Delivered{accepted});
    EXPECT_TRUE(desk.last.changed.empty());
    EXPECT_EQ(desk.one.find(accepted)->attempts, 1U);
}

TEST(Success, OfADeliveryThatWasGivenUpStillCounts) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend"});
    const DeliveryId id = desk.open("sti")->id;
    desk.fail("sti", Errc::Refused).take(Delivered{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Delivered);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarded);
    EXPECT_NE(desk.open("sti"), nullptr);
}

TEST(Quarantine, BuriesABodyThatCannotBeWritten) {
    Desk desk;
    desk.apply({"permit_issue", "title_review"});
    const DeliveryId id = desk.open("title")->id;
    desk.take(NotEncodable{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Dead);
    EXPECT_EQ(desk.one.find(id)->cause, "E2005");
    EXPECT_EQ(desk.one.find(id)->attempts, 0U);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("delivery.quarantined"));
    EXPECT_THAT(desk.alert_codes(), ElementsAre("dead_letter"));
    EXPECT_NE(desk.open("sti"), nullptr);
}

TEST(Quarantine, SaysWhichRuleFailed) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(NotEncodable{id, "sti.apply.map:12"});
    EXPECT_EQ(desk.one.find(id)->cause, "E2005 sti.apply.map:12");
    desk.take(Redriven{id, "again"});
    EXPECT_EQ(desk.last.refused, Errc::Conflict) << "it has no bytes, whatever the rule";
}

TEST(Quarantine, OfAQueuedDeliveryHoldsUpTheLineOnlyWhenItIsReached) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend"});
    const DeliveryId second = desk.one.deliveries.back().id;
    ASSERT_EQ(state_of(desk, second), DeliveryState::Queued);
    desk.take(NotEncodable{second});
    EXPECT_NE(desk.open("sti"), nullptr);
    desk.deliver_all("sti");
    EXPECT_EQ(state_of(desk, second), DeliveryState::Dead);
}

TEST(LapsedLease, GoesAgainAtOnceWithTheSameId) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(LeaseLapsed{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Pending);
    EXPECT_EQ(desk.one.find(id)->attempts, 1U);
    EXPECT_EQ(desk.one.find(id)->cause, "E5004");
    ASSERT_EQ(desk.last.changed.size(), 1U);
    EXPECT_EQ(desk.last.changed[0].due_at, desk.now);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("delivery.unknown"));
    EXPECT_TRUE(desk.last.created.empty());
}

TEST(LapsedLease, SpendsAttempts) {
    Desk desk;
    desk.retry["sti"].attempts_max = 2;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(LeaseLapsed{id}).take(LeaseLapsed{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Dead);
}

// Two nodes see the same lapse; the second speaks when another attempt is under way already.
TEST(LapsedLease, ToldTwiceOfOneAttemptCountsOnce) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(LeaseLapsed{id, 1}).take(LeaseLapsed{id, 1});
    EXPECT_TRUE(desk.last.changed.empty());
    EXPECT_EQ(desk.one.find(id)->attempts, 1U);
    desk.take(LeaseLapsed{id, 2});
    EXPECT_EQ(desk.one.find(id)->attempts, 2U);
}

TEST(Failure, OfAnAttemptThatLapsedChangesNothingButItsSuccessCounts) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.take(LeaseLapsed{id, 1}).take(DeliveryFailed{id, Errc::Timeout, 1});
    EXPECT_TRUE(desk.last.changed.empty());
    EXPECT_EQ(state_of(desk, id), DeliveryState::Pending);
    desk.take(Delivered{id});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Delivered);
}

TEST(GiveUp, AfterWorkingDaysSinceTheFirstFailure) {
    Desk desk;  // Thursday; the weekend does not count, Saturday 2025-10-11 is worked (调休)
    desk.retry["sti"].give_up_after = Limit{2, true};
    desk.apply({"permit_issue"});
    const DeliveryId id = desk.open("sti")->id;
    desk.fail("sti", Errc::Unavailable);
    EXPECT_EQ(desk.one.find(id)->failing_since, desk.now);
    desk.on("2025-10-11T23:59:00+08:00").take(DeliveryFailed{id, Errc::Unavailable});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Waiting) << "the end of the second working day";
    desk.on("2025-10-12T00:00:00+08:00").take(DeliveryFailed{id, Errc::Unavailable});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Dead);
    desk.on("2025-10-13T09:00:00+08:00").take(Redriven{id, "mended"});
    desk.take(DeliveryFailed{id, Errc::Unavailable});
    EXPECT_EQ(state_of(desk, id), DeliveryState::Waiting) << "its time counts anew";
}

TEST(Delivery, ThatTheCaseDoesNotHaveIsNotFound) {
    Desk desk;
    desk.apply({"permit_issue"});
    const DeliveryId id = *parse_id<DeliveryId>("0199c5a2-7b1e-7c3d-8f00-000000000000");
    for (const Event& event : {Event{Delivered{id}}, Event{DeliveryFailed{id, Errc::Timeout}},
                               Event{NotEncodable{id}}, Event{LeaseLapsed{id}}}) {
        desk.take(event);
        EXPECT_EQ(desk.last.refused, Errc::NotFound);
    }
}

}  // namespace
}  // namespace luqiao::broker
