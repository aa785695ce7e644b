#include "app/reload.h"

#include "app/check_report.h"
#include "app/runtime.h"
#include "app/service_versions.h"
#include "base/json.h"
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

/// What cases under way may still need.
void check_nothing_is_lost(const broker::Realm& before,
                           const broker::Realm& after,
                           Diagnostics& findings) {
    for (const auto& [code, party] : before.parties) {
        if (after.party(code) != nullptr) continue;
        findings.add(
            "C510", {"parties/" + code + ".toml", 1, 1, 1},
            {fmt::format("在办件可能仍需要单位 {}：删除它须重新启动", code),
             fmt::format("cases under way may need party {}: taking it away needs a restart",
                         code)});
    }
}

bool same(const std::optional<Setting>& a, const std::optional<Setting>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return luqiao::same(*a, *b);
}

void compare_server(const ServerSettings& a,
                    const ServerSettings& b,
                    std::vector<std::string>& out) {
    const auto differs = [&out](bool does, const char* what) {
        if (does) out.push_back(std::string("luqiao.toml ") + what);
    };
    differs(a.node != b.node, "node");
    differs(a.data != b.data, "data");
    differs(a.keys != b.keys, "keys");
    differs(a.store != b.store, "store");
    differs(a.lease_time != b.lease_time, "lease_time");
    differs(a.disk_reserve != b.disk_reserve, "disk_reserve");
    differs(a.attachments != b.attachments, "attachments");
    differs(!luqiao::same(a.http, b.http), "http");
    differs(!luqiao::same(a.thrift, b.thrift), "thrift");
}

void compare_party(const broker::Party& a, const broker::Party& b, std::vector<std::string>& out) {
    const auto differs = [&](bool does, const char* what) {
        if (does) out.push_back(fmt::format("parties/{}.toml {}", a.code, what));
    };
    differs(!same(a.push, b.push), "push");
    differs(!same(a.receive, b.receive), "receive");
    differs(a.app_key != b.app_key || a.keys != b.keys || a.algorithm != b.algorithm, "identity");
}

}  // namespace

std::vector<std::string> settings_read_at_start(const Configuration& started,
                                                const Configuration& now) {
    std::vector<std::string> out;
    if (started.server && now.server) compare_server(*started.server, *now.server, out);
    for (const auto& [code, party] : now.realm->parties) {
        const broker::Party* before = started.realm->party(code);
        if (before == nullptr) {
            out.push_back("parties/" + code + ".toml");
        } else {
            compare_party(*before, party, out);
        }
    }
    return out;
}

Reloader::Reloader(const Configuration& started, broker::Pipeline& pipeline, broker::Store& store)
    : started_(started), pipeline_(pipeline), store_(store) {}

Result<ReloadReport> Reloader::reload() {
    const std::lock_guard lock(one_at_a_time_);
    const auto before = pipeline_.realm();
    LQ_TRY(Configuration now,
           load_with_kept(started_.folder, started_.overlays, store_, before.get()));
    check_nothing_is_lost(*before, *now.realm, now.findings);
    ReloadReport report;
    report.before = before->bundle->hash();
    report.bundle = report.before;
    report.findings = std::move(now.findings);
    const bool is_refused = report.findings.has_errors();
    const std::string& hash = now.realm->bundle->hash();
    LQ_CHECK(store_.audit(broker::AuditEntry{.at = pipeline_.now(),
                                             .actor = "operator",
                                             .action = "reload",
                                             .outcome = is_refused ? "refused" : "ok",
                                             .subject = "bundle " + hash,
                                             .number = 0,
                                             .hash = {}}));
    log::write(is_refused ? log::Level::Warning : log::Level::Info,
               is_refused ? "rules.refused" : "rules.replaced",
               {{"bundle_before", report.before}, {"bundle", hash}});
    if (is_refused) return report;
    LQ_CHECK(keep_services(store_, now));
    report.needs_restart = settings_read_at_start(started_, now);
    report.bundle = hash;
    report.replaced = true;
    pipeline_.replace(now.realm);
    return report;
}

std::string to_json(const ReloadReport& report) {
    JsonWriter json;
    json.begin_object().field("replaced", report.replaced);
    json.field("bundle_before", report.before).field("bundle", report.bundle);
    json.key("needs_restart").begin_array();
    for (const std::string& one : report.needs_restart) json.value(one);
    json.end_array().key("findings").begin_array();
    for (const Diagnostic& one : report.findings.list()) {
        if (one.severity != Severity::Note) write_finding(json, one);
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::app
