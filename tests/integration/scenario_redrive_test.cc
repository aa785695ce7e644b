// Failures of one cause are one group, and a plan sends them again.
#include "app/operator_redrives.h"
#include "app/redrive.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using app::PlanState;
using app::RedrivePlan;

/// A department that refused `kCases` applications for one cause.
class RedriveScenario : public testing::Test {
protected:
    static constexpr std::size_t kCases = 30;

    void SetUp() override {
        sti().failing = Errc::Refused;
        for (std::size_t i = 0; i < kCases; ++i) {
            numbers_.push_back(
                exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"})));
        }
        exchange_.pass(std::chrono::minutes(10));
        ASSERT_EQ(exchange_.counts()["deliveries.sti.dead"], kCases);
        take_up();
    }

    RecordingOutlet& sti() { return exchange_.party("sti"); }
    /// As a node that has just started.
    void take_up() {
        redriver_ = std::make_unique<app::Redriver>(exchange_.store(), exchange_.pipeline());
        ASSERT_TRUE(redriver_->open());
    }
    nlohmann::json groups() {
        return nlohmann::json::parse(*app::describe_failures(exchange_.store()))["groups"];
    }
    RedrivePlan plan(const std::string& rate = "1000/s") {
        auto made = redriver_->plan({.group = groups().at(0)["group"],
                                     .rate = rate,
                                     .pause_over = 20,
                                     .actor = "wang",
                                     .reason = "sti mended its service"},
                                    exchange_.now());
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    void run(const std::string& id) {
        const auto moved = redriver_->run(id, {"wang", "go"}, exchange_.now());
        ASSERT_TRUE(moved) << moved.error().message;
    }
    /// Steps and turns, one second each.
    RedrivePlan pass(int steps) {
        for (int i = 0; i < steps; ++i) {
            EXPECT_TRUE(redriver_->step(exchange_.now()));
            exchange_.settle();
            exchange_.pass(std::chrono::minutes(1), std::chrono::minutes(1));
        }
        EXPECT_TRUE(redriver_->step(exchange_.now()));
        return redriver_->plans().back();
    }
    std::vector<std::string> audited() {
        std::vector<std::string> out;
        const auto tail = exchange_.store().audit_tail(100);
        for (const broker::AuditEntry& one : *tail) {
            if (one.action.starts_with("redrive.")) out.push_back(one.actor + " " + one.action);
        }
        return out;
    }

    Exchange exchange_;
    std::vector<std::string> numbers_;
    std::unique_ptr<app::Redriver> redriver_;
};

TEST_F(RedriveScenario, OneCauseIsOneGroupAndAPlanDeliversAllOfIt) {
    ASSERT_EQ(groups().size(), 1U);
    EXPECT_EQ(groups()[0]["count"], kCases);
    EXPECT_EQ(groups()[0]["party"], "sti");
    EXPECT_EQ(groups()[0]["cause"], info(Errc::Refused).id);
    EXPECT_EQ(groups()[0]["samples"].size(), 3U);
    EXPECT_NE(groups()[0]["text"]["zh"], "");

    const auto refused = sti().sent;
    const RedrivePlan made = plan();
    EXPECT_EQ(made.total, kCases);
    pass(2);
    EXPECT_EQ(sti().sent.size(), refused.size()) << "a plan sends nothing before it runs";

    sti().failing.reset();
    run(made.id);
    const RedrivePlan done = pass(3);
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.sent, kCases);
    EXPECT_EQ(done.arrived, kCases);
    EXPECT_TRUE(groups().empty());
    ASSERT_EQ(sti().accepted.size(), kCases);
    for (std::size_t i = 0; i < kCases; ++i) {
        const auto first = std::find_if(refused.begin(), refused.end(), [&](const auto& one) {
            return one.id == sti().accepted[i].id;
        });
        ASSERT_NE(first, refused.end()) << "the same identity";
        EXPECT_EQ(first->body, sti().accepted[i].body) << "the same bytes";
    }
    EXPECT_THAT(audited(), testing::ElementsAre("wang redrive.plan", "wang redrive.running",
                                                "wang redrive.done"));
}

TEST_F(RedriveScenario, PausesByItselfWhenTooManyFailAgain) {
    const RedrivePlan made = plan("6/m");
    run(made.id);
    const RedrivePlan paused = pass(3);
    EXPECT_EQ(paused.state, PlanState::Paused);
    EXPECT_LE(paused.sent, 12U) << "not all of it";
    EXPECT_GE(paused.failed, 5U);

    sti().failing.reset();
    run(made.id);
    EXPECT_EQ(pass(8).state, PlanState::Done);
    EXPECT_EQ(sti().accepted.size() + paused.failed, kCases)
        << "what failed again died after the plan was made: it belongs to the next one";
    EXPECT_EQ(groups().at(0)["count"], paused.failed);
}

TEST_F(RedriveScenario, HandsOverFewToASlowPartyBeforeItKnowsHowItTakesThem) {
    sti().is_slow = true;
    const RedrivePlan made = plan("1000/s");
    run(made.id);
    const auto step = [&] {
        EXPECT_TRUE(redriver_->step(exchange_.now()));
        exchange_.settle();
        return redriver_->plans().back();
    };
    for (int look = 0; look < 20; ++look) EXPECT_LE(step().sent, app::kRedriveOpenLeast);
    EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], kCases - app::kRedriveOpenLeast)
        << "what was not handed over can still be kept back";

    sti().end_slow(Errc::Refused);
    exchange_.settle();
    const RedrivePlan paused = step();
    EXPECT_EQ(paused.state, PlanState::Paused);
    EXPECT_EQ(paused.sent, app::kRedriveOpenLeast);
    sti().end_slow(Errc::Refused);
    exchange_.settle();
    EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], kCases);
}

