// Limits that run out and alerts are found, counted and told, and end with what they are about.
#include "app/operator_alerts.h"
#include "app/operator_messages.h"
#include "broker/alert.h"
#include "broker/search.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class AlertsScenario : public testing::TestWithParam<StoreKind> {
protected:
    app::Desk desk() { return {*exchange_.pipeline().realm(), exchange_.store()}; }
    json ask(const json& question) {
        const auto asked = app::read_question(json::parse(question.dump()));
        const auto found =
            asked ? app::find_cases(desk(), nullptr, *asked) : Result<std::string>(asked.error());
        if (!found) ADD_FAILURE() << found.error().message;
        return found ? json::parse(*found) : json();
    }
    std::vector<std::string> find(const json& question) {
        const json answer = ask(question);
        std::vector<std::string> out;
        for (const json& one : answer.at("cases")) out.push_back(one.at("case_number"));
        return out;
    }
    app::Alarms alarms() { return app::count_alarms(exchange_.store()).value_or(app::Alarms{}); }
    std::vector<std::string> conditions() {
        std::vector<std::string> out;
        for (const broker::Condition& one : app::conditions_of(alarms())) out.push_back(one.name);
        return out;
    }
    /// @return what the operator is answered, or the error's id
    std::string settle(const std::string& number, const json& said) {
        std::string out;
        app::settle_alert(exchange_.store(), exchange_.pipeline(), number + "/settle", said.dump(),
                          [&](const Result<std::string>& answer) {
                              out = answer ? *answer : std::string(info(answer.error().code).id);
                          });
        exchange_.settle();
        return out;
    }
    /// A case whose 社保 answer charged a fee: its alert stays.
    std::string charged() {
        const std::string number =
            exchange_.accepted("portal", exchange_.application("portal", {"insurance_register"}));
        const std::string serial = exchange_.serial(number, "insurance_register");
        receipt(exchange_.answer(
            "hrss", serial, "granted",
            {{"insurance.social_number", "DEU0G0123456"}, {"fee.amount", "100.00"}}));
        return number;
    }

    Exchange exchange_{kStart, GetParam()};  // a Monday
};
LUQIAO_ON_BOTH_STORES(AlertsScenario);

TEST_P(AlertsScenario, ALimitThatLapsesIsListedAndToldUntilTheCaseGoesOn) {
    exchange_.party("sti").failing = Errc::Unavailable;
    const std::string late =
        exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    const std::string fine =
        exchange_.accepted("portal", exchange_.application("portal", {"insurance_register"}));
    EXPECT_THAT(conditions(), IsEmpty());

    exchange_.set_time("2025-10-15T09:00:00+08:00");
    exchange_.settle();
    EXPECT_THAT(find({{"light", "yellow"}}), ElementsAre(late));
    EXPECT_THAT(find({{"alert", "forward_soon"}}), ElementsAre(late));
    EXPECT_EQ(alarms().yellow.cases, 1U);
    EXPECT_THAT(conditions(), IsEmpty());

    exchange_.set_time("2025-10-16T09:00:00+08:00");
    exchange_.settle();
    EXPECT_THAT(find({{"light", "yellow"}}), IsEmpty());
    EXPECT_THAT(find({{"light", "red"}}), ElementsAre(late));
    EXPECT_THAT(find({{"light", "red"}, {"party", "hrss"}}), IsEmpty());
    EXPECT_THAT(find({{"light", "red"}, {"party", "sti"}, {"state", "open"}}), ElementsAre(late));
    EXPECT_THAT(conditions(), ElementsAre("limits_overdue"));
    const json shown = ask({{"light", "red"}}).at("cases").at(0);
    EXPECT_EQ(shown.at("light"), "red");
    EXPECT_EQ(shown.at("alerts").at(0).at("code"), "forward_overdue");

    exchange_.restart();
    exchange_.set_time("2025-10-21T09:00:00+08:00");
    exchange_.settle();
    EXPECT_THAT(find({{"alert", "forward_escalated"}}), ElementsAre(late));
    EXPECT_THAT(find({{"alert", "forward_overdue"}}), IsEmpty()) << "it went further";

    exchange_.party("sti").failing.reset();
    exchange_.pass(std::chrono::hours(13), 30min);
    ASSERT_EQ(exchange_.state(late, "permit_issue"), "forwarded");
    EXPECT_THAT(find({{"light", "red"}}), IsEmpty());
    EXPECT_THAT(conditions(), IsEmpty());
}

