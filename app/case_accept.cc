#include "app/case_commands.h"
#include "app/operator_api.h"
#include "app/operator_command.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

using nlohmann::json;

Result<std::string> accept(const std::filesystem::path& data, const CaseAcceptOptions& options) {
    JsonWriter said;
    said.begin_object()
        .field("state", options.state)
        .field("item", options.item)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    return tell_operator(data, fmt::format("/operator/v1/cases/{}/accept", options.number),
                         said.take());
}

void print_answer(const json& answer) {
    fmt::print("{}  已采纳\n", answer.value("case_number", ""));
    for (const json& item : answer.at("items")) {
        fmt::print("    {}  {}\n", item.value("serial", ""), item.value("state", ""));
    }
    for (const json& alert : answer.at("alerts")) {
        fmt::print("    注意  {}  {}\n", alert.value("code", ""), alert.value("item", ""));
    }
}

}  // namespace

int case_accept_command(const CaseAcceptOptions& options) {
    return run(
        {.ask = [&](const auto& data) { return accept(data, options); }, .print = print_answer},
        options.conf, options.json);
}

}  // namespace luqiao::app
