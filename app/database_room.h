// app/database_room.h - the room that a database has left of `store_size_max`, known without
// waiting for it.
#pragma once

#include "app/open_store.h"
#include "app/periodic.h"
#include "broker/space.h"
#include "broker/store_postgres_size.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace luqiao::app {

/// Remembers what was asked last: whoever takes a message asks nobody. While the database is away
/// the last word holds, and the store says what is wrong.
class DatabaseRoom {
public:
    DatabaseRoom(broker::DatabaseBytes bytes, std::uint64_t size_max);

    /// Asks the database; of one thread. @errors those of broker::postgres_bytes
    Status look();
    /// Of the last look; from any thread. @errors Unavailable: there was none yet
    [[nodiscard]] Result<std::uint64_t> free() const;

private:
    const broker::DatabaseBytes bytes_;
    const std::uint64_t size_max_;
    std::atomic<std::uint64_t> used_;
};

/// nullptr: the settings watch no database. Was looked at once, if it could be asked.
/// @errors those of database_options
Result<std::unique_ptr<DatabaseRoom>> open_database_room(const StoreSettings& settings);

/// Looks every ten seconds; a node writes 200 MB in that time at most, which is what the reserve is
/// for. All outlive it. nullptr without a room.
std::unique_ptr<Periodic> start_looking(DatabaseRoom* room, const broker::Pipeline& pipeline);

}  // namespace luqiao::app
