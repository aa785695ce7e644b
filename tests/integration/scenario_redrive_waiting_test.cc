// What waits for its next attempt, or was set aside, is sent now by an operator.
#include "app/operator_deliveries.h"
#include "app/operator_redrives.h"
#include "app/redrive.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using app::PlanState;
using app::RedrivePlan;
using broker::DeliveryState;

class RedriveNow : public testing::TestWithParam<StoreKind> {
protected:
    void SetUp() override {
        // Without a breaker each delivery is tried, and backs off, by itself.
        auto realm = std::make_shared<broker::Realm>(*shipped().realm);
        realm->parties.at("sti").flow.breaker.failures = 0;
        exchange_.pipeline().replace(std::move(realm));
        take_up();
    }
    /// As a node that has just started.
    void take_up() {
        redriver_ = std::make_unique<app::Redriver>(exchange_.store(), exchange_.pipeline());
        ASSERT_TRUE(redriver_->open());
    }
    std::string accept() {
        return exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    }
    RecordingOutlet& sti() { return exchange_.party("sti"); }
    RecordingOutlet& portal() { return exchange_.party("portal"); }
    nlohmann::json groups(const std::string& state) {
        const auto told =
            app::list_failures(exchange_.store(), std::string(app::kFailures) + "/" + state);
        return nlohmann::json::parse(*told)["groups"];
    }
    Result<RedrivePlan> plan(app::RedriveOrder order) {
        order.rate = "1000/s";
        order.pause_over = 100;
        order.actor = "wang";
        order.reason = "the party is mended";
        return redriver_->plan(order, exchange_.now());
    }
    /// Makes and runs a plan of the only group of this state.
    std::string run(const std::string& state) {
        const auto found = groups(state);
        EXPECT_EQ(found.size(), 1U);
        const auto made = plan({.group = found.at(0)["group"]});
        EXPECT_TRUE(made) << made.error().message;
        EXPECT_TRUE(redriver_->run(made->id, {"wang", "go"}, exchange_.now()));
        return made->id;
    }
    RedrivePlan step(int steps = 1) {
        for (int one = 0; one < steps; ++one) {
            EXPECT_TRUE(redriver_->step(exchange_.now()));
            exchange_.settle();
        }
        EXPECT_TRUE(redriver_->step(exchange_.now()));
        return redriver_->plans().back();
    }
    broker::StoredDelivery row(const std::string& id) {
        return **exchange_.store().find_delivery(*parse_id<DeliveryId>(id));
    }
    Errc shelve(const std::string& id) {
        std::optional<Result<std::string>> said;
        app::decide_delivery(exchange_.store(), exchange_.pipeline(),
                             std::string(app::kDeliveries) + id + "/shelve",
                             R"({"actor":"wang","reason":"by post"})",
                             [&](Result<std::string> answer) { said = std::move(answer); });
        exchange_.settle();
        EXPECT_TRUE(said);
        return said && *said ? Errc{} : said->error().code;
    }

    Exchange exchange_{kStart, GetParam()};
    std::unique_ptr<app::Redriver> redriver_;
};

TEST_P(RedriveNow, AMendedPartyGetsWhatWaitedForHoursAndNothingTwice) {
    sti().failing = Errc::Unavailable;
    const std::vector<std::string> numbers{accept(), accept(), accept()};
    exchange_.pass(std::chrono::hours(24), std::chrono::hours(1));
    const auto waiting = groups("waiting");
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0]["count"], 3);
    EXPECT_EQ(waiting[0]["state"], "waiting");
    EXPECT_TRUE(nlohmann::json::parse(*app::describe_failures(exchange_.store()))["groups"].empty())
        << "it goes on by itself: nobody has to look";
    EXPECT_GT(at(waiting[0]["newest"].get<std::string>()), exchange_.now() + std::chrono::hours(1));

    sti().failing.reset();
    const std::size_t tried = sti().sent.size();
    run("waiting");
    const RedrivePlan done = step();
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.arrived, 3U);
    EXPECT_EQ(sti().accepted.size(), 3U);
    EXPECT_EQ(sti().sent.size(), tried + 3);
    EXPECT_EQ(sti().repeated, 0U);
    for (const std::string& number : numbers) {
        EXPECT_EQ(exchange_.state(number, "permit_issue"), "forwarded");
    }
}

TEST_P(RedriveNow, APlanSendsWhatFailsAgainOnlyOnce) {
    sti().failing = Errc::Unavailable;
    accept();
    exchange_.pass(std::chrono::hours(24), std::chrono::hours(1));
    const std::string id = run("waiting");
    const std::size_t tried = sti().sent.size();
    step();
    EXPECT_EQ(sti().sent.size(), tried + 1);
    EXPECT_EQ(redriver_->plans().back().failed, 1U);
    EXPECT_EQ(groups("waiting").at(0)["count"], 1) << "it waits again";

    // A node that takes the plan up anew knows nothing of what it sent.
    RedrivePlan again = redriver_->plans().back();
    again.state = PlanState::Running;
    ASSERT_TRUE(exchange_.store().keep("redrive/" + id, app::to_json(again), {}));
    take_up();
    EXPECT_EQ(step(3).state, PlanState::Done);
    EXPECT_EQ(sti().sent.size(), tried + 1) << "it first failed after the plan was made";
}

