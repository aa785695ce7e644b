// Acceptance scenario 14: the applicant takes an application back (撤回、撤件).
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

broker::Answer withdraw(Exchange& exchange,
                        const std::string& number,
                        const std::string& serial,
                        const std::string& channel = "portal") {
    const std::string map = channel + ".withdraw";
    mapping::Record record(shipped().realm->bundle->find(map)->form);
    app::set_fields(record, {{"message.id", "W-" + number + serial},
                             {"message.sent_at",
                              to_rfc3339(std::chrono::floor<std::chrono::seconds>(exchange.now()))},
                             {"case.number", number},
                             {"reason.text", "改签合同"}});
    if (!serial.empty()) app::set_fields(record, {{"item.serial", serial}});
    return exchange.submit_bytes(channel, map, exchange.bytes(map, record));
}

class Scenario14 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario14);

TEST_P(Scenario14, AWithdrawalAfterDispatchReachesEachDepartmentThatTakesOne) {
    Exchange exchange(kStart, GetParam());
    const std::string number = exchange.accepted(
        "portal", exchange.application("portal", {"permit_issue", "residence_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(exchange.answer("sti", serial, "accepted"));

    receipt(withdraw(exchange, number, {}));
    const auto asked = exchange.received("sti", "sti.withdraw");
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].text("item.serial"), serial);
    EXPECT_EQ(asked[0].text("case.number"), number);
    EXPECT_EQ(asked[0].text("item.code"), "permit_issue");
    EXPECT_EQ(asked[0].text("reason.code"), "withdrawn");
    EXPECT_EQ(asked[0].text("reason.text"), "改签合同");
    EXPECT_EQ(exchange.state(number, "permit_issue"), "withdrawing");
    EXPECT_EQ(exchange.state(number, "residence_issue"), "withdrawn") << "it never went out";
    EXPECT_THAT(exchange.party("psb").sent, IsEmpty());
    EXPECT_FALSE(exchange.find(number).decided());

    exchange.restart();
    receipt(exchange.answer("sti", serial, "withdrawn"));
    EXPECT_EQ(exchange.state(number, "permit_issue"), "withdrawn");
    EXPECT_TRUE(exchange.find(number).decided());
    EXPECT_THAT(exchange.progress_of("portal", serial), Contains("withdrawn"));
    EXPECT_EQ(exchange.received("province", "province.done").size(), 2u);
    EXPECT_THAT(exchange.alerts(number), IsEmpty());
}

TEST_P(Scenario14, EveryChannelCanWithdrawAndEveryDepartmentWithAMessageForItIsAsked) {
    const struct {
        const char* channel;
        const char* item;
        const char* party;
    } table[] = {{"mobile", "insurance_register", "hrss"},
                 {"window", "title_review", "title"},
                 {"portal", "residence_issue", "psb"}};
    for (const auto& row : table) {
        Exchange exchange(kStart, GetParam());
        mapping::Record application = exchange.application(row.channel, {row.item});
        app::set_fields(application, {{"permit.number", "370000000001"}});
        const std::string number = exchange.accepted(row.channel, application);
        const std::string serial = exchange.serial(number, row.item);
        receipt(withdraw(exchange, number, {}, row.channel));
        const auto asked = exchange.received(row.party, std::string(row.party) + ".withdraw");
        ASSERT_EQ(asked.size(), 1u) << row.party;
        EXPECT_EQ(asked[0].text("item.serial"), serial);
        EXPECT_EQ(asked[0].text("case.number"), number);
        EXPECT_EQ(asked[0].text("item.code"), row.item);
        EXPECT_EQ(asked[0].text("reason.text"), "改签合同");
        EXPECT_EQ(exchange.state(number, row.item), "withdrawing") << row.party;
        receipt(exchange.answer(row.party, serial, "withdrawn"));
        EXPECT_EQ(exchange.state(number, row.item), "withdrawn") << row.party;
        EXPECT_TRUE(exchange.find(number).decided());
        EXPECT_THAT(exchange.alerts(number), IsEmpty()) << row.party;
        EXPECT_EQ(exchange.progress_of(row.channel, serial).back(), "withdrawn");
    }
}

TEST_P(Scenario14, ADecisionThatCrossedTheWithdrawalWinsAndIsTold) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    receipt(withdraw(exchange, number, serial));
    receipt(
        exchange.answer("sti", serial, "granted",
                        {{"permit.number", "370123456789"}, {"permit.valid_to", "2027-10-12"}}));
    EXPECT_EQ(exchange.state(number, "permit_issue"), "granted");
    EXPECT_EQ(exchange.progress_of("portal", serial).back(), "granted");
}

TEST_P(Scenario14, WhereADepartmentTakesNoMessageSomebodyIsTold) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"ecard_apply"}));
    receipt(withdraw(exchange, number, {}));
    EXPECT_EQ(exchange.state(number, "ecard_apply"), "withdrawn");
    EXPECT_THAT(exchange.alerts(number), ElementsAre("withdrawal_by_hand"));
}

TEST_P(Scenario14, ADecisionAfterAWithdrawalByHandIsAContradiction) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"ecard_apply"}));
    const std::string serial = exchange.serial(number, "ecard_apply");
    receipt(withdraw(exchange, number, {}));
    receipt(exchange.answer("essc", serial, "refused"));
    EXPECT_EQ(exchange.state(number, "ecard_apply"), "withdrawn");
    EXPECT_THAT(exchange.alerts(number), ElementsAre("withdrawal_by_hand", "contradiction"));
    EXPECT_EQ(exchange.progress_of("portal", serial).back(), "withdrawn");
}

TEST_P(Scenario14, ARepeatedWithdrawalGetsTheFirstReceiptAndAnotherOneIsRefused) {
    Exchange exchange(kStart, GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const auto first = receipt(withdraw(exchange, number, {}));
    const auto again = receipt(withdraw(exchange, number, {}));
    EXPECT_EQ(again.message_id, first.message_id);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(exchange.received("sti", "sti.withdraw").size(), 1u);
    const std::string serial = exchange.serial(number, "permit_issue");
    EXPECT_EQ(problem(withdraw(exchange, number, serial)).code, Errc::Conflict);
    EXPECT_EQ(problem(withdraw(exchange, "FW20251013ZZZZZZZZ", {})).code, Errc::NotFound);
}

}  // namespace
}  // namespace luqiao::integration
