// app/attachment_folder.h - where this node keeps attachments, and who clears it.
#pragma once

#include "app/periodic.h"
#include "base/settings.h"
#include "broker/attachments.h"
#include "broker/blobs.h"
#include "broker/store.h"

#include <filesystem>
#include <memory>

namespace luqiao::app {

/// `[attachments]` of luqiao.toml.
struct AttachmentSettings {
    /// Relative ones start at the data folder; empty: this node keeps none. A shared store needs a
    /// folder that the file names.
    std::filesystem::path folder;
    std::uint64_t size_max = 0;
    std::uint64_t party_max = 0;
    broker::AttachmentOptions desk;
    bool operator==(const AttachmentSettings&) const = default;
};

const Spec& attachment_spec();

/// @param server  the whole file. Findings, beside C110-C112: C401 a class, C404 a number or time
/// out of range.
AttachmentSettings read_attachment_settings(const Section& server,
                                            bool is_store_shared,
                                            Diagnostics& findings);

/// C515: a right asks for attachments where this node keeps none.
void check_attachment_rights(const AttachmentSettings& settings,
                             const broker::Realm& realm,
                             Diagnostics& findings);

/// Opens the folder. One that nodes share has a file `.folder-id`, and their store the same id: a
/// node with another folder would not find what the others took.
/// @errors Conflict: the folder is not that of the store; StoreFailed; those of the store
Result<std::unique_ptr<broker::Blobs>> open_attachment_folder(const AttachmentSettings& settings,
                                                              const std::filesystem::path& data,
                                                              std::uint64_t disk_reserve,
                                                              broker::Store& store,
                                                              Clock now);

/// Removes what is no longer needed, some minutes after the start and then every six hours.
/// Both outlive it.
std::unique_ptr<Periodic> start_attachment_sweep(broker::AttachmentDesk& desk,
                                                 const broker::Pipeline& pipeline);

}  // namespace luqiao::app
