// A plan that sends by newer rules: what it changes is shown first; identity, order and history
// stay.
#include "app/redrive.h"
#include "security/digest.h"
#include "tests/integration/reload_fixture.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using broker::DeliveryState;
using broker::Realm;
using broker::StoredDelivery;

class RewriteScenario : public testing::TestWithParam<StoreKind> {
protected:
    /// The shipped rules with another line in a map.
    static std::shared_ptr<const Realm> changed(const std::string& map,
                                                const std::string& row,
                                                const std::string& with) {
        const Conf conf;
        conf.replace_line("maps/" + map, row, with);
        const app::Configuration configuration = app::load_configuration(conf.path(), {});
        EXPECT_FALSE(configuration.findings.has_errors());
        return configuration.realm;
    }
    RecordingOutlet& to(const std::string& party) { return exchange_.party(party); }
    std::string apply(const std::vector<std::string>& items) {
        mapping::Record record = exchange_.application("portal", items);
        app::set_fields(record, {{"applicant.chinese_name", "王小明"}});
        return exchange_.accepted("portal", record);
    }
    StoredDelivery delivery(const std::string& number, const std::string& party) {
        const auto id = exchange_.store().find_case_id(number);
        const auto all = exchange_.store().deliveries(**id);
        for (const StoredDelivery& one : *all) {
            if (one.party == party) return one;
        }
        ADD_FAILURE() << "nothing for " << party;
        return {};
    }
    std::vector<std::string> events(const std::string& number) {
        std::vector<std::string> out;
        const auto id = exchange_.store().find_case_id(number);
        const auto all = exchange_.store().timeline(**id);
        for (const broker::TimelineEntry& one : *all) {
            out.push_back(one.event);
        }
        return out;
    }
    /// Plans what is dead at the party by the rules in force. @return its dry run
    nlohmann::json plan(const std::string& party) {
        redriver_ = std::make_unique<app::Redriver>(exchange_.store(), exchange_.pipeline());
        EXPECT_TRUE(redriver_->open());
        const auto made = redriver_->plan({.query = broker::Question{.party = party},
                                           .rewrite = true,
                                           .actor = "wang",
                                           .reason = "newer rules"},
                                          exchange_.now());
        if (!made) {
            ADD_FAILURE() << made.error().message;
            return {};
        }
        return nlohmann::json::parse(*redriver_->preview(made->id));
    }
    app::RedrivePlan run(const nlohmann::json& plan) {
        EXPECT_TRUE(redriver_->run(plan["id"], {"wang", "go"}, exchange_.now()));
        for (int step = 0; step < 3; ++step) {
            EXPECT_TRUE(redriver_->step(exchange_.now()));
            exchange_.settle();
        }
        return redriver_->plans().back();
    }

    Exchange exchange_{kStart, GetParam()};
    std::unique_ptr<app::Redriver> redriver_;
};

TEST_P(RewriteScenario, SendsOtherBytesUnderTheSameIdentityAndShowsThemFirst) {
    to("sti").failing = Errc::Refused;
    const std::string number = apply({"permit_issue"});
    exchange_.settle();
    const StoredDelivery before = delivery(number, "sti");
    ASSERT_EQ(before.state, DeliveryState::Dead);
    exchange_.pass(std::chrono::minutes(1));
    exchange_.pipeline().replace(
        changed("sti.apply.map", "applicant.chinese_name", "# not sent any more"));

    const nlohmann::json dry = plan("sti");
    EXPECT_EQ(dry["bundle"], "current");
    const nlohmann::json& one = dry["deliveries"].at(0);
    EXPECT_EQ(one["id"], to_string(before.id));
    EXPECT_EQ(one["at_target"], "no");
    const nlohmann::json& rewritten = one["rewritten"];
    EXPECT_NE(rewritten["sm3"], one["sm3"]);
    ASSERT_EQ(rewritten["differences"].size(), 1U) << rewritten.dump();
    EXPECT_EQ(rewritten["differences"][0]["field"], "applicant.chinese_name");
    EXPECT_EQ(rewritten["differences"][0]["after"], "");
    EXPECT_NE(rewritten["differences"][0]["before"], "");
    EXPECT_EQ(dry.dump().find("王小明"), std::string::npos) << "masked";
    EXPECT_EQ(delivery(number, "sti").body, before.body) << "nothing is changed yet";

    to("sti").failing.reset();
    EXPECT_EQ(run(dry).state, app::PlanState::Done);
    ASSERT_EQ(to("sti").accepted.size(), 1U);
    const broker::Outgoing& sent = to("sti").accepted[0];
    EXPECT_EQ(sent.id, to_string(before.id)) << "the same identity";
    EXPECT_NE(sent.body, before.body);
    EXPECT_EQ(security::sm3_hex(sent.body), rewritten["sm3"]) << "what was shown";
    EXPECT_EQ(sent.bundle, rewritten["bundle"]);
    EXPECT_EQ(delivery(number, "sti").body, sent.body) << "a retry sends these";
    EXPECT_THAT(events(number), testing::IsSupersetOf(
                                    {"delivery.dead", "delivery.reencoded", "delivery.redriven"}));
    EXPECT_EQ(exchange_.state(number, "permit_issue"), "forwarded");
}

