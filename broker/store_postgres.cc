// Opening, and writing together what waits to be written.
#include "broker/store_postgres.h"

#include "broker/store_postgres_batch.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kPgReaders = 4;
constexpr std::size_t kBatchMax = 500;  ///< units; beyond it only the waiting grows
constexpr int kTries = 4;               ///< of a transaction that others' transactions undid
constexpr PgStatement kListen{"listen", "LISTEN luqiao"};
/// Held by the session. Waits as long as the server's lock_timeout: a predecessor that was killed a
/// moment ago goes by itself.
constexpr PgStatement kHoldName{"hold_name",
                                "SELECT pg_advisory_lock(hashtextextended('luqiao ' || $1, 0))"};

PgConnection writing_connection(const PostgresOptions& options) {
    return {options, [durability = options.durability](PgConnection& fresh) {
                return check_server(fresh, durability);
            }};
}

/// Hears of others, and holds the node's name.
Status greet_listener(PgConnection& fresh, const std::string& node) {
    if (!node.empty()) {
        const auto held = fresh.run(kHoldName, PgArgs::of(std::string_view(node)));
        if (!held && fresh.sqlstate() == "55P03") {
            return fail(Errc::StoreBusy,
                        "another node called \"{}\" has the store open: each needs its own name",
                        node);
        }
        if (!held) return held.error();
    }
    LQ_TRY(const PgRows none, fresh.run(kListen));
    return {};
}

}  // namespace

PostgresStore::PostgresStore(const PostgresOptions& options)
    : options_(options),
      writers_{Writer{.guard = {}, .connection = writing_connection(options), .number = 0},
               Writer{.guard = {}, .connection = writing_connection(options), .number = 1}},
      leaser_(writing_connection(options)),
      ager_(writing_connection(options)),
      listener_(options,
                [this](PgConnection& fresh) { return greet_listener(fresh, options_.node); }) {
    for (std::size_t count = 0; count < kPgReaders; ++count) {
        readers_.push_back(std::make_unique<PgConnection>(options, PgConnection::Greet{}));
    }
}

PostgresStore::~PostgresStore() = default;

