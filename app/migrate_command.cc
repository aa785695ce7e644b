#include "app/command_line.h"
#include "app/migrate.h"
#include "base/text_json.h"

#include <fmt/format.h>

#include <cstdio>

namespace luqiao::app {
namespace {

int migrate_code(Errc code) {
    if (code == Errc::NotFound) return kNotFound;
    return code == Errc::Conflict || code == Errc::StoreBusy ? kConflict : kCannotReach;
}

int refuse(const Error& error) {
    fmt::print(stderr, "{} {} {}\n", info(error.code).id, error.message, error.where);
    return migrate_code(error.code);
}

void write_plan(JsonWriter& json, const broker::MigrationPlan& plan) {
    json.field("from", plan.from).field("to", plan.to).key("steps").begin_array();
    for (const broker::MigrationStep& step : plan.steps) {
        json.begin_object().field("from", step.from).field("to", step.to).field("rows", step.rows);
        write_text(json, "what", step.what);
        json.end_object();
    }
    json.end_array().field("bytes", plan.bytes).field("bytes_needed", plan.bytes_needed);
    if (plan.bytes_free) json.field("bytes_free", *plan.bytes_free);
}

void print_plan(const broker::MigrationPlan& plan) {
    fmt::print("表结构 {} → {}\n", plan.from, plan.to);
    for (const broker::MigrationStep& step : plan.steps) {
        fmt::print("  {} → {}  {}  约 {} 行\n", step.from, step.to, step.what.zh, step.rows);
    }
    constexpr std::uint64_t kMiB = 1U << 20U;
    fmt::print("  存储 {} MiB  需要 {} MiB（快照与新写的表）", plan.bytes / kMiB,
               (plan.bytes_needed + kMiB - 1) / kMiB);
    if (plan.bytes_free) fmt::print("  剩余 {} MiB", *plan.bytes_free / kMiB);
    fmt::print("\n");
}

int show_plan(const ServerSettings& server, const MigrateOptions& options) {
    const auto plan = plan_migration(server);
    if (!plan) return refuse(plan.error());
    if (options.json) {
        JsonWriter json;
        json.begin_object();
        write_plan(json, *plan);
        json.end_object();
        fmt::print("{}\n", json.text());
    } else {
        print_plan(*plan);
    }
    return options.exit_code && !plan->steps.empty() ? kChangesExist : kDone;
}

}  // namespace

int migrate_command(const MigrateOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!has_server(configuration)) return kBadUsage;
    const ServerSettings& server = *configuration.server;
    if (options.verb == "plan") return show_plan(server, options);
    const auto done =
        run_migration(server, options.snapshot_taken ? Snapshot::Taken : Snapshot::Take);
    if (!done) return refuse(done.error());
    const Text back = way_back(server, *done);
    if (options.json) {
        JsonWriter json;
        json.begin_object();
        write_plan(json, done->plan);
        json.field("snapshot", done->snapshot);
        write_text(json, "back", back);
        json.end_object();
        fmt::print("{}\n", json.text());
        return kDone;
    }
    print_plan(done->plan);
    if (!done->snapshot.empty()) fmt::print("快照 {}\n", done->snapshot);
    fmt::print("{}\n", back.zh);
    return kDone;
}

}  // namespace luqiao::app
