// An operator accepts an answer that contradicts what stands.
#include "broker/alert.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

AnswerAccepted accept(ItemState state, std::string item = {}) {
    return {std::move(item), state, "复议后改变原决定"};
}

/// A permit that was refused and, after a review, granted.
Desk reviewed() {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.on("2025-10-20T09:00:00+08:00").answer("permit_issue", ItemState::Refused, "x");
    desk.on("2025-11-20T09:00:00+08:00").answer("permit_issue", ItemState::Granted);
    return desk;
}

TEST(Acceptance, MakesTheAnswerTheDecisionAndOpensGates) {
    Desk desk = reviewed();
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Cancelled);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    desk.on("2025-11-21T09:00:00+08:00").take(accept(ItemState::Granted));
    ASSERT_FALSE(desk.last.refused);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    EXPECT_THAT(desk.timeline_events(),
                ElementsAre("answer.accepted", "alert.settled", "item.granted", "item.forwarding"));
    EXPECT_EQ(desk.last.timeline[0].detail, "granted 复议后改变原决定");
    EXPECT_THAT(open_alerts(desk.one), IsEmpty());
    for (const char* channel : {"portal", "mobile"}) {
        EXPECT_THAT(desk.told(channel), Contains("permit_issue granted"));
    }
    EXPECT_THAT(desk.told("province"), Contains("permit_issue granted"));
    EXPECT_THAT(desk.told("psb"), ElementsAre("residence_issue forwarding"));
    const auto& told = desk.one.find(desk.last.created[0])->telling;
    EXPECT_EQ(told.occurred_at, at("2025-11-20T09:00:00+08:00")) << "the department's own time";
    EXPECT_EQ(to_string(desk.item("residence_issue").forward_due->date), "2025-11-25");
}

TEST(Acceptance, ASecondTimeChangesNothing) {
    Desk desk = reviewed();
    desk.take(accept(ItemState::Granted));
    const Case before = desk.one;
    desk.take(accept(ItemState::Granted, desk.item("permit_issue").serial));
    EXPECT_FALSE(desk.last.refused);
    EXPECT_EQ(desk.one, before);
    EXPECT_THAT(desk.last.timeline, IsEmpty());
}

TEST(Acceptance, OfARefusalClosesGatesForGood) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.answer("permit_issue", ItemState::Granted);
    desk.on("2025-10-21T09:00:00+08:00").answer("permit_issue", ItemState::Refused, "x");
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
    desk.take(accept(ItemState::Refused));
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Refused);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Cancelled);
    EXPECT_EQ(desk.open("psb"), nullptr);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("prerequisite_revoked"));
    EXPECT_THAT(desk.told("portal"), Contains("residence_issue cancelled"));
    EXPECT_TRUE(desk.one.decided());
}

TEST(Acceptance, NeedsAnAnswerToAccept) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.take(accept(ItemState::Granted));
    EXPECT_EQ(desk.last.refused, Errc::NotFound);
    desk.answer("permit_issue", ItemState::Granted).take(accept(ItemState::Granted));
    EXPECT_EQ(desk.last.refused, Errc::NotFound) << "nothing contradicts it";
    desk.take(accept(ItemState::Granted, "FW-unknown"));
    EXPECT_EQ(desk.last.refused, Errc::NotFound);
    desk.answer("permit_issue", ItemState::Special).take(accept(ItemState::Special));
    EXPECT_EQ(desk.last.refused, Errc::NotFound) << "what is no decision cannot be accepted";
}

TEST(Acceptance, IsOfTheAnswerThatWasMeantAndNotOlder) {
    Desk desk = reviewed();
    desk.take(accept(ItemState::Revoked));
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    AnswerAccepted silent = accept(ItemState::Granted);
    silent.reason.clear();
    desk.take(silent);
    EXPECT_EQ(desk.last.refused, Errc::MissingRequired);

    desk.take(accept(ItemState::Granted));
    desk.answer_at("permit_issue", ItemState::Refused, "2025-11-01T09:00:00+08:00", "older");
    desk.take(accept(ItemState::Refused));
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
}

TEST(Acceptance, TheNewestAnswerIsTheOneToAccept) {
    Desk desk = reviewed();
    desk.answer_at("permit_issue", ItemState::NotAccepted, "2025-11-01T09:00:00+08:00", "older");
    desk.take(accept(ItemState::NotAccepted));
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    desk.take(accept(ItemState::Granted));
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Granted);
}

TEST(Acceptance, NamesTheItemWhenSeveralAreContradicted) {
    Desk desk = reviewed();
    desk.answer("residence_issue", ItemState::Granted);
    desk.take(accept(ItemState::Granted));
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
    desk.take(accept(ItemState::Granted, desk.item("residence_issue").serial));
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Granted);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Refused);
}

}  // namespace
}  // namespace luqiao::broker