TEST_P(AlertsScenario, ADecisionThatIsLateLeavesTheListWhenItIsMade) {
    const std::string number =
        exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    const std::string serial = exchange_.serial(number, "permit_issue");
    receipt(exchange_.answer("sti", serial, "accepted"));
    exchange_.set_time("2025-12-15T09:00:00+08:00");
    exchange_.settle();
    EXPECT_THAT(find({{"light", "red"}, {"alert", "decision_escalated"}}), ElementsAre(number));
    EXPECT_THAT(conditions(), ElementsAre("limits_overdue"));
    receipt(exchange_.answer("sti", serial, "granted",
                             {{"permit.number", "370123456789"},
                              {"permit.category", "B"},
                              {"permit.valid_from", "2025-12-15"},
                              {"permit.valid_to", "2027-12-14"}}));
    ASSERT_TRUE(exchange_.find(number).decided());
    EXPECT_THAT(find({{"light", "red"}}), IsEmpty());
    EXPECT_THAT(find({{"alert", "decision_escalated"}}), IsEmpty());
    EXPECT_THAT(conditions(), IsEmpty());
    EXPECT_EQ(exchange_.alerts(number).empty(), false) << "what was raised stays on record";
}

TEST_P(AlertsScenario, AnAlertThatNothingElseEndsIsSettledByAnOperatorOnRecord) {
    const std::string number = charged();
    ASSERT_THAT(find({{"alert", "fee_not_allowed"}}), ElementsAre(number));
    EXPECT_THAT(conditions(), ElementsAre("alerts_open"));
    const json order = {{"code", "fee_not_allowed"}, {"actor", "王工"}, {"reason", "对方撤回"}};
    json other = order;
    other["code"] = "contradiction";
    EXPECT_EQ(settle(number, other), "E5005");
    json unsigned_order = order;
    unsigned_order.erase("actor");
    EXPECT_EQ(settle(number, unsigned_order), info(Errc::MissingRequired).id);
    EXPECT_EQ(settle("FW0", order), "E5005");

    const json settled = json::parse(settle(number, order));
    EXPECT_EQ(settled.at("case_number"), number);
    EXPECT_THAT(settled.at("alerts"), IsEmpty());
    EXPECT_THAT(find({{"alert", "fee_not_allowed"}}), IsEmpty());
    EXPECT_THAT(conditions(), IsEmpty());
    const broker::AuditEntry last = exchange_.store().audit_tail(1)->back();
    EXPECT_EQ(last.actor, "王工");
    EXPECT_EQ(last.action, "alert.settle");
    EXPECT_EQ(last.subject, number + " fee_not_allowed 对方撤回");
    EXPECT_EQ(settle(number, order), "E5005") << "once";
}

TEST_P(AlertsScenario, AnAlertOfALimitIsNotSettledAway) {
    exchange_.party("sti").failing = Errc::Refused;
    const std::string number =
        exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    EXPECT_THAT(conditions(), ElementsAre("alerts_open"));
    EXPECT_EQ(settle(number, {{"code", "dead_letter"}, {"actor", "wang"}, {"reason", "seen"}}),
              "E5006");
    EXPECT_THAT(find({{"alert", "dead_letter"}}), ElementsAre(number));
}

TEST_P(AlertsScenario, ACaseOfBeforeAlarmsWereKeptGetsThemWithItsNextChange) {
    const std::string number = charged();
    exchange_.restart();
    const auto id = exchange_.store().find_case_id(number);
    broker::Unit before;  // as an older program left it
    before.at = exchange_.now();
    before.state = (*exchange_.store().find_case(**id))->state;
    before.facts_ended = broker::alarm_terms(before.state);
    ASSERT_TRUE(exchange_.store().commit(std::span(&before, 1)));
    EXPECT_THAT(find({{"alert", "fee_not_allowed"}}), IsEmpty());
    receipt(exchange_.answer("hrss", exchange_.serial(number, "insurance_register"), "accepted"));
    EXPECT_THAT(find({{"alert", "fee_not_allowed"}}), ElementsAre(number));
}

TEST(Conditions, SayMoreThanWhenTheyWereNotCountedToTheEnd) {
    app::Alarms alarms;
    alarms.red = {app::kAlarmsMost, true};
    alarms.alerts["dead_letter"] = {2, false};
    alarms.alerts["forward_overdue"] = {app::kAlarmsMost, true};
    const auto told = app::conditions_of(alarms);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].name, "limits_overdue");
    EXPECT_TRUE(told[0].urgent);
    EXPECT_THAT(told[0].message.zh, testing::HasSubstr("超过 1000 件"));
    EXPECT_THAT(told[0].message.en, testing::HasSubstr("more than 1000"));
    EXPECT_EQ(told[1].name, "alerts_open");
    EXPECT_THAT(told[1].facts, ElementsAre(testing::Pair("dead_letter", "2")));
}

}  // namespace
}  // namespace luqiao::integration
