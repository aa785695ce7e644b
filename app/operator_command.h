// app/operator_command.h - what every command that asks the running broker does.
#pragma once

#include "app/command_line.h"
#include "base/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace luqiao::app {

struct OperatorCommand {
    /// Asks the broker whose data folder this is.
    std::function<Result<std::string>(const std::filesystem::path& data)> ask;
    /// The answer for a person.
    std::function<void(const nlohmann::json& answer)> print;
    /// When not every answer is good; empty: kDone.
    std::function<int(const nlohmann::json& answer)> code = {};
};

/// Asks, and prints the answer: with `as_json` as it is. @return the exit code: kBadUsage for an
/// order that makes no sense, kNotFound, kConflict; kCannotReach for everything else
int run(const OperatorCommand& command, const ConfOptions& conf, bool as_json);

}  // namespace luqiao::app
