// broker/recon.h - two-sided reconciliation (对账): what we say of one party's day, what the party
// says, and what differs. Pure: no clock, no store.
//
// Which day. A message belongs to the day in China on which we know it arrived: a delivery by when
// the party took it, a message of the party by when it was accepted. The party goes by its own
// clock, and what is on its way at midnight may stand in the next day at the other side: within
// `grace` of midnight it is looked for in the neighbouring days of both sides first, and at the end
// of a day it is in transit, no difference, until the party has given the next day too.
//
// The life of a difference:
//
//     Open --redriven--> Redriven --the party took it again--> Settled
//      | ^                  |
//      | +--given up--------+        Open, Held --accepted with a reason--> Accepted
//      +--held with a reason--> Held --redriven--> Redriven
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/text.h"
#include "base/time.h"
#include "broker/case.h"
#include "security/digest.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// Which way the messages of a manifest went, in the party's words.
enum class ManifestOf : std::uint8_t {
    Received,  ///< what the party took from us
    Sent,      ///< what we took from the party
};
std::string_view to_string(ManifestOf of);  ///< "received", "sent"
std::optional<ManifestOf> parse_manifest_of(std::string_view word);

/// One message. The key is a hash, so that a manifest says nothing about people.
struct ManifestEntry {
    security::Sm3 key{};                  ///< SM3 of the business key (recon_manifest.h)
    std::optional<security::Sm3> digest;  ///< SM3 of the bytes; none: the party cannot say
    std::optional<DeliveryId> delivery;   ///< when the key was given in clear
    Instant at{};                         ///< when it arrived; of a party's entry it says nothing
    std::optional<CaseId> case_id = {};   ///< whose message it is; a party's entry does not say
    bool operator==(const ManifestEntry&) const = default;
};

/// What one side says it has of one day.
struct Manifest {
    std::string party;
    Date day{};
    ManifestOf of = ManifestOf::Received;
    std::vector<ManifestEntry> entries;  ///< by key, each once: see `sort`
    bool operator==(const Manifest&) const = default;
};

/// Most entries of a manifest, ours or theirs.
inline constexpr std::size_t kManifestEntriesMax = 200'000;

/// Brings entries into the order of their keys. @return the key that stands twice, if one does
std::optional<security::Sm3> sort(std::vector<ManifestEntry>& entries);

/// What two people can compare by telephone.
struct ManifestTotals {
    std::uint64_t count = 0;
    /// SM3 over key ‖ digest of each entry in the order of keys; a missing digest is 32 zeros.
    std::string sm3;
    bool operator==(const ManifestTotals&) const = default;
};
ManifestTotals totals(std::span<const ManifestEntry> entries);

/// The three classes.
enum class DifferenceKind : std::uint8_t {
    OursOnly,    ///< 我有他无: the party says nothing of what we know it has
    TheirsOnly,  ///< 他有我无: it says it has what we do not know of
    Unequal,     ///< 不一致: the same key with other bytes
};
std::string_view to_string(DifferenceKind kind);  ///< "ours_only", "theirs_only", "unequal"
std::optional<DifferenceKind> parse_difference_kind(std::string_view word);
Text label(DifferenceKind kind);

struct Difference {
    DifferenceKind kind = DifferenceKind::OursOnly;
    security::Sm3 key{};
    std::optional<security::Sm3> ours, theirs;  ///< digests
    std::optional<DeliveryId> delivery;         ///< when either side names it
    Instant at{};                               ///< when it arrived, as we know it
    std::optional<CaseId> case_id = {};         ///< whose message it is; none: we have none
    bool operator==(const Difference&) const = default;
};

/// Compares two sorted lists, in one pass. A digest that one side does not say is not compared.
/// @return by key, each once; compare(a, b) is compare(b, a) with sides changed
std::vector<Difference> compare(std::span<const ManifestEntry> ours,
                                std::span<const ManifestEntry> theirs);

/// Both sides of one day, and what lies beside it. All lists are sorted.
struct DayView {
    Date day{};
    Duration grace{};
    std::span<const ManifestEntry> ours;
    std::span<const ManifestEntry> theirs;
    std::span<const ManifestEntry> ours_near;  ///< within `grace` outside of the day
    std::span<const ManifestEntry> theirs_before, theirs_after;  ///< of the days beside it
    bool knows_after = false;  ///< whether the party has given the day after
};

struct Comparison {
    std::vector<Difference> differences;
    std::uint64_t matched = 0;     ///< on both sides, in this day or beside it
    std::uint64_t without = 0;     ///< of these, those compared by key alone
    std::uint64_t in_transit = 0;  ///< ours at the end of the day; the next day tells
    bool operator==(const Comparison&) const = default;
};

/// `compare`, with what stands beside midnight found where it is.
Comparison compare_day(const DayView& view);

enum class DifferenceState : std::uint8_t { Open, Redriven, Held, Accepted, Settled };
std::string_view to_string(DifferenceState state);  ///< "open", …
std::optional<DifferenceState> parse_difference_state(std::string_view word);
Text label(DifferenceState state);

/// Whether an operator may bring a difference from one state into another.
/// @errors Conflict: not from there, or not of this class: only what we sent can be sent again
Status may_settle(DifferenceState from, DifferenceState to, DifferenceKind kind, ManifestOf of);

/// What is known of a delivery that was sent again for a difference.
struct Resent {
    Instant ordered_at{};
    DeliveryState state = DeliveryState::Pending;
    Instant since{};  ///< StoredDelivery::due_at
};
/// Settled once it arrived after the order; Open again when it was given up, or when a minute later
/// nothing has come of the order (its node died).
DifferenceState state_of_resent(const Resent& what, Instant now);

}  // namespace luqiao::broker
