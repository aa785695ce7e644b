// Acceptance scenario 12: a department loses a message it took, and alters another; the next day's
// reconciliation finds exactly these, sending again mends them, and the statement verifies.
#include "app/recon_daily.h"
#include "security/digest.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using app::ReconRun;
using app::SettleOrder;
using broker::DifferenceKind;
using broker::DifferenceState;
using broker::ManifestAsked;
using broker::ManifestOf;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Date kDay = *parse_date("2025-10-13");  // the day of kStart
const app::Signature kBy{"王工", "对方数据库恢复后缺件"};

class Scenario12 : public testing::TestWithParam<StoreKind> {
protected:
    Scenario12()
        : exchange_(kStart, GetParam()),
          pair_(*security::generate_sm2_pair()),
          signer_(*security::SigningKey::sm2(pair_.private_pem)),
          key_(*app::open_statement_key(folder_.path())) {
        std::vector<security::SigningKey> keys;
        keys.push_back(*security::SigningKey::sm2(pair_.public_pem));
        exchange_.identities().add("sti-sm2", "sti", std::move(keys));
    }

    app::Reconciler reconciler() {
        return {exchange_.store(), exchange_.pipeline(), folder_.path(), key_};
    }

    /// The day with `count` applications that sti took.
    void live_through(std::size_t count) {
        for (std::size_t one = 0; one < count; ++one) {
            numbers_.push_back(
                exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"})));
        }
        exchange_.settle();
        ASSERT_EQ(exchange_.party("sti").accepted.size(), count);
    }

    /// What sti says it has of `day`: what it keeps, by its own hash.
    std::string manifest_of_sti(Date day = kDay) {
        const auto& kept = exchange_.party("sti").accepted;
        std::string out = fmt::format("manifest,sti,{},received,{}\nkey,sm3\n", to_string(day),
                                      day == kDay ? kept.size() : 0);
        if (day != kDay) return out;
        for (const broker::Outgoing& one : kept) {
            out += fmt::format("{},{}\n", one.id, security::sm3_hex(one.body));
        }
        return out;
    }

    broker::ManifestCall call(const std::string& method, Date day, std::string body) {
        broker::ManifestCall out;
        out.day = to_string(day);
        out.of = "received";
        out.body = std::move(body);
        out.proof = {.method = method,
                     .path = "/v1/manifests/" + out.day,
                     .query = "of=received",
                     .app_key = "sti-sm2",
                     .timestamp = std::to_string(exchange_.now().time_since_epoch().count()),
                     .nonce = fmt::format("nonce-{}", ++nonces_),
                     .signature = {},
                     .signed_body = {}};
        out.proof.signature = *signer_.sign({out.proof.method, out.proof.path, out.proof.query,
                                             out.proof.timestamp, out.proof.nonce, out.body});
        return out;
    }
    void give_manifest(Date day = kDay) {
        const auto answer =
            exchange_.pipeline().take_manifest(call("PUT", day, manifest_of_sti(day)));
        ASSERT_TRUE(std::holds_alternative<std::string>(answer))
            << std::get<broker::Problem>(answer).detail.en;
    }

    ReconRun run() {
        const auto made = reconciler().run(asked_, kBy, exchange_.now());
        if (!made) ADD_FAILURE() << made.error().message;
        return made.value_or(ReconRun{});
    }
    ReconRun show() {
        const auto made = reconciler().show(asked_, exchange_.now());
        if (!made) ADD_FAILURE() << made.error().message;
        return made.value_or(ReconRun{});
    }
    Result<ReconRun> settle(SettleOrder order) {
        order.by = kBy;
        auto done = reconciler().settle(asked_, order, exchange_.now());
        exchange_.settle();
        return done;
    }

    /// "case class state" of each difference.
    static std::vector<std::string> lines(const ReconRun& run) {
        std::vector<std::string> out;
        for (const auto& one : run.differences) {
            out.push_back(fmt::format("{} {} {}", one.case_number, to_string(one.what.kind),
                                      to_string(one.state)));
        }
        return out;
    }
    std::string line(std::size_t number, std::string_view rest) const {
        return fmt::format("{} {}", numbers_[number], rest);
    }
    /// The message of the n-th case at sti.
    std::vector<broker::Outgoing>::iterator at_sti(std::size_t number) {
        auto& kept = exchange_.party("sti").accepted;
        return std::find_if(kept.begin(), kept.end(), [&](const broker::Outgoing& one) {
            return one.case_number == numbers_[number];
        });
    }
    std::vector<std::string> audited(const std::string& action) {
        std::vector<std::string> out;
        const auto tail = exchange_.store().audit_tail(100);
        for (const auto& row : *tail) {
            if (row.action == action) out.push_back(row.actor + ": " + row.subject);
        }
        return out;
    }

    Exchange exchange_;
    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-recon");
    security::KeyPair pair_;
    security::SigningKey signer_;
    app::StatementKey key_;
    ManifestAsked asked_{"sti", kDay, ManifestOf::Received};
    std::vector<std::string> numbers_;
    int nonces_ = 0;
};

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

/// "name day" of each condition that is about sti; others give nothing here.
std::vector<std::string> names(const app::DailyRecon& daily) {
    std::vector<std::string> out;
    for (const broker::Condition& one : daily.conditions()) {
        if (one.facts.front().second == "sti") out.push_back(one.name + " " + one.facts[1].second);
    }
    return out;
}

TEST_P(Scenario12, EveryMorningTheDayBeforeIsComparedByItself) {
    live_through(3);
    exchange_.party("sti").accepted.erase(at_sti(1));
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    const auto step_at = [&](const char* time) {
        exchange_.set_time(time);
        daily.step(exchange_.now());
        return names(daily);
    };
    EXPECT_THAT(step_at("2025-10-14T06:59:00+08:00"), IsEmpty()) << "before daily_after";
    EXPECT_THAT(step_at("2025-10-14T07:01:00+08:00"), ElementsAre("recon_missing 2025-10-13"));
    exchange_.pipeline().take_manifest(
        call("PUT", kDay, "manifest,sti,2025-10-13,received,0\nkey,sm3\n"));
    EXPECT_THAT(step_at("2025-10-14T07:02:00+08:00"), ElementsAre("recon_open 2025-10-13"));
    EXPECT_EQ(show().count(DifferenceState::Open), 3U) << "sti sent an empty list";
    give_manifest();
    ASSERT_EQ(run().differences.size(), 1U);
    EXPECT_THAT(step_at("2025-10-14T07:03:00+08:00"), ElementsAre("recon_open 2025-10-13"));
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven}));
    EXPECT_THAT(step_at("2025-10-14T07:04:00+08:00"), IsEmpty());
    EXPECT_THAT(audited("recon.run"),
                ElementsAre(testing::StartsWith(exchange_.pipeline().node() + ": sti 2025-10-13"),
                            testing::StartsWith("王工: ")))
        << "a day that was compared is left alone";
    EXPECT_THAT(step_at("2025-10-21T07:01:00+08:00"), ElementsAre("recon_missing 2025-10-14"))
        << "the day of what was sent again; a party owes no list of a day without messages";
}

TEST_P(Scenario12, AWeekOfDaysIsMadeUpOnceTheirListsAreThere) {
    live_through(1);
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    exchange_.set_time("2025-10-20T07:01:00+08:00");
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), ElementsAre("recon_missing 2025-10-13"));
    give_manifest();
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), IsEmpty());
    EXPECT_TRUE(show().is_balanced());
}

TEST_P(Scenario12, WhatWasInTransitIsLookedForOnceTheNextDayWasCompared) {
    exchange_.set_time("2025-10-13T23:58:00+08:00");
    live_through(1);
    exchange_.party("sti").accepted.clear();
    auto desk = reconciler();
    app::DailyRecon daily(exchange_.store(), exchange_.pipeline(), desk);
    exchange_.set_time("2025-10-14T07:30:00+08:00");
    give_manifest();
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), IsEmpty());
    EXPECT_EQ(show().in_transit, 1U);
    exchange_.set_time("2025-10-15T07:30:00+08:00");
    give_manifest(*parse_date("2025-10-14"));
    daily.step(exchange_.now());
    daily.step(exchange_.now());
    EXPECT_THAT(names(daily), ElementsAre("recon_open 2025-10-13"));
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
