// Acceptance scenario 12: a department loses a message it took, and alters another; the next day's
// reconciliation finds exactly these, sending again mends them, and the statement verifies.
#include "tests/integration/scenario_recon.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using app::ReconRun;
using app::SettleOrder;
using broker::DifferenceKind;
using broker::DifferenceState;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Scenario12 : public ReconScenario {};

LUQIAO_ON_BOTH_STORES(Scenario12);

TEST_P(Scenario12, TheNextDayFindsWhatWasLostAndAlteredAndSendingAgainMendsIt) {
    live_through(5);
    exchange_.party("sti").accepted.erase(at_sti(1));
    at_sti(3)->body += " ";

    EXPECT_EQ(reconciler().run(asked_, kBy, exchange_.now()).error().code, Errc::Conflict)
        << "the day is not over";
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    exchange_.settle();
    EXPECT_EQ(reconciler().run(asked_, kBy, exchange_.now()).error().code, Errc::NotFound)
        << "sti has not given its manifest";
    give_manifest();
    const ReconRun found = run();
    EXPECT_THAT(lines(found),
                UnorderedElementsAre(line(1, "ours_only open"), line(3, "unequal open")));
    EXPECT_EQ(found.matched, 3U);
    EXPECT_EQ(found.ours.count, 5U);
    EXPECT_EQ(found.theirs.count, 4U);
    EXPECT_FALSE(found.is_balanced());

    // By telephone: sti voids its altered copy, so that the same id counts as new there.
    exchange_.party("sti").accepted.erase(at_sti(3));
    exchange_.restart();
    exchange_.set_time("2025-10-14T09:00:00+08:00");
    const auto preview = settle({.to = DifferenceState::Redriven, .dry_run = true});
    ASSERT_TRUE(preview);
    EXPECT_THAT(lines(*preview),
                UnorderedElementsAre(line(1, "ours_only redriven"), line(3, "unequal redriven")));
    EXPECT_THAT(lines(show()),
                UnorderedElementsAre(line(1, "ours_only open"), line(3, "unequal open")));
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven}));
    EXPECT_THAT(lines(show()),
                UnorderedElementsAre(line(1, "ours_only settled"), line(3, "unequal settled")));
    EXPECT_EQ(exchange_.party("sti").accepted.size(), 5U);
    for (std::size_t number = 0; number < 5; ++number) {
        const auto kept = at_sti(number);
        const auto ours = exchange_.store().find_delivery(*parse_id<DeliveryId>(kept->id));
        EXPECT_EQ(kept->body, (*ours)->body) << "the bytes of the first attempt";
        EXPECT_EQ(exchange_.state(numbers_[number], "permit_issue"), "forwarded")
            << "the case stands where it stood";
    }

    // Once more: sti's list of that day is short by two, which were settled; nothing else differs.
    const ReconRun again = run();
    EXPECT_THAT(lines(again),
                UnorderedElementsAre(line(1, "ours_only settled"), line(3, "unequal settled")));
    EXPECT_TRUE(again.is_balanced());
    EXPECT_EQ(settle({.to = DifferenceState::Held}).error().code, Errc::Conflict);

    const auto statement = reconciler().statement(asked_, kBy, exchange_.now());
    ASSERT_TRUE(statement) << statement.error().message;
    const auto verified = app::verify_statement(*statement, key_.public_pem);
    ASSERT_TRUE(verified) << verified.error().message;
    const json said = json::parse(*verified);
    EXPECT_EQ(said.at("party"), "sti");
    EXPECT_EQ(said.at("balanced"), true);
    EXPECT_EQ(said.at("differences").size(), 2U);
    EXPECT_EQ(said.at("differences").at(0).at("settlement").at("actor"), "王工");
    EXPECT_EQ(audited("recon.redriven").size(), 2U);
    EXPECT_EQ(audited("recon.run").size(), 2U);
    EXPECT_EQ(audited("recon.statement").size(), 1U);
}

