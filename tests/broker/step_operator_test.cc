#include "broker/alert.h"
#include "broker/retry.h"
#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A case with a line of two to sti; the first is `first`.
struct DeliveryLine {
    DeliveryLine() {
        desk.retry["sti"] = {Duration{1000}, Duration{60'000}, 2};
        desk.apply({"permit_issue", "permit_extend"});
        first = desk.open("sti")->id;
        second = desk.one.deliveries.back().id;
    }
    [[nodiscard]] const Delivery& at(const DeliveryId& id) const { return *desk.one.find(id); }

    Desk desk;
    DeliveryId first;
    DeliveryId second;
};

TEST(Redriven, SendsADeadDeliveryAgainAtOnceAndCountsAnew) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Timeout).fail("sti", Errc::Timeout);
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Dead);
    line.desk.now += Duration{3'600'000};
    line.desk.take(Redriven{line.first, "address mended"});
    EXPECT_EQ(line.desk.last.refused, std::nullopt);
    EXPECT_THAT(line.desk.last.created, IsEmpty());
    ASSERT_EQ(line.desk.last.changed.size(), 1U);
    EXPECT_EQ(line.desk.last.changed[0].id, line.first);
    EXPECT_EQ(line.desk.last.changed[0].state, DeliveryState::Pending);
    EXPECT_EQ(line.desk.last.changed[0].due_at, line.desk.now);
    ASSERT_THAT(line.desk.timeline_events(), ElementsAre("delivery.redriven"));
    EXPECT_EQ(line.desk.last.timeline[0].detail, "address mended");
    EXPECT_EQ(line.at(line.first).attempts, 2U) << "history is kept";

    line.desk.fail("sti", Errc::Timeout);
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Waiting) << "one of two attempts";
    EXPECT_EQ(line.desk.last.changed[0].due_at,
              line.desk.now + retry_delay(line.desk.retry["sti"], line.first, 1));
    line.desk.fail("sti", Errc::Timeout);
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Dead);
    EXPECT_EQ(line.at(line.first).attempts, 4U);
}

TEST(Redriven, LeavesTheAttemptOfOneThatWaitsToTheStore) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Timeout);
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Waiting);
    EXPECT_FALSE(line.desk.last.changed[0].needs_no_lease) << "that ended it";
    line.desk.take(Redriven{line.first, "they are back"});
    ASSERT_EQ(line.desk.last.changed.size(), 1U);
    EXPECT_EQ(line.desk.last.changed[0].state, DeliveryState::Pending);
    EXPECT_EQ(line.desk.last.changed[0].due_at, line.desk.now);
    EXPECT_TRUE(line.desk.last.changed[0].needs_no_lease) << "the case does not see a lease";

    line.desk.fail("sti", Errc::Timeout).fail("sti", Errc::Timeout);
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Dead);
    line.desk.take(Redriven{line.first, "mended"});
    EXPECT_FALSE(line.desk.last.changed[0].needs_no_lease) << "nothing of a dead one is under way";
}

TEST(Redriven, SendsWhatArrivedAgainOnlyWhenThePartyHasItNoMore) {
    DeliveryLine line;
    line.desk.deliver_all("sti");
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Delivered);
    line.desk.take(Redriven{line.first, "by mistake"});
    EXPECT_EQ(line.desk.last.refused, Errc::Conflict);
    line.desk.take(Redriven{line.first, "recon 2025-10-13", true});
    EXPECT_EQ(line.desk.last.refused, std::nullopt);
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Pending);
    EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarded) << "the item stays";
    line.desk.take(Redriven{line.second, "recon 2025-10-13", true});
    EXPECT_EQ(line.at(line.second).state, DeliveryState::Queued) << "order within the case";
    line.desk.deliver_all("sti");
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Delivered) << "its answer is still due";
    EXPECT_EQ(line.at(line.second).state, DeliveryState::Delivered);
    EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarded);
}

TEST(Redriven, MakesAWaitingDeliveryDueNow) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Unavailable).take(Redriven{line.first, {}});
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Pending);
    EXPECT_EQ(line.desk.last.changed[0].due_at, line.desk.now);
    line.desk.deliver_all("sti");
    EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarded);
}

