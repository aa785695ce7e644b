#include "broker/alert.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string due_of(const ItemClock& clock) {
    return clock.due ? to_string(clock.due->date) + (clock.due->provisional ? "?" : "") : "none";
}

TEST(ForwardClock, CountsTwoWorkingDaysFromAcceptance) {
    Desk desk("portal", "2025-09-30T17:00:00+08:00");
    desk.apply({"permit_issue"});
    EXPECT_EQ(to_string(desk.item("permit_issue").forward_due->date), "2025-10-10");
    EXPECT_EQ(desk.last.wake_at, at("2025-10-09T00:00:00+08:00")) << "one working day is left";
}

TEST(ForwardClock, TakesTheDayInChina) {
    Desk desk("portal", "2025-10-08T16:30:00Z");  // 00:30 on the 9th
    desk.apply({"permit_issue"});
    EXPECT_EQ(to_string(desk.item("permit_issue").forward_due->date), "2025-10-11");
}

TEST(ForwardClock, AlertsOnceWhenItRunsOut) {
    Desk desk("portal", "2025-09-30T17:00:00+08:00");
    desk.apply({"permit_issue"});
    desk.on("2025-10-08T23:59:59+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    desk.on("2025-10-10T23:59:59+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("forward_soon"));
    EXPECT_THAT(desk.timeline_events(), ElementsAre("clock.forward_soon"));
    EXPECT_EQ(desk.last.wake_at, at("2025-10-11T00:00:00+08:00"));
    desk.on("2025-10-11T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("forward_overdue"));
    EXPECT_THAT(desk.timeline_events(), ElementsAre("clock.forward_overdue"));
    EXPECT_EQ(desk.last.wake_at, at("2025-10-15T00:00:00+08:00")) << "three working days over";
    desk.on("2025-10-12T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    desk.on("2025-10-15T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("forward_escalated"));
    EXPECT_EQ(desk.last.wake_at, std::nullopt);
}

TEST(ForwardClock, StopsWithTheAcknowledgement) {
    Desk desk;
    desk.apply({"permit_issue"}).deliver_all("sti");
    EXPECT_EQ(desk.last.wake_at, std::nullopt);
    desk.on("2025-12-01T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
}

TEST(ForwardClock, WakesForTheEarliestItem) {
    Desk desk;  // Thursday; the e-card has one working day
    desk.apply({"permit_issue", "ecard_apply"});
    EXPECT_EQ(desk.last.wake_at, at("2025-10-10T00:00:00+08:00"));
    Desk alone;
    alone.apply({"ecard_apply", "title_review"}).deliver_all("title");
    alone.on("2025-10-10T00:00:00+08:00").take(TimerFired{});
    EXPECT_EQ(alone.last.wake_at, at("2025-10-11T00:00:00+08:00"));
}

TEST(DecisionClock, StartsWhenTheDepartmentAccepts) {
    Desk desk;
    desk.apply({"permit_issue", "title_review"}).deliver_all("sti");
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "none");
    desk.on("2025-10-13T10:00:00+08:00")
        .answer_at("permit_issue", ItemState::Accepted, "2025-10-10T09:00:00+08:00", "a");
    EXPECT_EQ(due_of(desk.item("permit_issue").decision),
              "2025-11-06");  // Saturday 10-11 is worked
    desk.answer("title_review", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("title_review").decision), "none");  // no limit: batches take months
}

TEST(DecisionClock, CountsCalendarDaysForResidence) {
    Desk desk("portal", "2025-09-16T10:00:00+08:00");
    desk.apply({"residence_issue"}, {"permit.number"})
        .answer("residence_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("residence_issue").decision), "2025-10-09");  // 1 October is off
}

TEST(DecisionClock, NeverStartsBeforeTheCaseWasThere) {
    Desk desk;
    desk.apply({"permit_issue"})
        .answer_at("permit_issue", ItemState::Accepted, "1970-01-01T08:00:00+08:00", "a");
    EXPECT_EQ(to_string(*desk.item("permit_issue").decision.started), "2025-10-09");
}

TEST(DecisionClock, StandsStillDuringCorrection) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");  // Monday
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Accepted).deliver_all("sti");
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2025-11-10");
    desk.on("2025-10-16T10:00:00+08:00")
        .answer("permit_issue", ItemState::Correction);  // 3 of 20 used
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "none");
    EXPECT_EQ(desk.last.wake_at, std::nullopt);
    desk.on("2025-12-01T10:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
    desk.on("2025-10-27T10:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2025-11-19");  // 17 after 27 October
    desk.deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("permit_issue").decision),
              "2025-11-19");  // a second 受理 starts nothing anew
}

