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

/// The same over the whole audit of a store, page by page. @return how many rows it has
Result<std::uint64_t> verify_audit(Store& store);

}  // namespace luqiao::broker
