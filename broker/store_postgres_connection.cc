#include "broker/store_postgres_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <utility>

namespace luqiao::broker {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Duration kBackoffFirst{100};
constexpr Duration kBackoffMost{5'000};
constexpr std::size_t kEveryByte = SIZE_MAX;

/// Plans are made once, when tables may be empty: no sequential scan is ever right for us then.
constexpr const char* kSession =
    "-c search_path=luqiao -c synchronous_commit=on -c client_min_messages=warning "
    "-c idle_in_transaction_session_timeout=10000 -c lock_timeout=5000 -c jit=off "
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 "
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off "
    "-c enable_mergejoin=off -c default_transaction_isolation=read\\ committed";

/// PostgreSQL Appendix A; the first two characters are the class.
Errc to_errc(std::string_view sqlstate) {
    if (sqlstate == "53100") return Errc::StoreFull;
    if (sqlstate == "55P03" || sqlstate == "57014") return Errc::StoreBusy;  // lock, timeout
    if (sqlstate.starts_with("53") || sqlstate.starts_with("40")) return Errc::StoreBusy;
    if (sqlstate == "XX001" || sqlstate == "XX002") return Errc::Corruption;
    return Errc::StoreFailed;
}

/// The server is going or has become a standby: the next attempt needs another connection.
bool ends_the_connection(std::string_view sqlstate) {
    return sqlstate.starts_with("57P") || sqlstate.starts_with("08") || sqlstate == "25006";
}

}  // namespace

void PgConnection::notice(void* self, const PGresult* result) {
    const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING") {
        static_cast<PgConnection*>(self)->warned_ = true;
    }
}

void PgConnection::close() {
    handle_.reset();
    prepared_.clear();
    expected_.clear();
}

Error PgConnection::lost(const char* doing) {
    sqlstate_ = "08006";
    close();
    return fail(Errc::StoreFailed, "the connection to the database was lost: {}", doing);
}

Error PgConnection::failed(const PGresult* result) {
    // Not the message: it may quote what it was given.
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    sqlstate_ = state == nullptr ? "08006" : state;
    return fail(to_errc(sqlstate_), "the database refused: SQLSTATE {} {}", sqlstate_,
                constraint == nullptr ? "" : constraint);
}

Status PgConnection::ready() {
    if (handle_ != nullptr && PQstatus(handle_.get()) == CONNECTION_OK) return {};
    close();
    if (Steady::now() < not_before_) {
        return fail(Errc::StoreBusy, "the database cannot be reached; it is tried again soon");
    }
    const Status done = connect();
    if (done) {
        backoff_ = Duration{0};
        return {};
    }
    close();
    backoff_ = std::clamp(backoff_ * 2, kBackoffFirst, kBackoffMost);
    not_before_ = Steady::now() + backoff_;
    return done;
}

Status PgConnection::connect() {
    const std::string options =
        std::string(kSession) +
        fmt::format(" -c statement_timeout={}", options_.statement_timeout.count());
    // Later keys override those of the URL.
    const std::array keys{"dbname",
                          "connect_timeout",
                          "target_session_attrs",
                          "keepalives_idle",
                          "options",
                          "tcp_user_timeout",
                          "client_encoding",
                          "fallback_application_name",
                          options_.password.empty() ? nullptr : "password",
                          static_cast<const char*>(nullptr)};
    const std::string watchdog = std::to_string(options_.watchdog.count());
    const std::array values{options_.url.c_str(),
                            "3",
                            "read-write",
                            "5",
                            options.c_str(),
                            watchdog.c_str(),
                            "UTF8",
                            "luqiao",
                            options_.password.c_str(),
                            static_cast<const char*>(nullptr)};
    handle_.reset(PQconnectdbParams(keys.data(), values.data(), 1));
    if (handle_ == nullptr || PQstatus(handle_.get()) != CONNECTION_OK) {
        // libpq names host, port, user and database here, never a password.
        return fail(Errc::StoreBusy,
                    "the database cannot be reached, or none of its hosts writes: {}",
                    handle_ == nullptr ? "" : PQerrorMessage(handle_.get()));
    }
    PQsetNoticeReceiver(handle_.get(), &PgConnection::notice, this);
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
        return lost("it has no pipeline");
    }
    return greet_ ? greet_(*this) : Status{};
}

