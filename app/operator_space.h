// app/operator_space.h - what an operator is told of the room that the store has.
#pragma once

#include "base/json.h"
#include "broker/pipeline.h"
#include "broker/status_report.h"

#include <optional>
#include <vector>

namespace luqiao::app {

/// What is known of the store's room.
struct StoreRoom {
    broker::Space space;
    std::optional<Instant> full_since;  ///< none: the store takes what is written
    bool is_shared = false;             ///< a PostgreSQL database
};

StoreRoom room_of(const broker::Pipeline& pipeline, const broker::Store& store);

/// Both urgent, and over by themselves: "disk_low" while no message is taken because the reserve is
/// touched; "store_full" since the store itself said that it is full, until something is written.
std::vector<broker::Condition> conditions_of(const StoreRoom& room);

/// Into the object being written, if the room is watched:
/// "disk":{"free","reserve","accepts"[,"code","since"]}
void write_room(JsonWriter& json, const StoreRoom& room);

}  // namespace luqiao::app
