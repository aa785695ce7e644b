#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Arrival, DispatchesUngatedItemsInOneStepAndHoldsTheOthers) {
    Desk desk;
    desk.apply({"title_review", "residence_issue", "permit_issue"});
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarding);
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Forwarding);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
    EXPECT_THAT(desk.told("sti"), ElementsAre("permit_issue forwarding"));
    EXPECT_THAT(desk.told("title"), ElementsAre("title_review forwarding"));
    EXPECT_THAT(desk.told("psb"), IsEmpty());
    EXPECT_EQ(desk.one.accepted_at, desk.now);
    EXPECT_EQ(desk.one.service, "foreigner_work");
}

TEST(Arrival, NumbersTheItemsInTheOrderOfTheCatalogue) {
    Desk desk;
    desk.apply({"title_review", "residence_issue", "permit_issue", "permit_issue"});
    ASSERT_EQ(desk.one.items.size(), 3U);
    EXPECT_EQ(desk.item("permit_issue").serial, "FW2025100900001-01");
    EXPECT_EQ(desk.item("residence_issue").serial, "FW2025100900001-02");
    EXPECT_EQ(desk.item("title_review").serial, "FW2025100900001-03");
}

TEST(Arrival, TellsObserversOnceAndOnlyTheWindowOfItsOwnCases) {
    Desk desk;
    desk.apply({"permit_issue", "residence_issue"});
    EXPECT_THAT(desk.told("portal"), ElementsAre("case accepted", "residence_issue held"));
    EXPECT_THAT(desk.told("mobile"), ElementsAre("case accepted", "residence_issue held"));
    EXPECT_THAT(desk.told("window"), IsEmpty());
    EXPECT_THAT(desk.told("province"), ElementsAre("case accepted", "residence_issue held"));
    EXPECT_THAT(desk.created_maps(),
                ElementsAre("portal.progress", "mobile.progress", "province.accept", "sti.apply",
                            "portal.progress", "mobile.progress", "province.process"));

    Desk window("window");
    window.apply({"permit_issue"});
    EXPECT_THAT(window.told("window"), ElementsAre("case accepted"));
}

TEST(Arrival, TakesEvidenceInsteadOfThePrerequisite) {
    Desk desk;
    desk.apply({"residence_issue"}, {"permit.number"});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Forwarding);
}

TEST(Arrival, HoldsBehindAnItemOfTheCaseEvenWithEvidence) {
    Desk desk;
    desk.apply({"permit_extend", "residence_issue"}, {"permit.number"});
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held);
}

TEST(Arrival, DispatchesAnywayWhenEvidenceIsNotRequired) {
    Desk desk;
    desk.apply({"insurance_register"});
    EXPECT_EQ(desk.state_of("insurance_register"), ItemState::Forwarding);
}

struct RefusedRow {
    const char* name;
    std::vector<std::string> items;
    Errc code;
    const char* zh;
    const char* en;
};

class RefusedArrival : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedArrival, SaysWhyInBothLanguages) {
    Desk desk;
    desk.apply(GetParam().items);
    EXPECT_EQ(desk.last.refused, GetParam().code);
    EXPECT_THAT(desk.last.refusal.zh, HasSubstr(GetParam().zh));
    EXPECT_THAT(desk.last.refusal.en, HasSubstr(GetParam().en));
    EXPECT_TRUE(desk.one.items.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Arrival,
    RefusedArrival,
    testing::Values(RefusedRow{"NoItem", {}, Errc::MissingRequired, "未选择", "no item"},
                    RefusedRow{
                        "UnknownItem", {"permit_issue", "visa"}, Errc::BadValue, "visa", "visa"},
                    RefusedRow{"MissingEvidence",
                               {"residence_issue", "title_review"},
                               Errc::NotEligible,
                               "工作许可签发",
                               "permit.number"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Arrival, NamesEveryItemThatLacksItsPrerequisite) {
    Desk desk;
    for (ItemRule& rule : desk.service.items) {
        if (rule.code != "insurance_register") continue;
        rule.evidence = "permit.number";
        rule.evidence_required = true;
    }
    desk.apply({"residence_issue", "insurance_register"});
    EXPECT_THAT(desk.last.refusal.zh, HasSubstr("居留证件签发"));
    EXPECT_THAT(desk.last.refusal.zh, HasSubstr("社会保险登记"));
    EXPECT_THAT(desk.last.refusal.en, HasSubstr("insurance_register"));
}

TEST(Arrival, IsRefusedForACaseThatHasItems) {
    Desk desk;
    desk.apply({"permit_issue"}).apply({"permit_issue"});
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
}

TEST(Arrival, QueuesSeveralItemsOfOneParty) {
    Desk desk;
    desk.apply({"permit_issue", "permit_extend"});
    EXPECT_THAT(desk.told("sti"),
                ElementsAre("permit_issue forwarding", "permit_extend forwarding"));
    EXPECT_EQ(desk.open("sti")->telling.item, 0U);
    desk.take(Delivered{desk.open("sti")->id});
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Forwarded);
    EXPECT_EQ(desk.state_of("permit_extend"), ItemState::Forwarding);
    EXPECT_EQ(desk.open("sti")->telling.item, 1U);
}

TEST(DeliveryIdentity, FollowsFromCaseAndSequenceAlone) {
    const auto id = *parse_id<CaseId>("0199c5a2-7b1e-7c3d-8f00-0123456789ab");
    const auto other = *parse_id<CaseId>("0199c5a2-7b1e-7c3d-8f00-0123456789ac");
    const Instant now = at("2025-10-09T10:00:00+08:00");
    EXPECT_EQ(delivery_id(id, 1, now), delivery_id(id, 1, now));
    EXPECT_NE(delivery_id(id, 1, now), delivery_id(id, 2, now));
    EXPECT_NE(delivery_id(id, 1, now), delivery_id(id, 256, now));
    EXPECT_NE(delivery_id(id, 1, now), delivery_id(other, 1, now));
    EXPECT_LT(delivery_id(id, 2, now), delivery_id(id, 1, now + Duration{1}));
    EXPECT_EQ(to_string(delivery_id(id, 1, now))[14], '7');
}

}  // namespace
}  // namespace luqiao::broker
