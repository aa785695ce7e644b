#include "tests/broker/step_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kOct9 = "2025-10-09T10:00:00+08:00";
constexpr std::string_view kOct10 = "2025-10-10T10:00:00+08:00";
constexpr std::string_view kOct11 = "2025-10-11T10:00:00+08:00";

/// Puts the permit of a fresh case into `state` by answers a department could give.
Desk desk_with_permit(ItemState state) {
    Desk desk;
    desk.apply({"permit_issue"});
    switch (state) {
        case ItemState::Forwarding: break;
        case ItemState::Forwarded: desk.deliver_all("sti"); break;
        case ItemState::Accepted:
        case ItemState::Correction:
        case ItemState::Special:
        case ItemState::Granted:
        case ItemState::Refused:
        case ItemState::NotAccepted:
        case ItemState::Withdrawn:
        case ItemState::Revoked: desk.deliver_all("sti").answer("permit_issue", state); break;
        case ItemState::Withdrawing:
        case ItemState::Held:
        case ItemState::Cancelled: ADD_FAILURE() << "a permit is never in this state"; break;
    }
    EXPECT_EQ(desk.state_of("permit_issue"), state);
    return desk;
}

struct AnswerRow {
    ItemState from;
    ItemState answer;
    ItemState to;
    const char* event;  ///< first timeline entry
    const char* alert;
};

class AnswerTable : public testing::TestWithParam<AnswerRow> {};

