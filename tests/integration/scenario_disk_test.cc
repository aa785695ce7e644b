// A disk below its reserve, and an inbox that is full: refused loudly, before harm.
#include "app/operator_space.h"
#include "tests/broker/recorded_disk.h"
#include "tests/integration/exchange.h"
#include "tests/postgres_server.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::uint64_t audited(Exchange& exchange) {
    return exchange.store().audit_head()->number;
}

app::StoreRoom room(Exchange& exchange) {
    return app::room_of(exchange.pipeline(), exchange.store());
}

std::vector<std::string> conditions(Exchange& exchange) {
    std::vector<std::string> out;
    for (const broker::Condition& one : app::conditions_of(room(exchange))) {
        EXPECT_TRUE(one.urgent) << one.name;
        EXPECT_FALSE(one.message.zh.empty() || one.message.en.empty()) << one.name;
        out.push_back(one.name);
    }
    return out;
}

nlohmann::json written_room(Exchange& exchange) {
    JsonWriter json;
    json.begin_object();
    app::write_room(json, room(exchange));
    json.end_object();
    return nlohmann::json::parse(json.take());
}

class DiskScenario : public testing::TestWithParam<StoreKind> {};
LUQIAO_ON_BOTH_STORES(DiskScenario);

TEST_P(DiskScenario, BelowTheReserveNothingIsTakenWhileDeliveriesGoOn) {
    Exchange exchange(kStart, GetParam());
    exchange.restart({.disk_reserve = 1'000'000});
    EXPECT_THAT(conditions(exchange), IsEmpty());
    RecordingOutlet& sti = exchange.party("sti");
    sti.failing = Errc::Unavailable;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    exchange.pass(1min, 1min);
    ASSERT_TRUE(sti.accepted.empty());

    exchange.set_free_bytes(999'999);
    exchange.pass(1min, 1min);
    const auto rows = audited(exchange);
    const broker::Problem refused =
        problem(exchange.submit("portal", exchange.application("portal", {"permit_issue"})));
    EXPECT_EQ(refused.code, Errc::StoreFull);
    EXPECT_EQ(info(refused.code).http_status, 503);
    EXPECT_EQ(refused.retry_after, std::chrono::seconds(30));
    const auto told = app::conditions_of(room(exchange));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].name, "disk_low");
    EXPECT_THAT(told[0].facts, ElementsAre(Pair("free", "999999"), Pair("reserve", "1000000"),
                                           Pair("since", to_rfc3339(exchange.now()))));
    EXPECT_THAT(told[0].message.en,
                HasSubstr(GetParam() == StoreKind::Postgres ? "store_size_max" : "the disk of"));
    EXPECT_EQ(written_room(exchange).at("disk").at("accepts"), false);
    EXPECT_EQ(audited(exchange), rows) << "a refusal costs no space either";
    EXPECT_EQ(exchange.counts()["cases"], 1U);

    sti.failing.reset();
    exchange.pass(2h);
    EXPECT_EQ(sti.accepted.size(), 1U) << "what was accepted is delivered";
    EXPECT_EQ(exchange.find(number).number, number) << "and can be read";

    exchange.set_free_bytes(2'000'000);
    exchange.pass(1min, 1min);
    exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    EXPECT_THAT(conditions(exchange), IsEmpty());
    EXPECT_EQ(written_room(exchange).at("disk").at("accepts"), true);
}

TEST_P(DiskScenario, WhatIsNotWatchedIsNotTold) {
    Exchange exchange(kStart, GetParam());
    exchange.set_free_bytes(0);
    EXPECT_THAT(conditions(exchange), IsEmpty());
    EXPECT_FALSE(written_room(exchange).contains("disk"));
}

/// Refuses what the test says, for lack of space.
class FullStore {
public:
    FullStore(StoreKind kind, const Exchange& exchange, broker::RecordedDisk& disk)
        : kind_(kind), database_(exchange.database()), disk_(disk) {}

    void begin() {
        if (kind_ == StoreKind::Sqlite) {
            return disk_.plan({broker::DiskCall::Write, broker::DiskFault::What::NoSpace, 1, true});
        }
        (void)server().value(
            "CREATE FUNCTION luqiao.no_space() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100''; END'",
            database_);
        (void)server().value(
            "CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON luqiao.cases "
            "EXECUTE FUNCTION luqiao.no_space()",
            database_);
    }
    void end() {
        if (kind_ == StoreKind::Sqlite) return disk_.repair();
        (void)server().value("DROP FUNCTION luqiao.no_space CASCADE", database_);
    }

private:
    static tests::PostgresServer& server() { return tests::PostgresServer::shared(); }

    StoreKind kind_;
    std::string database_;
    broker::RecordedDisk& disk_;
};

TEST_P(DiskScenario, AStoreThatIsFullSaysSoUntilItHasWrittenSomething) {
    broker::RecordedDisk disk;
    Exchange exchange(kStart, GetParam());
    FullStore full(GetParam(), exchange, disk);
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    full.begin();
    const Instant since = exchange.now();
    const auto first = exchange.offer("portal", "portal.apply", body);
    EXPECT_FALSE(exchange.pipeline().turn(exchange.now()));
    ASSERT_TRUE(*first);
    EXPECT_EQ(problem(**first).code, Errc::StoreFull);
    const auto told = app::conditions_of(room(exchange));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].name, "store_full");
    EXPECT_THAT(told[0].facts, ElementsAre(Pair("since", to_rfc3339(since))));

    exchange.pass(10min);
    EXPECT_THAT(conditions(exchange), ElementsAre("store_full")) << "idle turns write nothing";
    const auto second = exchange.offer("portal", "portal.apply", body);
    EXPECT_FALSE(exchange.pipeline().turn(exchange.now()));
    EXPECT_EQ(exchange.pipeline().full_since(), since);

    full.end();
    EXPECT_FALSE(receipt(exchange.submit_bytes("portal", "portal.apply", body)).replayed);
    EXPECT_THAT(conditions(exchange), IsEmpty());
}

TEST(Inbox, BodiesThatWaitAreBoundedInBytes) {
    Exchange exchange;
    exchange.restart({.inbox_bytes_max = 10'000});
    std::vector<broker::Answer> answers;
    std::size_t taken_bytes = 0;
    for (int i = 0; i < 50; ++i) {
        std::string body =
            exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
        const std::size_t size = body.size();
        broker::Arrival arrival;
        arrival.format = "portal.apply";
        arrival.party = "portal";
        arrival.body = std::move(body);
        const std::size_t before = answers.size();
        exchange.pipeline().accept(std::move(arrival), [&answers](broker::Answer answer) {
            answers.push_back(std::move(answer));
        });
        if (answers.size() == before) taken_bytes += size;
    }
    EXPECT_LE(taken_bytes, 10'000U);
    ASSERT_FALSE(answers.empty()) << "there was no room for fifty";
    for (const broker::Answer& answer : answers) {
        EXPECT_EQ(problem(answer).code, Errc::Overloaded);
        EXPECT_TRUE(problem(answer).retry_after);
    }
    exchange.settle();
    exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
}

}  // namespace
}  // namespace luqiao::integration
