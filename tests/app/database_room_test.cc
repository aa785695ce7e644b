#include "app/database_room.h"

#include "app/configuration.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>

#include <gmock/gmock.h>

namespace luqiao::app {
namespace {

using tests::PostgresServer;

TEST(DatabaseRoom, IsWhatIsLeftOfItsSizeAndKnownWithoutAsking) {
    Result<std::uint64_t> size = 700;
    int asked = 0;
    DatabaseRoom room(
        [&] {
            ++asked;
            return size;
        },
        1'000);
    EXPECT_EQ(room.free().error().code, Errc::Unavailable) << "nobody looked yet";
    EXPECT_EQ(asked, 0);
    ASSERT_TRUE(room.look());
    EXPECT_EQ(room.free().value_or(0), 300U);
    size = 1'500;
    EXPECT_EQ(room.free().value_or(0), 300U) << "of the last look";
    ASSERT_TRUE(room.look());
    EXPECT_EQ(room.free().value_or(1), 0U);
    size = fail(Errc::StoreBusy, "away");
    EXPECT_FALSE(room.look());
    EXPECT_EQ(room.free().value_or(1), 0U) << "its last word holds";
    EXPECT_EQ(asked, 3);
}

TEST(DatabaseRoom, OfARealDatabaseIsKnownAtOnce) {
    PostgresServer& server = PostgresServer::shared();
    StoreSettings settings;
    const auto of_file = open_database_room(settings);
    EXPECT_TRUE(of_file && *of_file == nullptr) << "SQLite";
    settings.url = server.url(server.make_database());
    const auto unwatched = open_database_room(settings);
    EXPECT_TRUE(unwatched && *unwatched == nullptr);
    settings.size_max = 1ULL << 40U;
    const auto room = open_database_room(settings);
    ASSERT_TRUE(room && *room);
    const std::uint64_t free = (*room)->free().value_or(0);
    EXPECT_LT(free, settings.size_max);
    EXPECT_GT(free, settings.size_max - (1ULL << 30U));
}

TEST(DatabaseRoom, OfADatabaseThatIsAwayIsNotKnownAndStopsNothing) {
    StoreSettings settings;
    settings.url = "postgresql:///none?host=/nowhere";
    settings.size_max = 1'000;
    const auto room = open_database_room(settings);
    ASSERT_TRUE(room && *room);
    EXPECT_FALSE((*room)->free());
}

TEST(DatabaseRoom, ThatWouldNeverTakeAMessageIsAFinding) {
    struct Row {
        const char* name;
        std::uint64_t size_max, reserve;
        bool is_wrong;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"not watched", 0, 1'000, false},
                                    {"as large as the reserve", 1'000, 1'000, true},
                                    {"larger", 1'001, 1'000, false},
                                    {"without a reserve", 1, 0, false}}) {
        Diagnostics findings;
        const auto document =
            parse_toml(fmt::format("store = \"postgresql://db/lq\"\nstore_size_max = {}\n"
                                   "disk_reserve = {}\n",
                                   row.size_max, row.reserve),
                       "luqiao.toml", findings);
        (void)read_server_settings(*document, findings);
        const auto is_it = [](const Diagnostic& one) { return one.code == "C005"; };
        const auto& list = findings.list();
        EXPECT_EQ(std::any_of(list.begin(), list.end(), is_it), row.is_wrong) << row.name;
    }
}

}  // namespace
}  // namespace luqiao::app
