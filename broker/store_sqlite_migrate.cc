// A SQLite store of an older program, taken along: looked at, copied, changed step by step.
#include "broker/migration.h"
#include "broker/space.h"
#include "broker/store_sqlite.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace luqiao::broker {
namespace {

namespace fs = std::filesystem;
using Mode = SqliteConnection::Mode;

/// The file with the lock that keeps brokers away, and its WAL written back.
struct Opened {
    FileLock lock;
    SqliteConnection writer;
};

Result<Opened> open_locked(const std::string& path) {
    std::error_code failure;
    if (!fs::is_regular_file(path, failure)) {
        return fail(Errc::NotFound, "there is no store yet").at(path);
    }
    LQ_TRY(FileLock lock, FileLock::take(path + ".lock"));
    LQ_TRY(SqliteConnection writer, SqliteConnection::open(path, Mode::ReadWrite));
    LQ_CHECK(configure(writer, Mode::ReadWrite));
    LQ_CHECK(write_back(writer));
    return Opened{std::move(lock), std::move(writer)};
}

/// What the store itself counts: nothing is gone through.
Result<std::uint64_t> rows_of(const SqliteConnection& store, const std::string& table) {
    const bool is_deliveries = table == "deliveries";
    if (!is_deliveries && table != "cases" && table != "messages") return std::uint64_t{0};
    LQ_TRY(SqliteStatement statement,
           store.prepare("SELECT coalesce(sum(count), 0) FROM counts WHERE name = ?1 OR "
                         "(?2 AND name LIKE 'deliveries.%')"));
    SqliteRows rows = statement.query(table, std::int64_t{is_deliveries ? 1 : 0});
    LQ_TRY([[maybe_unused]] const bool found, rows.next());
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, rows.integer(0)));
}

Result<MigrationPlan> plan_of(const SqliteConnection& store, const std::string& path) {
    LQ_TRY(const std::int64_t version, schema_version(store));
    MigrationPlan plan;
    plan.from = static_cast<int>(version);
    plan.to = sqlite_steps().back().to;
    if (version == 0) return fail(Errc::NotFound, "there is no store yet").at(path);
    if (version > plan.to) return newer_schema(version, plan.to);
    for (const SchemaStep& step : sqlite_steps()) {
        if (step.to <= version) continue;
        MigrationStep one{step.to - 1, step.to, step.what, 0};
        for (const std::string& table : step.tables) {
            LQ_TRY(const std::uint64_t rows, rows_of(store, table));
            one.rows += rows;
        }
        plan.steps.push_back(std::move(one));
    }
    std::error_code failure;
    plan.bytes = fs::file_size(path, failure);
    if (failure) return fail(Errc::StoreFailed, "{}", failure.message()).at(path);
    // The snapshot is as large as the store; so is what is written anew, and its log.
    plan.bytes_needed = plan.steps.empty() ? 0 : 3 * plan.bytes;
    LQ_TRY(plan.bytes_free, free_bytes(fs::absolute(path).parent_path().string()));
    return plan;
}

/// What a migration puts aside on its way, up to a copy of the store, lies beside it, not in
/// memory.
class AsideInFiles {
public:
    static Result<AsideInFiles> begin(const SqliteConnection& store, const std::string& path) {
        LQ_CHECK(store.execute("PRAGMA temp_store = FILE"));
        return AsideInFiles(fs::absolute(path).parent_path().string());
    }
    AsideInFiles(AsideInFiles&& other) noexcept : is_set_(std::exchange(other.is_set_, false)) {}
    AsideInFiles(const AsideInFiles&) = delete;
    AsideInFiles& operator=(const AsideInFiles&) = delete;
    AsideInFiles& operator=(AsideInFiles&&) = delete;
    ~AsideInFiles() {
        if (is_set_) sqlite3_free(std::exchange(sqlite3_temp_directory, nullptr));
    }

private:
    explicit AsideInFiles(const std::string& folder) {
        sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
    }
    bool is_set_ = true;
};

/// A file of a program before version 8 never gives a page back: it is written anew, before the
/// steps, so that a run that is cut does it again.
Status make_shrinkable(const SqliteConnection& store) {
    constexpr std::int64_t kIncremental = 2;
    LQ_TRY(const std::int64_t mode, store.number("PRAGMA auto_vacuum"));
    if (mode == kIncremental) return {};
    return store.execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
}

}  // namespace

Result<MigrationPlan> plan_sqlite_migration(const std::string& path) {
    const auto store = open_locked(path);
    if (store) return plan_of(store->writer, path);
    if (store.error().code != Errc::StoreBusy) return store.error();
    // A broker has it open, whose downtime is what is being planned: it is read beside it.
    LQ_TRY(const auto reader, SqliteConnection::open(path, Mode::ReadOnly));
    LQ_CHECK(configure(reader, Mode::ReadOnly));
    return plan_of(reader, path);
}

Result<Migrated> migrate_sqlite(const std::string& path) {
    LQ_TRY(const Opened store, open_locked(path));
    LQ_TRY(MigrationPlan plan, plan_of(store.writer, path));
    if (plan.steps.empty()) return Migrated{std::move(plan), {}};
    if (*plan.bytes_free < plan.bytes_needed) {
        return fail(Errc::StoreFull,
                    "{} bytes are free, {} are needed for the snapshot and the steps",
                    *plan.bytes_free, plan.bytes_needed);
    }
    LQ_CHECK(check_integrity(store.writer));
    const std::string snapshot = fmt::format("{}.schema-{}", path, plan.from);
    std::error_code ignored;
    fs::remove(snapshot, ignored);  // of a run that was cut before its first step
    LQ_CHECK(create_private(snapshot));
    LQ_CHECK(store.writer.copy_to(snapshot));
    LQ_TRY([[maybe_unused]] const AsideInFiles aside, AsideInFiles::begin(store.writer, path));
    LQ_CHECK(make_shrinkable(store.writer));
    for (const SchemaStep& step : sqlite_steps()) {
        if (step.to > plan.from) LQ_CHECK(run_step(store.writer, step));
    }
    LQ_CHECK(write_back(store.writer));
    return Migrated{std::move(plan), snapshot};
}

}  // namespace luqiao::broker
