// 撤回、撤件: of the whole application, of one item, before and after it went out.
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// A desk whose permits can be taken back by message; the other departments take none.
Desk desk_with_message() {
    Desk desk;
    for (ItemRule& rule : desk.service.items) {
        if (rule.party == "sti") rule.withdraw = "sti.withdraw";
    }
    return desk;
}

std::optional<std::string> only(const Desk& desk, std::string_view code) {
    return desk.item(code).serial;
}

const Delivery* last_to(const Desk& desk, std::string_view party) {
    const Delivery* found = nullptr;
    for (const Delivery& one : desk.one.deliveries) {
        if (one.party == party) found = &one;
    }
    return found;
}

TEST(Withdrawal, EndsAnItemAtOnceThatDidNotGoOut) {
    struct Row {
        const char* name;
        const char* item;
        void (*before)(Desk&);
    };
    const std::vector<Row> table{
        {"held", "residence_issue", [](Desk&) {}},
        {"queued behind another", "permit_extend", [](Desk&) {}},
        {"never written", "permit_issue",
         [](Desk& desk) {
             desk.take(NotEncodable{desk.open("sti")->id, "maps/sti.apply.map:12"});
         }},
        {"turned away", "permit_issue", [](Desk& desk) { desk.fail("sti", Errc::Refused); }},
    };
    for (const Row& row : table) {
        SCOPED_TRACE(row.name);
        Desk desk = desk_with_message();
        desk.apply({"permit_issue", "permit_extend", "residence_issue"});
        row.before(desk);
        desk.take(WithdrawalRequested{only(desk, row.item), "found another job"});
        EXPECT_EQ(desk.last.refused, std::nullopt);
        EXPECT_EQ(desk.state_of(row.item), ItemState::Withdrawn);
        EXPECT_THAT(desk.created_maps(), Not(Contains("sti.withdraw")));
        EXPECT_THAT(desk.told("portal"), Contains(std::string(row.item) + " withdrawn"));
        EXPECT_FALSE(desk.one.decided()) << "the others go on";
        for (int step = 0; step < 3; ++step) desk.deliver_all("sti");
        for (const Delivery& one : desk.one.deliveries) {
            EXPECT_TRUE(one.party != "sti" || is_settled(one.state)) << "the line moves";
        }
    }
}

TEST(Withdrawal, AsksTheDepartmentThatHasItAndEndsWhenItConfirms) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    desk.take(WithdrawalRequested{std::nullopt, "found another job"});
    EXPECT_THAT(desk.timeline_events(), ElementsAre("case.withdrawal", "item.withdrawing"));
    ASSERT_THAT(desk.created_maps(), Contains("sti.withdraw"));
    EXPECT_EQ(last_to(desk, "sti")->telling.reason_text, "found another job");
    desk.deliver_all("sti");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawing) << "received is not done";
    EXPECT_FALSE(desk.one.decided());
    desk.answer("permit_issue", ItemState::Withdrawn, "withdrawn");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawn);
    EXPECT_EQ(last_to(desk, "sti")->state, DeliveryState::Answered);
    EXPECT_TRUE(desk.one.decided());
    EXPECT_THAT(desk.told("province"), Not(Contains("permit_issue withdrawing")));
}

TEST(Withdrawal, GoesBehindAnApplicationThatMayBeUnderWay) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue"}).fail("sti", Errc::Timeout);
    const DeliveryId dispatch = desk.open("sti")->id;
    desk.take(WithdrawalRequested{});
    EXPECT_EQ(desk.open("sti")->id, dispatch);
    EXPECT_EQ(last_to(desk, "sti")->state, DeliveryState::Queued);
    desk.take(Delivered{dispatch});
    EXPECT_EQ(desk.open("sti")->map, "sti.withdraw");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawing);
}

TEST(Withdrawal, AsksTheDepartmentThatRefusedWhatItMayHaveSinceBefore) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue"}).fail("sti", Errc::Timeout).fail("sti", Errc::Refused);
    desk.take(WithdrawalRequested{});
    EXPECT_EQ(desk.open("sti")->map, "sti.withdraw") << "the first attempt may have arrived";
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawing);
}

TEST(Withdrawal, ThatIsConfirmedDoesNotShowThatWhatWasGivenUpArrived) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue"});
    const DeliveryId dispatch = desk.open("sti")->id;
    while (desk.one.find(dispatch)->state != DeliveryState::Dead) desk.fail("sti", Errc::Timeout);
    desk.take(WithdrawalRequested{}).deliver_all("sti");
    desk.answer("permit_issue", ItemState::Withdrawn, "withdrawn");
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawn);
    EXPECT_EQ(desk.one.find(dispatch)->state, DeliveryState::Shelved)
        << "reconciliation would miss it at the party, and send it again";
}

TEST(Withdrawal, IsToldByHandWhereTheDepartmentTakesNoMessage) {
    Desk desk;
    desk.apply({"title_review"}).deliver_all("title");
    desk.take(WithdrawalRequested{});
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Withdrawn);
    EXPECT_THAT(desk.alert_codes(), ElementsAre("withdrawal_by_hand"));
}

TEST(Withdrawal, LosesAgainstADecisionThatCrossedIt) {
    for (const ItemState decision :
         {ItemState::Granted, ItemState::Refused, ItemState::NotAccepted}) {
        Desk desk = desk_with_message();
        desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
        desk.take(WithdrawalRequested{only(desk, "permit_issue"), ""});
        EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Held) << "not lost yet";
        desk.answer("permit_issue", decision);
        EXPECT_EQ(desk.state_of("permit_issue"), decision);
        EXPECT_THAT(desk.timeline_events(), Contains("answer.crossed"));
        EXPECT_THAT(desk.told("portal"),
                    Contains("permit_issue " + std::string(to_string(decision))));
        EXPECT_EQ(desk.state_of("residence_issue"),
                  decision == ItemState::Granted ? ItemState::Forwarding : ItemState::Cancelled);
        desk.deliver_all("sti").answer("permit_issue", ItemState::Withdrawn);
        EXPECT_EQ(desk.state_of("permit_issue"), decision) << "a late confirmation changes nothing";
        EXPECT_THAT(desk.alert_codes(), ElementsAre("contradiction"));
    }
}

