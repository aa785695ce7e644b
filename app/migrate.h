// app/migrate.h - taking the store of a configuration along to the tables of this program.
#pragma once

#include "app/configuration.h"
#include "broker/migration.h"

#include <string>

namespace luqiao::app {

/// How the state before is kept.
enum class Snapshot : std::uint8_t {
    Take,   ///< SQLite: a copy beside it; PostgreSQL: pg_dump into the data folder
    Taken,  ///< PostgreSQL: the operator has a dump
};

/// @errors those of broker/migration.h
Result<broker::MigrationPlan> plan_migration(const ServerSettings& server);

/// Keeps the state before, then runs the steps. Nothing is changed when it cannot be kept.
/// @errors those of broker/migration.h; Unavailable: pg_dump failed, says what to do instead
Result<broker::Migrated> run_migration(const ServerSettings& server, Snapshot snapshot);

/// How to go back to the program before, in both languages.
Text way_back(const ServerSettings& server, const broker::Migrated& done);

}  // namespace luqiao::app