TEST_P(RedriveNow, WhatIsBeingSentJustNowIsLeftAlone) {
    sti().failing = Errc::Unavailable;
    accept();
    exchange_.settle();
    const std::string id = sti().sent.at(0).id;
    ASSERT_EQ(row(id).state, DeliveryState::Waiting);
    const auto group = plan({.group = groups("waiting").at(0)["group"]});
    ASSERT_TRUE(group);
    sti().is_slow = true;
    exchange_.pass(std::chrono::minutes(1));
    ASSERT_EQ(row(id).state, DeliveryState::Leased) << "while its case says that it waits";
    ASSERT_EQ(sti().sent.size(), 2U);

    std::optional<Status> said;
    ASSERT_TRUE(
        exchange_.pipeline().command({.case_id = row(id).case_id,
                                      .event = broker::Redriven{*parse_id<DeliveryId>(id), "now"},
                                      .done = [&](const Status& taken) { said = taken; }}));
    exchange_.settle();
    ASSERT_TRUE(said);
    ASSERT_FALSE(*said);
    EXPECT_EQ(said->error().code, Errc::Conflict);
    EXPECT_EQ(row(id).state, DeliveryState::Leased);
    EXPECT_EQ(row(id).attempts, 2U);
    EXPECT_EQ(sti().sent.size(), 2U);
    const auto one = plan({.delivery = id});
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().code, Errc::Conflict) << "msg redrive says so too";

    sti().end_slow(Errc::Unavailable);
    sti().is_slow = false;
    sti().failing.reset();
    exchange_.settle();
    ASSERT_EQ(row(id).state, DeliveryState::Waiting);
    const auto now = plan({.delivery = id});
    ASSERT_TRUE(now) << now.error().message;
    ASSERT_TRUE(redriver_->run(now->id, {"wang", "go"}, exchange_.now()));
    EXPECT_EQ(step(2).state, PlanState::Done);
    EXPECT_EQ(row(id).state, DeliveryState::Delivered);
}

TEST_P(RedriveNow, AShelvedOneComesBackInItsPlaceOfTheLine) {
    portal().failing = Errc::Refused;
    accept();
    exchange_.settle();
    ASSERT_EQ(portal().sent.size(), 1U);
    const std::string first = portal().sent[0].id;
    ASSERT_EQ(row(first).state, DeliveryState::Dead);

    portal().is_slow = true;
    EXPECT_EQ(shelve(first), Errc{});
    ASSERT_EQ(portal().sent.size(), 2U) << "the line goes on without it";
    const std::string second = portal().sent[1].id;
    EXPECT_EQ(groups("shelved").at(0)["count"], 1);
    exchange_.pass(std::chrono::minutes(1));  // a plan takes what was so before it
    run("shelved");
    const RedrivePlan refused = step();
    EXPECT_EQ(refused.refused, 1U) << "a later one is under way";
    EXPECT_EQ(refused.state, PlanState::Done);
    EXPECT_EQ(row(first).state, DeliveryState::Shelved);
    portal().end_slow(Errc::Refused);
    exchange_.settle();
    ASSERT_EQ(row(second).state, DeliveryState::Dead);

    // Both again: the shelved one is before the other.
    exchange_.pass(std::chrono::minutes(1));
    run("shelved");
    run("dead");
    step();
    ASSERT_EQ(portal().sent.size(), 3U);
    EXPECT_EQ(portal().sent[2].id, first);
    EXPECT_EQ(row(second).state, DeliveryState::Queued) << "it waits for its turn";
    portal().is_slow = false;
    portal().failing.reset();
    portal().end_slow(Errc::Unavailable);
    exchange_.settle();
    exchange_.pass(std::chrono::minutes(5), std::chrono::minutes(1));
    ASSERT_GE(portal().accepted.size(), 2U);
    EXPECT_EQ(portal().accepted[0].id, first);
    EXPECT_EQ(portal().accepted[1].id, second);
}

TEST_P(RedriveNow, APlanOfWhatWaitsOrIsShelvedNamesAGroupOrFewCases) {
    sti().failing = Errc::Unavailable;
    const std::string number = accept();
    exchange_.settle();
    const auto made = [&](broker::Question asked, DeliveryState from) {
        return plan({.query = std::move(asked), .from = from});
    };
    const auto wide = made({.party = "sti"}, DeliveryState::Waiting);
    ASSERT_FALSE(wide);
    EXPECT_EQ(wide.error().code, Errc::InvalidArgument);
    const auto narrow = made({.number = number, .party = "sti"}, DeliveryState::Waiting);
    ASSERT_TRUE(narrow) << narrow.error().message;
    EXPECT_EQ(narrow->total, 1U);
    EXPECT_EQ(made({.number = number}, DeliveryState::Shelved).error().code, Errc::NotFound);
    EXPECT_EQ(app::list_failures(exchange_.store(), "/operator/v1/failures/queued").error().code,
              Errc::InvalidArgument);
}

LUQIAO_ON_BOTH_STORES(RedriveNow);

}  // namespace
}  // namespace luqiao::integration