TEST_F(RedriveScenario, HandsOverMoreForEachThatArrives) {
    sti().failing.reset();
    const RedrivePlan made = plan("1000/s");
    run(made.id);
    std::vector<std::uint64_t> sent;
    while (redriver_->plans().back().state == PlanState::Running && sent.size() < 9) {
        EXPECT_TRUE(redriver_->step(exchange_.now()));
        exchange_.settle();
        sent.push_back(redriver_->plans().back().sent);
    }
    EXPECT_THAT(sent, testing::ElementsAre(10U, 30U, 30U)) << "ten, then twice as many";
}

TEST_F(RedriveScenario, GoesOnAfterARestartAndSendsNothingTwice) {
    sti().failing.reset();
    const RedrivePlan made = plan("10/m");
    run(made.id);
    pass(1);
    exchange_.restart();
    sti().failing.reset();
    take_up();
    EXPECT_EQ(redriver_->plans().back().state, PlanState::Running);
    EXPECT_EQ(pass(6).state, PlanState::Done);
    EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], 0U);
    for (const std::string& number : numbers_) {
        EXPECT_EQ(exchange_.state(number, "permit_issue"), "forwarded") << number;
    }
}

TEST_F(RedriveScenario, KeepsToItsRateAndStopsWhenToldTo) {
    sti().failing.reset();
    const RedrivePlan made = plan("10/h");
    run(made.id);
    EXPECT_EQ(pass(2).sent, 10U);
    ASSERT_TRUE(redriver_->pause(made.id, {"wang", "lunch"}, exchange_.now()));
    EXPECT_FALSE(redriver_->pause(made.id, {"wang", "lunch"}, exchange_.now()));
    exchange_.pass(std::chrono::hours(3));
    EXPECT_EQ(pass(2).sent, 10U);
    ASSERT_TRUE(redriver_->cancel(made.id, {"wang", "enough"}, exchange_.now()));
    EXPECT_EQ(redriver_->run(made.id, {"wang", "again"}, exchange_.now()).error().code,
              Errc::Conflict);
}

