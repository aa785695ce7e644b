// broker/store_postgres_size.h - how large a PostgreSQL store has become. The free disk of a server
// only its superuser may ask for; a database's own size anybody who may connect to it.
#pragma once

#include "base/result.h"
#include "broker/store.h"

#include <cstdint>
#include <functional>

namespace luqiao::broker {

/// Bytes of all files of the database, without the server's log (WAL); of one thread. The server
/// looks at every file for it, some milliseconds. @errors those of a store that is away
using DatabaseBytes = std::function<Result<std::uint64_t>()>;

/// Asks on a connection of its own, made at the first question: a slow answer holds up neither who
/// reads nor who writes.
DatabaseBytes postgres_bytes(const PostgresOptions& options);

}  // namespace luqiao::broker
