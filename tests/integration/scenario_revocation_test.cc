// 第十五条 after the decision: a work permit is revoked (撤销、注销), a refusal is changed by a
// review (复议), and an operator accepts what contradicts.
#include "app/operator_answers.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const app::FieldTexts kPermit{{"permit.number", "370123456789"},
                              {"permit.status", "valid"},
                              {"permit.valid_from", "2025-10-13"},
                              {"permit.valid_to", "2027-10-12"}};

class Revocation : public testing::TestWithParam<StoreKind> {
protected:
    /// A permit and what waits for it; the permit is granted the day after.
    std::string granted() {
        const std::string number = exchange_.accepted(
            "portal", exchange_.application("portal", {"permit_issue", "residence_issue"}));
        exchange_.set_time("2025-10-14T09:00:00+08:00");
        receipt(
            exchange_.answer("sti", exchange_.serial(number, "permit_issue"), "granted", kPermit));
        return number;
    }
    std::string permit(const std::string& number) {
        return exchange_.serial(number, "permit_issue");
    }
    /// @return what the operator is answered, or the error's text
    std::string accept(const std::string& number, const json& said) {
        std::string out;
        app::accept_answer(exchange_.store(), exchange_.pipeline(), number + "/accept", said.dump(),
                           [&](const Result<std::string>& answer) {
                               out = answer ? *answer
                                            : std::string(info(answer.error().code).id) + " " +
                                                  answer.error().message;
                           });
        exchange_.settle();
        return out;
    }

    Exchange exchange_{kStart, GetParam()};
};
LUQIAO_ON_BOTH_STORES(Revocation);

TEST_P(Revocation, HoldsWhatWaitsForTheDepartmentThatIsDownAndSaysSo) {
    exchange_.party("psb").failing = Errc::Unavailable;
    const std::string number = granted();
    ASSERT_EQ(exchange_.state(number, "residence_issue"), "forwarding");
    exchange_.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange_.answer("sti", permit(number), "revoked", {{"permit.status", "revoked"}}));
    EXPECT_EQ(exchange_.state(number, "permit_issue"), "revoked");
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "held");
    EXPECT_THAT(exchange_.alerts(number), ElementsAre("prerequisite_revoked"));
    for (const char* channel : {"portal", "mobile"}) {
        EXPECT_EQ(exchange_.progress_of(channel, permit(number)).back(), "revoked");
        EXPECT_EQ(
            exchange_.progress_of(channel, exchange_.serial(number, "residence_issue")).back(),
            "held");
    }
    const auto told = exchange_.received("portal", "portal.progress");
    const auto revoked = std::find_if(told.begin(), told.end(), [](const auto& one) {
        return one.text("item.state") == "revoked";
    });
    ASSERT_NE(revoked, told.end());
    EXPECT_EQ(revoked->text("permit.status"), "revoked");

    const std::size_t tried = exchange_.party("psb").sent.size();
    exchange_.party("psb").failing.reset();
    exchange_.restart();
    exchange_.pass(std::chrono::hours(48), std::chrono::minutes(60));
    EXPECT_EQ(exchange_.party("psb").sent.size(), tried);
    EXPECT_THAT(exchange_.party("psb").accepted, IsEmpty());
}

TEST_P(Revocation, ToldByTheStatusOfAPermitThatWasGrantedIsTheSame) {
    exchange_.party("psb").failing = Errc::Unavailable;
    const std::string number = granted();
    exchange_.set_time("2025-10-15T09:00:00+08:00");
    json again = json::parse(exchange_.answer_bytes("sti", permit(number), "granted", kPermit));
    again["permitStatus"] = "3";
    receipt(exchange_.submit_bytes("sti", "sti.result", again.dump()));
    EXPECT_EQ(exchange_.state(number, "permit_issue"), "revoked");
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "held");
}

