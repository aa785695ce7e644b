#include "app/operator_api.h"
#include "app/operator_command.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

std::string question_of(const MsgOptions& options) {
    JsonWriter question;
    question.begin_object()
        .field("number", options.target)
        .field("name", options.name)
        .field("party", options.party)
        .field("state", options.state)
        .field("light", options.light)
        .field("alert", options.alert)
        .field("since", options.since)
        .field("until", options.until)
        .field("before", options.before)
        .field("limit", std::uint64_t{options.limit})
        .end_object();
    return question.take();
}

/// A plan of one delivery, made and started. @return the plan
Result<std::string> redrive(const std::filesystem::path& data, const MsgOptions& options) {
    const std::string plans = "/operator/v1/redrives";
    JsonWriter order;
    order.begin_object()
        .field("delivery", options.target)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    LQ_TRY(const std::string made, tell_operator(data, plans, std::string(order.text())));
    const std::string id = json::parse(made).value("id", "");
    return tell_operator(data, plans + "/" + id + "/run", order.take());
}

/// What an operator knows of one delivery. @return the delivery as it is then
Result<std::string> decide(const std::filesystem::path& data, const MsgOptions& options) {
    JsonWriter said;
    said.begin_object().field("actor", options.actor).field("reason", options.reason).end_object();
    return tell_operator(data,
                         fmt::format("/operator/v1/deliveries/{}/{}", options.target, options.verb),
                         said.take());
}

Result<std::string> ask(const std::filesystem::path& data, const MsgOptions& options) {
    if (options.verb == "find") {
        return tell_operator(data, "/operator/v1/search", question_of(options), options.actor);
    }
    if (options.verb == "redrive") return redrive(data, options);
    if (options.verb == "arrived" || options.verb == "shelve") return decide(data, options);
    const std::string folder = options.verb == "show" ? "messages/" : "traces/";
    return ask_operator(data, "/operator/v1/" + folder + options.target, options.actor);
}

/// Green says nothing.
std::string_view light_mark(std::string_view light) {
    if (light == "red") return "  红灯";
    return light == "yellow" ? "  黄灯" : "";
}

void print_found(const json& answer) {
    if (answer.at("cases").empty()) fmt::print(stderr, "没有符合条件的办件\n");
    for (const json& one : answer.at("cases")) {
        fmt::print("{}  {}  {}  {}{}\n", one.value("case_number", ""), one.value("accepted_at", ""),
                   one.value("channel", ""),
                   one.value("state", "") == "decided" ? "已办结" : "办理中",
                   light_mark(one.value("light", "")));
        for (const json& item : one.at("items")) {
            fmt::print("    {}  {}  {}\n", item.value("serial", ""), item.value("code", ""),
                       item.value("state", ""));
        }
        for (const json& alert : one.at("alerts")) {
            fmt::print("    注意  {}  {}\n", alert.value("code", ""), alert.value("item", ""));
        }
    }
    if (answer.contains("next")) {
        fmt::print(stderr, "还有更多：--before {}\n", answer.value("next", ""));
    }
}

void print_message(const json& one) {
    for (const char* name : {"kind", "id", "case_number", "party", "map", "at", "state", "attempts",
                             "cause", "cause_text", "bundle", "bytes", "sm3"}) {
        if (!one.contains(name)) continue;
        fmt::print("{:<12} {}\n", name,
                   one[name].is_string() ? one[name].get<std::string>() : one[name].dump());
    }
    if (one.contains("aged_out")) fmt::print("\n{}\n", one.at("aged_out").value("zh", ""));
    if (!one.contains("fields")) return;
    fmt::print("\n");
    for (const json& field : one["fields"]) {
        fmt::print("  {:<32} {}  {}\n", field.value("field", ""), field.value("label", ""),
                   field.value("value", ""));
    }
}

void print_trace(const json& one) {
    fmt::print("{}  {}\n\n", one.value("case_number", ""), one.at("cause").value("zh", ""));
    if (one.contains("aged_out")) fmt::print("{}\n\n", one.at("aged_out").value("zh", ""));
    for (const json& line : one.at("trace")) {
        fmt::print("  {}  {:<22} {:<9} {} {}\n", line.value("at", ""), line.value("event", ""),
                   line.value("party", ""), line.value("item", ""), line.value("detail", ""));
    }
}

void print_answer(const MsgOptions& options, const json& answer) {
    if (options.verb == "find") return print_found(answer);
    if (options.verb == "show") return print_message(answer);
    if (options.verb == "trace") return print_trace(answer);
    fmt::print("{}  {}\n", answer.value("id", ""), answer.value("state", ""));
}

int code_of(const MsgOptions& options, const json& answer) {
    const bool is_empty = options.verb == "find" && answer.at("cases").empty();
    return is_empty ? kNotFound : kDone;
}

}  // namespace

int msg_command(const MsgOptions& options) {
    return run({.ask = [&](const auto& data) { return ask(data, options); },
                .print = [&](const json& answer) { print_answer(options, answer); },
                .code = [&](const json& answer) { return code_of(options, answer); }},
               options.conf, options.json);
}

}  // namespace luqiao::app