TEST(Redriven, KeepsItsPlaceBehindWhatIsAheadOfIt) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Refused).take(DeliveryFailed{line.second, Errc::Refused});
    line.desk.take(Shelved{line.first, "on paper"});
    line.desk.fail("sti", Errc::Refused);  // the second
    line.desk.take(Redriven{line.first, {}});
    ASSERT_EQ(line.at(line.first).state, DeliveryState::Pending);
    line.desk.take(Redriven{line.second, {}});
    EXPECT_EQ(line.at(line.second).state, DeliveryState::Queued);
    line.desk.take(Delivered{line.first});
    EXPECT_EQ(line.at(line.second).state, DeliveryState::Pending);
}

struct RefusalRow {
    const char* name;
    void (*before)(DeliveryLine&);
    bool second;
};

class RedriveRefused : public testing::TestWithParam<RefusalRow> {};

TEST_P(RedriveRefused, WithAConflict) {
    DeliveryLine line;
    GetParam().before(line);
    line.desk.take(Redriven{GetParam().second ? line.second : line.first, "again"});
    EXPECT_EQ(line.desk.last.refused, Errc::Conflict);
}

INSTANTIATE_TEST_SUITE_P(
    Delivery,
    RedriveRefused,
    testing::Values(
        RefusalRow{"PendingAlready", [](DeliveryLine&) {}, false},
        RefusalRow{"Queued", [](DeliveryLine&) {}, true},
        RefusalRow{"Delivered", [](DeliveryLine& line) { line.desk.take(Delivered{line.first}); },
                   false},
        RefusalRow{
            "Answered",
            [](DeliveryLine& line) {
                line.desk.take(Delivered{line.first}).answer("permit_issue", ItemState::Accepted);
            },
            false},
        RefusalRow{"WithoutBytes",
                   [](DeliveryLine& line) { line.desk.take(NotEncodable{line.first}); }, false},
        RefusalRow{"ShelvedAndOvertaken",
                   [](DeliveryLine& line) {
                       line.desk.fail("sti", Errc::Refused).take(Shelved{line.first, "on paper"});
                   },
                   false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Shelved, LetsTheLineGoOnWithoutIt) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Refused);
    EXPECT_EQ(line.desk.open("sti"), nullptr);
    line.desk.take(Shelved{line.first, "handled on paper"});
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Shelved);
    EXPECT_EQ(line.at(line.first).cause, "E5003") << "why it had died is kept";
    EXPECT_EQ(line.desk.open("sti")->id, line.second);
    ASSERT_THAT(line.desk.timeline_events(), ElementsAre("delivery.shelved"));
    EXPECT_EQ(line.desk.last.timeline[0].detail, "handled on paper");
    EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarding) << "its clock goes on";
}

TEST(Shelved, CanBeSentAgainWhenItsLineIsIdle) {
    DeliveryLine line;
    line.desk.fail("sti", Errc::Refused).take(Shelved{line.first, "on paper"}).deliver_all("sti");
    line.desk.take(Redriven{line.first, "after all"}).deliver_all("sti");
    EXPECT_EQ(line.at(line.first).state, DeliveryState::Delivered);
    EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarded);
}

TEST(Shelved, IsSettledByALateSuccessOrAnAnswer) {
    DeliveryLine arrived;
    arrived.desk.fail("sti", Errc::Refused).take(Shelved{arrived.first, "on paper"});
    arrived.desk.take(Delivered{arrived.first});
    EXPECT_EQ(arrived.at(arrived.first).state, DeliveryState::Delivered);
    DeliveryLine answered;
    answered.desk.fail("sti", Errc::Refused).take(Shelved{answered.first, "on paper"});
    answered.desk.answer("permit_issue", ItemState::Granted);
    EXPECT_EQ(answered.at(answered.first).state, DeliveryState::Answered);
}

TEST(Shelved, IsOnlyForTheDeadAndSaysWhy) {
    DeliveryLine line;
    line.desk.take(Shelved{line.first, "impatience"});
    EXPECT_EQ(line.desk.last.refused, Errc::Conflict);
    line.desk.fail("sti", Errc::Refused).take(Shelved{line.first, ""});
    EXPECT_EQ(line.desk.last.refused, Errc::MissingRequired);
    line.desk.take(Shelved{*parse_id<DeliveryId>("0199c5a2-7b1e-7c3d-8f00-000000000000"), "x"});
    EXPECT_EQ(line.desk.last.refused, Errc::NotFound);
}

