#include "app/migrate.h"

#include "app/files.h"
#include "app/open_store.h"
#include "app/process.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;

/// A dump of the schema luqiao in the data folder. The password goes by the environment: an
/// argument is there for everybody to read.
Result<std::string> dump(const ServerSettings& server,
                         const broker::PostgresOptions& options,
                         int version) {
    const fs::path file = server.data / fmt::format("luqiao.schema-{}.dump", version);
    const fs::path part = file.string() + ".part";
    const fs::path log = server.data / "pg_dump.log";
    std::error_code failure;
    fs::create_directories(server.data, failure);
    fs::remove(log, failure);
    // It will hold what the store holds: for its owner only, from its first byte.
    const Status made = write_file(part, {});
    if (!options.password.empty()) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the command has no other thread yet
        ::setenv("PGPASSWORD", options.password.c_str(), 1);
    }
    auto process = Process::start({"/usr/bin/env", "pg_dump", "--format=custom", "--schema=luqiao",
                                   "--file=" + part.string(), "--dbname=" + options.url},
                                  log);
    const int code = process ? process->wait() : -1;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the command still has no other thread
    if (!options.password.empty()) ::unsetenv("PGPASSWORD");
    if (made && code == 0) fs::rename(part, file, failure);
    if (made && code == 0 && !failure) return file.string();
    fs::remove(part, failure);
    return fail(
        Errc::Unavailable,
        "pg_dump failed ({}), see {}: nothing was changed. Install the client programs of the "
        "server's version, or make a dump by other means and run luqiao migrate run "
        "--snapshot-taken",
        code, log.string());
}

}  // namespace

Result<broker::MigrationPlan> plan_migration(const ServerSettings& server) {
    if (!server.store.is_shared()) {
        return broker::plan_sqlite_migration(server.store.file.string());
    }
    LQ_TRY(const auto options, database_options(server.store, {}));
    return broker::plan_postgres_migration(options);
}

Result<broker::Migrated> run_migration(const ServerSettings& server, Snapshot snapshot) {
    if (!server.store.is_shared()) return broker::migrate_sqlite(server.store.file.string());
    LQ_TRY(const auto options, database_options(server.store, {}));
    LQ_TRY(broker::MigrationPlan plan, broker::plan_postgres_migration(options));
    broker::Migrated done{std::move(plan), {}};
    if (done.plan.steps.empty()) return done;
    if (snapshot == Snapshot::Take) {
        LQ_TRY(done.snapshot, dump(server, options, done.plan.from));
    }
    LQ_TRY(done.plan, broker::migrate_postgres(options));
    return done;
}

Text way_back(const ServerSettings& server, const broker::Migrated& done) {
    if (done.plan.steps.empty()) return {"表结构已是最新", "the tables are the newest already"};
    if (!server.store.is_shared()) {
        const std::string file = server.store.file.string();
        return {fmt::format(
                    "退回：停止服务，删除 {0}、{0}-wal、{0}-shm，将 {1} 改名为 {0}，再启动旧版程"
                    "序。迁移之后受理的报文不在快照中",
                    file, done.snapshot),
                fmt::format(
                    "to go back: stop the broker, remove {0}, {0}-wal and {0}-shm, rename {1} to "
                    "{0}, start the older program. What was accepted after the migration is "
                    "not in the snapshot",
                    file, done.snapshot)};
    }
    const std::string dump = done.snapshot.empty() ? "DUMP" : done.snapshot;
    return {fmt::format(
                "退回：停止所有节点，DROP SCHEMA luqiao CASCADE，pg_restore --dbname=… {}，再启动旧"
                "版程序。迁移之后受理的报文不在其中",
                dump),
            fmt::format("to go back: stop every node, DROP SCHEMA luqiao CASCADE, pg_restore "
                        "--dbname=… {}, start the older program. What was accepted after the "
                        "migration is not in it",
                        dump)};
}

}  // namespace luqiao::app
