// app/operator_audit.h - whether the chain of the audit is whole, as the operator API tells it.
#pragma once

#include "broker/store.h"

#include <string>
#include <string_view>

namespace luqiao::app {

inline constexpr std::string_view kAuditVerify = "/operator/v1/audit/verify";

/// Who has it checked, and when.
struct AuditDesk {
    broker::Store& store;
    std::string actor;
    Instant now{};
};

/// `POST /operator/v1/audit/verify`: begins with {} and goes on with the last answer, some ten
/// thousand rows a call, until one says "over"; that one is a row of the audit. Answers with the
/// rows that were checked, the head, what went for age and which row vouches for it, and the first
/// row that is wrong ("fault").
/// @errors ParseFailed: the body is no such answer; MissingRequired: nobody asks; those of the
/// store
Result<std::string> verify_audit_on(const AuditDesk& desk, std::string_view body);

}  // namespace luqiao::app