TEST_P(RewriteScenario, MakesTheBytesThatAQuarantinedDeliveryNeverHad) {
    const std::string number = apply({"permit_issue", "residence_issue"});
    exchange_.settle();
    exchange_.pipeline().replace(
        changed("psb.residence_apply.map", "applicant.chinese_name",
                "applicant.chinese_name <-> BODY.ZWXM ; fit 2 gb18030 reject"));
    exchange_.answer("sti", exchange_.serial(number, "permit_issue"), "granted",
                     {{"permit.number", "QD20250001"}, {"permit.valid_to", "2027-10-12"}});
    exchange_.settle();
    const StoredDelivery before = delivery(number, "psb");
    ASSERT_EQ(before.state, DeliveryState::Dead);
    EXPECT_THAT(before.cause, testing::StartsWith("E2005 maps/psb.residence_apply.map:"));
    EXPECT_EQ(before.body, "");
    exchange_.pass(std::chrono::minutes(1));

    const nlohmann::json still = plan("psb");
    EXPECT_TRUE(still["deliveries"].at(0)["rewritten"].contains("findings")) << still.dump();
    EXPECT_EQ(still.dump().find("王小明"), std::string::npos);
    const app::RedrivePlan in_vain = run(still);
    EXPECT_EQ(in_vain.refused, 1U) << "these rules cannot write it either";
    EXPECT_EQ(delivery(number, "psb").state, DeliveryState::Dead);

    exchange_.pipeline().replace(shipped().realm);
    const app::RedrivePlan done = run(plan("psb"));
    EXPECT_EQ(done.arrived, 1U);
    ASSERT_EQ(to("psb").accepted.size(), 1U);
    EXPECT_EQ(to("psb").accepted[0].id, to_string(before.id));
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "forwarded");
}

TEST_P(RewriteScenario, OfProgressTellsWhatTheAnswerSaid) {
    to("portal").failing = Errc::Refused;
    const std::string number = apply({"permit_issue"});
    exchange_.settle();
    const std::string serial = exchange_.serial(number, "permit_issue");
    exchange_.answer("sti", serial, "accepted");
    exchange_.answer("sti", serial, "refused", {{"reason.text", "材料不实"}});
    exchange_.pass(std::chrono::minutes(1));
    const auto id = exchange_.store().find_case_id(number);
    std::map<std::string, std::string> before;
    const auto all = exchange_.store().deliveries(**id);
    for (const StoredDelivery& one : *all) {
        if (one.party == "portal") before[to_string(one.id)] = one.body;
    }
    to("portal").failing.reset();
    // One after the other: only the first of a line is dead, the rest waits behind it.
    exchange_.pass(std::chrono::minutes(1));
    EXPECT_EQ(run(plan("portal")).state, app::PlanState::Done);
    exchange_.pass(std::chrono::minutes(1));
    ASSERT_GE(to("portal").accepted.size(), 2U);
    for (const broker::Outgoing& one : to("portal").accepted) {
        EXPECT_EQ(one.body, before[one.id]) << "the same rules make the same bytes";
    }
}

LUQIAO_ON_BOTH_STORES(RewriteScenario);

}  // namespace
}  // namespace luqiao::integration
