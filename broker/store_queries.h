// broker/store_queries.h - what operators ask a store: failures by their fingerprint, cases by what
// is known of them.
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "broker/case.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// Deliveries that failed alike: same party, map and cause (the error's id, and behind a space the
/// rule that failed, when one did).
struct FailureGroup {
    std::string party;
    std::string map;
    std::string cause;
    std::uint64_t count = 0;
    /// due_at of the first and of the last; of Shelved: since when it was given up.
    Instant oldest{};
    Instant newest{};
    bool operator==(const FailureGroup&) const = default;
};

/// Which failed deliveries; an empty text takes any.
struct FailureQuery {
    DeliveryState state = DeliveryState::Dead;  ///< or Unknown, Waiting, Shelved
    std::string party = {};
    std::string map = {};
    std::string cause = {};
    /// Only what comes after this one in the order of due_at and id: the next page.
    std::optional<std::pair<Instant, DeliveryId>> after = std::nullopt;
    std::size_t limit = 100;
};

/// What went to one party, or came from it, at or after `from` and before `until`.
template <class IdType>
struct TrafficQuery {
    std::string party;
    Instant from{};
    Instant until{};
    /// Only what comes after this one in the order of time and id: the next page.
    std::optional<std::pair<Instant, IdType>> after = std::nullopt;
    std::size_t limit = 500;
};

/// What the page comes after; no id is all zeros.
template <class IdType>
std::pair<Instant, IdType> page_start(const TrafficQuery<IdType>& query) {
    return query.after ? *query.after : std::pair(query.from, IdType{});
}

/// Which kept documents: one page in the order of their names.
struct DocumentQuery {
    std::string prefix;  ///< of their names, not empty
    std::string after = {};
    std::size_t limit = 500;
};

/// Which cases. Terms are keyed hashes of what a case can be found by (broker/search.h): the store
/// never sees the values.
struct CaseQuery {
    std::vector<std::uint64_t> terms;             ///< all of them; none: any case
    std::optional<Instant> from = std::nullopt;   ///< accepted at or after
    std::optional<Instant> until = std::nullopt;  ///< accepted before
    std::optional<bool> decided = std::nullopt;
    std::optional<CaseId> before = std::nullopt;  ///< last of the page before: only what follows it
    std::size_t limit = 50;
    /// Entries of the index and cases that may be looked at, when somebody waits for the answer;
    /// PostgreSQL has its statement timeout for it.
    std::size_t looks_most = SIZE_MAX;
};

/// A search that was given up so that others are not held up.
inline Error too_wide() {
    return fail(
        Errc::LimitExceeded,
        "要查看的太多，已停止：请缩短时间段，或加条件 | the search goes through too much and was "
        "ended: ask for a shorter time, or for more that a case must have");
}

struct FoundCase {
    CaseId id;
    std::string number;
    Instant accepted_at{};
    bool decided = false;
    std::optional<Instant> decided_at = std::nullopt;
    bool operator==(const FoundCase&) const = default;
};

}  // namespace luqiao::broker
