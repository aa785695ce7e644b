// Several broker processes on one database: any takes any message, and kill -9 of a node or of the
// database's primary loses nothing that was acknowledged and doubles nothing.
//
//     LUQIAO_NODE_KILLS=200 LUQIAO_NODE_PAUSES=20 world_tests --gtest_filter='Nodes.*'    the long
//     form
#include "tests/integration/nodes_world.h"

#include <gmock/gmock.h>
#include <random>

namespace luqiao::integration {
namespace {

using tests::PostgresServer;

std::string store_of(const std::string& url, const char* durability) {
    return fmt::format("store = \"{}\"\ndurability = \"{}\"\n", url, durability);
}

TEST(Nodes, KilledUnderLoadLoseNothingAndDoubleNothing) {
    constexpr int kNodes = 3;
    const int kills = form("LUQIAO_NODE_KILLS", 6);
    const auto cases = static_cast<std::size_t>(std::max(18, kills));
    PostgresServer& server = PostgresServer::shared();
    const std::string database = server.make_database();
    NodesWorld nodes(kNodes, store_of(server.url(database), "single"));
    if (HasFailure()) return;

    Load load(nodes, kNodes, cases);
    std::mt19937 random(20261127);
    for (int kill = 1; kill <= kills && !HasFailure(); ++kill) {
        const int node = 1 + static_cast<int>(random() % kNodes);
        std::this_thread::sleep_for(
            std::chrono::milliseconds(random() % 400));  // the random moment itself
        nodes.kill(node);
        nodes.start(node);
    }
    load.join();
    nodes.kill(kNodes);  // and does not come back: the others take over what it had leased
    expect_nothing_lost_or_doubled(
        nodes, load, cases, [&](const std::string& sql) { return server.value(sql, database); });
}

/// It wakes up with outcomes of what others have sent again, or with half of a transaction.
TEST(Nodes, PausedForLongerThanTheirLeasesLoseNothingAndDoubleNothing) {
    const int pauses = form("LUQIAO_NODE_PAUSES", 2);
    const auto cases = static_cast<std::size_t>(40 * pauses);
    PostgresServer& server = PostgresServer::shared();
    const std::string database = server.make_database();
    NodesWorld nodes(2, store_of(server.url(database), "single"));
    if (HasFailure()) return;
    const auto count = [&](const std::string& what) {
        return std::atoi(server.value("SELECT count(*) FROM luqiao." + what, database).c_str());
    };
    const auto leased = [&] {
        return count("deliveries WHERE state = 2 AND lease_node = 'node-2'");
    };

    Load load(nodes, 2, cases);
    std::mt19937 random(20261128);
    int paused = 0;
    while (paused < pauses && count("cases") < static_cast<int>(cases)) {
        std::this_thread::sleep_for(
            std::chrono::milliseconds(random() % 100));  // the random moment itself
        nodes.pause(2);
        if (leased() > 0) {
            ++paused;
            while (leased() > 0 && std::chrono::steady_clock::now() < load.until()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(100));  // 6 s of its lease
            }
            EXPECT_EQ(leased(), 0) << "the other node did not take over";
        }
        nodes.resume(2);
    }
    EXPECT_GT(paused, 0) << "it was never stopped with a lease";
    load.join();
    expect_nothing_lost_or_doubled(
        nodes, load, cases, [&](const std::string& sql) { return server.value(sql, database); });
}

TEST(Nodes, GoOnWithTheStandbyWhenThePrimaryIsKilled) {
    constexpr int kNodes = 2;
    constexpr std::size_t kCases = 16;
    auto primary = PostgresServer::start("standby");
    ASSERT_TRUE(primary) << primary.error().message;
    auto standby = (*primary)->make_standby("standby");
    ASSERT_TRUE(standby) << standby.error().message;
    const std::string database = (*primary)->make_database();
    // "…?host=/a&user=…": the second host behind the first.
    std::string url = (*primary)->url(database);
    const std::string other = (*standby)->url(database);
    const std::size_t begin = other.find("host=") + 5;
    url.insert(url.find("&user"), "," + other.substr(begin, other.find("&user") - begin));
    NodesWorld nodes(kNodes, store_of(url, "standby"));
    if (HasFailure()) return;

    Load load(nodes, kNodes, kCases);
    const auto some = [&] {
        return std::atoi((*primary)->value("SELECT count(*) FROM luqiao.cases", database).c_str());
    };
    while (some() < static_cast<int>(kCases) / 4) std::this_thread::yield();
    (*primary)->kill();
    const Status promoted = (*standby)->promote();
    ASSERT_TRUE(promoted) << promoted.error().message;
    // Until it has a standby of its own, no commit is acknowledged.
    auto second = (*standby)->make_standby("");
    ASSERT_TRUE(second) << second.error().message;
    load.join();
    expect_nothing_lost_or_doubled(nodes, load, kCases, [&](const std::string& sql) {
        return (*standby)->value(sql, database);
    });
}

TEST(Nodes, TakeNothingOnceTheirDatabaseHasLessLeftThanTheReserve) {
    PostgresServer& server = PostgresServer::shared();
    const std::string store = store_of(server.url(server.make_database()), "single");
    // An empty database has some megabytes: what it may grow to is passed at the start.
    NodesWorld nodes(1, store + "store_size_max = 2000000\ndisk_reserve = 1000000\n");
    if (HasFailure()) return;
    const auto answer =
        app::ask_operator(nodes.world().configuration().server->data, "/operator/v1/status");
    ASSERT_TRUE(answer) << answer.error().message;
    const auto status = nlohmann::json::parse(*answer);
    EXPECT_EQ(status.at("disk").at("free"), 0);
    EXPECT_EQ(status.at("disk").at("accepts"), false);
    const auto& conditions = status.at("conditions");
    const auto low = std::find_if(conditions.begin(), conditions.end(),
                                  [](const auto& one) { return one.at("name") == "disk_low"; });
    ASSERT_NE(low, conditions.end());
    EXPECT_EQ(low->at("urgent"), true);
    EXPECT_EQ(low->at("reserve"), "1000000");

    auto submitter = app::Submitter::create(nodes.world().configuration(), nodes.url(1));
    ASSERT_TRUE(submitter);
    const auto report = submitter->run(
        [&](std::size_t index, app::Submission& out) {
            out = {"portal", "portal.apply", application_bytes(nodes.world(), "portal", index)};
            return index < 1;
        },
        1, std::chrono::steady_clock::now() + std::chrono::seconds(2));
    EXPECT_TRUE(report.accepted.empty());
    ASSERT_EQ(report.refused.size(), 1U);
    EXPECT_EQ(report.refused[0].second.code, Errc::Timeout) << "it may come again, all the time";
}

std::size_t failed_turns(const std::string& log) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("turn.failed", at)) != std::string::npos; ++at) ++count;
    return count;
}

TEST(Nodes, EndThoughTheirDatabaseIsGone) {
    auto server = PostgresServer::start();
    ASSERT_TRUE(server) << server.error().message;
    NodesWorld nodes(2, store_of((*server)->url((*server)->make_database()), "single"));
    if (HasFailure()) return;
    (*server)->kill();

    auto submitter = app::Submitter::create(nodes.world().configuration(), nodes.url(2));
    ASSERT_TRUE(submitter);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    std::thread channel([&] {
        const auto report = submitter->run(
            [&](std::size_t index, app::Submission& out) {
                out = {"portal", "portal.apply", application_bytes(nodes.world(), "portal", index)};
                return index < 1;
            },
            1, until);
        EXPECT_TRUE(report.accepted.empty());
    });
    const auto log = [&] { return NodesWorld::content(nodes.file(2, "log")); };
    while (failed_turns(log()) < 3) std::this_thread::yield();  // one of them with the message
    EXPECT_EQ(nodes.stop(2), app::kDone);
    channel.join();
    EXPECT_LT(failed_turns(log()), 60U) << "once a second, whatever comes and goes";
    EXPECT_THAT(log(), testing::HasSubstr("stop.unwritten"));
}

}  // namespace
}  // namespace luqiao::integration