TEST_P(Scenario12, WhatCannotBeMendedIsHeldOrAcceptedWithAReason) {
    live_through(3);
    exchange_.party("sti").accepted.erase(at_sti(0));
    broker::Outgoing foreign = *at_sti(1);
    foreign.id = "0199c5a2-7b1e-7c3d-8f00-0123456789ab";
    exchange_.party("sti").accepted.push_back(foreign);
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    give_manifest();
    const ReconRun found = run();
    EXPECT_EQ(found.count(DifferenceKind::OursOnly), 1U);
    EXPECT_EQ(found.count(DifferenceKind::TheirsOnly), 1U);

    SettleOrder unsigned_order{.to = DifferenceState::Held};
    EXPECT_EQ(reconciler().settle(asked_, unsigned_order, exchange_.now()).error().code,
              Errc::MissingRequired);
    EXPECT_EQ(
        settle({.to = DifferenceState::Redriven, .kind = DifferenceKind::TheirsOnly}).error().code,
        Errc::Conflict)
        << "we have nothing to send";
    ASSERT_TRUE(settle({.to = DifferenceState::Held, .kind = DifferenceKind::TheirsOnly}));
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted, .kind = DifferenceKind::OursOnly}));
    EXPECT_FALSE(show().is_balanced()) << "what is held is open to the statement";
    const std::string key = broker::to_hex(broker::manifest_key(foreign.id));
    EXPECT_EQ(settle({.to = DifferenceState::Accepted, .key = "ffffffffffff"}).error().code,
              Errc::NotFound);
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted, .key = key.substr(0, 12)}));
    EXPECT_TRUE(show().is_balanced());
    const auto rows = audited("recon.accepted");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1], fmt::format("王工: sti 2025-10-13 received {} 对方数据库恢复后缺件",
                                   key.substr(0, 12)));
    EXPECT_EQ(exchange_.party("sti").sent.size(), 3U) << "nothing was sent again";
}

/// Until nothing is open: what one run kept is decided, then the next keeps the next.
TEST_P(Scenario12, MoreThanARunKeepsIsDecidedRunByRun) {
    constexpr std::size_t kLost = 8;
    live_through(kLost);
    exchange_.party("sti").accepted.clear();
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    give_manifest();
    differences_max_ = 3;

    const ReconRun first = run();
    EXPECT_EQ(first.found, kLost);
    EXPECT_EQ(first.differences.size(), 3U);
    EXPECT_EQ(first.left_out(), 5U);
    const auto open_cases = [&] { return *reconciler().open_cases(exchange_.now()); };
    EXPECT_THAT(open_cases(), testing::UnorderedElementsAreArray(numbers_))
        << "no case ages, also of those that are not listed";
    EXPECT_THAT(lines(run()), testing::ContainerEq(lines(first))) << "nothing was decided";
    // One each way: what is accepted or held is found again, what was sent again is not.
    const auto key = [&](std::size_t place) {
        return broker::to_hex(first.differences[place].what.key);
    };
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted, .key = key(0)}));
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven, .key = key(1)}));
    ASSERT_TRUE(settle({.to = DifferenceState::Held, .key = key(2)}));
    EXPECT_FALSE(show().is_balanced());

    exchange_.set_time("2025-10-14T09:00:00+08:00");
    give_manifest();  // with the one that sti has again
    const ReconRun second = run();
    EXPECT_EQ(second.found, kLost) << "each once";
    EXPECT_EQ(second.differences.size(), 6U);
    EXPECT_EQ(second.left_out(), 2U);
    EXPECT_EQ(second.count(DifferenceState::Open), 3U);
    EXPECT_EQ(second.count(DifferenceState::Settled), 1U);
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted}));
    EXPECT_EQ(show().count(DifferenceState::Accepted), 5U);
    EXPECT_EQ(open_cases().size(), 2U);
    EXPECT_FALSE(show().is_balanced()) << "two were not looked at";

    const ReconRun third = run();
    EXPECT_EQ(third.left_out(), 0U);
    EXPECT_EQ(third.differences.size(), kLost);
    EXPECT_EQ(third.count(DifferenceState::Open), 2U);
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted}));
    EXPECT_TRUE(show().is_balanced());
    EXPECT_THAT(open_cases(), IsEmpty());
    EXPECT_TRUE(run().is_balanced()) << "and stays so";
    EXPECT_EQ(run().found, kLost);
}

