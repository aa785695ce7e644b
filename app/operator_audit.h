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

/// `POST /operator/v1/audit/verify`: begins with {}, or with {"anchor": "ROW:HASH"} for a chain
/// that has to contain that row with that hash, and goes on with the last answer, some ten thousand
/// rows a call, until one says "over"; that one is a row of the audit. Answers with the rows that
/// were checked, the head, what went for age and which row vouches for it, the first row that is
/// wrong ("fault"), where the audit ends now in the form of an anchor ("end"), and what became of
/// the anchor: "met", or "aged" when its row went for age, of which nothing can be said.
/// @errors InvalidArgument: the anchor; ParseFailed: the body is no such answer; MissingRequired:
/// nobody asks; those of the store
Result<std::string> verify_audit_on(const AuditDesk& desk, std::string_view body);

}  // namespace luqiao::app
