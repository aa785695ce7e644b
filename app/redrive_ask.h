// app/redrive_ask.h - whether parties hold already what is to be sent again: asked of many at once,
// without pressing any party, and not for long.
#pragma once

#include "app/redrive_select.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <chrono>
#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace luqiao::app {

/// What a party says of a delivery.
enum class AtTarget : std::uint8_t {
    Yes,
    No,
    Unknown,   ///< it was asked, and did not say
    NotAsked,  ///< it cannot be asked, or the time was over
};
/// "yes", "no", "unknown": to be shown of one delivery.
std::string_view to_string(AtTarget target);

struct AskLimits {
    std::size_t at_once = 8;  ///< questions under way at one party
    /// Longest wait for one answer. A question that is not answered by then keeps its place: a
    /// party that is silent is not asked more.
    std::chrono::milliseconds answer{3'000};
    std::chrono::milliseconds all{10'000};  ///< until no more is asked or waited for
    std::stop_token stop = {};              ///< ends it at once, with what is known by then
};

/// Asks in the order of `deliveries`, whose bodies it reads from the store one by one.
/// @return as many, in that order @errors those of the store
Result<std::vector<AtTarget>> ask_parties(broker::Pipeline& pipeline,
                                          broker::Store& store,
                                          std::span<const broker::StoredDelivery> deliveries,
                                          const AskLimits& limits);

/// Asks about one, with its body; calls `done` once, perhaps before it returns. @return false: the
/// party cannot be asked, and `done` is not called
bool ask_party(broker::Pipeline& pipeline,
               const broker::StoredDelivery& delivery,
               std::function<void(Result<broker::Holding>)> done);

}  // namespace luqiao::app
