// broker/audit.h - the chain of the audit: each row's hash covers the row before it.
#pragma once

#include "base/result.h"
#include "base/text.h"
#include "broker/store.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// What stands before the first row.
inline constexpr std::string_view kAuditStart =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// A row of something that was done. Its number and hash are the store's.
AuditEntry audit_done(Instant at, std::string actor, std::string action, std::string subject);

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

/// What is wrong with an audit.
enum class AuditFault : std::uint8_t {
    None,
    Changed,    ///< a row is not what was written
    Missing,    ///< a row is not there, others after it are
    Cut,        ///< the newest rows are not there
    Surplus,    ///< a row that was never written as the newest one
    Unvouched,  ///< no row says that those before the first went for age
    Rewritten,  ///< the anchor's row has another hash: everything up to it was written anew
};

/// "1204:66c7f0f4…", a row and its hash as somebody outside wrote them down. Who can change the
/// whole store can calculate the whole chain anew; only what they cannot reach shows it.
std::string to_anchor(const AuditHead& head);
/// @errors InvalidArgument: not a number from 1 on, ':' and 64 hexadecimal digits
Result<AuditHead> parse_anchor(std::string_view text);

/// What a check says about its anchor.
enum class AnchorState : std::uint8_t {
    None,  ///< not looked at (yet)
    Met,   ///< its row is in the chain, with its hash
    Aged,  ///< its row went for age before it was looked at: nothing can be said
};

/// How far an audit was checked, and what was found.
struct AuditCheck {
    AuditHead aged;     ///< the last row that went for age; number 0: none did
    AuditHead checked;  ///< the last row that was looked at; before the first: `aged`
    AuditHead head;     ///< the newest row when the check began
    std::optional<Instant> first_at, last_at;  ///< of the rows that were looked at
    std::uint64_t vouched_by = 0;  ///< the row that says what went for age; 0: none (yet)
    AuditFault fault = AuditFault::None;
    std::uint64_t fault_row = 0;  ///< the first that is wrong or missing
    std::optional<AuditHead> anchor = {};
    AnchorState anchor_state = AnchorState::None;
    bool is_begun = false;
    bool is_over = false;

    /// With an anchor: and it was met.
    [[nodiscard]] bool is_whole() const {
        return is_over && fault == AuditFault::None &&
               (!anchor || anchor_state == AnchorState::Met);
    }
};
/// What was found wrong, in a sentence; empty: nothing.
Text fault_text(const AuditCheck& check);

/// Goes on with a check of a store's audit (a new one has at most its anchor) for about `rows_max`
/// rows, page by page. It begins where the audit does, which the newest row about ageing has to
/// vouch for, and ends with the newest row of when it began: what is written, or goes for age,
/// meanwhile does not disturb it.
/// @errors those of the store: the check can go on from where it was
Result<AuditCheck> check_audit(Store& store, AuditCheck check, std::size_t rows_max);

/// A whole check. @return the number of the last row  @errors Corruption; those of the store
Result<std::uint64_t> verify_audit(Store& store);

}  // namespace luqiao::broker
