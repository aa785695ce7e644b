// app/search_key.h - the key of the terms by which cases are found.
#pragma once

#include "broker/search.h"
#include "broker/store.h"

#include <filesystem>
#include <memory>

namespace luqiao::app {

/// Reads `keys`/search.key; makes it when the store has no terms yet. The store keeps what tells
/// one key from another, so that a node with another key does not write terms that nobody finds.
/// @errors NotFound: the store was written with a key that is not there; Conflict: with another;
/// InvalidArgument: too short; Unavailable: cannot be written; those of the store
Result<std::shared_ptr<const broker::SearchKey>> open_search_key(const std::filesystem::path& keys,
                                                                 broker::Store& store);

}  // namespace luqiao::app
