// tests/postgres_server.h - a PostgreSQL server of a test's own: in a temporary folder, on a
// socket in it (a port could be another's by then), as an unprivileged user, ended by its process
// id.
#pragma once

#include "broker/store.h"

#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace luqiao::tests {

/// Needs Debian's package postgresql-15; does not need, and never touches, a cluster of the system.
class PostgresServer {
public:
    /// A new, durable primary. `standbys`: its synchronous_standby_names, empty for none.
    /// @errors Unavailable: says which program failed
    static Result<std::unique_ptr<PostgresServer>> start(const std::string& standbys = {});
    /// One server for the whole test program.
    static PostgresServer& shared();

    /// A streaming standby of this server, made by pg_basebackup.
    Result<std::unique_ptr<PostgresServer>> make_standby(const std::string& standbys);

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

    [[nodiscard]] std::string url(const std::string& database = "postgres") const;
    /// A fresh empty database; says why and aborts when there is none. @return its name
    std::string make_database();
    /// One value of constant SQL, as text, through psql; empty when it failed.
    [[nodiscard]] std::string value(const std::string& sql,
                                    const std::string& database = "postgres") const;
    /// SIGKILL to the server and its children at once, as a power cut would.
    void kill();
    Status promote();
    /// Waits until it answers; at most 30 s.
    [[nodiscard]] bool wait_until(const std::string& sql, const std::string& expected) const;

private:
    explicit PostgresServer(std::filesystem::path folder);
    Status initialise();
    Status launch();

    int run_sql(const std::string& sql, const std::string& database, std::string& output) const;
    [[nodiscard]] std::string log_text() const;

    std::filesystem::path folder_;
    pid_t id_ = -1;
};

/// Runs a program to its end, as the user `postgres` when we are root. @return its exit code
int run_as_postgres(const std::vector<std::string>& arguments, std::string* output = nullptr);

}  // namespace luqiao::tests