TEST_P(AnswerTable, MovesTheItem) {
    const AnswerRow& row = GetParam();
    Desk desk = desk_with_permit(row.from);
    desk.now += Duration{60'000};
    desk.answer("permit_issue", row.answer);
    EXPECT_EQ(desk.state_of("permit_issue"), row.to);
    ASSERT_FALSE(desk.last.timeline.empty());
    EXPECT_EQ(desk.last.timeline[0].event, row.event);
    if (*row.alert == '\0') {
        EXPECT_THAT(desk.alert_codes(), IsEmpty());
    } else {
        EXPECT_THAT(desk.alert_codes(), ElementsAre(row.alert));
        EXPECT_EQ(desk.last.alerts[0].item, desk.item("permit_issue").serial);
    }
}

using S = ItemState;
INSTANTIATE_TEST_SUITE_P(
    Answer,
    AnswerTable,
    testing::Values(
        AnswerRow{S::Forwarding, S::Accepted, S::Accepted, "item.accepted", ""},
        AnswerRow{S::Forwarding, S::Correction, S::Correction, "item.correction", ""},
        AnswerRow{S::Forwarding, S::NotAccepted, S::NotAccepted, "item.not_accepted", ""},
        AnswerRow{S::Forwarding, S::Granted, S::Granted, "item.granted", ""},
        AnswerRow{S::Forwarding, S::Refused, S::Refused, "item.refused", ""},
        AnswerRow{S::Forwarding, S::Withdrawn, S::Withdrawn, "item.withdrawn", ""},
        AnswerRow{S::Accepted, S::Withdrawn, S::Withdrawn, "item.withdrawn", ""},
        AnswerRow{S::Correction, S::Withdrawn, S::Withdrawn, "item.withdrawn", ""},
        AnswerRow{S::Granted, S::Withdrawn, S::Granted, "answer.contradiction", "contradiction"},
        AnswerRow{S::Withdrawn, S::Withdrawn, S::Withdrawn, "answer.repeated", ""},
        AnswerRow{S::Withdrawn, S::Granted, S::Withdrawn, "answer.contradiction", "contradiction"},
        AnswerRow{S::Forwarded, S::Accepted, S::Accepted, "item.accepted", ""},
        AnswerRow{S::Forwarded, S::Correction, S::Correction, "item.correction", ""},
        AnswerRow{S::Forwarded, S::NotAccepted, S::NotAccepted, "item.not_accepted", ""},
        AnswerRow{S::Forwarded, S::Granted, S::Granted, "item.granted", ""},
        AnswerRow{S::Forwarded, S::Refused, S::Refused, "item.refused", ""},
        AnswerRow{S::Accepted, S::Accepted, S::Accepted, "answer.repeated", ""},
        AnswerRow{S::Accepted, S::Correction, S::Correction, "item.correction", ""},
        AnswerRow{S::Accepted, S::NotAccepted, S::NotAccepted, "item.not_accepted", ""},
        AnswerRow{S::Accepted, S::Granted, S::Granted, "item.granted", ""},
        AnswerRow{S::Accepted, S::Refused, S::Refused, "item.refused", ""},
        AnswerRow{S::Correction, S::Accepted, S::Accepted, "item.accepted", ""},
        AnswerRow{S::Correction, S::Correction, S::Correction, "item.correction", ""},
        AnswerRow{S::Correction, S::NotAccepted, S::NotAccepted, "item.not_accepted", ""},
        AnswerRow{S::Correction, S::Granted, S::Granted, "item.granted", ""},
        AnswerRow{S::Correction, S::Refused, S::Refused, "item.refused", ""},
        AnswerRow{S::Forwarding, S::Special, S::Special, "item.special", ""},
        AnswerRow{S::Accepted, S::Special, S::Special, "item.special", ""},
        AnswerRow{S::Special, S::Special, S::Special, "item.special", ""},
        AnswerRow{S::Special, S::Accepted, S::Accepted, "item.accepted", ""},
        AnswerRow{S::Special, S::Correction, S::Correction, "item.correction", ""},
        AnswerRow{S::Special, S::Granted, S::Granted, "item.granted", ""},
        AnswerRow{S::Special, S::Withdrawn, S::Withdrawn, "item.withdrawn", ""},
        AnswerRow{S::Granted, S::Special, S::Granted, "answer.contradiction", "contradiction"},
        AnswerRow{S::Granted, S::Granted, S::Granted, "answer.repeated", ""},
        AnswerRow{S::Granted, S::Revoked, S::Revoked, "item.revoked", ""},
        AnswerRow{S::Forwarded, S::Revoked, S::Revoked, "item.revoked", ""},
        AnswerRow{S::Revoked, S::Revoked, S::Revoked, "answer.repeated", ""},
        AnswerRow{S::Revoked, S::Granted, S::Revoked, "answer.contradiction", "contradiction"},
        AnswerRow{S::Refused, S::Revoked, S::Refused, "answer.contradiction", "contradiction"},
        AnswerRow{S::Withdrawn, S::Revoked, S::Withdrawn, "answer.contradiction", "contradiction"},
        AnswerRow{S::Granted, S::Refused, S::Granted, "answer.contradiction", "contradiction"},
        AnswerRow{S::Granted, S::Accepted, S::Granted, "answer.contradiction", "contradiction"},
        AnswerRow{S::Refused, S::Granted, S::Refused, "answer.contradiction", "contradiction"},
        AnswerRow{S::Refused, S::Refused, S::Refused, "answer.repeated", ""},
        AnswerRow{S::NotAccepted, S::Correction, S::NotAccepted, "answer.contradiction",
                  "contradiction"}),
    [](const auto& row) {
        return fmt::format("{}_{}", to_string(row.param.from), to_string(row.param.answer));
    });

class AnswerWhileHeld : public testing::TestWithParam<ItemState> {};

TEST_P(AnswerWhileHeld, IsAContradictionAndReleasesNothing) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"});
    desk.answer("residence_issue", GetParam());
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    EXPECT_THAT(desk.created_maps(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Answer,
    AnswerWhileHeld,
    testing::Values(S::Accepted, S::Correction, S::NotAccepted, S::Granted, S::Refused));

TEST(Answer, OfAnotherPartyIsForbidden) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.take(
        Answered{.party = "psb", .item_serial = desk.item("permit_issue").serial, .digest = "x"});
    EXPECT_EQ(desk.last.refused, Errc::Forbidden);
}

TEST(Answer, AboutAnUnknownSerialIsNotFound) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.take(Answered{.party = "sti", .item_serial = "FW2025100900001-09", .digest = "x"});
    EXPECT_EQ(desk.last.refused, Errc::NotFound);
}

