#include "app/operator_api.h"
#include "app/operator_audit.h"
#include "app/operator_command.h"
#include "broker/audit.h"

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
    std::string answer = options.anchor.empty() ? "{}" : json{{"anchor", options.anchor}}.dump();
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

bool is_aged(const json& check) {
    return check.contains("anchor") && check["anchor"].value("state", "") == "aged";
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
    }
    if (check.contains("end")) fmt::print("末行 {}\n", check.value("end", ""));
    if (check.contains("fault")) {
        const json& fault = check["fault"];
        fmt::print("不完整 {} {}\n", fault.value("code", ""), fault.at("message").value("zh", ""));
        return;
    }
    if (!check.contains("anchor")) {
        fmt::print("{}\n", rows > 0 ? "完整" : "审计还没有记录");
        return;
    }
    const json& anchor = check["anchor"];
    const std::uint64_t row = anchor.value("row", 0ULL);
    if (is_aged(check)) {
        fmt::print(
            "无从核对 抄存的第 {} "
            "行已按保存期限清除；现存各行前后相连，但不能证明未被整个重写，请抄存新的末行\n",
            row);
    } else {
        fmt::print("完整，且第 {} 行与抄存的一致\n", row);
    }
}

/// What the anchor was asked for is not known: neither whole nor damaged.
int audit_code(const json& check) {
    if (check.value("whole", false)) return kDone;
    return !check.contains("fault") && is_aged(check) ? kNotFound : kFindings;
}

}  // namespace

int audit_command(const AuditOptions& options) {
    if (!options.anchor.empty()) {
        if (const auto anchor = broker::parse_anchor(options.anchor); !anchor) {
            fmt::print(stderr, "--anchor 行号:杂凑值（audit verify 的“末行”）| {}\n",
                       anchor.error().message);
            return kBadUsage;
        }
    }
    return run({.ask = [&](const auto& data) { return ask(data, options); },
                .print = print_check,
                .code = audit_code},
               options.conf, options.json);
}

}  // namespace luqiao::app