Result<std::unique_ptr<Store>> PostgresStore::open(const PostgresOptions& options) {
    auto store = std::make_unique<PostgresStore>(options);
    LQ_CHECK(prepare_schema(store->writers_[0].connection));
    LQ_CHECK(make_months(store->writers_[0].connection));
    // The name before the boot: what it leased before is ours only if nobody else is it.
    LQ_TRY(const bool told, store->await_others(Duration{0}));
    (void)told;
    LQ_TRY(store->boot_, count_boot(store->writers_[0].connection));
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::vector<UnitOutcome>> PostgresStore::commit(std::span<const Unit> units) {
    Call mine{.units = units, .entries = {}};
    if (units.empty()) return mine.outcomes;
    LQ_CHECK(write_and_wait(mine));
    return std::move(mine.outcomes);
}

Result<Committed> PostgresStore::commit_and_lease(std::span<const Unit> units,
                                                  const LeaseRequest& request) {
    if (units.empty()) {
        return Committed{{}, lease(request.now, request.until, request.node, request.capacity)};
    }
    Call mine{.units = units, .entries = {}};
    if (!request.capacity.empty()) mine.lease = &request;
    LQ_CHECK(write_and_wait(mine));
    return Committed{std::move(mine.outcomes), std::move(mine.leased)};
}

Result<Committed> PostgresStore::write_and_lease(std::span<const Unit> units,
                                                 const LeaseRequest& request) {
    Call mine{.units = units, .entries = {}};
    if (!request.capacity.empty()) mine.lease = &request;
    Result<std::vector<StoredDelivery>> leased = std::vector<StoredDelivery>();
    if (units.empty()) {
        leased = lease(request.now, request.until, request.node, request.capacity);
        mine.flight = std::make_shared<Flight>();
        mine.flight->is_over = true;
    } else {
        if (overlaps()) {
            write(mine);
            LQ_CHECK(mine.status);
        } else {
            LQ_CHECK(write_and_wait(mine));
        }
        leased = std::move(mine.leased);
    }
    const std::lock_guard lock(flights_guard_);
    unflushed_.push_back(std::move(mine.flight));
    return Committed{std::move(mine.outcomes), std::move(leased)};
}

Status PostgresStore::flush() {
    std::shared_ptr<Flight> oldest;
    {
        const std::lock_guard lock(flights_guard_);
        if (unflushed_.empty()) return {};
        oldest = std::move(unflushed_.front());
        unflushed_.pop_front();
    }
    return end(*oldest);
}

Status PostgresStore::end(Flight& flight) {
    if (flight.is_over) return flight.status;  // its writer may be busy with another by now
    const std::lock_guard lock(flight.writer->guard);
    if (!flight.is_over) flight.status = flight.writer->connection.finish();
    flight.is_over = true;
    return flight.status;
}

void PostgresStore::await_if(const std::function<bool(const Flight&)>& concerns) {
    std::array<std::shared_ptr<Flight>, 2> under_way;
    {
        const std::lock_guard lock(flights_guard_);
        under_way = under_way_;
    }
    for (const auto& flight : under_way) {
        if (flight && concerns(*flight)) (void)end(*flight);  // its flush tells what came of it
    }
}

void PostgresStore::await(const CaseId& id) {
    await_if([&](const Flight& flight) {
        return std::binary_search(flight.cases.begin(), flight.cases.end(), id);
    });
}

void PostgresStore::await_key(const std::string& party, const std::string& dedup_key) {
    const std::pair key(party, dedup_key);
    await_if([&](const Flight& flight) {
        return std::binary_search(flight.keys.begin(), flight.keys.end(), key);
    });
}

Status PostgresStore::audit(std::span<const AuditEntry> entries) {
    Call mine{.units = {}, .entries = entries};
    return write_and_wait(mine);
}

Status PostgresStore::keep(const std::string& name,
                           const std::string& value,
                           std::span<const AuditEntry> entries) {
    Call mine{.units = {}, .entries = entries, .document = {name, value}};
    return write_and_wait(mine);
}

Status PostgresStore::write_and_wait(Call& mine) {
    write(mine);
    LQ_CHECK(mine.status);
    return end(*mine.flight);
}

/// One caller at a time writes for all that wait. The others wait for their own outcome, not for
/// the place of the writer: a caller that comes back at once would else keep it from them.
void PostgresStore::write(Call& mine) {
    std::unique_lock guard(calls_guard_);
    calls_.push_back(&mine);
    written_.wait(guard, [&] { return mine.done || !writing_; });
    while (!mine.done) {
        writing_ = true;
        const std::vector<Call*> calls = take_calls();
        guard.unlock();
        const Status status = write_together(calls);
        // One call's contradiction is not the others': each for itself then.
        const bool apart = !status && status.error().code == Errc::Internal && calls.size() > 1;
        for (Call* call : calls)
            call->status = apart ? write_together(std::span(&call, 1)) : status;
        guard.lock();
        for (Call* call : calls) call->done = true;
        writing_ = false;
        written_.notify_all();
    }
}

/// Needs calls_guard_.
std::vector<PostgresStore::Call*> PostgresStore::take_calls() {
    std::size_t units = 0;
    auto end = calls_.begin();
    while (end != calls_.end() && (end == calls_.begin() || units < kBatchMax)) {
        units += (*end)->units.size();
        ++end;
    }
    std::vector<Call*> out(calls_.begin(), end);
    calls_.erase(calls_.begin(), end);
    return out;
}

/// The writers take turns, so that the one whose COMMIT is older is the next.
Status PostgresStore::write_together(std::span<Call* const> calls) {
    Writer& writer = writers_[next_writer_];
    if (overlaps()) next_writer_ = (next_writer_ + 1) % writers_.size();
    std::shared_ptr<Flight> before;
    {
        const std::lock_guard lock(flights_guard_);
        before = under_way_[writer.number];
    }
    if (before) (void)end(*before);
    const std::lock_guard lock(writer.guard);
    return write_together(calls, writer);
}

/// Needs the writer's guard.
Status PostgresStore::write_together(std::span<Call* const> calls, Writer& writer) {
    const auto slot = counts_slot(boot_, static_cast<std::int64_t>(writer.number));
    for (int attempt = 1;; ++attempt) {
        PgBatch batch(writer.connection, boot_, slot, audit_);
        for (const Call* call : calls) {
            batch.add(call->units);
            batch.add(call->entries);
            if (!call->document.first.empty()) batch.add(call->document);
            if (call->lease != nullptr) batch.add(*call->lease);
        }
        auto outcomes = batch.run(attempt > 1);
        if (outcomes) {
            audit_ = batch.audit();
            note_under_way(writer, batch, calls);
            auto next = outcomes->begin();
            auto leased = batch.leased().begin();
            for (Call* call : calls) {
                const auto end = next + static_cast<std::ptrdiff_t>(call->units.size());
                call->outcomes.assign(std::move_iterator(next), std::move_iterator(end));
                next = end;
                if (call->lease != nullptr) call->leased = std::move(*leased++);
            }
            return {};
        }
        audit_.reset();
        // Nothing was kept: somebody else took a key first, or stood in our way.
        const bool again =
            writer.connection.was_first_elsewhere() || writer.connection.was_deadlock();
        if (!again || attempt == kTries) return outcomes.error();
    }
}

void PostgresStore::note_under_way(Writer& writer,
                                   const PgBatch& batch,
                                   std::span<Call* const> calls) {
    const auto flight = std::make_shared<Flight>();
    flight->writer = &writer;
    if (overlaps()) {  // else nobody knows of the units before the COMMIT was answered
        flight->cases = batch.written_cases();
        flight->keys = batch.written_keys();
        std::sort(flight->cases.begin(), flight->cases.end());
        std::sort(flight->keys.begin(), flight->keys.end());
    }
    for (Call* call : calls) call->flight = flight;
    const std::lock_guard lock(flights_guard_);
    under_way_[writer.number] = flight;
}

Result<bool> PostgresStore::await_others(Duration at_most) {
    const std::lock_guard lock(listening_);
    return listener_.await_notification(at_most, std::to_string(boot_));
}

PostgresStore::ReaderLease PostgresStore::reader() {
    std::unique_lock lock(reading_);
    reader_free_.wait(lock, [this] { return !readers_.empty(); });
    std::unique_ptr<PgConnection> taken = std::move(readers_.back());
    readers_.pop_back();
    return {*this, std::move(taken)};
}

PostgresStore::ReaderLease::~ReaderLease() {
    {
        const std::lock_guard lock(store_.reading_);
        store_.readers_.push_back(std::move(connection_));
    }
    store_.reader_free_.notify_one();
}

Result<PgRows> PostgresStore::read(const PgStatement& statement, PgArgs args) {
    const ReaderLease connection = reader();
    return connection->run(statement, std::move(args));
}

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options) {
    return PostgresStore::open(options);
}

}  // namespace luqiao::broker
