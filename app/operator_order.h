// app/operator_order.h - what all orders of an operator about a case have in common: a body that
// says who and why, a command to the case, an answer once that is durable.
#pragma once

#include "base/result.h"
#include "broker/pipeline.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace luqiao::app {

/// The body of an order, an object that has `actor`, `reason` and what else is `needed`.
/// @errors ParseFailed: no JSON object; MissingRequired: one of them is not there or no text
Result<nlohmann::json> read_order(std::string_view body, std::initializer_list<const char*> needed);

Error no_such_case();
Error no_such_path();

/// Called once, from any thread.
using OrderDone = std::function<void(Result<std::string>)>;

/// Hands the command over, and tells `done` what `answer` gives once it is durable, or why it is
/// not. @errors those of the case; Overloaded: too much waits
void give_order(broker::Pipeline& pipeline,
                Result<broker::Command> command,
                std::function<Result<std::string>(const CaseId&)> answer,
                const OrderDone& done);

}  // namespace luqiao::app
