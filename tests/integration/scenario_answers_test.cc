// Acceptance scenarios 4, 5, 6, 7 and 11: departments that are down, ask for more, charge, repeat,
// contradict.
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;

const app::FieldTexts kPermit{{"permit.number", "370123456789"},
                              {"permit.category", "B"},
                              {"permit.valid_from", "2025-10-13"},
                              {"permit.valid_to", "2027-10-12"}};

class Scenario4 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario4);
class Scenario5 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario5);
class Scenario7 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario7);
class Scenario11 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario11);

TEST_P(Scenario4, ADepartmentThatIsDownForThreeDaysStopsNobodyElseAndLosesNothing) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number = exchange.accepted(
        "portal",
        exchange.application("portal", {"permit_issue", "residence_issue", "insurance_register"}));
    exchange.party("psb").failing = Errc::Unavailable;
    receipt(exchange.answer("sti", exchange.serial(number, "permit_issue"), "granted", kPermit));
    exchange.pass(std::chrono::hours(72), 30min);

    EXPECT_EQ(exchange.party("hrss").accepted.size(), 1u) << "others go on";
    EXPECT_EQ(exchange.state(number, "residence_issue"), "forwarding");
    const std::size_t attempts = exchange.party("psb").sent.size();
    EXPECT_GT(attempts, 5u);
    EXPECT_LT(attempts, 200u) << "the waits grow";

    exchange.restart();
    exchange.party("psb").failing.reset();
    exchange.pass(std::chrono::hours(13), 30min);
    EXPECT_EQ(exchange.party("psb").accepted.size(), 1u);
    EXPECT_EQ(exchange.party("psb").repeated, 0u);
    EXPECT_EQ(exchange.state(number, "residence_issue"), "forwarded");
    for (const broker::Outgoing& one : exchange.party("psb").sent) {
        EXPECT_EQ(one.id, exchange.party("psb").sent.front().id) << "one id for life";
        EXPECT_EQ(one.body, exchange.party("psb").sent.front().body) << "the same bytes";
    }
}

TEST_P(Scenario4, AnUncertainOutcomeIsRepeatedWithTheSameIdAndHasOneEffect) {
    Exchange exchange(kStart, GetParam());
    exchange.party("sti").failing = Errc::OutcomeUnknown;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    exchange.party("sti").failing.reset();
    exchange.pass(60min);
    EXPECT_GE(exchange.party("sti").sent.size(), 2u);
    EXPECT_EQ(exchange.party("sti").accepted.size(), 1u);
    EXPECT_EQ(exchange.state(number, "permit_issue"), "forwarded");
}

TEST_P(Scenario4, WhatTheDepartmentSaysOfItsItemReachesTheChannelWithThatItemAlone) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number = exchange.accepted(
        "portal", exchange.application("portal", {"permit_issue", "residence_issue"}));
    receipt(exchange.answer("sti", exchange.serial(number, "permit_issue"), "granted", kPermit));
    exchange.pass(60min);
    receipt(exchange.answer("psb", exchange.serial(number, "residence_issue"), "granted",
                            {{"residence_permit.number", "RP0000001"},
                             {"residence_permit.valid_to", "2027-10-12"},
                             {"fee.amount", "800.00"},
                             {"fee.standard", "1年（含）至3年"},
                             {"handover.mode", "mail"},
                             {"handover.tracking_no", "SF0000000001"}}));
    exchange.pass(60min);
    std::size_t told = 0;
    for (const mapping::Record& one : exchange.received("portal", "portal.progress")) {
        const bool is_result =
            one.text("item.code") == "residence_issue" && one.text("item.state") == "granted";
        EXPECT_EQ(one.text("fee.amount"), is_result ? "800.00" : "");
        EXPECT_EQ(one.text("handover.tracking_no"), is_result ? "SF0000000001" : "");
        EXPECT_FALSE(one.text("case.accepted_at").empty());
        told += is_result ? 1 : 0;
    }
    EXPECT_EQ(told, 1u);
    const auto done = exchange.received("province", "province.done");
    ASSERT_EQ(done.size(), 2u);
    EXPECT_THAT(exchange.party("province").accepted.back().body,
                testing::HasSubstr(R"("ISFEE":"1")"));
}