TEST_P(Scenario12, WhatAPartyHasNotSentNamesItsCaseToo) {
    live_through(2);
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    asked_ = {"portal", kDay, broker::ManifestOf::Sent};
    const broker::Manifest nothing{"portal", kDay, broker::ManifestOf::Sent, {}};
    ASSERT_TRUE(
        broker::keep_manifest(exchange_.store(), {nothing, exchange_.now(), "http"}, "portal"));
    EXPECT_THAT(lines(run()),
                UnorderedElementsAre(line(0, "ours_only open"), line(1, "ours_only open")));
    EXPECT_THAT(*reconciler().open_cases(exchange_.now()),
                testing::UnorderedElementsAreArray(numbers_));
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted}));
    EXPECT_THAT(*reconciler().open_cases(exchange_.now()), IsEmpty());
}

TEST_P(Scenario12, AnOrderThatDiesWithItsNodeIsOpenAgain) {
    live_through(2);
    exchange_.party("sti").accepted.erase(at_sti(0));
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    give_manifest();
    run();
    SettleOrder order{.to = DifferenceState::Redriven};
    order.by = kBy;
    ASSERT_TRUE(reconciler().settle(asked_, order, exchange_.now()));
    exchange_.restart();  // before any turn took the order
    EXPECT_THAT(lines(show()), ElementsAre(line(0, "ours_only redriven")));
    exchange_.set_time("2025-10-14T08:32:00+08:00");
    EXPECT_THAT(lines(show()), ElementsAre(line(0, "ours_only open")));
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven}));
    EXPECT_THAT(lines(show()), ElementsAre(line(0, "ours_only settled")));
}

TEST_P(Scenario12, WhatIsOnItsWayAtMidnightIsNoDifferenceUntilTheNextDayIsGiven) {
    exchange_.set_time("2025-10-13T23:58:00+08:00");
    live_through(1);
    exchange_.party("sti").accepted.clear();
    exchange_.set_time("2025-10-14T00:05:00+08:00");
    give_manifest();
    const ReconRun early = run();
    EXPECT_THAT(lines(early), IsEmpty());
    EXPECT_EQ(early.in_transit, 1U);
    EXPECT_FALSE(early.is_balanced());
    exchange_.set_time("2025-10-15T08:00:00+08:00");
    give_manifest(*parse_date("2025-10-14"));
    EXPECT_THAT(lines(run()), ElementsAre(line(0, "ours_only open")));
}

TEST_P(Scenario12, APartyAsksForOurManifestAndIsToldWhatIsWrongWithItsOwn) {
    live_through(2);
    const auto ours = exchange_.pipeline().manifest(call("GET", kDay, {}));
    ASSERT_TRUE(std::holds_alternative<std::string>(ours));
    const json said = json::parse(std::get<std::string>(ours));
    EXPECT_EQ(said.at("count"), 2);
    std::vector<broker::FieldProblem> none;
    const auto read = broker::read_manifest(std::get<std::string>(ours), asked_, none);
    ASSERT_TRUE(read);
    EXPECT_EQ(broker::totals(read->entries).sm3, said.at("sm3"));

    const auto refused = exchange_.pipeline().take_manifest(
        call("PUT", kDay, "manifest,psb,2025-10-13,received,1\nkey,sm3\n,12\n"));
    ASSERT_TRUE(std::holds_alternative<broker::Problem>(refused));
    const auto& problem = std::get<broker::Problem>(refused);
    EXPECT_EQ(problem.code, Errc::BadValue);
    EXPECT_EQ(problem.errors.size(), 3U);
    auto forged = call("PUT", kDay, manifest_of_sti());
    forged.body += " ";
    const auto unsigned_answer = exchange_.pipeline().take_manifest(forged);
    EXPECT_EQ(std::get<broker::Problem>(unsigned_answer).code, Errc::BadSignature);
    EXPECT_FALSE(*broker::given_manifest(exchange_.store(), asked_));
    exchange_.settle();  // the refusals are audited by the turn
    EXPECT_EQ(audited("refuse").size(), 2U);
}