Status PgConnection::send(const PgCall& call) {
    const auto& types = call.args.types();
    const int count = static_cast<int>(types.size());
    if (prepared_.insert(call.statement->name).second) {
        if (PQsendPrepare(handle_.get(), call.statement->name, call.statement->sql, count,
                          types.data()) != 1) {
            return lost("while it sent");
        }
        expected_.push_back(call.statement->name);
    }
    std::vector<const char*> values;
    std::vector<int> sizes;
    for (const std::string& value : call.args.values()) {
        values.push_back(value.data());
        sizes.push_back(static_cast<int>(value.size()));
    }
    const std::vector<int> formats(types.size(), 1);
    if (PQsendQueryPrepared(handle_.get(), call.statement->name, count, values.data(), sizes.data(),
                            formats.data(), 1) != 1) {
        return lost("while it sent");
    }
    expected_.push_back(nullptr);
    return {};
}

/// The answers of the first `awaited` come at once; without being asked the server keeps them until
/// all are there.
Status PgConnection::send(std::span<const PgCall> calls, std::size_t awaited) {
    for (const PgCall& call : calls) {
        LQ_CHECK(send(call));
        if (--awaited == 0 && &call != &calls.back() && PQsendFlushRequest(handle_.get()) != 1) {
            return lost("while it sent");
        }
    }
    if (PQpipelineSync(handle_.get()) != 1) return lost("while it sent");
    return flush(Steady::now() + options_.watchdog);
}

Status PgConnection::wait(short events, Moment deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<Duration>(deadline - Steady::now()).count();
        if (left <= 0) return lost("it did not answer in time");
        pollfd one{PQsocket(handle_.get()), events, 0};
        const int got = ::poll(&one, 1, static_cast<int>(left));
        if (got > 0) return {};
        if (got < 0 && errno != EINTR) return lost("its socket failed");
    }
}

Status PgConnection::flush(Moment deadline) {
    for (;;) {
        const int left = PQflush(handle_.get());
        if (left == 0) return {};
        if (left < 0) return lost("while it sent");
        LQ_CHECK(wait(POLLIN | POLLOUT, deadline));
        if (PQconsumeInput(handle_.get()) != 1) return lost("while it sent");
    }
}

Result<PGresult*> PgConnection::next(Moment deadline) {
    while (PQisBusy(handle_.get()) != 0) {
        LQ_CHECK(wait(POLLIN, deadline));
        if (PQconsumeInput(handle_.get()) != 1) return lost("while it waited");
    }
    return PQgetResult(handle_.get());
}

/// The answers of the next `awaited` statements, or of all that are left. The first error is what
/// is told: the server skips to the pipeline's end then, and so do we.
Result<std::vector<PgRows>> PgConnection::receive(std::size_t awaited) {
    const Moment deadline = Steady::now() + options_.watchdog;
    std::vector<PgRows> out;
    std::optional<Error> first;
    while (!expected_.empty() && (first || out.size() < awaited)) {
        const char* const prepared = expected_.front();
        expected_.pop_front();
        LQ_TRY(PGresult* const got, next(deadline));
        PgRows rows(got);
        const ExecStatusType status = PQresultStatus(got);
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (good && prepared == nullptr) out.push_back(std::move(rows));
        if (!good && prepared != nullptr) prepared_.erase(prepared);
        if (status == PGRES_FATAL_ERROR && !first) {
            first = failed(got);
        } else if (!good && status != PGRES_PIPELINE_ABORTED && !first) {
            return lost("it answered out of turn");
        }
        LQ_TRY(PGresult* const end, next(deadline));
        if (end != nullptr) {
            PQclear(end);
            return lost("it answered out of turn");
        }
    }
    const bool is_over = expected_.empty();
    if (is_over) LQ_CHECK(receive_end(deadline));
    if (first) return *std::move(first);
    if (is_over && warned_) {
        // "canceling wait for synchronous replication": committed here, perhaps not on the standby.
        return lost("it warned that the commit may not have reached its standby");
    }
    return out;
}