TEST_P(Revocation, AttemptUnderWayIsNotTakenAwayAndIsTheLast) {
    exchange_.party("psb").is_slow = true;
    const std::string number = granted();
    receipt(exchange_.answer("sti", permit(number), "revoked"));
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "forwarding");
    EXPECT_THAT(exchange_.alerts(number), ElementsAre("prerequisite_revoked"));
    exchange_.party("psb").is_slow = false;
    exchange_.party("psb").end_slow(Errc::Unavailable);
    exchange_.pass(std::chrono::hours(24), std::chrono::minutes(60));
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "held");
    EXPECT_EQ(exchange_.party("psb").sent.size(), 1U);
}

TEST_P(Revocation, OfWhatTheDepartmentHasAlreadyThereIsAnAlert) {
    const std::string number = granted();
    ASSERT_EQ(exchange_.state(number, "residence_issue"), "forwarded");
    exchange_.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange_.answer("sti", permit(number), "revoked"));
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "forwarded");
    EXPECT_THAT(exchange_.alerts(number), ElementsAre("prerequisite_revoked"));
}

TEST_P(Revocation, NewGrantThatIsAcceptedGoesOnWithTheNewPermit) {
    exchange_.party("psb").failing = Errc::Unavailable;
    const std::string number = granted();
    exchange_.set_time("2025-10-15T09:00:00+08:00");
    receipt(exchange_.answer("sti", permit(number), "revoked"));
    exchange_.party("psb").failing.reset();
    exchange_.set_time("2025-10-20T09:00:00+08:00");
    app::FieldTexts other = kPermit;
    other[0].second = "370999999999";
    receipt(exchange_.answer("sti", permit(number), "granted", other));
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "held");
    exchange_.restart();

    const json order = {{"state", "granted"}, {"actor", "王工"}, {"reason", "已与科技核实"}};
    const json taken = json::parse(accept(number, order));
    EXPECT_EQ(taken.at("items").at(0).at("state"), "granted");
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "forwarded");
    const auto sent = exchange_.received("psb", "psb.residence_apply");
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.back().text("permit.number"), "370999999999");
}

TEST_P(Revocation, AReviewThatChangesARefusalIsAcceptedOnRecord) {
    const std::string number = exchange_.accepted(
        "portal", exchange_.application("portal", {"permit_issue", "residence_issue"}));
    receipt(exchange_.answer("sti", permit(number), "refused"));
    ASSERT_EQ(exchange_.state(number, "residence_issue"), "cancelled");
    const json order = {{"state", "granted"}, {"actor", "王工"}, {"reason", "复议决定"}};
    EXPECT_THAT(accept(number, order), testing::StartsWith("E5005 "));
    EXPECT_THAT(accept(number, order), testing::HasSubstr("矛盾的答复 | no answer"));

    exchange_.set_time("2025-11-20T09:00:00+08:00");
    receipt(exchange_.answer("sti", permit(number), "granted", kPermit));
    EXPECT_THAT(exchange_.alerts(number), Contains("contradiction"));
    json other = order;
    other["state"] = "revoked";
    EXPECT_THAT(accept(number, other), testing::StartsWith("E5006 "));
    other.erase("reason");
    EXPECT_THAT(accept(number, other), testing::StartsWith(info(Errc::MissingRequired).id));

    const json taken = json::parse(accept(number, order));
    EXPECT_THAT(taken.at("alerts"), IsEmpty());
    EXPECT_EQ(exchange_.state(number, "permit_issue"), "granted");
    EXPECT_EQ(exchange_.state(number, "residence_issue"), "forwarded");
    EXPECT_EQ(exchange_.progress_of("portal", permit(number)).back(), "granted");
    const auto sent = exchange_.received("psb", "psb.residence_apply");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].text("permit.number"), "370123456789");
    const broker::AuditEntry last = exchange_.store().audit_tail(1)->back();
    EXPECT_EQ(last.actor, "王工");
    EXPECT_EQ(last.action, "answer.accept");
    EXPECT_EQ(last.subject, number + " granted 复议决定");
    const auto version = exchange_.find(number).version;
    const json again = json::parse(accept(number, order));  // a second time
    EXPECT_EQ(again.at("items").at(0).at("state"), "granted");
    EXPECT_EQ(exchange_.received("psb", "psb.residence_apply").size(), 1U);
    EXPECT_LE(exchange_.find(number).version, version + 1);
}

}  // namespace
}  // namespace luqiao::integration