TEST(Answer, WithAStateNoDepartmentGivesIsRefused) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    for (const ItemState state :
         {S::Held, S::Forwarding, S::Forwarded, S::Cancelled, S::Withdrawing}) {
        desk.answer("permit_issue", state);
        EXPECT_EQ(desk.last.refused, Errc::InvalidArgument) << to_string(state);
    }
}

TEST(Answer, RepeatedChangesNothingAtAll) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Correction, kOct9, "same");
    const Case once = desk.one;
    desk.on(kOct10).answer_at("permit_issue", ItemState::Correction, kOct9, "same");
    EXPECT_EQ(desk.one, once);
    EXPECT_TRUE(desk.last.timeline.empty());
    EXPECT_FALSE(desk.last.refused);
}

TEST(Answer, WithoutADigestIsNeverARepeat) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Accepted, kOct9, "");
    desk.answer_at("permit_issue", ItemState::Granted, kOct9, "");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
}

TEST(Answer, OlderThanTheLastIsOutdated) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.on(kOct11).answer_at("permit_issue", ItemState::Correction, kOct10, "b");
    desk.answer_at("permit_issue", ItemState::Accepted, kOct9, "a");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Correction);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.outdated"));
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
}

TEST(Answer, OfTheSameTimeIsTakenInTheOrderOfArrival) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Accepted, kOct9, "a");
    desk.answer_at("permit_issue", ItemState::Correction, kOct9, "b");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Correction);
}

TEST(Answer, ThatAcceptsIsOvertakenByWhatStopsTheClockInTheSameSecond) {
    for (const ItemState stop : {ItemState::Correction, ItemState::Special}) {
        Desk desk = desk_with_permit(ItemState::Forwarded);
        desk.answer_at("permit_issue", stop, kOct9, "b");
        desk.answer_at("permit_issue", ItemState::Accepted, kOct9, "a");
        EXPECT_EQ(desk.state_of("permit_issue"), stop);
        EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.outdated"));
    }
}

TEST(Answer, OfADateAloneIsTakenInTheOrderOfArrival) {
    constexpr const char* kDay = "2025-10-09T00:00:00+08:00";
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Correction, kDay, "b");
    desk.answer_at("permit_issue", ItemState::Accepted, kDay, "a");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Accepted);
}

TEST(Answer, ThatCrossedASupplementDoesNotShowThatItArrived) {
    Desk desk = desk_with_permit(ItemState::Correction);
    desk.take(Supplemented{});
    const DeliveryId supplement = desk.open("sti")->id;
    while (desk.one.find(supplement)->state != DeliveryState::Dead) {
        desk.fail("sti", Errc::Unavailable);
    }
    desk.answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(desk.one.find(supplement)->state, DeliveryState::Dead) << "an operator sends it";
    desk.take(Redriven{supplement, "mended"}).deliver_all("sti");
    EXPECT_EQ(desk.one.find(supplement)->state, DeliveryState::Answered);
    desk.answer("permit_issue", ItemState::Granted);
    EXPECT_TRUE(desk.one.decided());
}

TEST(Answer, ThatDecidesCountsEvenWhenItsDateIsOlder) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Accepted, kOct9, "a");
    // A department that writes dates alone says midnight.
    desk.answer_at("permit_issue", ItemState::Granted, "2025-10-09T00:00:00+08:00", "b");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
    EXPECT_EQ(desk.item("permit_issue").last_answer_at, at(kOct9));
}

TEST(Answer, FromAClockThatIsAheadDoesNotBarLaterOnes) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    desk.answer_at("permit_issue", ItemState::Accepted, "2099-01-01T00:00:00+08:00", "a");
    EXPECT_EQ(desk.item("permit_issue").last_answer_at, desk.now);
    desk.on(kOct10).answer_at("permit_issue", ItemState::Correction, kOct10, "b");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Correction);
}