Status PgConnection::receive_end(Moment deadline) {
    LQ_TRY(PGresult* const sync, next(deadline));
    const bool is_sync = PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
    PQclear(sync);
    if (PQstatus(handle_.get()) != CONNECTION_OK || !is_sync) return lost("it was closed");
    return {};
}

/// After an error: nothing of a transaction is left open.
Error PgConnection::undone(Error why) {
    const std::string state = sqlstate_;
    if (ends_the_connection(state)) close();
    const Status back = handle_ == nullptr ? Status{} : roll_back();
    sqlstate_ = state;
    return back ? std::move(why) : back.error();
}

Result<std::vector<PgRows>> PgConnection::start(std::span<const PgCall> calls,
                                                std::size_t awaited) {
    LQ_CHECK(finish());
    LQ_CHECK(ready());
    sqlstate_.clear();
    warned_ = false;
    LQ_CHECK(send(calls, awaited));
    auto answers = receive(awaited);
    return answers ? std::move(answers) : undone(answers.error());
}

Status PgConnection::finish() {
    if (expected_.empty()) return {};
    const auto answers = receive(kEveryByte);
    return answers ? Status{} : undone(answers.error());
}

Result<std::vector<PgRows>> PgConnection::run(std::span<const PgCall> calls) {
    return start(calls, calls.size());
}

Status PgConnection::roll_back() {
    if (PQtransactionStatus(handle_.get()) == PQTRANS_IDLE) return {};
    const PgCall back{&kRollback};
    LQ_CHECK(send(std::span(&back, 1), 1));
    const auto done = receive(kEveryByte);
    if (!done) close();
    return done ? Status{} : done.error();
}

Result<PgRows> PgConnection::run(const PgStatement& statement, PgArgs args) {
    const PgCall call{&statement, std::move(args)};
    LQ_TRY(auto rows, run(std::span(&call, 1)));
    return std::move(rows.front());
}

Status PgConnection::execute(const char* script) {
    LQ_CHECK(finish());
    LQ_CHECK(ready());
    if (PQexitPipelineMode(handle_.get()) != 1) return lost("it cannot leave the pipeline");
    PQsetnonblocking(handle_.get(), 0);
    const PgRows rows(PQexec(handle_.get(), script));
    const ExecStatusType status = PQresultStatus(rows.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        const Error why = failed(rows.get());
        close();
        return why;
    }
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
        return lost("it has no pipeline");
    }
    return {};
}

/// Takes all notifications that are here. @return whether one is from somebody else
bool PgConnection::take_notifications(std::string_view own) {
    bool told = false;
    while (PGnotify* note = PQnotifies(handle_.get())) {
        told = told || note->extra != own;
        PQfreemem(note);
    }
    return told;
}

Result<bool> PgConnection::await_notification(Duration at_most, std::string_view own) {
    LQ_CHECK(ready());
    const Moment deadline = Steady::now() + at_most;
    while (!take_notifications(own)) {
        const auto left = std::chrono::ceil<Duration>(deadline - Steady::now()).count();
        pollfd one{PQsocket(handle_.get()), POLLIN, 0};
        if (left <= 0 || ::poll(&one, 1, static_cast<int>(left)) == 0) return false;
        if (PQconsumeInput(handle_.get()) != 1) return lost("while it listened");
    }
    return true;
}

}  // namespace luqiao::broker
