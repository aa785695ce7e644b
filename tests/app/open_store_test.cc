#include "app/open_store.h"

#include "app/configuration.h"
#include "app/process.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>

#include <fstream>
#include <gmock/gmock.h>

namespace luqiao::app {
namespace {

using testing::HasSubstr;
using tests::PostgresServer;
using Durability = broker::PostgresOptions::Durability;

StoreSettings settings_of(const std::string& toml, std::vector<std::string>* codes = nullptr) {
    Diagnostics findings;
    const auto document = parse_toml(toml, "luqiao.toml", findings);
    Diagnostics own;
    const StoreSettings out =
        read_store_settings(Section::check(server_spec(), *document, findings), own);
    for (const Diagnostic& one : own.list()) {
        if (codes != nullptr) codes->push_back(one.code);
    }
    return out;
}

TEST(StoreSettings, AreAFileBelowTheDataFolderOrADatabase) {
    EXPECT_EQ(settings_of("data = \"/var/d\"").file, "/var/d/luqiao.db");
    const StoreSettings shared = settings_of(
        "keys = \"/k\"\nstore = \"postgresql://luqiao@db1,db2/lq\"\nstore_password = \"s.key\"\n"
        "durability = \"single\"");
    EXPECT_TRUE(shared.is_shared());
    EXPECT_EQ(shared.url, "postgresql://luqiao@db1,db2/lq");
    EXPECT_EQ(shared.password, "/k/s.key");
    EXPECT_EQ(shared.durability, Durability::Single);
    EXPECT_EQ(settings_of("store = \"postgres://db/lq\"").durability, Durability::Standby);
    EXPECT_EQ(settings_of("store = \"postgres://db/lq\"").size_max, 0U);
    EXPECT_EQ(settings_of("store = \"postgres://db/lq\"\nstore_size_max = 5000000000").size_max,
              5'000'000'000U);
}

TEST(StoreSettings, RefuseAPasswordInTheAddressAndAnUnknownDurability) {
    struct Row {
        const char* name;
        const char* toml;
        std::vector<std::string> codes;
    };
    for (const Row& row : {
             Row{"user and password", "store = \"postgresql://u:p@db/lq\"", {"C003"}},
             Row{"as a parameter", "store = \"postgresql://u@db/lq?password=p\"", {"C003"}},
             Row{"a port is none", "store = \"postgresql://u@db:5432,db2:5433/lq\"", {}},
             Row{"no user", "store = \"postgresql://db:5432/lq\"", {}},
             Row{"both",
                 "store = \"postgres://u:p@db/lq\"\ndurability = \"none\"",
                 {"C003", "C004"}},
         }) {
        std::vector<std::string> codes;
        settings_of(row.toml, &codes);
        EXPECT_EQ(codes, row.codes) << row.name;
    }
}

TEST(OpenStore, TakesThePasswordFromItsKeyFile) {
    PostgresServer& server = PostgresServer::shared();
    const std::string database = server.make_database();
    (void)server.value("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'only-in-this-test'");
    const std::string file = server.value("SHOW hba_file");
    const std::string before = server.value("SELECT pg_conf_load_time()");
    (void)server.value(
        fmt::format("COPY (VALUES ('local all guarded scram-sha-256'), "
                    "('local all all trust')) TO '{}'",
                    file));
    (void)server.value("SELECT pg_reload_conf()");
    ASSERT_TRUE(server.wait_until(fmt::format("SELECT pg_conf_load_time() > '{}'", before), "t"));

    const auto folder = TemporaryFolder::create("luqiao-store");
    StoreSettings settings;
    settings.url = server.url(database);
    const std::size_t user = settings.url.find("user=luqiao");
    ASSERT_NE(user, std::string::npos);
    settings.url.replace(user, 11, "user=guarded");
    settings.durability = Durability::Single;
    settings.password = folder->path() / "store.key";
    const auto none = open_store(settings, "node-1");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::NotFound) << none.error().message;
    std::ofstream(settings.password) << "another-password\n";
    const auto refused = open_store(settings, "node-1");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("another-password")));
    std::ofstream(settings.password) << "only-in-this-test\n";
    const auto opened = open_store(settings, "node-1");
    EXPECT_TRUE(opened) << opened.error().message;
}

}  // namespace
}  // namespace luqiao::app
