// broker/migration.h - taking an older store to the tables of this program: what that would do, and
// doing it. docs/adr/0021-migrations.md
//
// A store is opened only with the tables of the program. Each step runs in a transaction of its own
// together with the note of its version, so that it can be cut anywhere: what is left is a store of
// some version between, and the same command goes on from there.
#pragma once

#include "base/result.h"
#include "base/text.h"
#include "broker/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace luqiao::broker {

struct MigrationStep {
    int from = 0;
    int to = 0;
    Text what;
    std::uint64_t rows = 0;  ///< that it reads or copies, by what the store counts
};

struct MigrationPlan {
    int from = 0;
    int to = 0;  ///< the same: nothing is to be done
    std::vector<MigrationStep> steps;
    std::uint64_t bytes = 0;         ///< of the store
    std::uint64_t bytes_needed = 0;  ///< beside it: the snapshot, and as much for the steps
    std::optional<std::uint64_t> bytes_free;  ///< none: it lies on another machine
};

/// What `migrate_sqlite` would do. Changes nothing, also beside a broker that has the store open.
/// @errors NotFound: no such file; Corruption: not a store, or of a newer version
Result<MigrationPlan> plan_sqlite_migration(const std::string& path);

struct Migrated {
    MigrationPlan plan;
    std::string snapshot;  ///< the store as it was; empty: nothing was to be done
};

/// Copies the store to `path`.schema-N, N its version, and then runs the steps. To go back: put the
/// copy in the place of the store, and run the program it belongs to.
/// @errors as above; StoreBusy: a broker has it open; StoreFull: fewer bytes are free than needed,
/// nothing was done; StoreFailed
Result<Migrated> migrate_sqlite(const std::string& path);

/// The same for PostgreSQL. @errors StoreBusy: cannot be reached; StoreFailed; Corruption;
/// NotFound: the database has no store
Result<MigrationPlan> plan_postgres_migration(const PostgresOptions& options);

/// Runs the steps; whoever calls has a dump of the database. @errors as above; StoreBusy: a node
/// has the store open
Result<MigrationPlan> migrate_postgres(const PostgresOptions& options);

}  // namespace luqiao::broker