TEST(DecisionClock, StandsStillTwice) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Accepted);
    desk.on("2025-10-14T10:00:00+08:00").answer("permit_issue", ItemState::Correction);
    desk.on("2025-10-15T10:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2025-11-11");
    desk.on("2025-10-15T11:00:00+08:00").answer("permit_issue", ItemState::Correction);
    desk.on("2025-10-15T12:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(due_of(desk.item("permit_issue").decision),
              "2025-11-11");  // within one day nothing is lost
    EXPECT_EQ(desk.item("permit_issue").decision.pauses.size(), 2U);
}

TEST(DecisionClock, KeepsCalendarDaysThroughACorrection) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"residence_issue"}, {"permit.number"})
        .answer("residence_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("residence_issue").decision), "2025-10-28");
    desk.on("2025-10-18T10:00:00+08:00")
        .answer("residence_issue", ItemState::Correction);  // 5 of 15 used
    desk.on("2025-11-03T10:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(due_of(desk.item("residence_issue").decision), "2025-11-13");
}

TEST(DecisionClock, ThatHasRunOutIsNotHealedByACorrection) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"residence_issue"}, {"permit.number"})
        .answer("residence_issue", ItemState::Accepted)
        .deliver_all("psb");
    desk.on("2025-11-10T10:00:00+08:00").answer("residence_issue", ItemState::Correction);
    EXPECT_EQ(due_of(desk.item("residence_issue").decision), "2025-10-28");
    desk.take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("decision_overdue", "decision_escalated"));
    desk.take(Supplemented{}).deliver_all("psb").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());
}

TEST(DecisionClock, RunsOnWhenTheDepartmentItselfEndsTheCorrection) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_issue"}).answer("permit_issue", ItemState::Accepted);
    desk.on("2025-10-14T10:00:00+08:00").answer("permit_issue", ItemState::Correction);
    desk.on("2025-10-16T10:00:00+08:00").answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2025-11-12");
}

TEST(DecisionClock, AlertsOnceAndStopsWithTheDecision) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_issue", "insurance_register"})
        .deliver_all("sti")
        .answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(desk.last.wake_at, at("2025-11-05T00:00:00+08:00")) << "three working days are left";
    desk.on("2025-11-11T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("decision_overdue"));
    EXPECT_EQ(desk.last.wake_at, at("2025-11-14T00:00:00+08:00"));
    desk.take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), IsEmpty());

    Desk decided("portal", "2025-10-13T10:00:00+08:00");
    decided.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    decided.answer("permit_issue", ItemState::Granted);
    decided.on("2025-12-11T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(decided.alert_codes(), IsEmpty());
}

/// A timer at the beginning of `day`, now that the calendar of 2027 is known.
Transition fired_with_2027(Desk& desk, const std::string& day, const std::string& rows) {
    Calendar calendar = test_calendar();
    Diagnostics findings;
    calendar.add_year(2027, "date,kind,name\n" + rows, "CN-2027.csv", findings);
    EXPECT_FALSE(findings.has_errors());
    desk.on(day + "T00:00:00+08:00");
    return step(desk.one, TimerFired{}, Rules{desk.service, calendar, desk.retry}, desk.now);
}

TEST(Clock, BeyondTheLastCalendarIsProvisionalAndWorkedOutAgain) {
    Desk desk("portal", "2026-12-28T10:00:00+08:00");
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2027-01-25?");

    const Transition fired = fired_with_2027(desk, "2027-01-26", "2027-01-01,off,元旦\n");
    EXPECT_EQ(due_of(fired.next.items[0].decision), "2027-01-26");
    ASSERT_EQ(fired.alerts.size(), 1U);
    EXPECT_EQ(fired.alerts[0].code, "decision_soon") << "it has one day more than it was thought";
    EXPECT_EQ(fired.wake_at, at("2027-01-27T00:00:00+08:00"));
}

TEST(Clock, ThatIsProvisionalIsLookedAtDailyFromTwoWeeksBefore) {
    Desk desk("portal", "2026-12-28T10:00:00+08:00");
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("permit_issue").decision), "2027-01-25?");
    EXPECT_EQ(desk.last.wake_at, at("2027-01-06T00:00:00+08:00")) << "yellow on the 20th";
    desk.on("2027-01-06T00:00:00+08:00").take(TimerFired{});
    EXPECT_EQ(desk.last.wake_at, at("2027-01-07T00:00:00+08:00"));

    // Two Saturdays of work: the date comes nearer.
    const Transition fired =
        fired_with_2027(desk, "2027-01-18", "2027-01-09,work,\n2027-01-16,work,\n");
    EXPECT_EQ(due_of(fired.next.items[0].decision), "2027-01-21");
    ASSERT_EQ(fired.alerts.size(), 1U);
    EXPECT_EQ(fired.alerts[0].code, "decision_soon") << "two days before it was thought";
}

