// app/redrive_select.h - which deliveries a plan sends again, page by page.
#pragma once

#include "base/result.h"
#include "broker/store.h"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::app {

/// What a plan can send again: given up, of unknown outcome, waiting for its next attempt, or set
/// aside.
inline constexpr std::array kRedrivable{broker::DeliveryState::Dead, broker::DeliveryState::Unknown,
                                        broker::DeliveryState::Waiting,
                                        broker::DeliveryState::Shelved};
/// What goes on by nobody but an operator, and counts as failed (broker/search.h).
inline constexpr std::array kStanding{broker::DeliveryState::Dead, broker::DeliveryState::Unknown};

/// One delivery; or those of a group of failures; or those of the cases that a question finds. An
/// empty text takes any.
struct Selection {
    broker::DeliveryState from = broker::DeliveryState::Dead;  ///< one of kRedrivable
    std::string party, map, cause;
    std::string delivery;                    ///< only this one
    std::optional<broker::CaseQuery> cases;  ///< only of these; holds hashes, no names or numbers
    std::string service;                     ///< only of cases of this service
    std::string case_number;                 ///< only of this case
    /// Only what was so before; of Waiting, what first failed before: when it is due next says
    /// nothing of the past.
    Instant before{};
};

/// How far one has gone through a selection. What was taken is no longer in it sooner or later;
/// until then it is skipped here.
struct Cursor {
    std::optional<std::pair<Instant, DeliveryId>> after;  ///< of a group: the last that was taken
    std::optional<CaseId> before;                         ///< of cases: the last that was finished
    std::set<DeliveryId> taken;                           ///< of those of the page
};

struct Page {
    std::vector<broker::StoredDelivery> deliveries;  ///< not taken yet; perhaps without bodies
    std::optional<CaseId> last_case;                 ///< of cases: when all these are taken
    bool is_last = false;                            ///< nothing comes behind it
};

/// What comes next; the same again until `take` or `finish` moves the cursor.
/// @errors those of the store
Result<Page> look(broker::Store& store, const Selection& selection, const Cursor& cursor);
/// Whether one of a page is still to be sent: what waits, and failed for the first time since the
/// plan was made or sent it again, is not. @errors those of the store
Result<bool> is_left(broker::Store& store,
                     const Selection& selection,
                     const broker::StoredDelivery& delivery);
/// One of the page was taken, or is not left.
void take(Cursor& cursor, const broker::StoredDelivery& delivery);
/// All of the page were taken.
void finish(Cursor& cursor, const Page& page);

/// How many deliveries it has. @errors LimitExceeded: over 100,000; those of the store
Result<std::uint64_t> count(broker::Store& store, const Selection& selection);

}  // namespace luqiao::app
