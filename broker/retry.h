// broker/retry.h - when a failed delivery is tried again.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "broker/step.h"

#include <cstdint>

namespace luqiao::broker {

/// How long to wait after the `attempt`-th failure (from 1): first·2^(attempt-1), at most `most`,
/// less up to a quarter. What is taken off follows from the id and the attempt, so that parties
/// that come back are not stormed by everybody at once and a test can say when.
/// @return in (0, most]
Duration retry_delay(const RetryPolicy& policy, const DeliveryId& id, std::uint32_t attempt);

}  // namespace luqiao::broker
