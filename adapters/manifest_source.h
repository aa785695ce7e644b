// adapters/manifest_source.h - where a party's manifest (对账清单) of a day is fetched: a file in a
// folder, or rows of an exchange table. A party that puts it over HTTP is not asked.
#pragma once

#include "adapters/manifest_place.h"

#include <optional>

namespace luqiao::adapters {

/// The settings `[reconcile]` of a party.
Spec manifest_source_spec();
/// What a Spec cannot say: a known source that has what it needs. Finding C404.
void check_manifest_source(const Section& section, Diagnostics& findings);
/// `[reconcile]` of a configuration that was checked; none: the party puts it over HTTP.
Section manifest_source(const std::optional<Setting>& reconcile);

/// Which file fetch_manifest would read now, when that can be told without reading it: another text
/// is another file. Empty: it is no file, or is not there.
std::string manifest_stamp(const Section& section,
                           const std::filesystem::path& base_folder,
                           const ManifestWanted& wanted);

/// The manifest as text (broker/recon_manifest.h). @return none: it is not there (yet), or the
/// party puts it over HTTP
/// @errors those of Folder and open_manifest_table
Result<std::optional<std::string>> fetch_manifest(const Section& section,
                                                  const std::filesystem::path& base_folder,
                                                  const ManifestWanted& wanted);

}  // namespace luqiao::adapters
