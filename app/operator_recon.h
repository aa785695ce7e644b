// app/operator_recon.h - daily reconciliation, as the operator API tells it.
#pragma once

#include "app/recon.h"

#include <string>
#include <string_view>

namespace luqiao::app {

inline constexpr std::string_view kReconPath = "/operator/v1/recon";

/// `GET /operator/v1/recon` lists the runs over days of this month, `/{month}` of another
/// (2025-10);
/// `/{party}/{day}/{of}` shows one. `of` is received or sent.
/// @errors those of Reconciler; NotFound, InvalidArgument: the path
Result<std::string> show_recon(Reconciler& reconciler, std::string_view path);

/// `POST /operator/v1/recon/{party}/{day}/{of}/run` with {actor}, `/statement` with {actor}, and
/// `/settle` with {to, key, class, dry_run, actor, reason}, to being redriven, held or accepted.
/// @errors those of Reconciler; ParseFailed: the body
Result<std::string> change_recon(Reconciler& reconciler,
                                 std::string_view path,
                                 std::string_view body);

}  // namespace luqiao::app
