// broker/store_postgres_connection.h - one connection to PostgreSQL: connects again by itself, runs
// statements in a pipeline, and never waits without an end.
#pragma once

#include "base/result.h"
#include "broker/store.h"
#include "broker/store_postgres_wire.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// A statement that is prepared once per connection. Values are only ever arguments.
struct PgStatement {
    const char* name;
    const char* sql;
};

inline constexpr PgStatement kBegin{"begin", "BEGIN"};
inline constexpr PgStatement kCommit{"commit", "COMMIT"};
inline constexpr PgStatement kRollback{"rollback", "ROLLBACK"};

/// Whether a statement ran longer than `statement_timeout`.
inline bool is_timeout(const Error& error) {
    return error.code == Errc::StoreBusy &&
           error.message.find("SQLSTATE 57014") != std::string::npos;
}

struct PgCall {
    const PgStatement* statement = nullptr;
    PgArgs args = {};
};

/// Used by one thread at a time.
///
///     Closed --run: connect, then `greet`--> Open --connection lost, watchdog--> Closed
///       ^                                                     |
///       +-- refused: nothing is tried until the backoff's end +  (100 ms, doubled up to 5 s)
class PgConnection {
public:
    using Greet = std::function<Status(PgConnection&)>;

    /// `greet` runs on each new connection before anything else: what it refuses is closed again.
    PgConnection(PostgresOptions options, Greet greet)
        : options_(std::move(options)), greet_(std::move(greet)) {}

    /// Sends all statements in one pipeline and waits for all answers: one round trip. After an
    /// error the server skips the rest; a transaction that was begun is then rolled back.
    /// @errors StoreBusy    not connected yet, or a lock, deadlock or timeout: nothing was kept
    ///         StoreFull    the server's disk
    ///         StoreFailed  the connection was lost or did not answer in time; when a COMMIT was
    ///                      among the calls, nobody knows whether it happened
    ///         Corruption   the server found damage
    Result<std::vector<PgRows>> run(std::span<const PgCall> calls);
    Result<PgRows> run(const PgStatement& statement, PgArgs args = {});

    /// Sends all, and returns with the answers of the first `awaited` while the server goes on with
    /// the others. Nothing else runs before finish(). After an error nothing is left to finish.
    /// @errors those of run; of the others finish() tells
    Result<std::vector<PgRows>> start(std::span<const PgCall> calls, std::size_t awaited);
    /// Waits for what start() left; without such, at once. @errors those of run
    Status finish();

    /// Any SQL without arguments, several statements; for schemas.
    Status execute(const char* script);

    /// Whether the last error was a unique constraint, or a division by the none that were as
    /// expected: somebody else was first.
    [[nodiscard]] bool was_first_elsewhere() const {
        return sqlstate_ == "23505" || sqlstate_ == "22012";
    }
    [[nodiscard]] bool was_deadlock() const { return sqlstate_ == "40P01" || sqlstate_ == "40001"; }
    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }

    /// Waits until the server notifies this connection (LISTEN) with another payload than `own`,
    /// at most `at_most`.
    Result<bool> await_notification(Duration at_most, std::string_view own);

    /// Ends a transaction that was begun, unwritten.
    Status roll_back();

    void close();
    /// The process id of the server's side; for tests that end it.
    [[nodiscard]] int backend_id() const { return PQbackendPID(handle_.get()); }

private:
    using Moment = std::chrono::steady_clock::time_point;
    struct Finish {
        void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
    };

    Status ready();
    Status connect();
    Status send(const PgCall& call);
    Status flush(Moment deadline);
    Result<PGresult*> next(Moment deadline);
    Status wait(short events, Moment deadline);
    Status send(std::span<const PgCall> calls, std::size_t awaited);
    Result<std::vector<PgRows>> receive(std::size_t awaited);
    Status receive_end(Moment deadline);
    Error undone(Error why);
    Error failed(const PGresult* result);
    Error lost(const char* doing);
    bool take_notifications(std::string_view own);
    static void notice(void* self, const PGresult* result);

    PostgresOptions options_;
    Greet greet_;
    std::unique_ptr<PGconn, Finish> handle_;
    std::set<std::string> prepared_;
    /// What is still to be answered: the name of a statement that is prepared, or nullptr for one
    /// that runs.
    std::deque<const char*> expected_;
    std::string sqlstate_;
    bool warned_ = false;  ///< a WARNING came with the answers
    Duration backoff_{0};
    Moment not_before_{};
};

}  // namespace luqiao::broker
