#include "app/command_line.h"
#include "app/files.h"
#include "app/migrate.h"
#include "app/runtime.h"
#include "app/signals.h"
#include "base/log.h"
#include "security/keys.h"

#include <fmt/format.h>

#include <cstdio>

namespace luqiao::app {
namespace {

void print_findings(const Diagnostics& findings) {
    for (const Diagnostic& one : findings.list()) {
        if (one.severity != Severity::Note) fmt::print(stderr, "{}\n", render(one));
    }
}

/// --migrate. False: it cannot; says so.
bool take_along(const ServerSettings& server) {
    const auto done = run_migration(server, Snapshot::Take);
    if (!done && done.error().code == Errc::NotFound) return true;  // a new store will be made
    if (!done) {
        fmt::print(stderr, "{} {}\n", info(done.error().code).id, done.error().message);
        return false;
    }
    if (done->plan.steps.empty()) return true;
    log::write(log::Level::Info, "store.migrated",
               {{"from", std::to_string(done->plan.from)},
                {"to", std::to_string(done->plan.to)},
                {"snapshot", done->snapshot}});
    fmt::print(stderr, "{}\n", way_back(server, *done).zh);
    return true;
}

/// On SIGHUP. What came of it stands in the log and in the audit.
void reload(Runtime& runtime) {
    const auto report = runtime.reloader().reload();
    if (!report) {
        log::write(log::Level::Error, "rules.refused",
                   {{"code", info(report.error().code).id}, {"message", report.error().message}});
        return;
    }
    print_findings(report->findings);
    for (const std::string& setting : report->needs_restart) {
        log::write(log::Level::Warning, "rules.need_restart", {{"setting", setting}});
    }
}

}  // namespace

int serve_command(const ServeOptions& options) {
    const Signals signals;
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (configuration.findings.has_errors()) {
        print_findings(configuration.findings);
        return kBadUsage;
    }
    if (options.migrate && !take_along(*configuration.server)) return kCannotReach;
    auto runtime = Runtime::start(configuration, options.trust_clock);
    if (!runtime) {
        fmt::print(stderr, "{} {} {}\n", info(runtime.error().code).id, runtime.error().message,
                   runtime.error().where);
        return runtime.error().code == Errc::Conflict ? kConflict : kCannotReach;
    }
    const std::string port = std::to_string((*runtime)->http_port());
    log::write(log::Level::Info, "server.ready",
               {{"node", configuration.server->node},
                {"http_port", port},
                {"bundle", configuration.realm->bundle->hash()}});
    if (!options.ready.empty()) {
        if (const Status written = write_file(options.ready, port + "\n"); !written) {
            fmt::print(stderr, "{}\n", written.error().message);
            return kCannotReach;
        }
    }
    int signal = signals.wait();
    for (; signal == SIGHUP; signal = signals.wait()) reload(**runtime);
    log::write(log::Level::Info, "server.stopping", {{"signal", std::to_string(signal)}});
    (*runtime)->stop();
    return kDone;
}

namespace {

/// Writes a new secret where there is none yet. False: it cannot; says so.
bool make_secret(const std::filesystem::path& path) {
    if (std::filesystem::exists(path)) return true;
    auto secret = security::generate_hmac_secret();
    const Status written = secret ? write_file(path, *secret) : Status{secret.error()};
    fmt::print(stderr, "{}{}\n", path.string(), written ? "" : ": " + written.error().message);
    return bool(written);
}

}  // namespace

int init_command(const ConfOptions& options) {
    Configuration configuration = load_configuration(options.conf, options.overlays);
    if (configuration.server && !configuration.server->hash_key.empty() &&
        !std::filesystem::exists(configuration.server->hash_key)) {
        // Rows with keyed_hash compile only with their key.
        std::error_code failure;
        std::filesystem::create_directories(configuration.server->keys, failure);
        if (!make_secret(configuration.server->hash_key)) return kCannotReach;
        configuration = load_configuration(options.conf, options.overlays);
    }
    if (configuration.findings.has_errors()) {
        print_findings(configuration.findings);
        return kBadUsage;
    }
    const std::filesystem::path& folder = configuration.server->keys;
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    for (const auto& [code, party] : configuration.realm->parties) {
        for (const std::string& name : party.keys) {
            const std::filesystem::path path = folder / name;
            if (std::filesystem::exists(path)) continue;
            if (party.algorithm == "sm2") {
                fmt::print(stderr,
                           "{}: 请放入该单位的 SM2 公钥 | put the party's SM2 public key here\n",
                           path.string());
                continue;
            }
            if (!make_secret(path)) return kCannotReach;
        }
    }
    return kDone;
}

}  // namespace luqiao::app
