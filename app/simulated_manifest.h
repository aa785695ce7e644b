// app/simulated_manifest.h - what a simulated party says it has of a day, out of its journal.
#pragma once

#include "app/command_line.h"
#include "app/configuration.h"
#include "broker/recon_manifest.h"

#include <filesystem>

namespace luqiao::app {

/// What the journal says was received on `asked.day`, each id once.
/// @errors those of read_file
Result<broker::Manifest> journal_manifest(const std::filesystem::path& journal,
                                          const broker::ManifestAsked& asked);

/// Gives the manifest of the day `options.manifest` the way the party gives it: over HTTP, as a
/// file, as rows of a table.
/// @errors BadValue: no day; those of the way
Status give_simulated_manifest(const Configuration& configuration,
                               const broker::Party& party,
                               const SimulateOptions& options);

}  // namespace luqiao::app
