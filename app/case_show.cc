#include "app/case_commands.h"
#include "app/configuration.h"
#include "app/operator_api.h"
#include "app/runtime.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                             : std::string();
}

std::string label(const json& object, const char* name) {
    return object.contains(name) ? text(object[name], "zh") : std::string();
}

std::string_view clock_zh(std::string_view clock) {
    if (clock == "forward") return "流转时限";
    return clock == "promise" ? "承诺时限" : "法定时限";
}

std::string_view light_zh(std::string_view light) {
    if (light == "red") return "红灯";
    return light == "yellow" ? "黄灯" : "绿灯";
}

void print_clocks(const json& clocks) {
    for (const json& clock : clocks) {
        if (clock.value("paused", false)) {
            fmt::print("      时限暂停（补正）\n");
            continue;
        }
        fmt::print("      {} {}{}  {}  剩 {} 日\n", clock_zh(text(clock, "clock")),
                   text(clock["due"], "date"),
                   clock["due"].value("provisional", false) ? "（暂定）" : "",
                   light_zh(text(clock, "light")), clock.value("days_left", 0));
    }
}

void print_other_answer(const json& other) {
    fmt::print("      矛盾答复 {} {}  {}  {} {}\n", text(other, "state"),
               label(other, "state_label"), other.value("accepted", false) ? "已采纳" : "未采纳",
               text(other, "occurred_at"), text(other, "reason_code"));
}

void print_case(const json& one) {
    fmt::print("{}  {}  渠道 {}  {}\n", text(one, "case_number"), label(one, "service_label"),
               text(one, "channel"), text(one, "state") == "decided" ? "已办结" : "办理中");
    fmt::print("受理 {}  规则 {}\n", text(one, "accepted_at"), text(one, "bundle"));
    if (one.contains("aged_out")) fmt::print("{}\n", label(one, "aged_out"));
    fmt::print("\n事项\n");
    for (const json& item : one["items"]) {
        fmt::print("  {}  {}  {}\n", text(item, "serial"), label(item, "label"),
                   label(item, "state_label"));
        if (item.contains("clocks")) print_clocks(item["clocks"]);
        if (item.contains("other_answer")) print_other_answer(item["other_answer"]);
    }
    fmt::print("\n时间线\n");
    for (const json& entry : one["timeline"]) {
        fmt::print("  {}  {:<24} {:<9} {} {}\n", text(entry, "at"), text(entry, "event"),
                   text(entry, "party"), text(entry, "item"), text(entry, "detail"));
    }
    fmt::print("\n投递\n");
    for (const json& delivery : one["deliveries"]) {
        fmt::print("  {}  {:<9} {:<22} {:<10} 第{}次 {}\n", text(delivery, "id"),
                   text(delivery, "party"), text(delivery, "map"), text(delivery, "state"),
                   delivery.value("attempts", 0), text(delivery, "cause"));
    }
    for (const json& alert : one["alerts"]) {
        fmt::print("\n{} {} {}\n", alert.value("open", false) ? "注意" : "已了结",
                   text(alert, "code"), text(alert, "item"));
    }
}

/// From the running server, or from its store when none runs.
Result<std::string> find(const Configuration& configuration, const std::string& number) {
    auto answer = ask_operator(configuration.server->data, "/operator/v1/cases/" + number);
    if (answer || answer.error().code != Errc::Unavailable) return answer;
    const StoreSettings& place = configuration.server->store;
    if (!place.is_shared() && !std::filesystem::exists(place.file)) return answer;
    LQ_TRY(const auto store, open_store(place, {}));
    return describe_case(*configuration.realm, *store, number, system_now());
}

}  // namespace

int case_show_command(const CaseOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!has_server(configuration)) return kBadUsage;
    const auto answer = find(configuration, options.number);
    if (!answer) {
        fmt::print(stderr, "{} {}\n", info(answer.error().code).id, answer.error().message);
        return answer.error().code == Errc::NotFound ? kNotFound : kCannotReach;
    }
    if (options.json) {
        fmt::print("{}\n", *answer);
    } else {
        print_case(json::parse(*answer));
    }
    return kDone;
}

}  // namespace luqiao::app
