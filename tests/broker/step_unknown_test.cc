// Sent, outcome not known: what the party's on_unknown makes of it.
#include "broker/retry.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A case with a line of two to sti, whose on_unknown is given; the first is under way.
struct Sent {
    explicit Sent(OnUnknown policy) {
        desk.retry["sti"] = {.first = Duration{1000},
                             .most = Duration{60'000},
                             .attempts_max = 3,
                             .on_unknown = policy};
        desk.apply({"permit_issue", "permit_extend"});
        id = desk.open("sti")->id;
    }
    [[nodiscard]] const Delivery& delivery() const { return *desk.one.find(id); }
    [[nodiscard]] Instant due() const { return desk.last.changed.at(0).due_at; }

    Desk desk;
    DeliveryId id;
};

struct Row {
    const char* name;
    OnUnknown policy;
    Event (*event)(const DeliveryId& id);
    DeliveryState to;
    bool at_once;
};

Event lapse(const DeliveryId& id) {
    return LeaseLapsed{id, 1};
}
Event no_answer(const DeliveryId& id) {
    return DeliveryFailed{id, Errc::OutcomeUnknown, 1};
}

class UnknownOutcome : public testing::TestWithParam<Row> {};

TEST_P(UnknownOutcome, FollowsThePolicyOfItsParty) {
    const Row& row = GetParam();
    Sent sent(row.policy);
    sent.desk.take(row.event(sent.id));
    EXPECT_EQ(sent.delivery().state, row.to);
    EXPECT_EQ(sent.delivery().cause, "E5004") << "the shell asks by it";
    EXPECT_EQ(sent.delivery().attempts, 1U);
    EXPECT_THAT(sent.desk.timeline_events(), ElementsAre("delivery.unknown"));
    ASSERT_EQ(sent.desk.last.changed.size(), 1U);
    const Duration wait = retry_delay(sent.desk.retry["sti"], sent.id, 1);
    EXPECT_EQ(sent.due(), row.at_once ? sent.desk.now : sent.desk.now + wait);
    const bool stands = row.to == DeliveryState::Unknown;
    EXPECT_EQ(sent.desk.alert_codes(),
              stands ? std::vector<std::string>{"outcome_unknown"} : std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    Delivery,
    UnknownOutcome,
    testing::Values(
        Row{"ResendAfterALapse", OnUnknown::Resend, lapse, DeliveryState::Pending, true},
        Row{"ResendWithoutAnAnswer", OnUnknown::Resend, no_answer, DeliveryState::Waiting, false},
        Row{"QueryAfterALapse", OnUnknown::Query, lapse, DeliveryState::Pending, true},
        Row{"QueryWithoutAnAnswer", OnUnknown::Query, no_answer, DeliveryState::Waiting, false},
        Row{"AskAfterALapse", OnUnknown::Ask, lapse, DeliveryState::Unknown, true},
        Row{"AskWithoutAnAnswer", OnUnknown::Ask, no_answer, DeliveryState::Unknown, true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Query, ThatFindsTheMessageSettlesIt) {
    Sent sent(OnUnknown::Query);
    sent.desk.take(lapse(sent.id)).take(QueryAnswered{sent.id, true, 2});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Delivered);
    EXPECT_EQ(sent.delivery().attempts, 2U) << "a question is a lease, and counts as one";
    EXPECT_EQ(sent.desk.state_of("permit_issue"), ItemState::Forwarded);
    EXPECT_EQ(sent.desk.timeline_events().front(), "delivery.found");
    EXPECT_NE(sent.desk.open("sti"), nullptr) << "its line goes on";
}

TEST(Query, ThatMissesTheMessageSendsItAgainAtOnce) {
    Sent sent(OnUnknown::Query);
    sent.desk.take(lapse(sent.id)).take(QueryAnswered{sent.id, false, 2});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Pending);
    EXPECT_EQ(sent.delivery().cause, "") << "the next lease sends";
    EXPECT_EQ(sent.due(), sent.desk.now);
    EXPECT_THAT(sent.desk.timeline_events(), ElementsAre("delivery.missing"));
}

TEST(Query, ThatIsNotAnsweredIsAskedAgainUntilTheAttemptsAreSpent) {
    Sent sent(OnUnknown::Query);
    sent.desk.take(lapse(sent.id)).take(QueryAnswered{sent.id, std::nullopt, 2});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Waiting);
    EXPECT_EQ(sent.delivery().cause, "E5004");
    EXPECT_EQ(sent.due(), sent.desk.now + retry_delay(sent.desk.retry["sti"], sent.id, 2));
    sent.desk.take(QueryAnswered{sent.id, std::nullopt, 3});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Dead);
    sent.desk.take(Redriven{sent.id, "again"});
    EXPECT_EQ(sent.delivery().cause, "E5004") << "it is asked before it is sent again";
}

TEST(Query, ThatMissesTheMessageWithTheLastAttemptGivesItUp) {
    Sent sent(OnUnknown::Query);
    sent.desk.take(lapse(sent.id)).take(QueryAnswered{sent.id, std::nullopt, 2});
    sent.desk.take(QueryAnswered{sent.id, false, 3});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Dead);
    EXPECT_EQ(sent.delivery().cause, "E5004") << "sent again it is asked about first";
    EXPECT_THAT(sent.desk.timeline_events(), ElementsAre("delivery.missing", "delivery.dead"));
}

TEST(Query, OfAnAttemptThatEndedChangesNothing) {
    Sent sent(OnUnknown::Query);
    sent.desk.take(lapse(sent.id)).take(LeaseLapsed{sent.id, 2});
    sent.desk.take(QueryAnswered{sent.id, false, 2});
    EXPECT_THAT(sent.desk.last.changed, IsEmpty());
    EXPECT_EQ(sent.delivery().cause, "E5004");
}

TEST(Ask, HoldsUpItsLineUntilAnOperatorSettlesIt) {
    Sent sent(OnUnknown::Ask);
    sent.desk.take(lapse(sent.id));
    EXPECT_EQ(sent.desk.open("sti"), nullptr);
    sent.desk.take(LeaseLapsed{sent.id, 2}).take(DeliveryFailed{sent.id, Errc::Timeout});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Unknown) << "nothing is under way";
    sent.desk.take(Redriven{sent.id, "not there, they say"});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Pending);
    sent.desk.take(LeaseLapsed{sent.id, 2}).take(Shelved{sent.id, "on paper"});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Shelved);
    EXPECT_NE(sent.desk.open("sti"), nullptr);
}

TEST(Ask, IsSettledByALateSuccess) {
    Sent sent(OnUnknown::Ask);
    sent.desk.take(lapse(sent.id)).take(Delivered{sent.id});
    EXPECT_EQ(sent.delivery().state, DeliveryState::Delivered);
    EXPECT_EQ(sent.delivery().attempts, 1U) << "counted when it lapsed";
}

TEST(Ask, IsNeverGivenUpByItself) {
    Sent sent(OnUnknown::Ask);
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
        sent.desk.take(LeaseLapsed{sent.id, attempt});
        ASSERT_EQ(sent.delivery().state, DeliveryState::Unknown);
        if (attempt < 3) sent.desk.take(Redriven{sent.id, "again"});
    }
}

}  // namespace
}  // namespace luqiao::broker