TEST_P(Scenario12, AManifestThatWasRecordedDoesNotReplaceALaterOne) {
    live_through(2);
    const broker::Outgoing lost = *at_sti(1);
    exchange_.party("sti").accepted.erase(at_sti(1));
    const auto recorded = call("PUT", kDay, manifest_of_sti());
    ASSERT_TRUE(std::holds_alternative<std::string>(exchange_.pipeline().take_manifest(recorded)));
    exchange_.party("sti").accepted.push_back(lost);
    exchange_.pass(std::chrono::minutes(1));
    give_manifest();

    security::Identities fresh;  // a restart: no nonce in memory
    std::vector<security::SigningKey> keys;
    keys.push_back(*security::SigningKey::sm2(pair_.public_pem));
    fresh.add("sti-sm2", "sti", std::move(keys));
    broker::Pipeline restarted(exchange_.pipeline().realm(), exchange_.store(), fresh,
                               {[&] { return exchange_.now(); }, security::random_id_bytes, [] {}},
                               {});
    const auto answer = restarted.take_manifest(recorded);
    ASSERT_TRUE(std::holds_alternative<broker::Problem>(answer));
    EXPECT_EQ(std::get<broker::Problem>(answer).code, Errc::Conflict);
    const auto kept = *broker::given_manifest(exchange_.store(), asked_);
    EXPECT_EQ(kept->manifest.entries.size(), 2U);
    EXPECT_EQ(kept->source, "http");
    EXPECT_EQ(kept->signed_at, exchange_.now());
    exchange_.pass(std::chrono::minutes(1));
    EXPECT_TRUE(std::holds_alternative<std::string>(
        restarted.take_manifest(call("PUT", kDay, manifest_of_sti()))));
}

TEST_P(Scenario12, AChangedStatementDoesNotVerify) {
    live_through(1);
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    give_manifest();
    EXPECT_TRUE(run().is_balanced());
    std::string statement = *reconciler().statement(asked_, kBy, exchange_.now());
    const auto other = *security::generate_sm2_pair();
    EXPECT_EQ(app::verify_statement(statement, other.public_pem).error().code, Errc::BadSignature);
    const std::size_t at = statement.find("\"matched\":1");
    ASSERT_NE(at, std::string::npos);
    statement[at + 10] = '2';
    EXPECT_EQ(app::verify_statement(statement, key_.public_pem).error().code, Errc::BadSignature);
    EXPECT_EQ(app::verify_statement("{}", key_.public_pem).error().code, Errc::ParseFailed);
    EXPECT_EQ(app::verify_statement("", key_.public_pem).error().code, Errc::ParseFailed);
}

TEST(OpenStatementKey, LeavesWhatIsThereAlone) {
    const auto folder = *app::TemporaryFolder::create("luqiao-statement");
    const auto made = *app::open_statement_key(folder.path());
    const auto shared = folder.path() / "statement.pub";
    const auto long_ago = std::filesystem::last_write_time(shared) - std::chrono::hours(1);
    std::filesystem::last_write_time(shared, long_ago);
    EXPECT_EQ(app::open_statement_key(folder.path())->private_pem, made.private_pem);
    EXPECT_EQ(std::filesystem::last_write_time(shared), long_ago);
    std::filesystem::remove(shared);
    ASSERT_TRUE(app::open_statement_key(folder.path()));
    EXPECT_EQ(*app::read_file(shared), made.public_pem);
}

}  // namespace
}  // namespace luqiao::integration
