// broker/audit.h - the chain of the audit: each row's hash covers the row before it.
#pragma once

#include "base/result.h"
#include "broker/store.h"

#include <span>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// What stands before the first row.
inline constexpr std::string_view kAuditStart =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of `entry` after a row with the hash `previous`, 64 hexadecimal digits:
///
///     SM3( previous ‖ number:u64 ‖ at:i64 ‖ for each of actor, action, outcome, subject:
///          size:u64 ‖ bytes )          integers big-endian; at in milliseconds since 1970
///
/// The sizes keep two fields from passing for one another.
std::string audit_hash(std::string_view previous, const AuditEntry& entry);

/// Checks that `entries`, oldest first, follow one another without a gap and are as they were
/// written. Their first follows `previous`; for a tail that does not begin at row 1, give the hash
/// of the row before it.
/// @errors Corruption: names the first row that is missing or was changed
Status verify_audit(std::span<const AuditEntry> entries, std::string_view previous = kAuditStart);

/// What a row says that stands for rows which went for age: "1-400 HASH", the last of them.
inline constexpr std::string_view kAuditExpired = "retention.audit";
std::string audit_expiry_subject(std::uint64_t first, const AuditHead& last);
/// Of "400 HASH", as stores keep where an audit begins.
AuditHead audit_start_of(const std::string& text);

/// The same over the whole audit of a store, page by page, from where it begins: rows that went for
/// age are vouched for by the newest row that says so. @return the number of its last row
Result<std::uint64_t> verify_audit(Store& store);

}  // namespace luqiao::broker
