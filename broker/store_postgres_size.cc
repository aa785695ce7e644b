#include "broker/store_postgres_size.h"

#include "broker/store_postgres_connection.h"

namespace luqiao::broker {
namespace {

constexpr PgStatement kDatabaseSize{"size", "SELECT pg_database_size(current_database())"};

}  // namespace

DatabaseBytes postgres_bytes(const PostgresOptions& options) {
    return [connection = std::make_shared<PgConnection>(
                options, PgConnection::Greet{})]() -> Result<std::uint64_t> {
        LQ_TRY(const PgRows rows, connection->run(kDatabaseSize));
        return static_cast<std::uint64_t>(rows.integer(0, 0));
    };
}

}  // namespace luqiao::broker
