#include "app/command_line.h"
#include "app/configuration.h"
#include "app/operator_api.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace luqiao::app {
namespace {

using nlohmann::json;

int exit_code(Errc code) {
    if (code == Errc::NotFound) return kNotFound;
    if (code == Errc::Conflict) return kConflict;
    const bool is_usage = code == Errc::InvalidArgument || code == Errc::MissingRequired ||
                          code == Errc::ParseFailed || code == Errc::BadValue;
    return is_usage ? kBadUsage : kCannotReach;
}

std::string question_of(const MsgOptions& options) {
    JsonWriter question;
    question.begin_object()
        .field("number", options.target)
        .field("name", options.name)
        .field("party", options.party)
        .field("state", options.state)
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

Result<std::string> ask(const std::filesystem::path& data, const MsgOptions& options) {
    if (options.verb == "find") {
        return tell_operator(data, "/operator/v1/search", question_of(options));
    }
    if (options.verb == "redrive") return redrive(data, options);
    const std::string folder = options.verb == "show" ? "messages/" : "traces/";
    return ask_operator(data, "/operator/v1/" + folder + options.target);
}

void print_found(const json& answer) {
    for (const json& one : answer.at("cases")) {
        fmt::print("{}  {}  {}  {}\n", one.value("case_number", ""), one.value("accepted_at", ""),
                   one.value("channel", ""),
                   one.value("state", "") == "decided" ? "已办结" : "办理中");
        for (const json& item : one.at("items")) {
            fmt::print("    {}  {}  {}\n", item.value("serial", ""), item.value("code", ""),
                       item.value("state", ""));
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
    if (!one.contains("fields")) return;
    fmt::print("\n");
    for (const json& field : one["fields"]) {
        fmt::print("  {:<32} {}  {}\n", field.value("field", ""), field.value("label", ""),
                   field.value("value", ""));
    }
}

void print_trace(const json& one) {
    fmt::print("{}  {}\n\n", one.value("case_number", ""), one.at("cause").value("zh", ""));
    for (const json& line : one.at("trace")) {
        fmt::print("  {}  {:<22} {:<9} {} {}\n", line.value("at", ""), line.value("event", ""),
                   line.value("party", ""), line.value("item", ""), line.value("detail", ""));
    }
}

}  // namespace

int msg_command(const MsgOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!configuration.server) return kBadUsage;
    const auto answer = ask(configuration.server->data, options);
    if (!answer) {
        fmt::print(stderr, "{} {}\n", info(answer.error().code).id, answer.error().message);
        return exit_code(answer.error().code);
    }
    const json document = json::parse(*answer);
    const bool is_empty = options.verb == "find" && document.at("cases").empty();
    if (options.json) {
        fmt::print("{}\n", *answer);
    } else if (options.verb == "find") {
        if (is_empty) fmt::print(stderr, "没有符合条件的办件\n");
        print_found(document);
    } else if (options.verb == "show") {
        print_message(document);
    } else if (options.verb == "trace") {
        print_trace(document);
    } else {
        fmt::print("{}  {}\n", document.value("id", ""), document.value("state", ""));
    }
    return is_empty ? kNotFound : kDone;
}

}  // namespace luqiao::app
