// app/operator_retention.h - what goes for age, and which cases are held, as the operator API tells
// it.
#pragma once

#include "app/retention.h"
#include "broker/status_report.h"
#include "broker/store.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::app {

inline constexpr std::string_view kRetention = "/operator/v1/retention";

/// What an operator asks about.
struct RetentionDesk {
    broker::Store& store;
    const AgeingRules& rules;
    Instant now{};
};

/// `GET /operator/v1/retention`: ages, what the last run did, how far it is behind, held cases;
/// with
/// `/plan` also how much is old enough now, counted up to 100000 cases.
/// @errors NotFound: the path; those of the store
Result<std::string> show_retention(const RetentionDesk& desk, std::string_view path);

/// `POST /operator/v1/retention/hold` and `/release` with {number, actor, reason}: the case loses
/// nothing, whatever its age, until it is released; a row of the audit each. Of a case whose bodies
/// are gone already "gone" says so: only the rest of it is held.
/// @errors NotFound: no such case, no such path; MissingRequired: no actor or no reason;
/// ParseFailed
Result<std::string> change_retention(const RetentionDesk& desk,
                                     std::string_view path,
                                     std::string_view body);

/// The condition "retention_behind": something should have gone days ago that is here and not held.
Result<std::optional<broker::Condition>> ageing_behind(const RetentionDesk& desk);

}  // namespace luqiao::app
