// app/open_store.h - where a node keeps everything: a SQLite file of its own, or a PostgreSQL
// database that several nodes share.
#pragma once

#include "base/settings.h"
#include "broker/store.h"

#include <filesystem>
#include <memory>
#include <string>

namespace luqiao::app {

/// `store`, `store_password`, `durability` and `store_size_max` of luqiao.toml.
struct StoreSettings {
    std::filesystem::path file;      ///< of SQLite; empty: it is PostgreSQL
    std::string url;                 ///< "postgresql://…", never with a password in it
    std::filesystem::path password;  ///< its key file; empty: as libpq finds it
    broker::PostgresOptions::Durability durability = broker::PostgresOptions::Durability::Standby;
    std::uint64_t size_max = 0;  ///< bytes of the database; 0: not watched (app/database_room.h)
    bool operator==(const StoreSettings&) const = default;

    [[nodiscard]] bool is_shared() const { return !url.empty(); }
};

/// Reads them from a Section of luqiao.toml. Findings: C003 a URL with a password in it, C004
/// another word for `durability`.
StoreSettings read_store_settings(const Section& section, Diagnostics& findings);

/// How the PostgreSQL store of these settings is reached, by `node`. @errors NotFound: the
/// password's file
Result<broker::PostgresOptions> database_options(const StoreSettings& settings,
                                                 const std::string& node);

/// Opens the store for `node`, making an empty one where there is none.
/// @errors those of open_sqlite_store and open_postgres_store; NotFound: the password's file
Result<std::unique_ptr<broker::Store>> open_store(const StoreSettings& settings,
                                                  const std::string& node);

}  // namespace luqiao::app
