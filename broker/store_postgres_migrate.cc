// A PostgreSQL store of an older program, taken along. The dump is the caller's.
#include "broker/migration.h"
#include "broker/store_postgres.h"

#include <fmt/format.h>

#include <cstdlib>

namespace luqiao::broker {
namespace {

constexpr PgStatement kSize{
    "store_size",
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c "
    "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'luqiao' "
    "AND c.relkind = 'r'"};
/// What the server's statistics say: nothing is gone through. -1: they were never made.
constexpr PgStatement kRows{
    "table_rows",
    "SELECT greatest(0, c.reltuples)::bigint FROM pg_class AS c JOIN pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE n.nspname = 'luqiao' AND c.relname = $1"};
constexpr PgStatement kOthers{
    "other_nodes",
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'luqiao' AND pid <> pg_backend_pid()"};

Result<MigrationPlan> plan_of(PgConnection& connection) {
    LQ_TRY(const std::int64_t version, schema_version(connection));
    MigrationPlan plan;
    plan.from = static_cast<int>(version);
    plan.to = postgres_steps().back().to;
    if (version == 0) return fail(Errc::NotFound, "the database has no store yet");
    if (version > plan.to) return newer_schema(version, plan.to);
    for (const SchemaStep& step : postgres_steps()) {
        if (step.to <= version) continue;
        MigrationStep one{step.to - 1, step.to, step.what, 0};
        for (const std::string& table : step.tables) {
            LQ_TRY(const PgRows rows, connection.run(kRows, PgArgs::of(std::string_view(table))));
            if (rows.size() > 0) one.rows += static_cast<std::uint64_t>(rows.integer(0, 0));
        }
        plan.steps.push_back(std::move(one));
    }
    LQ_TRY(const PgRows size, connection.run(kSize));
    plan.bytes = static_cast<std::uint64_t>(size.integer(0, 0));
    plan.bytes_needed = plan.steps.empty() ? 0 : 2 * plan.bytes;
    return plan;
}

PgConnection connection_of(const PostgresOptions& options) {
    return PgConnection(options, [durability = options.durability](PgConnection& fresh) {
        return check_server(fresh, durability);
    });
}

}  // namespace

Result<MigrationPlan> plan_postgres_migration(const PostgresOptions& options) {
    PgConnection connection = connection_of(options);
    return plan_of(connection);
}

Result<MigrationPlan> migrate_postgres(const PostgresOptions& options) {
    PgConnection connection = connection_of(options);
    LQ_TRY(MigrationPlan plan, plan_of(connection));
    if (plan.steps.empty()) return plan;
    LQ_TRY(const PgRows others, connection.run(kOthers));
    if (others.integer(0, 0) > 0) {
        return fail(Errc::StoreBusy,
                    "{} connections of nodes are open: stop every node first, an older program "
                    "does not know the newer tables",
                    others.integer(0, 0));
    }
    for (const SchemaStep& step : postgres_steps()) {
        if (step.to > plan.from) LQ_CHECK(run_step(connection, step));
    }
    LQ_CHECK(make_months(connection));
    return plan;
}

}  // namespace luqiao::broker
