// broker/delivery_time.h - what the time of a delivery's row means, alike in every store.
#pragma once

#include "broker/case.h"

namespace luqiao::broker {

/// Whether a change between these states brings a time: Pending and Waiting not before it, Unknown
/// and Dead since it, and the first of Delivered and Answered when the party took it. An answer to
/// what has arrived leaves the time of its arrival.
inline bool takes_time(DeliveryState from, DeliveryState to) {
    return to == DeliveryState::Pending || to == DeliveryState::Waiting ||
           to == DeliveryState::Unknown || to == DeliveryState::Dead ||
           (has_arrived(to) && !has_arrived(from));
}

}  // namespace luqiao::broker
