#include "app/configuration.h"
#include "app/files.h"
#include "app/operator_api.h"
#include "app/operator_command.h"
#include "app/operator_recon.h"
#include "app/statement_key.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

std::string order_of(const ReconOptions& options) {
    JsonWriter order;
    order.begin_object()
        .field("to", options.to)
        .field("key", options.key)
        .field("class", options.kind)
        .field("dry_run", options.dry_run)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    return order.take();
}

Result<std::string> ask(const std::filesystem::path& data, const ReconOptions& options) {
    const std::string one =
        fmt::format("{}/{}/{}/{}", kReconPath, options.party, options.day, options.of);
    if (options.verb == "list") {
        const std::string month = options.month.empty() ? "" : "/" + options.month;
        return ask_operator(data, std::string(kReconPath) + month);
    }
    if (options.verb == "show") return ask_operator(data, one);
    LQ_TRY(auto answer, tell_operator(data, one + "/" + options.verb, order_of(options)));
    if (options.verb == "statement" && !options.file.empty()) {
        LQ_CHECK(write_file(options.file, answer + "\n"));
    }
    return answer;
}

std::string text_of(const json& object, const char* name) {
    return object.contains(name) ? object.at(name).value("zh", "") : std::string();
}

void print_findings(const json& answer) {
    fmt::print(stderr, "对方清单有误，未对账：\n");
    for (const json& one : answer.at("findings")) {
        fmt::print(stderr, "  {}  {}  {}  应为 {}  实为 {}\n", one.value("code", ""),
                   one.value("place", ""), text_of(one, "message"), one.value("expected", ""),
                   one.value("got_masked", ""));
    }
}

void print_run(const json& run) {
    const json& classes = run.at("classes");
    fmt::print("{}  {}  {}  我方 {}  对方 {}  相符 {}（仅核对主键 {}）  在途 {}\n",
               run.value("party", ""), run.value("day", ""),
               run.value("of", "") == "sent" ? "来文" : "去文", run.at("ours").value("count", 0),
               run.at("theirs").value("count", 0), run.value("matched", 0),
               run.value("without_digest", 0), run.value("in_transit", 0));
    fmt::print("差异 {}：我有他无 {}  他有我无 {}  不一致 {}  {}\n", run.value("found", 0),
               classes.value("ours_only", 0), classes.value("theirs_only", 0),
               classes.value("unequal", 0), run.value("balanced", false) ? "已平" : "未平");
    if (const auto left_out = run.value("left_out", 0); left_out > 0) {
        fmt::print("另有 {} 条未列：以下各条处置后再 luqiao recon run，即列其后的\n", left_out);
    }
    for (const json& one : run.at("differences")) {
        fmt::print("  {}  {}  {}  {}  {}  {}\n", one.value("key", "").substr(0, 12),
                   text_of(one, "class_text"), text_of(one, "state_text"),
                   one.value("case_number", ""), one.value("map", ""), one.value("delivery", ""));
        if (!one.contains("settlement")) continue;
        const json& settled = one.at("settlement");
        fmt::print("      {}  {}  {}\n", settled.value("at", ""), settled.value("actor", ""),
                   settled.value("reason", ""));
    }
}

void print_runs(const json& answer) {
    if (answer.at("runs").empty()) fmt::print("该月还没有对过账\n");
    for (const json& run : answer.at("runs")) {
        fmt::print("{}  {}  {}  相符 {}  差异 {}  待处理 {}  挂起 {}  {}\n", run.value("party", ""),
                   run.value("day", ""), run.value("of", "") == "sent" ? "来文" : "去文",
                   run.value("matched", 0), run.value("found", 0), run.value("open", 0),
                   run.value("held", 0), run.value("balanced", false) ? "已平" : "未平");
    }
}

void print_answer(const ReconOptions& options, const json& answer) {
    if (answer.contains("runs")) return print_runs(answer);
    if (answer.contains("findings")) return print_findings(answer);
    if (options.verb == "give") {
        fmt::print("我方清单已放到约定的位置：{} 条  {}\n", answer.value("count", 0),
                   answer.value("sm3", ""));
        return;
    }
    if (!answer.contains("statement")) return print_run(answer);
    if (options.file.empty()) {
        fmt::print("{}\n", answer.dump());
    } else {
        fmt::print(stderr, "平账单已写入 {}，{}\n", options.file.string(),
                   answer.at("statement").value("balanced", false) ? "已平" : "未平");
    }
}

int code_of(const ReconOptions& options, const json& answer) {
    if (answer.contains("findings")) return kFindings;
    const bool is_open = answer.contains("balanced") && !answer.value("balanced", false);
    return options.verb == "run" && is_open ? kFindings : kDone;
}

}  // namespace

int recon_command(const ReconOptions& options) {
    // What is printed without --json is not the bytes that were signed: a file or --json has them.
    const bool as_json = options.json || (options.verb == "statement" && options.file.empty());
    return run({.ask = [&](const auto& data) { return ask(data, options); },
                .print = [&](const json& answer) { print_answer(options, answer); },
                .code = [&](const json& answer) { return code_of(options, answer); }},
               options.conf, as_json);
}

int recon_verify_command(const ReconOptions& options) {
    const auto document = read_file(options.file);
    const auto key = read_file(options.key_file);
    if (!document || !key) {
        const Error& error = document ? key.error() : document.error();
        fmt::print(stderr, "{} {} {}\n", info(error.code).id, error.message, error.where);
        return kCannotReach;
    }
    const auto statement = verify_statement(*document, *key);
    if (!statement) {
        fmt::print(stderr, "{} {} | {}\n", info(statement.error().code).id,
                   info(statement.error().code).title_zh, statement.error().message);
        return kFindings;
    }
    if (options.json) {
        fmt::print("{}\n", *statement);
        return kDone;
    }
    fmt::print("签名有效 | the signature holds\n");
    const auto said = json::parse(*statement, nullptr, false);
    if (said.is_object()) print_run(said);
    return kDone;
}

}  // namespace luqiao::app
