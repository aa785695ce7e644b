#include "app/operator_api.h"
#include "app/operator_audit.h"
#include "app/operator_command.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <unistd.h>

namespace luqiao::app {
namespace {

using nlohmann::json;

/// Call by call, so that an audit of any size is checked in memory for a page.
Result<std::string> ask(const std::filesystem::path& data, const AuditOptions& options) {
    const bool is_watched = ::isatty(STDERR_FILENO) == 1;
    std::string answer = "{}";
    for (;;) {
        LQ_TRY(answer,
               tell_operator(data, std::string(kAuditVerify), std::move(answer), options.actor));
        const json check = json::parse(answer);
        if (check.value("over", true)) break;
        if (is_watched) {
            fmt::print(stderr, "\r已核对至第 {} 行，共到第 {} 行",
                       check.at("checked").value("row", 0ULL), check.at("head").value("row", 0ULL));
        }
    }
    if (is_watched) fmt::print(stderr, "\r\x1b[K");
    return answer;
}

void print_check(const json& check) {
    const std::uint64_t rows = check.value("rows", 0ULL);
    const json& checked = check.at("checked");
    if (check.contains("aged")) {
        const json& aged = check["aged"];
        fmt::print("第 {} 行及以前已按保存期限清除（{}）", aged.value("row", 0ULL),
                   aged.value("hash", ""));
        if (check.contains("vouched_by")) {
            fmt::print("，由第 {} 行载明", check.value("vouched_by", 0ULL));
        }
        fmt::print("\n");
    }
    if (rows > 0) {
        fmt::print("已核对 第 {} 行至第 {} 行，共 {} 行  {} 至 {}\n",
                   check.value("first_row", 0ULL), checked.value("row", 0ULL), rows,
                   check.value("first_at", ""), check.value("last_at", ""));
        fmt::print("末行杂凑值 {}\n", checked.value("hash", ""));
    }
    if (check.contains("fault")) {
        const json& fault = check["fault"];
        fmt::print("不完整 {} {}\n", fault.value("code", ""), fault.at("message").value("zh", ""));
    } else {
        fmt::print("{}\n", rows > 0 ? "完整" : "审计还没有记录");
    }
}

}  // namespace

int audit_command(const AuditOptions& options) {
    return run(
        {.ask = [&](const auto& data) { return ask(data, options); },
         .print = print_check,
         .code = [](const json& check) { return check.value("whole", false) ? kDone : kFindings; }},
        options.conf, options.json);
}

}  // namespace luqiao::app
