// app/operator_deliveries.h - what an operator decides about one delivery.
#pragma once

#include "app/operator_order.h"
#include "base/result.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <string>
#include <string_view>

namespace luqiao::app {

inline constexpr std::string_view kDeliveries = "/operator/v1/deliveries/";

/// `path` is kDeliveries + "ID/arrived" (the party has it) or "ID/shelve" (its line goes on without
/// it); `body` {"actor","reason"}, both needed: they stand in the audit, in the transaction of the
/// change, and the reason in the case's timeline. Calls `done` once, from any thread, with
/// {"id","case_number","state"} when it is durable.
/// @errors NotFound, MissingRequired, ParseFailed, Overloaded; Conflict: not from its state; those
/// of the store
void decide_delivery(broker::Store& store,
                     broker::Pipeline& pipeline,
                     std::string_view path,
                     std::string_view body,
                     const OrderDone& done);

}  // namespace luqiao::app
