// adapters/manifest_target.h - where our manifest (对账清单) of a day is put for a party that does
// not ask for it over HTTP: a file in a folder, or rows of an exchange table.
#pragma once

#include "adapters/manifest_place.h"

#include <optional>
#include <string_view>

namespace luqiao::adapters {

/// The settings `[reconcile.give]` of a party.
Spec manifest_target_spec();
/// What a Spec cannot say: a known kind that has what it needs, a name for each day, and another
/// place than `source`, that of the party's own manifests. Finding C404.
void check_manifest_target(const Section& section, const Section& source, Diagnostics& findings);
/// `[reconcile.give]` of a configuration that was checked; none: the party asks over HTTP.
std::optional<Section> manifest_target(const std::optional<Setting>& reconcile);

/// Puts a manifest there instead of what lies there of that day and direction, whole or not at all.
/// @param kind  "file" or "table"
/// @param csv   as broker::to_csv gives it
/// @errors those of Folder, TableSession and open_manifest_table
Status put_manifest(std::string_view kind,
                    const Section& section,
                    const std::filesystem::path& base_folder,
                    const ManifestWanted& wanted,
                    std::string_view csv);

}  // namespace luqiao::adapters
