// Acceptance scenarios 1, 2, 3 and 13: what leaves when, what waits for what, who learns of it.
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;

class Scenario3 : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(Scenario3);

/// As many as may be open in all are fewer than the parties together could be sent.
TEST(Scenario1, NoPartyTakesTheRoomOfTheOthers) {
    Exchange exchange("2025-10-13T09:00:00+08:00");
    broker::PipelineOptions few;
    few.outcomes_max = 10;
    exchange.restart(few);
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    exchange.settle();
    for (const char* party : {"portal", "mobile", "province", "sti"}) {
        EXPECT_FALSE(exchange.party(party).sent.empty()) << party;
    }
    EXPECT_EQ(exchange.state(number, "permit_issue"), "forwarded");
}

TEST(Scenario1, FourItemsLeaveSideBySideAndTheResidencePermitWaitsForTheWorkPermit) {
    Exchange exchange("2025-10-13T09:00:00+08:00");
    const std::string number = exchange.accepted(
        "portal", exchange.application("portal", {"permit_issue", "insurance_register",
                                                  "ecard_apply", "residence_issue"}));

    EXPECT_EQ(exchange.received("sti", "sti.apply").size(), 1u);
    EXPECT_TRUE(exchange.party("psb").sent.empty())
        << "第十五条: not before the work permit is granted";
    EXPECT_EQ(exchange.state(number, "permit_issue"), "forwarded");
    EXPECT_EQ(exchange.state(number, "residence_issue"), "held");
    EXPECT_FALSE(exchange.item(number, "residence_issue").forward_due)
        << "the clock of a held item does not run";

    exchange.set_time("2025-10-16T10:00:00+08:00");
    receipt(exchange.answer("sti", exchange.serial(number, "permit_issue"), "granted",
                            {{"permit.number", "370123456789"},
                             {"permit.category", "B"},
                             {"permit.valid_from", "2025-10-16"},
                             {"permit.valid_to", "2027-10-15"}}));

    ASSERT_EQ(exchange.received("psb", "psb.residence_apply").size(), 1u);
    EXPECT_EQ(exchange.received("psb", "psb.residence_apply")[0].text("permit.number"),
              "370123456789")
        << "the result of one item is what the next one needs";
    EXPECT_EQ(exchange.received("hrss", "hrss.insurance").size(), 1u);
    EXPECT_EQ(exchange.party("essc").accepted.size(), 1u);
    EXPECT_EQ(to_string(exchange.item(number, "residence_issue").forward_due->date), "2025-10-20")
        << "two working days from the opening of the gate";
}

TEST(Scenario2, ARefusedWorkPermitEndsWhatWaitsForItAndBothPortalsAreTold) {
    Exchange exchange;
    const std::string number = exchange.accepted(
        "mobile", exchange.application("mobile", {"permit_issue", "residence_issue"}));
    const std::string permit = exchange.serial(number, "permit_issue");
    const std::string residence = exchange.serial(number, "residence_issue");
    exchange.pass(30min);
    receipt(exchange.answer("sti", permit, "refused"));

    EXPECT_EQ(exchange.state(number, "residence_issue"), "cancelled");
    EXPECT_TRUE(exchange.party("psb").sent.empty());
    EXPECT_TRUE(exchange.find(number).decided());
    for (const std::string channel : {"portal", "mobile"}) {
        EXPECT_EQ(exchange.progress_of(channel, permit).back(), "refused") << channel;
        EXPECT_EQ(exchange.progress_of(channel, residence).back(), "cancelled") << channel;
    }
}

TEST_P(Scenario3, AcceptedBeforeTheNationalHolidayIsDueAfterIt) {
    Exchange exchange("2025-09-30T16:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const auto due = exchange.item(number, "permit_issue").forward_due;
    ASSERT_TRUE(due);
    EXPECT_EQ(to_string(due->date), "2025-10-10");
    EXPECT_FALSE(due->provisional);
}

TEST_P(Scenario3, ADueDateBeyondTheLastKnownYearIsProvisional) {
    Exchange exchange("2026-12-31T09:00:00+08:00", GetParam());
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    EXPECT_TRUE(exchange.item(number, "permit_issue").forward_due->provisional);
}

TEST_P(Scenario3, AnUnacknowledgedDispatchIsOverdueAfterTwoWorkingDays) {
    Exchange exchange("2025-10-13T09:00:00+08:00", GetParam());
    exchange.party("sti").failing = Errc::Unavailable;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    exchange.pass(std::chrono::hours(72), 60min);
    EXPECT_THAT(exchange.alerts(number), testing::Contains("forward_overdue"));
}

TEST(Scenario13, ACaseOfTheWindowAppearsOnline) {
    Exchange exchange;
    mapping::Record application = exchange.application("window", {"residence_issue"});
    app::set_fields(application, {{"permit.number", "370000000001"},
                                  {"permit.category", "B"},
                                  {"permit.valid_from", "2025-01-01"},
                                  {"permit.valid_to", "2026-01-01"}});
    const std::string number = exchange.accepted("window", application);
    EXPECT_EQ(exchange.received("psb", "psb.residence_apply").size(), 1u)
        << "the permit was granted before (第十五条)";
    exchange.pass(10min);
    receipt(exchange.answer("psb", exchange.serial(number, "residence_issue"), "accepted"));
    for (const std::string channel : {"portal", "mobile", "window"}) {
        EXPECT_EQ(exchange.progress_of(channel, number), std::vector<std::string>{"accepted"})
            << channel;
        EXPECT_EQ(exchange.progress_of(channel, exchange.serial(number, "residence_issue")).back(),
                  "accepted")
            << channel;
    }
}

TEST(Scenario13, APortalCaseIsNotTheWindowsBusiness) {
    Exchange exchange;
    exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    EXPECT_TRUE(exchange.party("window").sent.empty());
}

TEST(Evidence, AResidencePermitWithoutAnyWorkPermitIsRefusedWithAReason) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"residence_issue"});
    for (const char* path :
         {"permit.number", "permit.category", "permit.valid_from", "permit.valid_to"}) {
        application.root().slots[*application.form().find(path)] = {};
    }
    const broker::Answer answer = exchange.submit("portal", application);
    EXPECT_NE(problem(answer).detail.zh, "");
    EXPECT_EQ(exchange.counts()["cases"], 0u);
}

