// Three years pass: what says who an applicant is goes after its age, the case itself long after
// it.
#include "app/operator_api.h"
#include "app/operator_messages.h"
#include "broker/audit.h"
#include "broker/retention.h"
#include "broker/search.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::hours kDay{24};

class Retention : public testing::TestWithParam<StoreKind> {
protected:
    void SetUp() override {
        application_ =
            exchange_.bytes("portal.apply", exchange_.application("portal", {"permit_issue"}));
        number_ = receipt(submit()).case_number;
        open_ = exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
        exchange_.pass(std::chrono::minutes(30));
        serial_ = exchange_.serial(number_, "permit_issue");
        for (const char* state : {"accepted", "refused"}) {
            receipt(exchange_.answer("sti", serial_, state));
            exchange_.pass(std::chrono::minutes(30));
        }
        ASSERT_TRUE(exchange_.find(number_).decided());
        const auto id = *exchange_.store().find_case_id(number_);
        document_ =
            json::parse((*exchange_.store().find_case(*id))->record)["applicant"]["document_no"];
    }

    broker::Answer submit() {
        return exchange_.submit_bytes("portal", "portal.apply", application_);
    }
    void pass_days(int days) { exchange_.pass(days * kDay, std::chrono::minutes(24 * 60)); }

    broker::AgeingReport run(std::set<std::string> held = {}) {
        broker::AgeingRun run({.store = exchange_.store(),
                               .key = exchange_.pipeline().search_key(),
                               .ages = {},
                               .node = "node-1",
                               .held = std::move(held)},
                              exchange_.now());
        for (auto more = run.step(); !more || *more; more = run.step()) {
            if (more) continue;
            ADD_FAILURE() << more.error().message;
            break;
        }
        EXPECT_TRUE(run.finish(0));
        return run.report();
    }
    std::vector<std::string> found(const std::string& by) {
        const auto answer = app::find_cases(desk(), exchange_.pipeline().search_key(),
                                            broker::Question{.number = by});
        const json cases = json::parse(*answer)["cases"];
        std::vector<std::string> out;
        for (const json& one : cases) out.push_back(one["case_number"]);
        return out;
    }
    app::Desk desk() { return {*exchange_.pipeline().realm(), exchange_.store()}; }

    Exchange exchange_{kStart, GetParam()};
    std::string application_, number_, open_, serial_, document_;
};
LUQIAO_ON_BOTH_STORES(Retention);

TEST_P(Retention, ThreeYearsPass) {
    pass_days(364);
    EXPECT_EQ(run().bodies, broker::Expired{}) << "a day too young";
    EXPECT_THAT(found(document_), ElementsAre(number_));

    pass_days(2);
    EXPECT_EQ(run({number_}).bodies.cases, 0U) << "it is held";
    const auto first = run();
    EXPECT_EQ(first.bodies.cases, 1U);
    EXPECT_GT(first.bodies.bytes, 1'000U);
    EXPECT_EQ(run().bodies.cases, 0U) << "once";
    exchange_.restart();

    EXPECT_THAT(found(document_), IsEmpty()) << "its applicant is not found any more";
    EXPECT_THAT(found(number_), ElementsAre(number_)) << "the case is";
    EXPECT_THAT(found(serial_), ElementsAre(number_));
    const auto deliveries = *exchange_.store().deliveries(exchange_.find(number_).id);
    const auto shown = app::show_message(desk(), exchange_.pipeline().search_key(),
                                         to_string(deliveries.front().id));
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_THAT(json::parse(*shown)["aged_out"]["zh"].get<std::string>(), HasSubstr("2026-10-14"));
    EXPECT_EQ(json::parse(*shown)["sm3"], deliveries.front().sm3);
    EXPECT_EQ(deliveries.front().sm3.size(), 64U);
    const auto messages = *exchange_.store().messages(exchange_.find(number_).id);
    const auto inbound = app::show_message(desk(), exchange_.pipeline().search_key(),
                                           to_string(messages.front().id));
    ASSERT_TRUE(inbound) << "found by its id: " << inbound.error().message;
    EXPECT_EQ(json::parse(*inbound)["sm3"], messages.front().sm3);
    EXPECT_THAT(*app::trace_case(desk(), number_), HasSubstr("retention.bodies"));
    EXPECT_THAT(*app::describe_case(desk().realm, exchange_.store(), number_, exchange_.now()),
                HasSubstr("aged out on 2026-10-14"));

    EXPECT_TRUE(receipt(submit()).replayed) << "a repeated message still gets its first receipt";
    const broker::Problem late = problem(exchange_.answer("sti", serial_, "refused"));
    EXPECT_EQ(late.code, Errc::Conflict);
    EXPECT_THAT(late.detail.en, HasSubstr("aged out on 2026-10-14"));
    Status redriven;
    ASSERT_TRUE(exchange_.pipeline().command(
        {.case_id = exchange_.find(number_).id,
         .event = broker::Redriven{deliveries.front().id, "again", true},
         .done = [&](const Status& done) { redriven = done; }}));
    exchange_.settle();
    ASSERT_FALSE(redriven);
    EXPECT_THAT(redriven.error().message, HasSubstr("按保存期限清除"));

    EXPECT_FALSE(exchange_.find(open_).decided());
    EXPECT_FALSE(exchange_.store().messages(exchange_.find(open_).id)->front().body.empty())
        << "an open case loses nothing";

    pass_days(3 * 365 + 5);
    const auto last = run();
    EXPECT_EQ(last.metadata.cases, 1U);
    EXPECT_GT(last.audit_rows, 0U);
    EXPECT_EQ(*exchange_.store().find_case_id(number_), std::nullopt);
    EXPECT_TRUE(*exchange_.store().find_case_id(open_));
    EXPECT_FALSE(receipt(submit()).replayed) << "its key is free again";
    EXPECT_TRUE(broker::verify_audit(exchange_.store()))
        << broker::verify_audit(exchange_.store()).error().message;
}

TEST_P(Retention, NothingGoesOfACaseWithALetterThatIsDead) {
    exchange_.party("portal").failing = Errc::Refused;
    const std::string dead =
        exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    exchange_.pass(std::chrono::minutes(30));
    receipt(exchange_.answer("sti", exchange_.serial(dead, "permit_issue"), "accepted"));
    receipt(exchange_.answer("sti", exchange_.serial(dead, "permit_issue"), "refused"));
    exchange_.pass(std::chrono::minutes(60));
    ASSERT_TRUE(exchange_.find(dead).decided());
    ASSERT_GT(exchange_.counts()["deliveries.portal.dead"], 0U);
    pass_days(400);
    EXPECT_EQ(run().bodies.cases, 1U) << "the other one";
    EXPECT_FALSE(exchange_.store().messages(exchange_.find(dead).id)->front().body.empty());
}

}  // namespace
}  // namespace luqiao::integration