TEST_P(Scenario5, ACorrectionPausesTheClockGoesToTheChannelAndTheSupplementReturns) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "accepted"));
    const auto first = exchange.item(number, "permit_issue").decision.due;
    ASSERT_TRUE(first);

    exchange.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange.answer("sti", serial, "correction"));
    EXPECT_EQ(exchange.progress_of("portal", serial).back(), "correction");

    exchange.set_time("2025-10-27T09:00:00+08:00");
    const auto form = shipped().realm->bundle->form("application");
    const mapping::Record supplement = app::invent_supplement(form, number, serial, exchange.now());
    receipt(exchange.submit_bytes("portal", "portal.supplement",
                                  exchange.bytes("portal.supplement", supplement)));
    ASSERT_EQ(exchange.party("sti").accepted.size(), 2u);
    EXPECT_EQ(exchange.state(number, "permit_issue"), "forwarded");

    exchange.set_time("2025-10-28T09:00:00+08:00");
    receipt(exchange.answer("sti", serial, "accepted"));
    const auto later = exchange.item(number, "permit_issue").decision.due;
    ASSERT_TRUE(later);
    EXPECT_GT(later->date, first->date) << "the days of the correction do not count";
    receipt(exchange.answer("sti", serial, "granted", kPermit));
    EXPECT_TRUE(exchange.find(number).decided());
}

TEST_P(Scenario5, ASpecialProcedureStopsTheClockAndIsToldWithTheLawThatAllowsIt) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "accepted"));
    exchange.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange.answer("sti", serial, "special",
                            {{"reason.code", "expert_review"}, {"reason.text", "专家评审"}}));
    EXPECT_EQ(exchange.progress_of("portal", serial).back(), "special");
    EXPECT_THAT(exchange.party("province").accepted.back().body,
                testing::AllOf(testing::HasSubstr("行政许可法》第四十五条"),
                               testing::HasSubstr(R"("NODERESULT":"5")")));
    EXPECT_EQ(exchange.item(number, "permit_issue").decision.due, std::nullopt);

    exchange.set_time("2025-12-01T09:00:00+08:00");
    EXPECT_THAT(exchange.alerts(number), testing::IsEmpty());
    receipt(exchange.answer("sti", serial, "accepted"));
    EXPECT_EQ(to_string(exchange.item(number, "permit_issue").decision.due->date), "2025-12-25")
        << "2 of 20 working days were used";
    EXPECT_EQ(exchange.progress_of("portal", serial).back(), "accepted");
}

TEST_P(Scenario5, ASupplementNobodyAskedForIsRefused) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const auto form = shipped().realm->bundle->form("application");
    const mapping::Record supplement = app::invent_supplement(
        form, number, exchange.serial(number, "permit_issue"), exchange.now());
    const auto refused = problem(exchange.submit_bytes(
        "portal", "portal.supplement", exchange.bytes("portal.supplement", supplement)));
    EXPECT_EQ(refused.code, Errc::Conflict);
}

TEST_P(Scenario5, ASupplementForACaseOfAnotherChannelIsNotFound) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "correction"));
    const auto form = shipped().realm->bundle->form("application");
    const mapping::Record supplement = app::invent_supplement(form, number, serial, exchange.now());
    const auto refused = problem(exchange.submit_bytes(
        "mobile", "mobile.supplement", exchange.bytes("mobile.supplement", supplement)));
    EXPECT_EQ(refused.code, Errc::NotFound);
}

