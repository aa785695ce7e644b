// app/operator_answers.h - an operator accepts an answer that contradicts a decision.
#pragma once

#include "app/operator_order.h"
#include "base/result.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <string>
#include <string_view>

namespace luqiao::app {

/// Of the end of a path under /operator/v1/cases/.
inline constexpr std::string_view kAccept = "/accept";

/// `place` is "NUMBER/accept"; `body` {"state","item","actor","reason"}, all but the item needed:
/// `state` is what the answer says. Actor and reason stand in the audit, in the transaction of the
/// change, and the reason in the case's timeline. Calls `done` once, from any thread, with
/// case_after_order() when it is durable; a second time with the same.
/// @errors NotFound: the case, or no answer contradicts what stands, or its message is gone;
/// Conflict: it says another state, is older than what stands, or several items have one;
/// MissingRequired, BadValue: no state; ParseFailed, Overloaded; those of the store
void accept_answer(broker::Store& store,
                   broker::Pipeline& pipeline,
                   std::string_view place,
                   std::string_view body,
                   const OrderDone& done);

}  // namespace luqiao::app