TEST(Province, GetsAcceptanceProcessAndDecisionOfEveryItem) {
    Exchange exchange;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    const std::string serial = exchange.serial(number, "permit_issue");
    exchange.pass(10min);
    receipt(exchange.answer("sti", serial, "accepted"));
    exchange.pass(10min);
    receipt(exchange.answer("sti", serial, "granted",
                            {{"permit.number", "370123456789"},
                             {"permit.category", "B"},
                             {"permit.valid_from", "2025-10-13"},
                             {"permit.valid_to", "2027-10-12"}}));
    EXPECT_EQ(exchange.received("province", "province.accept").size(), 1u);
    EXPECT_GE(exchange.received("province", "province.process").size(), 1u);
    EXPECT_EQ(exchange.received("province", "province.done").size(), 1u);
}

TEST(ConditionsOfItems, AreOneForAllChannelsAndSaidAllAtOnce) {
    Exchange exchange;
    for (const std::string channel : {"portal", "mobile", "window"}) {
        mapping::Record record = exchange.application(channel, {"permit_issue", "title_review"});
        for (const char* path : {"education.level", "title_request.series"}) {
            record.root().slots[*record.form().find(path)] = {};
        }
        const broker::Problem refused = problem(exchange.submit(channel, record));
        ASSERT_EQ(refused.errors.size(), 2U) << channel;
        for (const broker::FieldProblem& one : refused.errors) {
            EXPECT_EQ(one.code, "E2006");
            EXPECT_TRUE(one.rule.starts_with("services/foreigner_work.toml:")) << one.rule;
            EXPECT_NE(one.pointer, "") << "in the words of " << channel;
        }
        EXPECT_EQ(refused.errors[0].message.en, "a work permit needs the highest education");
        EXPECT_EQ(refused.errors[1].message.en, "a title review needs the series");
    }
    EXPECT_EQ(exchange.counts()["cases"], 0U);
    exchange.accepted("portal", exchange.application("portal", {"permit_issue", "title_review"}));
}

/// The portal's sample with the text of each pair replaced: the fields of what is found.
std::vector<std::string> found_in_sample(
    const std::vector<std::pair<std::string, std::string>>& changes) {
    std::string bytes = *app::read_file(shipped().folder / "samples" / "portal.apply.json");
    for (const auto& [from, to] : changes) {
        const std::size_t at = bytes.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        if (at != std::string::npos) bytes.replace(at, from.size(), to);
    }
    std::vector<std::string> fields;
    const auto read = mapping::decode(*shipped().realm->bundle->find("portal.apply"), bytes);
    for (const mapping::Issue& issue : read.issues.list) fields.push_back(issue.field);
    return fields;
}

TEST(ConditionsOfItems, AreSaidWithWhatTheMapFinds) {
    EXPECT_THAT(found_in_sample({{R"("lb": "B", )", ""},
                                 {R"("sqz": "2027-10-31", )", ""},
                                 {R"("jfjs": "21000.00", )", ""},
                                 {R"("xl": "01", )", ""},
                                 {R"("sbk": {"lx": "1"},)", ""},
                                 {R"("csrq": "1985-03-20")", R"("csrq": "1985-02-30")"}}),
                testing::UnorderedElementsAre("permit_request.category", "residence_request.until",
                                              "insurance_request.base", "title_request.series",
                                              "ecard_request.make", "applicant.birth_date"));
}

TEST(ConditionsOfItems, OfOtherItemsAreNotAskedFor) {
    EXPECT_THAT(found_in_sample({{R"(["0101", "0201", "0301", "0401", "0501"])", R"(["0501"])"},
                                 {R"("lb": "B", )", ""},
                                 {R"("sqz": "2027-10-31", )", ""},
                                 {R"("jfjs": "21000.00", )", ""}}),
                testing::IsEmpty());
}

}  // namespace
}  // namespace luqiao::integration
