// app/service_versions.h - definitions of services that cases began with, kept in the store, so
// that those cases finish on them whatever becomes of the files in conf/services.
#pragma once

#include "app/configuration.h"
#include "broker/store.h"

#include <filesystem>
#include <vector>

namespace luqiao::app {

/// Loads the folder together with the definitions that the store keeps. One that the folder has no
/// more and that does not fit the new rules (it names a map that is gone), or that the folder says
/// otherwise, is left out when no case needs it: no open case began with it, and `in_force`
/// (nullptr: at a start, before anything comes in) offers it no more.
/// @errors those of the store
Result<Configuration> load_with_kept(const std::filesystem::path& folder,
                                     const std::vector<std::filesystem::path>& overlays,
                                     broker::Store& store,
                                     const broker::Realm* in_force);

/// What a node starts with: the realm of `configuration`, with retired versions when the store has
/// any. Keeps its definitions.
/// @errors Conflict: cases need what conf/ lacks or says otherwise, every finding in the message;
///         those of the store
Result<std::shared_ptr<const broker::Realm>> realm_at_start(const Configuration& configuration,
                                                            broker::Store& store);

/// Keeps the definitions of `configuration` that the store has not yet. Before the first case of
/// theirs, so that every case has its definition, also on other nodes of the same store.
/// @errors those of the store
Status keep_services(broker::Store& store, const Configuration& configuration);

}  // namespace luqiao::app
