#include "app/case_commands.h"
#include "app/operator_api.h"
#include "app/operator_command.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

using nlohmann::json;

Result<std::string> settle(const std::filesystem::path& data, const CaseSettleOptions& options) {
    JsonWriter said;
    said.begin_object()
        .field("code", options.code)
        .field("item", options.item)
        .field("actor", options.actor)
        .field("reason", options.reason)
        .end_object();
    return tell_operator(data, fmt::format("/operator/v1/cases/{}/settle", options.number),
                         said.take());
}

void print_settled(const json& answer) {
    fmt::print("{}  已了结\n", answer.value("case_number", ""));
    for (const json& alert : answer.at("alerts")) {
        fmt::print("    注意  {}  {}\n", alert.value("code", ""), alert.value("item", ""));
    }
}

}  // namespace

int case_settle_command(const CaseSettleOptions& options) {
    return run(
        {.ask = [&](const auto& data) { return settle(data, options); }, .print = print_settled},
        options.conf, options.json);
}

}  // namespace luqiao::app