TEST(Confirmed, CountsAsDelivered) {
    for (const Errc code : {Errc::Refused, Errc::Unavailable, Errc::OutcomeUnknown}) {
        DeliveryLine line;
        if (code == Errc::OutcomeUnknown) line.desk.retry["sti"].on_unknown = OnUnknown::Ask;
        line.desk.fail("sti", code).take(Confirmed{line.first, "the department has it, No. 7"});
        EXPECT_EQ(line.at(line.first).state, DeliveryState::Delivered);
        EXPECT_EQ(line.at(line.first).attempts, 1U) << "the attempt was counted when it failed";
        EXPECT_EQ(line.desk.state_of("permit_issue"), ItemState::Forwarded);
        EXPECT_EQ(line.desk.open("sti")->id, line.second) << "its line goes on";
        ASSERT_EQ(line.desk.timeline_events().front(), "delivery.confirmed");
        EXPECT_EQ(line.desk.last.timeline[0].detail, "the department has it, No. 7");
    }
}

TEST(Confirmed, IsRefusedWhereItSaysNothing) {
    struct Row {
        const char* name;
        void (*before)(DeliveryLine&);
        std::string reason;
        Errc code;
    };
    const std::vector<Row> table{
        {"pending", [](DeliveryLine&) {}, "by phone", Errc::Conflict},
        {"delivered", [](DeliveryLine& line) { line.desk.take(Delivered{line.first}); }, "by phone",
         Errc::Conflict},
        {"never written", [](DeliveryLine& line) { line.desk.take(NotEncodable{line.first}); },
         "by phone", Errc::Conflict},
        {"without a reason", [](DeliveryLine& line) { line.desk.fail("sti", Errc::Refused); }, "",
         Errc::MissingRequired},
    };
    for (const Row& row : table) {
        DeliveryLine line;
        row.before(line);
        line.desk.take(Confirmed{line.first, row.reason});
        EXPECT_EQ(line.desk.last.refused, row.code) << row.name;
    }
}

/// A case with an answer that was quarantined for its fee, and a delivery that is dead.
struct Alerted {
    Alerted() {
        desk.apply({"insurance_register", "title_review"});
        item = desk.item("insurance_register").serial;
        charge("first");
        desk.fail("title", Errc::Refused);
    }
    void charge(std::string digest) {
        desk.take(Answered{.party = "hrss",
                           .item_serial = item,
                           .state = ItemState::Granted,
                           .occurred_at = desk.now,
                           .digest = std::move(digest),
                           .has_fee = true});
    }
    Desk desk;
    std::string item;
};

TEST(AlertSettled, EndsWhatNothingElseEndsUntilItIsRaisedAgain) {
    Alerted one;
    const Alert fee{"fee_not_allowed", one.item};
    ASSERT_THAT(open_alerts(one.desk.one), testing::Contains(fee));
    one.charge("second");
    EXPECT_THAT(one.desk.one.unsettled, ElementsAre(fee)) << "once, however often it is raised";
    one.desk.take(AlertSettled{"fee_not_allowed", {}, "the department takes it back"});
    EXPECT_EQ(one.desk.last.refused, std::nullopt);
    EXPECT_THAT(one.desk.one.unsettled, IsEmpty());
    ASSERT_THAT(one.desk.timeline_events(), ElementsAre("alert.settled"));
    EXPECT_EQ(one.desk.last.timeline[0].item, one.item);
    EXPECT_EQ(one.desk.last.timeline[0].detail, "fee_not_allowed the department takes it back");
    one.charge("third");
    EXPECT_THAT(one.desk.one.unsettled, ElementsAre(fee));
    one.desk.answer("insurance_register", ItemState::Granted);
    EXPECT_THAT(one.desk.one.unsettled, ElementsAre(fee)) << "a decision settles nothing";
}

TEST(AlertSettled, IsRefusedWhereItSaysNothing) {
    struct Row {
        const char* code;
        const char* item;
        const char* reason;
        Errc refused;
    };
    for (const Row& row : {Row{"fee_not_allowed", "", "", Errc::MissingRequired},
                           Row{"contradiction", "", "seen", Errc::NotFound},
                           Row{"fee_not_allowed", "another", "seen", Errc::NotFound},
                           Row{"dead_letter", "", "seen", Errc::Conflict}}) {
        Alerted one;
        one.desk.take(AlertSettled{row.code, row.item, row.reason});
        EXPECT_EQ(one.desk.last.refused, row.refused) << row.code << " " << row.item;
        EXPECT_EQ(one.desk.one.unsettled.size(), 1U);
    }
}

}  // namespace
}  // namespace luqiao::broker
