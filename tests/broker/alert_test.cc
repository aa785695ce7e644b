#include "broker/alert.h"

#include "broker/clock.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(OpenAlerts, OfAClockAreItsLastStageWhileItRuns) {
    Desk desk("portal", "2025-09-30T17:00:00+08:00");
    desk.apply({"permit_issue"});
    const std::string serial = desk.item("permit_issue").serial;
    EXPECT_EQ(light_of(desk.one), "green");
    EXPECT_THAT(open_alerts(desk.one), IsEmpty());
    desk.on("2025-10-09T00:00:00+08:00").take(TimerFired{});
    EXPECT_EQ(light_of(desk.one), "yellow");
    EXPECT_THAT(open_alerts(desk.one), ElementsAre(Alert{"forward_soon", serial}));
    desk.on("2025-10-11T00:00:00+08:00").take(TimerFired{});
    EXPECT_EQ(light_of(desk.one), "red");
    EXPECT_THAT(open_alerts(desk.one), ElementsAre(Alert{"forward_overdue", serial}));
    desk.on("2025-10-15T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(open_alerts(desk.one), ElementsAre(Alert{"forward_escalated", serial}));
    desk.deliver_all("sti");
    EXPECT_EQ(light_of(desk.one), "green");
    EXPECT_THAT(open_alerts(desk.one), IsEmpty());
}

TEST(OpenAlerts, ShowTheWorstLightOfAllItems) {
    Desk desk;  // Thursday; the e-card has one working day, the title two
    desk.apply({"ecard_apply", "title_review"});
    desk.on("2025-10-11T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(open_alerts(desk.one),
                testing::Contains(Alert{"forward_soon", desk.item("title_review").serial}));
    EXPECT_EQ(light_of(desk.one), "red") << "of the e-card";
    desk.deliver_all("essc");
    EXPECT_EQ(light_of(desk.one), "yellow");
}

TEST(OpenAlerts, OfADeliveryEndWithItsState) {
    Desk desk;
    desk.retry["sti"].on_unknown = OnUnknown::Ask;
    desk.apply({"permit_issue", "title_review"});
    desk.fail("sti", Errc::OutcomeUnknown).fail("title", Errc::Refused);
    const std::string permit = desk.item("permit_issue").serial;
    const std::string title = desk.item("title_review").serial;
    EXPECT_THAT(open_alerts(desk.one),
                testing::UnorderedElementsAre(Alert{"outcome_unknown", permit},
                                              Alert{"dead_letter", title}));
    EXPECT_EQ(light_of(desk.one), "green");
    for (const Delivery& one : Case(desk.one).deliveries) {
        if (one.state == DeliveryState::Unknown) desk.take(Confirmed{one.id, "has it"});
        if (one.state == DeliveryState::Dead) desk.take(Redriven{one.id, "mended"});
    }
    EXPECT_THAT(open_alerts(desk.one), IsEmpty());
}

TEST(AlertCodes, NameEveryStageOfEveryClockAndThoseByHand) {
    const auto all = all_alerts();
    for (const auto kind : {ClockKind::Forward, ClockKind::Promise, ClockKind::Decision}) {
        for (const auto stage : {ClockStage::Soon, ClockStage::Overdue, ClockStage::Escalated}) {
            const std::string code =
                std::string(to_string(kind)) + "_" + std::string(to_string(stage));
            EXPECT_THAT(all, testing::Contains(code));
            EXPECT_FALSE(is_settled_by_hand(code));
        }
    }
    EXPECT_EQ(alerts_beside_clocks().size() + 9, all.size());
    for (const std::string_view code : alerts_beside_clocks()) {
        const bool of_delivery = code == kDeadLetter || code == kOutcomeUnknown;
        EXPECT_EQ(is_settled_by_hand(code), !of_delivery) << code;
    }
}

}  // namespace
}  // namespace luqiao::broker
