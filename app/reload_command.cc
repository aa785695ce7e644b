#include "app/command_line.h"
#include "app/configuration.h"
#include "app/operator_api.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

using nlohmann::json;

void print_report(const json& report) {
    for (const json& finding : report.at("findings")) {
        fmt::print("{}\n", finding.at("text").get<std::string>());
    }
    const std::string before = report.at("bundle_before").get<std::string>();
    if (!report.at("replaced").get<bool>()) {
        fmt::print("未更换，仍执行规则 {} | refused, the rules in force are still {}\n", before,
                   before);
        return;
    }
    fmt::print("规则已更换 | rules replaced: {} -> {}\n", before,
               report.at("bundle").get<std::string>());
    for (const json& setting : report.at("needs_restart")) {
        fmt::print("须重新启动方可生效 | needs a restart: {}\n", setting.get<std::string>());
    }
}

}  // namespace

int reload_command(const ReloadOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!has_server(configuration)) return kBadUsage;
    const auto answer = ask_reload(configuration.server->data);
    const json report =
        answer ? json::parse(*answer, nullptr, false) : json(json::value_t::discarded);
    if (!report.is_object()) {
        const Error error =
            answer ? fail(Errc::ParseFailed, "the server's answer cannot be read") : answer.error();
        fmt::print(stderr, "{} {}\n", info(error.code).id, error.message);
        return kCannotReach;
    }
    if (options.json) {
        fmt::print("{}\n", *answer);
    } else {
        print_report(report);
    }
    return report.at("replaced").get<bool>() ? kDone : kFindings;
}

}  // namespace luqiao::app
