#include "app/operator_api.h"
#include "app/operator_command.h"
#include "app/operator_retention.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

Result<std::string> ask(const std::filesystem::path& data, const RetentionOptions& options) {
    const std::string path(kRetention);
    if (options.verb == "status") return ask_operator(data, path);
    if (options.verb == "plan") return ask_operator(data, path + "/plan");
    JsonWriter order;
    order.begin_object()
        .field("number", options.number)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    return tell_operator(data, path + "/" + options.verb, order.take());
}

void print_due(const json& due) {
    const auto line = [](const char* what, const json& one) {
        fmt::print("  {}  {} 前办结  {} 件到期  {} 件暂留{}\n", what,
                   one.value("decided_before", ""), one.value("cases", 0ULL),
                   one.value("held", 0ULL),
                   one.contains("oldest") ? "  最早 " + one.value("oldest", "") : "");
    };
    fmt::print("\n到期\n");
    line("报文  ", due.at("bodies"));
    line("元数据", due.at("metadata"));
    const json& documents = due.at("documents");
    fmt::print("  单据    {} 前了结  {} 份到期  {} 份暂留\n", documents.value("before", ""),
               documents.value("documents", 0ULL), documents.value("held", 0ULL));
}

void print_retention(const json& answer) {
    const json& days = answer.at("days");
    fmt::print("保存期限（天，自办结起）  报文 {}  附件 {}  元数据 {}  审计 {}\n",
               days.value("bodies", 0), days.value("attachments", 0), days.value("metadata", 0),
               days.value("evidence", 0));
    if (answer.contains("last")) {
        const json& last = answer["last"];
        fmt::print(
            "上次清理 {}  {}  报文 {} 件 {} 份 {} 字节  元数据 {} 件  单据 {} 份  审计 {} 行  "
            "归还磁盘 {} 字节\n",
            last.value("at", ""), last.value("whole", false) ? "完成" : "未完",
            last.value("bodies_of_cases", 0ULL), last.value("bodies", 0ULL),
            last.value("bytes", 0ULL), last.value("cases", 0ULL), last.value("documents", 0ULL),
            last.value("audit_rows", 0ULL), last.value("given_back", 0ULL));
    } else {
        fmt::print("尚未清理过\n");
    }
    fmt::print("审计自第 {} 行起\n", answer.value("audit_from_row", 0ULL));
    if (answer.contains("behind_since")) {
        fmt::print("注意 清理滞后：{} 起应清除的报文仍在\n", answer.value("behind_since", ""));
    }
    for (const json& one : answer.at("holds")) {
        fmt::print("留存 {}  {}\n", one.value("case_number", ""), one.value("why", ""));
    }
    if (answer.contains("due")) print_due(answer["due"]);
}

void print_retained(const json& answer) {
    if (answer.contains("days")) return print_retention(answer);
    const std::string number = answer.value("case_number", "");
    if (answer.contains("gone")) {
        return fmt::print("{}  {}\n", number, answer["gone"].value("zh", ""));
    }
    fmt::print("{}  {}\n", number,
               answer.value("held", false) ? "已留存，到期也不清除" : "已解除留存");
}

/// A hold that came too late for a part of the case is done, and a finding.
int retention_code(const json& answer) {
    return answer.contains("gone") ? kFindings : kDone;
}

}  // namespace

int retention_command(const RetentionOptions& options) {
    return run({.ask = [&](const auto& data) { return ask(data, options); },
                .print = print_retained,
                .code = retention_code},
               options.conf, options.json);
}

}  // namespace luqiao::app