TEST(Scenario6, AFeeWhereNoneIsAllowedIsQuarantined) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"permit_issue"});
    const std::string number = exchange.accepted("portal", application);
    const std::string serial = exchange.serial(number, "permit_issue");
    // 科技 has no fee in its format; the rule is the broker's, so it is tried where a format has
    // one.
    const auto& rules = *shipped().realm->service(exchange.find(number).service,
                                                  exchange.find(number).service_version);
    for (const broker::ItemRule& rule : rules.items) {
        EXPECT_EQ(rule.fee_allowed, rule.group == "residence") << rule.code << " 第十七条";
    }
    broker::UnitBuilder builder(*shipped().realm, exchange.find(number), exchange.now());
    broker::Problem refusal;
    ASSERT_TRUE(builder.apply(broker::Answered{.party = "sti",
                                               .item_serial = serial,
                                               .state = broker::ItemState::Granted,
                                               .occurred_at = exchange.now(),
                                               .digest = "d",
                                               .reason_code = {},
                                               .reason_text = {},
                                               .has_fee = true},
                              refusal));
    EXPECT_FALSE(builder.moved_an_item());
    const broker::Unit unit = builder.finish();
    ASSERT_EQ(unit.alerts.size(), 1u);
    EXPECT_EQ(unit.alerts[0].code, "fee_not_allowed");
}

TEST_P(Scenario7, ARenewedPassportKeepsTheSocialSecurityNumberOfTheFirstRegistration) {
    Exchange exchange(kStart, GetParam());
    mapping::Record application =
        exchange.application("portal", {"permit_change", "residence_change", "insurance_register"});
    app::set_fields(application, {{"insurance.social_number", "DEU0G0123456"},
                                  {"applicant.document_no", "C01X00T47"},
                                  {"current_residence.number", "RP1234567"},
                                  {"permit.number", "370000000001"},
                                  {"permit.category", "B"},
                                  {"permit.valid_from", "2025-01-01"},
                                  {"permit.valid_to", "2026-01-01"}});
    app::add_item(application, "applicant.previous_documents",
                  {{"kind", "414"}, {"number", "G0123456"}, {"expires", "2025-11-30"}});
    const std::string number = exchange.accepted("portal", application);
    receipt(exchange.answer("sti", exchange.serial(number, "permit_change"), "granted", kPermit));
    ASSERT_EQ(exchange.received("hrss", "hrss.insurance").size(), 1u);
    const mapping::Record sent = std::move(exchange.received("hrss", "hrss.insurance")[0]);
    EXPECT_EQ(sent.text("insurance.social_number"), "DEU0G0123456") << "kept for life";
    EXPECT_EQ(sent.text("applicant.document_no"), "C01X00T47") << "the new passport";
    EXPECT_EQ(exchange.party("psb").accepted.size(), 1u)
        << "the residence permit is changed with it";
}

TEST_P(Scenario11, RepeatedAndOutOfOrderResultsConverge) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "accepted"));
    exchange.set_time("2025-10-14T09:00:00+08:00");
    receipt(exchange.answer("sti", serial, "granted", kPermit));
    const std::size_t told = exchange.progress_of("portal", serial).size();

    const auto again = receipt(exchange.answer("sti", serial, "granted", kPermit));
    EXPECT_TRUE(again.replayed) << "the first receipt, byte for byte";
    receipt(exchange.answer("sti", serial, "accepted",
                            {{"item.occurred_at", "2025-10-13T10:00:00+08:00"}}));
    EXPECT_EQ(exchange.state(number, "permit_issue"), "granted");
    EXPECT_EQ(exchange.progress_of("portal", serial).size(), told) << "nobody hears anything new";
}

TEST_P(Scenario11, AContradictionOfADecisionChangesNothingAndIsShown) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "granted", kPermit));
    exchange.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange.answer("sti", serial, "refused"));
    EXPECT_EQ(exchange.state(number, "permit_issue"), "granted");
    EXPECT_THAT(exchange.alerts(number), testing::Contains("contradiction"));
}

TEST(Answer, OfAnotherDepartmentIsRefused) {
    Exchange exchange;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const auto refused =
        problem(exchange.answer("psb", exchange.serial(number, "permit_issue"), "accepted"));
    EXPECT_EQ(refused.code, Errc::Forbidden);
    EXPECT_EQ(exchange.state(number, "permit_issue"), "forwarded");
}

TEST(Answer, AboutAnUnknownItemIsRefused) {
    Exchange exchange;
    EXPECT_EQ(problem(exchange.answer("sti", "FW20251013ABCDEFGH-01", "accepted")).code,
              Errc::NotFound);
}

}  // namespace
}  // namespace luqiao::integration
