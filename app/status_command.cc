#include "app/operator_api.h"
#include "app/operator_command.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

std::string_view held_zh(std::string_view held) {
    if (held == "full") return "并发已满";
    if (held == "quiet_hours") return "静默时段";
    if (held == "breaker") return "熔断";
    if (held == "rate") return "限速";
    return "正常";
}

void print_attachments(const json& attachments) {
    fmt::print("\n附件\n  正在传输 {} / {}", attachments.value("transfers", 0),
               attachments.value("transfers_max", 0));
    if (attachments.contains("counted_at")) {
        fmt::print("  已存 {} 份 {} 字节（{} 清点，并计此后传完的）",
                   attachments.value("files", 0ULL), attachments.value("bytes", 0ULL),
                   attachments.value("counted_at", ""));
    }
    fmt::print("\n");
}

std::string cases_of(const json& alarm) {
    return fmt::format("{}{} 件", alarm.value("more", false) ? "超过 " : "",
                       alarm.value("cases", 0ULL));
}

void print_alarms(const json& status) {
    const json& lights = status.at("lights");
    fmt::print("\n时限\n  红灯 {}  黄灯 {}\n", cases_of(lights.at("red")),
               cases_of(lights.at("yellow")));
    if (status.at("alerts").empty()) return;
    fmt::print("\n未了结的提醒\n");
    for (const auto& [code, alarm] : status.at("alerts").items()) {
        fmt::print("  {:<32} {}\n", code, cases_of(alarm));
    }
}

void print_status(const json& status) {
    fmt::print("规则 {}  待处理 {}  发送中 {}\n\n通道\n", status.value("bundle", ""),
               status.value("inbox", 0), status.value("open_sends", 0));
    for (const json& party : status.at("parties")) {
        const std::string again = party.value("again_at", "");
        fmt::print("  {:<10} {}  发送中 {}  连续失败 {}{}\n", party.value("party", ""),
                   held_zh(party.value("held", "")), party.value("open_sends", 0),
                   party.value("failures_in_a_row", 0), again.empty() ? "" : "  下次 " + again);
    }
    for (const json& condition : status.at("conditions")) {
        fmt::print("\n{} {}  {}\n", condition.value("urgent", false) ? "紧急" : "注意",
                   condition.value("name", ""), condition.at("message").value("zh", ""));
    }
    if (status.contains("disk")) {
        const json& disk = status["disk"];
        constexpr std::uint64_t kMiB = 1U << 20U;
        fmt::print("\n磁盘\n  剩余 {} MiB  保留 {} MiB  {}\n", disk.value("free", 0ULL) / kMiB,
                   disk.value("reserve", 0ULL) / kMiB,
                   disk.value("accepts", true)
                       ? "受理正常"
                       : "低于保留，暂停受理（E6002），投递继续；自 " + disk.value("since", ""));
    }
    print_alarms(status);
    if (status.contains("attachments")) print_attachments(status["attachments"]);
    fmt::print("\n计数\n");
    for (const auto& [name, count] : status.at("counts").items()) {
        fmt::print("  {:<32} {}\n", name, count.get<std::uint64_t>());
    }
}

}  // namespace

int status_command(const StatusOptions& options) {
    return run({.ask = [](const auto& data) { return ask_operator(data, "/operator/v1/status"); },
                .print = print_status},
               options.conf, options.json);
}

}  // namespace luqiao::app