TEST_F(RedriveScenario, PlansWhatAQuestionFinds) {
    const auto make = [&](broker::Question query, const std::string& service = {}) {
        return redriver_->plan({.query = std::move(query),
                                .service = service,
                                .rate = "1000/s",
                                .actor = "wang",
                                .reason = "one case"},
                               exchange_.now());
    };
    const auto of = [&](broker::Question query, const std::string& service = {}) -> std::uint64_t {
        const auto made = make(std::move(query), service);
        return made ? made->total : 0;
    };
    EXPECT_EQ(of({.party = "sti"}), kCases);
    EXPECT_EQ(of({.party = "psb"}), 0U) << "it has no delivery";
    EXPECT_EQ(of({.party = "sti"}, "foreigner_work"), kCases);
    EXPECT_EQ(of({.party = "sti"}, "other"), 0U);
    EXPECT_EQ(of({.state = "forwarding"}), kCases);
    EXPECT_EQ(of({.party = "sti", .from = exchange_.now()}), 0U) << "accepted before";
    EXPECT_EQ(make({}).error().code, Errc::MissingRequired);

    sti().failing.reset();
    const std::string& number = numbers_[7];
    const auto made = make({.number = number});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->total, 1U);
    const auto kept = exchange_.store().kept("redrive/" + made->id);
    EXPECT_NE(kept->begin()->second.find(number), std::string::npos) << "no personal data";
    EXPECT_EQ(of({.number = number, .state = "decided"}), 0U) << "the other filters count";
    const std::string serial = exchange_.serial(number, "permit_issue");
    EXPECT_EQ(of({.number = serial}), 1U);
    take_up();  // the plan is read again from what is kept
    run(made->id);
    for (int step = 0; step < 3; ++step) {
        ASSERT_TRUE(redriver_->step(exchange_.now()));
        exchange_.settle();
    }
    ASSERT_EQ(sti().accepted.size(), 1U);
    EXPECT_EQ(sti().accepted[0].case_number, number);
    for (const RedrivePlan& one : redriver_->plans()) {
        EXPECT_EQ(one.id == made->id, one.state == PlanState::Done) << one.id;
    }
}

TEST_F(RedriveScenario, GoesThroughManyCasesOfAQuestionAtItsRate) {
    sti().failing.reset();
    const auto made = redriver_->plan({.query = broker::Question{.party = "sti"},
                                       .rate = "7/m",
                                       .actor = "wang",
                                       .reason = "all of sti"},
                                      exchange_.now());
    ASSERT_TRUE(made);
    run(made->id);
    EXPECT_EQ(pass(1).sent, 14U) << "a step now, and one a minute later";
    EXPECT_EQ(pass(6).state, PlanState::Done);
    EXPECT_EQ(sti().accepted.size(), kCases) << "each once";
}

TEST_F(RedriveScenario, ShowsBeforehandWhatItWouldSendAndWhatIsThereAlready) {
    sti().failing.reset();
    sti().accepted.push_back(sti().sent.front());  // it had come through after all
    const auto answer = app::change_plans(
        *redriver_, "/operator/v1/redrives",
        R"({"query":{"party":"sti"},"actor":"wang","reason":"look","rate":"1/s"})");
    ASSERT_TRUE(answer) << answer.error().message;
    const auto plan = nlohmann::json::parse(*answer);
    EXPECT_EQ(plan["state"], "planned");
    EXPECT_EQ(plan["total"], kCases);
    ASSERT_EQ(plan["shown"], 20);
    ASSERT_EQ(plan["deliveries"].size(), 20U);
    std::size_t there = 0;
    for (const auto& one : plan["deliveries"]) {
        there += one["at_target"] == "yes" ? 1U : 0U;
        EXPECT_EQ(one["cause"], "E5003");
        EXPECT_EQ(one["sm3"].get<std::string>().size(), 64U);
        EXPECT_FALSE(one.contains("rewritten"));
    }
    EXPECT_LE(there, 1U);
    EXPECT_EQ(sti().sent.size(), kCases) << "nothing was sent";
    EXPECT_EQ(*redriver_->preview(plan["id"]), *answer);
}

TEST_F(RedriveScenario, RefusesAPlanWithoutReasonRateOrGroup) {
    const std::string path = "/operator/v1/redrives";
    const auto code = [&](const std::string& where, const std::string& body) {
        const auto answer = app::change_plans(*redriver_, where, body);
        return answer ? Errc::Internal : answer.error().code;
    };
    const std::string group = groups().at(0)["group"];
    EXPECT_EQ(code(path, R"({"group":")" + group + R"(","actor":"wang"})"), Errc::MissingRequired);
    EXPECT_EQ(code(path, R"({"group":"none","actor":"wang","reason":"r"})"), Errc::NotFound);
    EXPECT_EQ(code(path, R"({"group":")" + group + R"(","actor":"w","reason":"r","rate":"x"})"),
              Errc::InvalidArgument);
    EXPECT_EQ(
        code(path, R"({"group":")" + group + R"(","actor":"w","reason":"r","pause_over":101})"),
        Errc::InvalidArgument);
    EXPECT_EQ(code(path, R"({"query":{},"actor":"w","reason":"r"})"), Errc::MissingRequired);
    EXPECT_EQ(code(path, R"({"query":[],"actor":"w","reason":"r"})"), Errc::ParseFailed);
    EXPECT_EQ(code(path, R"({"query":{"party":"sti"},"from":"queued","actor":"w","reason":"r"})"),
              Errc::InvalidArgument);
    EXPECT_EQ(code(path, R"({"query":{"party":"sti"},"bundle":"new","actor":"w","reason":"r"})"),
              Errc::InvalidArgument);
    EXPECT_EQ(code(path, "no json"), Errc::ParseFailed);
    EXPECT_EQ(code(path + "/r9/run", R"({"actor":"w","reason":"r"})"), Errc::NotFound);
    EXPECT_EQ(code(path + "/r9/fly", R"({"actor":"w","reason":"r"})"), Errc::NotFound);
    EXPECT_TRUE(redriver_->plans().empty());
}

