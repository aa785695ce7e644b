// broker/recon_books.h - manifests and the store: ours is read from what was delivered and
// received, a party's is kept as it gave it.
#pragma once

#include "broker/recon_manifest.h"
#include "broker/store.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// What we know of `asked.party` from `from` on and before `until`, sorted; page by page, so that
/// no more than one page of bodies is in memory.
/// @errors those of the store; LimitExceeded: more than kManifestEntriesMax
Result<std::vector<ManifestEntry>> our_entries(Store& store,
                                               const ManifestAsked& asked,
                                               Instant from,
                                               Instant until);
/// Of the whole day. @errors those of our_entries
Result<Manifest> our_manifest(Store& store, const ManifestAsked& asked);

/// Whether there is any; reads no more than one. @errors those of the store
Result<bool> has_entries(Store& store, const ManifestAsked& asked);

/// A manifest that a party gave, and how it came.
struct GivenManifest {
    Manifest manifest;
    Instant at{};
    std::string source;  ///< "http", "file", "table"
    /// The time stamp that the party signed; none: it came without one.
    std::optional<Instant> signed_at = {};
};

/// Under which a store keeps what is about a party's day: kManifestDocument gives
/// "manifest/hrss/2025-10-13/received".
std::string day_document(std::string_view kind, const ManifestAsked& asked);
/// What a name of `kind` is about; none: it is not one.
std::optional<ManifestAsked> day_of_document(std::string_view kind, std::string_view name);
inline constexpr std::string_view kManifestDocument = "manifest/";
/// What a document of kManifestDocument says before the manifest itself. @errors Corruption
struct ManifestHead {
    Instant at{};
    std::string source;
    std::optional<Instant> signed_at;
};
Result<ManifestHead> manifest_head(std::string_view document);

/// Keeps it instead of one that the party gave before, with a row of the audit; durable when it
/// returns. @errors those of the store
Status keep_manifest(Store& store, const GivenManifest& given, const std::string& actor);
/// Whether what the party signed at `signed_at` comes after what is kept: what does not was sent
/// before it, or is a request that somebody recorded and repeats. @errors Conflict: it does not;
/// those of the store, Corruption
Status check_newer(Store& store, const ManifestAsked& asked, Instant signed_at);
/// @return none: the party has not given it. @errors those of the store, Corruption
Result<std::optional<GivenManifest>> given_manifest(Store& store, const ManifestAsked& asked);

}  // namespace luqiao::broker
