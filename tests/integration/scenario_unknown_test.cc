// A department took the message or not, nobody knows: what its on_unknown makes of it.
#include "app/operator_deliveries.h"
#include "app/redrive.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using broker::OnUnknown;
using broker::Realm;

/// The shipped rules with another policy for 科技.
std::shared_ptr<const Realm> realm_with(OnUnknown policy) {
    auto realm = std::make_shared<Realm>(*shipped().realm);
    realm->retry.at("sti").on_unknown = policy;
    realm->parties.at("sti").retry.on_unknown = policy;
    return realm;
}

class UnknownScenario : public testing::TestWithParam<StoreKind> {
protected:
    void begin(OnUnknown policy) {
        exchange_.pipeline().replace(realm_with(policy));
        number_ = exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
        exchange_.settle();
    }
    /// The node dies with the message under way, and another takes over its store.
    void die(OnUnknown policy) {
        exchange_.restart();
        exchange_.pipeline().replace(realm_with(policy));
        exchange_.pass(std::chrono::minutes(1), std::chrono::minutes(1));
    }
    RecordingOutlet& sti() { return exchange_.party("sti"); }
    [[nodiscard]] std::string state() const { return exchange_.state(number_, "permit_issue"); }
    [[nodiscard]] const broker::Delivery dispatch() const {
        const broker::Case one = exchange_.find(number_);
        for (const broker::Delivery& delivery : one.deliveries) {
            if (delivery.party == "sti") return delivery;
        }
        return {};
    }
    Errc decide(const std::string& verb, const std::string& body) {
        std::optional<Result<std::string>> said;
        app::decide_delivery(exchange_.store(), exchange_.pipeline(),
                             std::string(app::kDeliveries) + to_string(dispatch().id) + "/" + verb,
                             body, [&](Result<std::string> answer) { said = std::move(answer); });
        exchange_.settle();
        EXPECT_TRUE(said);
        return !said ? Errc::Internal : *said ? Errc{} : said->error().code;
    }

    Exchange exchange_{kStart, GetParam()};
    std::string number_;
};

TEST_P(UnknownScenario, ResendRepeatsTheSameIdAndBytes) {
    sti().failing = Errc::OutcomeUnknown;
    begin(OnUnknown::Resend);
    sti().failing.reset();
    exchange_.pass(std::chrono::minutes(1));
    ASSERT_EQ(sti().sent.size(), 2U);
    EXPECT_EQ(sti().sent[0].id, sti().sent[1].id);
    EXPECT_EQ(sti().sent[0].body, sti().sent[1].body);
    EXPECT_TRUE(sti().asked.empty());
    EXPECT_EQ(state(), "forwarded");
}

TEST_P(UnknownScenario, QueryFindsWhatArrivedAndSendsNothing) {
    sti().failing = Errc::OutcomeUnknown;
    sti().takes_what_fails = true;
    begin(OnUnknown::Query);
    exchange_.pass(std::chrono::minutes(1));
    EXPECT_EQ(sti().sent.size(), 1U);
    EXPECT_EQ(sti().asked, std::vector<std::string>{sti().sent[0].id});
    EXPECT_EQ(state(), "forwarded");
}

TEST_P(UnknownScenario, QueryMissesWhatWasLostAndSendsItAgain) {
    sti().failing = Errc::OutcomeUnknown;
    begin(OnUnknown::Query);
    sti().failing.reset();
    exchange_.pass(std::chrono::minutes(1));
    EXPECT_EQ(sti().asked.size(), 1U);
    ASSERT_EQ(sti().sent.size(), 2U);
    EXPECT_EQ(sti().sent[0].id, sti().sent[1].id);
    EXPECT_EQ(sti().accepted.size(), 1U);
    EXPECT_EQ(state(), "forwarded");
}

TEST_P(UnknownScenario, QueryAfterALapsedLeaseAsksUntilItIsTold) {
    sti().is_silent = true;
    begin(OnUnknown::Query);
    ASSERT_EQ(sti().sent.size(), 1U);
    die(OnUnknown::Query);
    EXPECT_GE(sti().asked.size(), 1U);
    EXPECT_EQ(sti().sent.size(), 1U) << "nothing is sent before it says";
    EXPECT_EQ(state(), "forwarding");
    sti().is_silent = false;
    exchange_.pass(std::chrono::hours(1));
    EXPECT_EQ(sti().sent.size(), 1U);
    EXPECT_EQ(state(), "forwarded");
}

TEST_P(UnknownScenario, AskStandsStillUntilAnOperatorSaysThatItArrived) {
    sti().is_silent = true;
    begin(OnUnknown::Ask);
    die(OnUnknown::Ask);
    EXPECT_EQ(dispatch().state, broker::DeliveryState::Unknown);
    exchange_.pass(std::chrono::hours(24), std::chrono::hours(1));
    EXPECT_EQ(sti().sent.size(), 1U);
    EXPECT_THAT(exchange_.alerts(number_), testing::Contains("outcome_unknown"));
    const auto groups = nlohmann::json::parse(*app::describe_failures(exchange_.store()))["groups"];
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0]["state"], "unknown");
    EXPECT_EQ(groups[0]["cause"], "E5004");

    EXPECT_EQ(decide("arrived", R"({"actor":"wang"})"), Errc::MissingRequired);
    EXPECT_EQ(decide("arrived", R"({"actor":"wang","reason":"they read it to me"})"), Errc{});
    EXPECT_EQ(state(), "forwarded");
    EXPECT_EQ(sti().sent.size(), 1U);
    EXPECT_EQ(decide("arrived", R"({"actor":"wang","reason":"once more"})"), Errc::Conflict);
    const broker::AuditEntry last = exchange_.store().audit_tail(1)->back();
    EXPECT_EQ(last.action, "delivery.arrived");
    EXPECT_EQ(last.actor, "wang");
    EXPECT_EQ(last.subject, to_string(dispatch().id) + " they read it to me");
}

TEST_P(UnknownScenario, AskIsSentAgainByAPlanOfItsGroup) {
    sti().failing = Errc::OutcomeUnknown;
    begin(OnUnknown::Ask);
    sti().failing.reset();
    exchange_.pass(std::chrono::minutes(1));
    app::Redriver redriver(exchange_.store(), exchange_.pipeline());
    ASSERT_TRUE(redriver.open());
    const auto groups = nlohmann::json::parse(*app::describe_failures(exchange_.store()))["groups"];
    const auto plan = redriver.plan({.group = groups.at(0)["group"], .actor = "w", .reason = "r"},
                                    exchange_.now());
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_TRUE(redriver.run(plan->id, {"w", "r"}, exchange_.now()));
    for (int step = 0; step < 3; ++step) {
        ASSERT_TRUE(redriver.step(exchange_.now()));
        exchange_.settle();
    }
    EXPECT_EQ(redriver.plans().back().state, app::PlanState::Done);
    ASSERT_EQ(sti().sent.size(), 2U);
    EXPECT_EQ(sti().sent[0].body, sti().sent[1].body);
    EXPECT_EQ(state(), "forwarded");
}

LUQIAO_ON_BOTH_STORES(UnknownScenario);

}  // namespace
}  // namespace luqiao::integration
