// A plan that leaves out what is there: what the party holds is confirmed, the rest is sent.
#include "app/operator_redrives.h"
#include "tests/integration/thinking_outlet.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;
using app::PlanState;
using app::RedrivePlan;
using nlohmann::json;

class RedrivePresent : public testing::TestWithParam<StoreKind> {
protected:
    static constexpr std::size_t kCases = 30;
    static constexpr std::size_t kThere = 12;

    /// sti refused all, and has some of them all the same.
    RedrivePresent() {
        exchange_.pipeline().attach("sti", party_);
        sti().failing = Errc::Refused;
        for (std::size_t i = 0; i < kCases; ++i) {
            numbers_.push_back(
                exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"})));
        }
        exchange_.pass(10min);
        EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], kCases);
        sti().failing.reset();
        sti().accepted.assign(sti().sent.begin(), sti().sent.begin() + kThere);
        sti().asked.clear();
    }
    RecordingOutlet& sti() { return exchange_.party("sti"); }
    std::size_t sent_again() { return sti().sent.size() - kCases; }
    std::string run_plan() {
        const auto made = redriver_->plan({.query = broker::Question{.party = "sti"},
                                           .skip_present = true,
                                           .rate = "1000/s",
                                           .actor = "wang",
                                           .reason = "sti mended its service"},
                                          exchange_.now());
        EXPECT_TRUE(made) << made.error().message;
        EXPECT_TRUE(redriver_->run(made->id, {"wang", "go"}, exchange_.now()));
        return made->id;
    }
    RedrivePlan step() {
        EXPECT_TRUE(redriver_->step(exchange_.now()));
        exchange_.settle();
        exchange_.pass(1min, 1min);
        return redriver_->plans().back();
    }
    RedrivePlan finish() {
        RedrivePlan plan = step();
        for (int i = 0; i < 40 && plan.state == PlanState::Running; ++i) plan = step();
        return plan;
    }
    std::vector<std::string> audited() {
        std::vector<std::string> out;
        const auto tail = exchange_.store().audit_tail(100);
        for (const broker::AuditEntry& one : *tail) {
            if (one.action == "delivery.arrived") out.push_back(one.actor);
        }
        return out;
    }

    Exchange exchange_{kStart, GetParam()};
    ThinkingOutlet party_{exchange_.party("sti")};
    std::vector<std::string> numbers_;
    std::unique_ptr<app::Redriver> redriver_ =
        std::make_unique<app::Redriver>(exchange_.store(), exchange_.pipeline());
};
LUQIAO_ON_BOTH_STORES(RedrivePresent);

TEST_P(RedrivePresent, IsConfirmedAndTheRestIsSent) {
    run_plan();
    const RedrivePlan done = finish();
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.present, kThere);
    EXPECT_EQ(done.sent, kCases - kThere);
    EXPECT_EQ(done.arrived, kCases - kThere);
    EXPECT_EQ(done.refused + done.failed, 0U);
    EXPECT_EQ(sent_again(), kCases - kThere);
    EXPECT_EQ(sti().repeated, 0U) << "nothing came twice";
    EXPECT_EQ(sti().asked.size(), kCases) << "each once";
    EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], 0U);
    EXPECT_EQ(audited(), std::vector<std::string>(kThere, "wang"));
    const auto timeline =
        exchange_.store().timeline(**exchange_.store().find_case_id(numbers_.front()));
    const auto confirmed = std::find_if(timeline->begin(), timeline->end(), [](const auto& one) {
        return one.event == "delivery.confirmed";
    });
    ASSERT_NE(confirmed, timeline->end());
    EXPECT_THAT(confirmed->detail, testing::HasSubstr(done.id + " sti mended its service"));
    EXPECT_EQ(app::plan_from_json(app::to_json(done))->present, kThere);
    EXPECT_TRUE(app::plan_from_json(app::to_json(done))->skip_present);
}

TEST_P(RedrivePresent, IsSentAgainWhenThePartyCannotBeAskedOrDoesNotSay) {
    sti().accepted = sti().sent;
    party_.is_mute = GetParam() == StoreKind::Postgres;
    sti().is_silent = !party_.is_mute;  // when it is asked about the first ones
    run_plan();
    step();
    sti().is_silent = false;
    const RedrivePlan done = finish();
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.sent, party_.is_mute ? kCases : 8U) << "sent, though it was there";
    EXPECT_EQ(sti().repeated, done.sent);
    EXPECT_EQ(done.present, kCases - done.sent);
}

TEST_P(RedrivePresent, IsAskedAboutAFewAtOnceAndAgainAfterARestart) {
    party_.thinks = true;
    const std::string id = run_plan();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(step().sent, 0U);
    EXPECT_EQ(sti().asked.size(), 8U) << "and waits for the answers";

    // The node dies: nothing was decided.
    redriver_ = std::make_unique<app::Redriver>(exchange_.store(), exchange_.pipeline());
    ASSERT_TRUE(redriver_->open());
    party_.answer();
    party_.thinks = false;
    const RedrivePlan done = finish();
    EXPECT_EQ(done.id, id);
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.present, kThere);
    EXPECT_EQ(done.sent, kCases - kThere);
    EXPECT_EQ(sti().repeated, 0U);
}

TEST_P(RedrivePresent, IsLeftAloneWhenThePlanWasCancelledMeanwhile) {
    party_.thinks = true;
    const std::string id = run_plan();
    step();
    ASSERT_TRUE(redriver_->cancel(id, {"wang", "not now"}, exchange_.now()));
    party_.answer();
    EXPECT_EQ(step().state, PlanState::Cancelled);
    EXPECT_EQ(exchange_.counts()["deliveries.sti.dead"], kCases);
    EXPECT_EQ(sent_again(), 0U);
}

TEST_P(RedrivePresent, CountsWhatSomebodyElseDecidedMeanwhile) {
    party_.thinks = true;
    run_plan();
    step();
    const auto first = parse_id<DeliveryId>(sti().asked.front());
    const auto number = exchange_.store().find_delivery(*first);
    ASSERT_TRUE(exchange_.pipeline().command(
        {.case_id = (*number)->case_id, .event = broker::Confirmed{*first, "by telephone"}}));
    exchange_.settle();
    party_.thinks = false;
    party_.answer();
    const RedrivePlan done = finish();
    EXPECT_EQ(done.state, PlanState::Done);
    EXPECT_EQ(done.present + done.sent + done.refused, kCases);
    EXPECT_EQ(sti().repeated, 0U);
}

TEST_P(RedrivePresent, IsNoPlanOfNewBytes) {
    const auto answer = app::change_plans(
        *redriver_, "/operator/v1/redrives",
        R"({"query":{"party":"sti"},"bundle":"current","skip_present":true,"actor":"w","reason":"r"})");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::InvalidArgument);
    const auto word = app::change_plans(
        *redriver_, "/operator/v1/redrives",
        R"({"query":{"party":"sti"},"skip_present":"yes","actor":"w","reason":"r"})");
    EXPECT_EQ(word.error().code, Errc::InvalidArgument);
    const auto made = app::change_plans(
        *redriver_, "/operator/v1/redrives",
        R"({"query":{"party":"sti"},"skip_present":true,"actor":"w","reason":"r"})");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(json::parse(*made)["skip_present"], true);
}

}  // namespace
}  // namespace luqiao::integration
