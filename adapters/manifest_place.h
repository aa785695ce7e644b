// adapters/manifest_place.h - where manifests (对账清单) of a party lie, theirs or ours: files of a
// folder, or rows of an exchange table.
#pragma once

#include "adapters/table.h"
#include "base/result.h"
#include "base/settings.h"
#include "base/time.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::adapters {

/// Which manifest is meant.
struct ManifestWanted {
    std::string party;
    Date day{};
    std::string of;  ///< "received" or "sent"
};

/// The settings of a place: `folder` and `name`; `database`, `busy_timeout`, `table` and the names
/// of its columns.
/// @param name, table  what they are called when nothing is said
std::vector<SettingField> manifest_place_fields(std::string_view name, std::string_view table);

/// Of `kind`, "file" or "table", what it cannot do without; and that `daily` and `daily_after`
/// beside it can be meant. Finding C404.
void check_manifest_place(const Section& section, std::string_view kind_key, Diagnostics& findings);

/// Under which name the file of a day lies.
std::string manifest_file_name(const Section& section, const ManifestWanted& wanted);

/// An open table, with the catalogue's names of it and of its columns, quoted.
struct ManifestTable {
    std::unique_ptr<TableSession> session;
    std::string table, day, of, key, sm3;
};
/// @errors those of TableSession; InvalidArgument: there is no such table, or it lacks a column
Result<ManifestTable> open_manifest_table(const Section& section,
                                          const std::filesystem::path& base_folder);

}  // namespace luqiao::adapters