class PlansOfNodes : public testing::TestWithParam<StoreKind> {};

TEST_P(PlansOfNodes, AreCarriedOutByTheNodeThatMadeThem) {
    Exchange exchange(kStart, GetParam());
    RedrivePlan other;
    other.node = "node-of-another";
    other.id = app::plan_id(other.node, 1);
    other.state = PlanState::Running;
    other.made_at = exchange.now();
    ASSERT_TRUE(exchange.store().keep("redrive/" + other.id, app::to_json(other), {}));

    app::Redriver redriver(exchange.store(), exchange.pipeline());
    ASSERT_TRUE(redriver.open());
    // The store of one node has no others: that is this node under an older name.
    EXPECT_EQ(redriver.plans().size(), exchange.store().is_shared() ? 0U : 1U);
    EXPECT_EQ(redriver.all_plans()->size(), 1U) << "any node lists it";
    EXPECT_NE(app::plan_id(exchange.pipeline().node(), 1), other.id);
}

TEST(PlansOfASharedStore, AreCancelledByAnyNode) {
    Exchange exchange(kStart, StoreKind::Postgres);
    const auto kept = [&](const std::string& node) {
        RedrivePlan plan;
        plan.node = node;
        plan.id = app::plan_id(node, 1);
        plan.state = PlanState::Running;
        plan.selection.before = plan.made_at = exchange.now();
        EXPECT_TRUE(exchange.store().keep("redrive/" + plan.id, app::to_json(plan), {}));
        return plan.id;
    };
    const std::string gone = kept("node-that-is-gone");
    app::Redriver redriver(exchange.store(), exchange.pipeline());
    ASSERT_TRUE(redriver.open());
    EXPECT_EQ(redriver.run(gone, {"wang", "go"}, exchange.now()).error().code, Errc::Conflict);
    const auto cancelled = redriver.cancel(gone, {"wang", "that node is gone"}, exchange.now());
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(cancelled->state, PlanState::Cancelled);
    EXPECT_EQ(redriver.all_plans()->at(0).note, "that node is gone");
    EXPECT_EQ(redriver.cancel(gone, {"wang", "again"}, exchange.now()).error().code,
              Errc::Conflict);
    EXPECT_EQ(exchange.store().audit_tail(1)->back().action, "redrive.cancelled");

    // Its own node, when there is one, does as it is told.
    const std::string order =
        exchange.store().kept("redrive-cancel/")->at("redrive-cancel/" + gone);
    const std::string own = kept(exchange.pipeline().node());
    app::Redriver owner(exchange.store(), exchange.pipeline());
    ASSERT_TRUE(owner.open());
    ASSERT_EQ(owner.plans().at(0).state, PlanState::Running);
    ASSERT_TRUE(exchange.store().keep("redrive-cancel/" + own, order, {}));
    ASSERT_TRUE(owner.step(exchange.now()));
    EXPECT_EQ(owner.plans().at(0).state, PlanState::Cancelled);
    EXPECT_FALSE(exchange.store().kept("redrive-cancel/")->contains("redrive-cancel/" + own));
    EXPECT_TRUE(app::ended_before(
        *app::plan_from_json(exchange.store().kept("redrive/" + own)->begin()->second),
        Instant::max()));
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         PlansOfNodes,
                         testing::Values(StoreKind::Sqlite, StoreKind::Postgres));

}  // namespace
}  // namespace luqiao::integration
