// app/map_uses.h - which party uses which map, and in which direction: from parties and services.
#pragma once

#include "broker/realm.h"

#include <vector>

#include "authoring/lineage.h"

namespace luqiao::app {

/// Every use, once: rights to submit, replies, dispatches, supplements and notices.
std::vector<authoring::MapUse> map_uses(const broker::Realm& realm);

}  // namespace luqiao::app
