#include "app/operator_api.h"
#include "app/operator_command.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

std::string_view state_zh(std::string_view state) {
    if (state == "planned") return "待执行";
    if (state == "running") return "执行中";
    if (state == "paused") return "已暂停";
    if (state == "done") return "已完成";
    if (state == "cancelled") return "已取消";
    return state;
}

std::string_view delivery_zh(std::string_view state) {
    if (state == "unknown") return "结果未知";
    if (state == "waiting") return "等待重试";
    return state == "shelved" ? "已搁置" : "已放弃";
}

void print_groups(const json& answer) {
    if (answer.at("groups").empty()) fmt::print("没有这样的投递\n");
    for (const json& group : answer.at("groups")) {
        fmt::print("{}  {} 件  {}  {}  {}  {}  {}\n", group.value("group", ""),
                   group.value("count", 0), delivery_zh(group.value("state", "")),
                   group.value("party", ""), group.value("map", ""), group.value("cause", ""),
                   group.at("text").value("zh", ""));
        const bool waits = group.value("state", "") == "waiting";
        fmt::print("    {} {}  {} {}\n", waits ? "下次发送 最早" : "最早",
                   group.value("oldest", ""), waits ? "最晚" : "最近", group.value("newest", ""));
        for (const json& one : group.at("samples")) {
            fmt::print("    {}  {}\n", one.value("case_number", ""), one.value("delivery", ""));
        }
    }
}

void print_plan(const json& plan) {
    fmt::print("{}  {}  {} → {}  {}  共 {}  已发 {}  送达 {}  再失败 {}  不可重推 {}  {}\n",
               plan.value("id", ""), state_zh(plan.value("state", "")), plan.value("cause", ""),
               plan.value("party", ""), plan.value("rate", ""), plan.value("total", 0),
               plan.value("sent", 0), plan.value("arrived", 0), plan.value("failed", 0),
               plan.value("refused", 0), plan.value("note", ""));
    if (plan.value("skip_present", false)) {
        fmt::print("    先问对方：已有的不再发，认定送达 {} 件\n", plan.value("present", 0));
    }
}

std::string_view target_zh(std::string_view at_target) {
    if (at_target == "yes") return "对方已有";
    return at_target == "no" ? "对方没有" : "对方未知";
}

/// What one delivery would become by the rules in force.
void print_rewritten(const json& rewritten) {
    if (rewritten.contains("findings")) {
        fmt::print("    新规则仍无法生成：{}\n", rewritten.value("code", ""));
        for (const json& one : rewritten["findings"]) {
            fmt::print("      {}  {}\n", one.value("rule", ""),
                       one.contains("message") ? one["message"].value("zh", "") : "");
        }
        return;
    }
    fmt::print("    新报文 {} 字节  {:.12}\n", rewritten.value("bytes", 0),
               rewritten.value("sm3", ""));
    for (const json& one : rewritten.at("differences")) {
        fmt::print("      {} {}：{} → {}\n", one.value("field", ""), one.value("label", ""),
                   one.value("before", ""), one.value("after", ""));
    }
}

void print_preview(const json& plan) {
    for (const json& one : plan.at("deliveries")) {
        fmt::print("  {}  {}  {}  {}  {}  {} 字节  {:.12}\n", one.value("id", ""),
                   one.value("case_number", ""), one.value("map", ""), one.value("cause", ""),
                   target_zh(one.value("at_target", "")), one.value("bytes", 0),
                   one.value("sm3", ""));
        if (one.contains("rewritten")) print_rewritten(one["rewritten"]);
    }
    const auto rest = plan.value("total", 0) - plan.value("shown", 0);
    if (rest > 0) fmt::print("  另有 {} 件\n", rest);
    const json& targets = plan.at("targets");
    fmt::print("  已问 {} 件：对方已有 {}  没有 {}  未答 {}；未问 {} 件\n",
               targets.value("asked", 0), targets.value("yes", 0), targets.value("no", 0),
               targets.value("unknown", 0), targets.value("not_asked", 0));
}

void print_failures(const json& answer) {
    if (answer.contains("groups")) return print_groups(answer);
    if (answer.contains("deliveries")) {
        print_plan(answer);
        return print_preview(answer);
    }
    if (!answer.contains("plans")) return print_plan(answer);
    for (const json& plan : answer.at("plans")) print_plan(plan);
}

/// A plan without a group is one over what a question finds.
void write_selection(JsonWriter& order, const FailOptions& options) {
    order.field("group", options.target)
        .field("service", options.service)
        .field("from", options.from)
        .field("bundle", options.bundle)
        .field("skip_present", options.skip_present);
    if (!options.target.empty()) return;
    const MsgOptions& query = options.query;
    order.key("query").begin_object();
    order.field("number", query.target)
        .field("name", query.name)
        .field("party", query.party)
        .field("state", query.state)
        .field("light", query.light)
        .field("alert", query.alert)
        .field("since", query.since)
        .field("until", query.until)
        .end_object();
}

std::string order_of(const FailOptions& options) {
    JsonWriter order;
    order.begin_object();
    if (options.verb == "plan") write_selection(order, options);
    order.field("rate", options.rate)
        .field("pause_over", options.pause_over)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    return order.take();
}

Result<std::string> ask(const std::filesystem::path& data, const FailOptions& options) {
    const std::string plans = "/operator/v1/redrives";
    if (options.verb == "groups") {
        const std::string failures = "/operator/v1/failures";
        return ask_operator(data, options.from.empty() ? failures : failures + "/" + options.from);
    }
    if (options.verb == "plans") return ask_operator(data, plans);
    if (options.verb == "show") return ask_operator(data, plans + "/" + options.target);
    if (options.verb == "plan") return tell_operator(data, plans, order_of(options));
    return tell_operator(data, plans + "/" + options.target + "/" + options.verb,
                         order_of(options));
}

}  // namespace

int fail_command(const FailOptions& options) {
    return run(
        {.ask = [&](const auto& data) { return ask(data, options); }, .print = print_failures},
        options.conf, options.json);
}

}  // namespace luqiao::app
