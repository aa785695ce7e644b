// app/server_settings.h - what luqiao.toml says of one server.
#pragma once

#include "app/attachment_folder.h"
#include "app/open_store.h"
#include "base/diagnostic.h"
#include "base/settings.h"
#include "broker/retention.h"

#include <filesystem>
#include <string>

namespace luqiao::app {

/// How one server runs: luqiao.toml.
struct ServerSettings {
    std::string node;
    std::size_t nodes = 1;       ///< that share the store
    std::filesystem::path data;  ///< store, exchange folders; relative paths of parties start here
    std::filesystem::path keys;  ///< key files, one per party key; never below conf/
    StoreSettings store;
    AttachmentSettings attachments;
    broker::RetentionAges retention;
    std::filesystem::path hash_key;  ///< key file of keyed_hash; empty: none
    Setting http;                    ///< of the adapter's inlet Spec
    Setting thrift;
    Duration lease_time{0};
    std::uint64_t disk_reserve = 0;  ///< bytes
};

/// What luqiao.toml may say.
const Spec& server_spec();

/// Everything that is wrong is added to `findings`.
ServerSettings read_server_settings(const Setting& document, Diagnostics& findings);

}  // namespace luqiao::app