TEST(Answer, KeepsABoundedNumberOfDigests) {
    Desk desk = desk_with_permit(ItemState::Accepted);
    for (int round = 0; round < 200; ++round) desk.answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(desk.item("permit_issue").answers.size(), 64U);
    EXPECT_EQ(desk.item("permit_issue").answers.back(), "digest-201");
}

TEST(Answer, TellsTheObserversWithReasonAndTime) {
    Desk desk("window");
    desk.apply({"permit_issue"}).deliver_all("window");
    desk.answer("permit_issue", ItemState::Correction, "materials_incomplete");
    const Delivery* notice = desk.open("window");
    ASSERT_NE(notice, nullptr);
    EXPECT_EQ(notice->telling.state, ItemState::Correction);
    EXPECT_EQ(notice->telling.reason_code, "materials_incomplete");
    EXPECT_EQ(notice->telling.occurred_at, desk.now);
    EXPECT_THAT(desk.told("province"), ElementsAre("case accepted", "permit_issue correction"));
}

TEST(Answer, BeforeTheAcknowledgementIsNotUndoneByIt) {
    Desk desk;
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(desk.open("sti")->state, DeliveryState::Pending);
    desk.deliver_all("sti");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Accepted);
    EXPECT_EQ(desk.one.deliveries[3].party, "sti");
    EXPECT_EQ(desk.one.deliveries[3].state, DeliveryState::Answered);
}

TEST(Answer, MarksItsDispatchAnswered) {
    Desk desk = desk_with_permit(ItemState::Forwarded);
    EXPECT_EQ(desk.one.deliveries[3].state, DeliveryState::Delivered);
    desk.answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(desk.one.deliveries[3].state, DeliveryState::Answered);
}

TEST(Answer, SettlesADispatchThatWasGivenUp) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend"}).fail("sti", Errc::Refused);
    EXPECT_EQ(desk.open("sti"), nullptr);
    desk.answer("permit_issue", ItemState::Accepted);
    ASSERT_NE(desk.open("sti"), nullptr);
    EXPECT_EQ(desk.open("sti")->telling.item, 1U);
}

TEST(Answer, ThatDecidesTheLastItemDecidesTheCase) {
    Desk desk;
    desk.apply({"permit_issue", "title_review"}).answer("permit_issue", ItemState::Granted);
    EXPECT_FALSE(desk.one.decided());
    desk.answer("title_review", ItemState::Refused);
    EXPECT_TRUE(desk.one.decided());
    EXPECT_EQ(desk.last.timeline.back().event, "case.decided");
    EXPECT_EQ(desk.last.wake_at, std::nullopt);
}

TEST(Fee, OnAnItemWithoutOneIsQuarantined) {
    Desk desk;
    desk.apply({"insurance_register"});
    Answered answer{.party = "hrss",
                    .item_serial = desk.item("insurance_register").serial,
                    .state = ItemState::Granted,
                    .occurred_at = desk.now,
                    .digest = "fee",
                    .has_fee = true};
    desk.take(answer);
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Forwarding);
    EXPECT_THAT(desk.timeline_events(), ElementsAre("answer.quarantined"));
    EXPECT_THAT(desk.alert_codes(), ElementsAre("fee_not_allowed"));
    EXPECT_THAT(desk.created_maps(), IsEmpty());
    desk.take(answer);  // the same bytes again alert nobody twice
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    desk.answer("insurance_register", ItemState::Granted);
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Granted);
}

TEST(Fee, OfAResidencePermitIsAllowed) {
    Desk desk;
    desk.apply({"residence_issue"}, {"permit.number"});
    desk.take(Answered{.party = "psb",
                       .item_serial = desk.item("residence_issue").serial,
                       .state = ItemState::Granted,
                       .occurred_at = desk.now,
                       .digest = "fee",
                       .has_fee = true});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Granted);
}

}  // namespace
}  // namespace luqiao::broker