TEST(Clock, StandsStillDuringASpecialProcedure) {
    struct Row {
        const char* name;
        bool is_accepted;  ///< before it
        const char* due;
    };
    // 行政许可法 第四十五条. From the 15th to the 22nd nothing counts: 20 working days from the
    // 13th or, where the special procedure is the first that is heard, from the 15th.
    for (const Row& row : {Row{"in work", true, "2025-11-17"}, Row{"first", false, "2025-11-19"}}) {
        SCOPED_TRACE(row.name);
        Desk desk("portal", "2025-10-13T10:00:00+08:00");
        desk.apply({"permit_issue"}).deliver_all("sti");
        if (row.is_accepted) desk.answer("permit_issue", ItemState::Accepted);
        desk.on("2025-10-15T10:00:00+08:00").answer("permit_issue", ItemState::Special, "hearing");
        EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Special);
        EXPECT_EQ(due_of(desk.item("permit_issue").decision), "none");
        EXPECT_EQ(desk.last.wake_at, std::nullopt);
        desk.take(Supplemented{});
        EXPECT_EQ(desk.last.refused, Errc::Conflict) << "nothing is asked of the applicant";
        desk.on("2025-10-22T10:00:00+08:00").answer("permit_issue", ItemState::Accepted);
        EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Accepted);
        EXPECT_EQ(due_of(desk.item("permit_issue").decision), row.due);
        EXPECT_THAT(desk.told("portal"), testing::Contains("permit_issue special"));
    }
}

TEST(Clock, OfASupplementStartsAnew) {
    Desk desk;
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Correction);
    desk.on("2025-11-03T10:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(to_string(desk.item("permit_issue").forward_due->date), "2025-11-05");
    desk.on("2025-11-06T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("forward_overdue"));
}

TEST(PromiseClock, RunsBesideTheLawAndStandsStillWithIt) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.service.items.front().promise = Limit{5, true};
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    const ItemClock& clock = desk.item("permit_issue").decision;
    EXPECT_EQ(to_string(clock.promised->date), "2025-10-20");
    EXPECT_EQ(due_of(clock), "2025-11-10");
    desk.on("2025-10-15T10:00:00+08:00").answer("permit_issue", ItemState::Correction);
    EXPECT_EQ(desk.item("permit_issue").decision.promised, std::nullopt);
    desk.on("2025-10-22T10:00:00+08:00").take(Supplemented{});
    EXPECT_EQ(to_string(desk.item("permit_issue").decision.promised->date), "2025-10-27");
    desk.deliver_all("sti").on("2025-10-28T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("promise_overdue"));
}

TEST(Lights, ComeNearAgainAfterAPauseAndAreToldAgain) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_extend"}).deliver_all("sti").answer("permit_extend", ItemState::Accepted);
    EXPECT_EQ(due_of(desk.item("permit_extend").decision), "2025-10-27");
    desk.on("2025-10-22T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("decision_soon"));
    desk.answer("permit_extend", ItemState::Correction);
    desk.on("2025-11-03T10:00:00+08:00").take(Supplemented{}).deliver_all("sti");
    EXPECT_EQ(due_of(desk.item("permit_extend").decision), "2025-11-06");
    desk.on("2025-11-04T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("decision_soon"));
}

TEST(Lights, GoOutForAnEndThatMovedOnThoughItHadRunOutAndComeAgain) {
    Desk desk("portal", "2025-10-13T10:00:00+08:00");
    desk.apply({"permit_extend"}).deliver_all("sti").answer("permit_extend", ItemState::Accepted);
    ASSERT_EQ(due_of(desk.item("permit_extend").decision), "2025-10-27");
    desk.on("2025-10-28T00:00:00+08:00").take(TimerFired{});
    EXPECT_EQ(light_of(desk.one), "red");
    // The department asked for a supplement a week ago, as is known only now: the end was not due.
    desk.answer_at("permit_extend", ItemState::Correction, "2025-10-21T09:00:00+08:00", "late");
    EXPECT_EQ(light_of(desk.one), "green");
    desk.on("2025-11-03T10:00:00+08:00").take(Supplemented{}).deliver_all("sti");
    EXPECT_EQ(due_of(desk.item("permit_extend").decision), "2025-11-07");
    EXPECT_EQ(light_of(desk.one), "green");
    desk.on("2025-11-08T00:00:00+08:00").take(TimerFired{});
    EXPECT_THAT(desk.alert_codes(), ElementsAre("decision_overdue"));
    EXPECT_EQ(light_of(desk.one), "red");
}

}  // namespace
}  // namespace luqiao::broker
