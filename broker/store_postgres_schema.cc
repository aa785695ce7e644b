// What a server must be before "acknowledged" means "durable".
#include "broker/store_postgres.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

namespace luqiao::broker {
namespace {

constexpr PgStatement kSettings{
    "settings",
    "SELECT current_setting('server_encoding'), current_setting('fsync'), "
    "current_setting('full_page_writes'), current_setting('synchronous_commit'), "
    "current_setting('synchronous_standby_names'), "
    "current_setting('server_version_num')::bigint >= 120000"};
constexpr PgStatement kHasTables{"has_tables", "SELECT to_regclass('luqiao.meta') IS NOT NULL"};
constexpr PgStatement kVersion{"schema_version",
                               "SELECT value FROM luqiao.meta WHERE name = 'schema_version'"};
constexpr PgStatement kBoot{
    "boot",
    "INSERT INTO luqiao.meta VALUES ('boots', '1') ON CONFLICT (name) "
    "DO UPDATE SET value = (luqiao.meta.value::bigint + 1)::text RETURNING value"};

constexpr PgStatement kProbeInsert{
    "probe_insert",
    "INSERT INTO luqiao.meta SELECT name, value FROM unnest($1::text[], $2::text[]) AS "
    "u (name, value) ON CONFLICT DO NOTHING"};
constexpr PgStatement kProbeLock{
    "probe_lock",
    "SELECT value FROM luqiao.meta WHERE name = ANY ($1::text[]) FOR UPDATE SKIP LOCKED"};
constexpr PgStatement kProbeUnique{"probe_unique",
                                   "INSERT INTO luqiao.meta SELECT unnest($1::text[]), 'again'"};

PgArray probe_names() {
    PgArray names(PgType::Text);
    names.add("probe 1");
    names.add("probe 2");
    return names;
}

/// Products that speak PostgreSQL's protocol differ in what they do: try it and undo it.
Status probe(PgConnection& connection) {
    PgArray values = probe_names();
    const std::array calls{PgCall{&kBegin},
                           PgCall{&kProbeInsert, PgArgs::of(probe_names(), std::move(values))},
                           PgCall{&kProbeInsert, PgArgs::of(probe_names(), probe_names())},
                           PgCall{&kProbeLock, PgArgs::of(probe_names())}, PgCall{&kRollback}};
    LQ_TRY(const auto rows, connection.run(calls));
    if (rows[1].written() != 2 || rows[2].written() != 0 || rows[3].size() != 2) {
        return fail(Errc::StoreFailed,
                    "the database does not do ON CONFLICT or SKIP LOCKED as PostgreSQL does");
    }
    const std::array twice{PgCall{&kBegin}, PgCall{&kProbeUnique, PgArgs::of(probe_names())},
                           PgCall{&kProbeUnique, PgArgs::of(probe_names())}, PgCall{&kRollback}};
    const auto refused = connection.run(twice);
    if (refused || !connection.was_first_elsewhere()) {
        return fail(Errc::StoreFailed, "the database does not hold a unique constraint");
    }
    return {};
}

}  // namespace

Result<std::int64_t> schema_version(PgConnection& connection) {
    LQ_TRY(const PgRows tables, connection.run(kHasTables));
    if (!tables.flag(0, 0)) return std::int64_t{0};
    LQ_TRY(const PgRows rows, connection.run(kVersion));
    if (rows.size() == 1) return std::int64_t{std::strtoll(rows.text(0, 0).c_str(), nullptr, 10)};
    return fail(Errc::Corruption, "the schema luqiao is not a store of Luqiao");
}

Status run_step(PgConnection& connection, const SchemaStep& step) {
    const std::string sql = fmt::format(
        "BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(5425231942); "
        "DO $step$ BEGIN IF (SELECT value FROM luqiao.meta WHERE name = "
        "'schema_version') = '{0}' THEN {1} UPDATE luqiao.meta SET value = '{2}' "
        "WHERE name = 'schema_version'; END IF; END $step$; COMMIT",
        step.to - 1, step.sql, step.to);
    return connection.execute(sql.c_str());
}

Status check_server(PgConnection& connection, PostgresOptions::Durability durability) {
    LQ_TRY(const PgRows rows, connection.run(kSettings));
    struct Row {
        int column;
        const char* name;
        const char* expected;
    };
    for (const Row& row : {Row{0, "server_encoding", "UTF8"}, Row{1, "fsync", "on"},
                           Row{2, "full_page_writes", "on"}, Row{3, "synchronous_commit", "on"}}) {
        const std::string got = rows.text(0, row.column);
        if (got != row.expected) {
            return fail(Errc::StoreFailed,
                        "the database has {} = {}, expected {}: the store would not be durable",
                        row.name, got, row.expected);
        }
    }
    if (!rows.flag(0, 5)) return fail(Errc::StoreFailed, "the database is older than version 12");
    if (durability == PostgresOptions::Durability::Standby && rows.text(0, 4).empty()) {
        return fail(Errc::StoreFailed,
                    "the database has no synchronous_standby_names: what is acknowledged would be "
                    "lost with its machine; set them, or write durability = \"single\"");
    }
    return {};
}

Status prepare_schema(PgConnection& connection) {
    LQ_TRY(std::int64_t version, schema_version(connection));
    if (version == 0) {
        LQ_CHECK(connection.execute(postgres_schema()));
        LQ_TRY(version, schema_version(connection));  // another node may have made them
    }
    const int known = postgres_steps().back().to;
    if (version > known) return newer_schema(version, known);
    if (version < known) return older_schema(version, known);
    return probe(connection);
}

Result<std::int64_t> count_boot(PgConnection& connection) {
    LQ_TRY(const PgRows rows, connection.run(kBoot));
    return std::strtoll(rows.text(0, 0).c_str(), nullptr, 10);
}

}  // namespace luqiao::broker
