// `luqiao migrate` and `serve --migrate` as processes, over a SQLite store of an older program.
#include "broker/store_sqlite.h"
#include "tests/integration/world_fixture.h"
#include "tests/older_schema.h"

#include <fstream>
#include <gmock/gmock.h>
#include <thread>

namespace luqiao::integration {
namespace {

using broker::SqliteConnection;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kOld = 3;

class MigrateCommand : public BrokerWorld {
protected:
    void SetUp() override {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        store_ = world_->configuration().server->store.file.string();
        execute("PRAGMA journal_mode = WAL;" + tests::older_sqlite(kOld));
    }

    void execute(const std::string& sql) const {
        const auto file = SqliteConnection::open(store_, SqliteConnection::Mode::ReadWrite);
        ASSERT_TRUE(file) << file.error().message;
        const Status done = file->execute(sql.c_str());
        ASSERT_TRUE(done) << done.error().message;
    }
    static std::int64_t version_of(const std::string& path) {
        const auto file = SqliteConnection::open(path, SqliteConnection::Mode::ReadOnly);
        return file ? file->number("PRAGMA user_version").value_or(-1) : -1;
    }
    [[nodiscard]] std::string snapshot() const { return fmt::format("{}.schema-{}", store_, kOld); }
    /// Runs `luqiao migrate WORDS`. @return what it printed
    std::string migrate(std::vector<std::string> words, int expected) const {
        words.insert(words.begin(), "migrate");
        words.insert(words.end(),
                     {"--conf", places::source() + "/conf", "--with", world_->overlay().string()});
        return run(std::move(words), expected);
    }
    /// Starts the broker. @return its exit code, when it ends by itself before it is ready
    int serve(const std::vector<std::string>& flags) const {
        const auto ready = folder_.path() / "ready";
        std::filesystem::remove(ready);
        std::vector<std::string> words{"serve",   places::source() + "/conf",
                                       "--ready", ready.string(),
                                       "--with",  world_->overlay().string()};
        words.insert(words.end(), flags.begin(), flags.end());
        auto process = start_luqiao(std::move(words));
        EXPECT_TRUE(process);
        const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (process->running() && !std::filesystem::exists(ready) &&
               std::chrono::steady_clock::now() < until) {
            std::this_thread::yield();
        }
        if (!std::filesystem::exists(ready)) return process->wait();
        EXPECT_EQ(counts(*world_)["cases"], 1) << "of the older program";
        return process->terminate();
    }

    std::string store_;
};

TEST_F(MigrateCommand, PlansThenRunsAndTheBrokerStarts) {
    EXPECT_EQ(serve({}), app::kConflict);
    EXPECT_THAT(output(), AllOf(HasSubstr("E5006"), HasSubstr("luqiao migrate")));

    const json plan = json::parse(migrate({"plan", "--json"}, app::kDone));
    EXPECT_EQ(plan.at("from"), kOld);
    const int newest = plan.at("to");
    ASSERT_GT(newest, kOld);
    EXPECT_EQ(plan.at("steps").size(), static_cast<std::size_t>(newest - kOld));
    EXPECT_THAT(migrate({"plan", "--exit-code"}, app::kChangesExist),
                HasSubstr(fmt::format("{} → {}", kOld, newest)));
    EXPECT_EQ(version_of(store_), kOld) << "a plan changes nothing";
    EXPECT_FALSE(std::filesystem::exists(snapshot()));

    EXPECT_THAT(migrate({"run"}, app::kDone), AllOf(HasSubstr(snapshot()), HasSubstr("退回")));
    EXPECT_EQ(version_of(store_), newest);
    EXPECT_EQ(version_of(snapshot()), kOld);
    migrate({"plan", "--exit-code"}, app::kDone);
    EXPECT_EQ(serve({}), app::kDone) << output();

    // Back: the snapshot in the store's place, as the program of then would find it.
    std::filesystem::rename(snapshot(), store_);
    EXPECT_EQ(serve({}), app::kConflict);
    EXPECT_EQ(version_of(store_), kOld);
}

TEST_F(MigrateCommand, ServeMigratesFirstWhenItIsTold) {
    EXPECT_EQ(serve({"--migrate"}), app::kDone) << output();
    EXPECT_THAT(output(), AllOf(HasSubstr("store.migrated"), HasSubstr(snapshot())));
    EXPECT_EQ(version_of(snapshot()), kOld);
    EXPECT_EQ(serve({"--migrate"}), app::kDone) << "nothing is to be done\n" << output();
    EXPECT_THAT(output(), testing::Not(HasSubstr("store.migrated")));
}

TEST_F(MigrateCommand, SaysWhyItRefuses) {
    execute("PRAGMA user_version = 99");
    EXPECT_THAT(migrate({"run"}, app::kCannotReach), AllOf(HasSubstr("E6004"), HasSubstr("99")));
    EXPECT_EQ(serve({"--migrate"}), app::kCannotReach);
    EXPECT_THAT(output(), HasSubstr("E6004"));
    {
        const auto node = broker::FileLock::take(store_ + ".lock");
        ASSERT_TRUE(node) << "as a running broker holds it";
        migrate({"run"}, app::kConflict);
        EXPECT_THAT(migrate({"plan"}, app::kCannotReach), HasSubstr("99")) << "read beside it";
    }
    std::filesystem::remove(store_);
    migrate({"plan"}, app::kNotFound);
    std::ofstream(world_->overlay(), std::ios::app) << "\nno such line\n";
    EXPECT_NE(migrate({"plan"}, app::kBadUsage), "") << "not without a word";
}

}  // namespace
}  // namespace luqiao::integration
