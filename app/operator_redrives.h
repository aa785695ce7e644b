// app/operator_redrives.h - failures and plans to send them again, as the operator API tells them.
#pragma once

#include "app/redrive.h"

#include <string>
#include <string_view>

namespace luqiao::app {

inline constexpr std::string_view kFailures = "/operator/v1/failures";

/// `GET /operator/v1/failures`: groups of what is dead or of unknown outcome; `/{state}` those of
/// one state: dead, unknown, waiting or shelved. @return describe_failures()
/// @errors InvalidArgument: another state; those of the store
Result<std::string> list_failures(broker::Store& store, std::string_view path);

/// {"plans":[…]} of every node, those of this one first. @errors those of Redriver::all_plans
Result<std::string> list_plans(const Redriver& redriver);

/// `POST /operator/v1/redrives` with {group, rate, pause_over, actor, reason} makes a plan, which
/// sends nothing; instead of the group there may be a "delivery", or a "query" (read_question) with
/// "service" and "from" (dead, unknown, waiting or
/// shelved); "bundle" is pinned or current, "skip_present" true or false. It answers with the plan
/// and its dry run (app/redrive_preview.h). `/{id}/run`, `/pause`, `/cancel` with {actor, reason}
/// move it. @return the plan
/// @errors those of Redriver; ParseFailed: the body
Result<std::string> change_plans(Redriver& redriver, std::string_view path, std::string_view body);

}  // namespace luqiao::app