TEST(Withdrawal, ThatTheDepartmentCannotTakeLetsTheItemGoOnWhereItWas) {
    struct Row {
        const char* name;
        void (*before)(Desk&);
        void (*during)(Desk&);
        ItemState back;
    };
    const std::vector<Row> table{
        {"forwarded", [](Desk&) {}, [](Desk&) {}, ItemState::Forwarded},
        {"in work", [](Desk& desk) { desk.answer("permit_issue", ItemState::Accepted); },
         [](Desk&) {}, ItemState::Accepted},
        {"taken up meanwhile", [](Desk&) {},
         [](Desk& desk) { desk.answer("permit_issue", ItemState::Accepted); }, ItemState::Accepted},
        {"to be supplemented", [](Desk&) {},
         [](Desk& desk) { desk.answer("permit_issue", ItemState::Correction); },
         ItemState::Correction},
    };
    for (const Row& row : table) {
        SCOPED_TRACE(row.name);
        Desk desk = desk_with_message();
        desk.apply({"permit_issue"}).deliver_all("sti");
        row.before(desk);
        desk.take(WithdrawalRequested{});
        row.during(desk);
        EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawing);
        desk.fail("sti", Errc::Refused);
        EXPECT_EQ(desk.state_of("permit_issue"), row.back);
        EXPECT_THAT(desk.alert_codes(), ElementsAre("dead_letter"));
        EXPECT_EQ(desk.item("permit_issue").withdrawn_from, std::nullopt);
    }
}

TEST(Withdrawal, ThatFailsTellsTheReasonOfTheStateAgain) {
    struct Row {
        const char* name;
        void (*before)(Desk&);
        void (*during)(Desk&);
    };
    const auto ask = [](Desk& desk) {
        desk.take(Answered{.party = "sti",
                           .item_serial = desk.item("permit_issue").serial,
                           .state = ItemState::Correction,
                           .occurred_at = desk.now,
                           .digest = "asked",
                           .reason_code = "materials_incomplete",
                           .reason_text = "the contract has no end"});
    };
    const auto nothing = [](Desk&) {};
    for (const Row& row : {Row{"asked for before", ask, nothing}, Row{"meanwhile", nothing, ask}}) {
        SCOPED_TRACE(row.name);
        Desk desk = desk_with_message();
        desk.apply({"permit_issue"}).deliver_all("sti");
        row.before(desk);
        desk.take(WithdrawalRequested{std::nullopt, "found another job"});
        row.during(desk);
        desk.fail("sti", Errc::Refused);
        const Telling& told = last_to(desk, "portal")->telling;
        EXPECT_EQ(told.state, ItemState::Correction);
        EXPECT_EQ(told.reason_code, "materials_incomplete");
        EXPECT_EQ(told.reason_text, "the contract has no end")
            << "the province's table does not take a 补正 without one";
    }
}

TEST(Withdrawal, OfAPrerequisiteCancelsWhatWaitsForIt) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue", "residence_issue", "title_review"}).deliver_all("sti");
    desk.take(WithdrawalRequested{only(desk, "permit_issue"), ""})
        .deliver_all("sti")
        .answer("permit_issue", ItemState::Withdrawn);
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Cancelled);
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Forwarding) << "not concerned";
    EXPECT_THAT(desk.told("psb"), IsEmpty());
}

TEST(Withdrawal, OfTheWholeCaseWithdrawsWhatIsHeldInsteadOfCancellingIt) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue", "permit_extend", "residence_issue", "title_review"});
    desk.answer("title_review", ItemState::Granted).fail("sti", Errc::Refused);
    desk.take(WithdrawalRequested{});
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawn);
    EXPECT_EQ(desk.state_of("permit_extend"), ItemState::Withdrawn) << "not let go by the first";
    EXPECT_EQ(desk.state_of("residence_issue"), ItemState::Withdrawn);
    EXPECT_EQ(desk.state_of("title_review"), ItemState::Granted);
    EXPECT_TRUE(desk.one.decided());
    EXPECT_EQ(desk.open("sti"), nullptr);
}

TEST(Withdrawal, AtTheDepartmentsOwnCounterCounts) {
    Desk desk;
    desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
    desk.answer("permit_issue", ItemState::Withdrawn);
    EXPECT_EQ(desk.state_of("permit_issue"), ItemState::Withdrawn);
    EXPECT_FALSE(desk.last.wake_at) << "no clock runs";
}

TEST(Withdrawal, IsRefusedWhenNothingIsLeftOrMeant) {
    Desk desk = desk_with_message();
    desk.apply({"permit_issue"}).deliver_all("sti");
    desk.take(WithdrawalRequested{"FW2025100900001-77", ""});
    EXPECT_EQ(desk.last.refused, Errc::NotFound);
    desk.take(WithdrawalRequested{}).take(WithdrawalRequested{});
    EXPECT_EQ(desk.last.refused, Errc::Conflict) << "asked for already";
    desk.answer("permit_issue", ItemState::Refused).take(WithdrawalRequested{});
    EXPECT_EQ(desk.last.refused, Errc::Conflict) << "decided";
    desk.take(Supplemented{});
    EXPECT_EQ(desk.last.refused, Errc::Conflict);
}

}  // namespace
}  // namespace luqiao::broker
