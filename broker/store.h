// broker/store.h - what must survive: one interface, several stores, one contract suite.
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "broker/ageing.h"
#include "broker/case.h"
#include "broker/step.h"
#include "broker/store_queries.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// An inbound message, kept as it came.
struct InboundMessage {
    MessageId id;
    CaseId case_id;
    std::string party;
    std::string format;
    std::string dedup_key;  ///< unique per party, never empty; a second one with the same digest is
                            ///< a duplicate
    std::string sm3;        ///< of body, hexadecimal
    std::string nonce;      ///< of its request; empty when it came without
    std::string bundle;
    std::string body;
    Instant at{};
};

struct StoredCase {
    Case state;
    std::string record;                      ///< canonical application, JSON; empty once aged
    std::optional<Instant> decided_at = {};  ///< none: it is open
    std::optional<Instant> aged_at = {};     ///< when its bodies went (broker/ageing.h)
};

/// A delivery row with its pinned bytes.
struct StoredDelivery {
    DeliveryId id;
    CaseId case_id;
    std::string case_number;
    std::string party;
    std::string map;
    DeliveryState state = DeliveryState::Pending;
    /// Pending, Waiting: not before; Unknown, Dead: since when; Delivered, Answered: when it
    /// arrived.
    Instant due_at{};
    std::uint32_t attempts = 0;
    std::string cause;
    std::string bundle;  ///< hash of the rules that made the body; not told by lapsed()
    std::string body;
    std::string sm3 = {};  ///< of a body that is gone for age, hexadecimal; empty: it is here
};

/// Bytes that a delivery has from now on instead of those it had: made anew by other rules.
struct Reencoded {
    DeliveryId id;
    std::string bundle;
    std::string body;
};

/// One row of the audit: who did what, chained by SM3 so that a removed row is noticed
/// (broker/audit.h).
struct AuditEntry {
    Instant at{};
    std::string actor;
    std::string action;        ///< "submit", "refuse"
    std::string outcome;       ///< "ok" or an error id
    std::string subject;       ///< message id, format; no personal data
    std::uint64_t number = 0;  ///< filled by the store: 1, 2, 3 …
    std::string hash;          ///< filled by the store: SM3(previous hash ‖ this row)
};

/// The newest row of the audit.
struct AuditHead {
    std::uint64_t number = 0;  ///< 0: no row yet
    std::string hash;
};

/// Everything that follows from one event, written whole or not at all.
struct Unit {
    Instant at{};  ///< of the event: since when a case is decided that was not
    std::optional<InboundMessage> message;
    Case state;  ///< state.version is the version it was made from; 0 inserts
    std::optional<std::string> record;  ///< when it changed
    std::vector<StoredDelivery> created;
    std::vector<DeliveryChange> changed;
    std::vector<TimelineEntry> timeline;
    std::vector<Alert> alerts;
    std::optional<Instant> wake_at;
    /// What the case can be found by from now on (broker/search.h); what it has already counts
    /// once. Terms stay until they age, facts until they end.
    std::vector<std::uint64_t> terms;
    std::vector<std::uint64_t> facts;
    std::vector<std::uint64_t> facts_ended;  ///< none of `facts`, and never one of the terms
    std::vector<Reencoded> reencoded;        ///< of those that `created` or `changed` name
    std::vector<AuditEntry> audit;  ///< written with the unit, so that it costs no flush of its own
};

/// What became of a Unit.
struct UnitOutcome {
    enum class Kind : std::uint8_t {
        Committed,
        Duplicate,  ///< the dedup key is known with the same digest: `first` is the first message
        KeyReused,  ///< the dedup key is known with another digest
        Conflict,   ///< another version was committed meanwhile, a new case's id or number is
                    ///< taken, or a delivery is leased that must not be (DeliveryChange): load and
                    ///< step again
    };
    Kind kind = Kind::Committed;
    std::optional<InboundMessage> first;  ///< without body
    std::string first_case_number;
};

/// Which due deliveries a node takes.
struct LeaseRequest {
    Instant now;
    Instant until;
    std::string node;
    std::map<std::string, std::size_t> capacity;  ///< most per party; others get none
};

/// What commit_and_lease did.
struct Committed {
    std::vector<UnitOutcome> outcomes;           ///< one a unit
    Result<std::vector<StoredDelivery>> leased;  ///< an error leaves the units kept
};

/// Thread-safe. Writers are serialised inside; readers never wait for them.
class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// Writes all units in one transaction that is on stable storage when this returns, in order: a
    /// later unit of the same case is made from the version the earlier one gave. Each unit stands
    /// or falls alone; a known dedup key is told before a conflict.
    /// @errors StoreFull, StoreBusy  none was kept; try again
    ///         StoreFailed           none was kept, or it is not known: the same units again are
    ///                               then told as duplicates or conflicts
    ///         Internal              a unit contradicts what is stored (it changes a delivery its
    ///                               case does not have): none was kept
    virtual Result<std::vector<UnitOutcome>> commit(std::span<const Unit> units) = 0;

    virtual Result<std::optional<StoredCase>> find_case(const CaseId& id) = 0;
    virtual Result<std::optional<CaseId>> find_case_id(const std::string& number) = 0;
    /// The first message with this key, with its body.
    virtual Result<std::optional<InboundMessage>> find_message(const std::string& party,
                                                               const std::string& dedup_key) = 0;

    /// Moves due Pending and Waiting deliveries to Leased, attempts + 1, at most `capacity[party]`
    /// per party, oldest first; parties that are not in `capacity` get none. Durable when it
    /// returns.
    virtual Result<std::vector<StoredDelivery>> lease(
        Instant now,
        Instant until,
        const std::string& node,
        const std::map<std::string, std::size_t>& capacity) = 0;
    /// `commit`, then `lease`, of which the units' own deliveries may be part. A store that can
    /// does both in one transaction, for one flush. @errors those of commit
    virtual Result<Committed> commit_and_lease(std::span<const Unit> units,
                                               const LeaseRequest& request) {
        LQ_TRY(auto outcomes, commit(units));
        return Committed{std::move(outcomes),
                         lease(request.now, request.until, request.node, request.capacity)};
    }
    /// commit_and_lease whose result this store shows at once but which may not be on stable
    /// storage before the `flush` that belongs to it: until that, nobody may be told of it. A store
    /// that has nothing to gain commits durably. @errors those of commit
    virtual Result<Committed> write_and_lease(std::span<const Unit> units,
                                              const LeaseRequest& request) {
        return commit_and_lease(units, request);
    }
    /// Belongs to the oldest write_and_lease that succeeded and has none yet: returns when what
    /// that wrote is on stable storage; what was written after it need not be. Beside a writer, on
    /// any one thread. @errors StoreFailed: it is not known to be. It is seen all the same, and
    /// lost with the machine perhaps; in a store that is_shared() it may not be there at all
    virtual Status flush() { return {}; }
    /// Leases that ended before `now`, or that `node` took before the store was opened (a process
    /// that is gone): all but the bodies. Changes nothing.
    virtual Result<std::vector<StoredDelivery>> lapsed(Instant now, const std::string& node) = 0;
    /// The next time after `now` at which a Pending or Waiting delivery or a timer falls due; none:
    /// nothing does.
    virtual Result<std::optional<Instant>> next_due(Instant now) = 0;
    /// Cases whose wake_at has come, at most `limit`.
    virtual Result<std::vector<CaseId>> due_cases(Instant now, std::size_t limit) = 0;

    /// What came in for a case, oldest first, with bodies.
    virtual Result<std::vector<InboundMessage>> messages(const CaseId& id) = 0;
    virtual Result<std::vector<TimelineEntry>> timeline(const CaseId& id) = 0;
    virtual Result<std::vector<StoredDelivery>> deliveries(const CaseId& id) = 0;
    virtual Result<std::vector<Alert>> alerts(const CaseId& id) = 0;
    /// With its body. @return none: no case has it
    virtual Result<std::optional<StoredDelivery>> find_delivery(const DeliveryId& id) = 0;
    /// Their states alone; of those that no case has there is none. A store that can asks once.
    virtual Result<std::map<DeliveryId, DeliveryState>> delivery_states(
        std::span<const DeliveryId> ids) {
        std::map<DeliveryId, DeliveryState> out;
        for (const DeliveryId& id : ids) {
            LQ_TRY(const auto found, find_delivery(id));
            if (found) out.emplace(id, found->state);
        }
        return out;
    }

    /// Failed deliveries by fingerprint, in the order of party, map and cause. `state` is Dead,
    /// Unknown, Waiting or Shelved; there are none of other states.
    virtual Result<std::vector<FailureGroup>> failure_groups(DeliveryState state) = 0;
    /// One page in the order of due_at and id, without bodies.
    virtual Result<std::vector<StoredDelivery>> failures(const FailureQuery& query) = 0;
    /// What the party took in a span of time: one page in the order of due_at and id, with bodies.
    virtual Result<std::vector<StoredDelivery>> arrived(const TrafficQuery<DeliveryId>& query) = 0;
    /// What came from the party in a span of time: one page in the order of time and id, without
    /// bodies.
    virtual Result<std::vector<InboundMessage>> received(const TrafficQuery<MessageId>& query) = 0;
    /// One page, newest arrival first.
    /// @errors LimitExceeded: it would go through too much (CaseQuery::looks_most)
    virtual Result<std::vector<FoundCase>> search(const CaseQuery& query) = 0;
    /// Of how many cases each fact (Unit::facts) is true, in the order of `facts`. No more than
    /// `most` of each are counted, so that it costs the same however much is stored.
    virtual Result<std::vector<std::uint64_t>> count_facts(std::span<const std::uint64_t> facts,
                                                           std::uint64_t most) = 0;

    /// Keeps a small document of the broker's own (a plan) under `name`, instead of what it had,
    /// and the audit of it, in one transaction; durable when it returns.
    virtual Status keep(const std::string& name,
                        const std::string& value,
                        std::span<const AuditEntry> audit) = 0;
    /// Documents whose names begin with `prefix`.
    virtual Result<std::map<std::string, std::string>> kept(const std::string& prefix) = 0;
    /// Their names alone, in order: one page.
    virtual Result<std::vector<std::string>> kept_names(const DocumentQuery& query) = 0;
    /// Forgets documents (name, value) that are still what the caller read, all or none of them;
    /// durable when it returns. @errors Conflict: one of them is not as it was, or not there; those
    /// of keep
    virtual Status forget(const std::map<std::string, std::string>& documents) = 0;

    /// What is old enough to go. Reads alone.
    virtual Result<std::vector<AgeingCase>> ageing(const AgeQuery& query) = 0;
    /// Takes it away, in one transaction that is durable when this returns; a case that loses its
    /// bodies gets a line in its timeline and a new version, so that a unit that was made before
    /// is a conflict. Doing it again changes nothing. @errors those of commit
    virtual Result<Expired> expire(const Expiry& expiry) = 0;

    /// Gives what expire() freed back to the file system, about `most` bytes at a time and in steps
    /// that hold nobody up for long; a little is held for what comes next. @errors those of commit
    virtual Result<GivenBack> give_back(std::uint64_t most) {
        (void)most;
        return GivenBack{};
    }

    /// Nonces of messages since `since`, as "party\nnonce".
    virtual Result<std::vector<std::string>> nonces(Instant since) = 0;

    /// Counts for status and for the demo's proof: "cases", "decided", "messages", and
    /// "deliveries.<party>.<state>" where there are any. Costs the same however much is stored.
    virtual Result<std::map<std::string, std::uint64_t>> counts() = 0;

    /// Appends rows for what was not committed as a Unit; durable when it returns. Rows of several
    /// threads share one flush.
    virtual Status audit(std::span<const AuditEntry> entries) = 0;
    Status audit(const AuditEntry& entry) { return audit(std::span(&entry, 1)); }
    /// The newest rows, oldest of them first.
    virtual Result<std::vector<AuditEntry>> audit_tail(std::size_t limit) = 0;
    /// Rows from `number` + 1 on, oldest first.
    virtual Result<std::vector<AuditEntry>> audit_after(std::uint64_t number,
                                                        std::size_t limit) = 0;
    /// As kept apart from the rows, so that a cut end is noticed.
    virtual Result<AuditHead> audit_head() = 0;
    /// The last row that went for age; number 0: none did.
    virtual Result<AuditHead> audit_start() = 0;
    /// Takes away the oldest rows, those before `before`, at most `limit` and never the newest, and
    /// in the same transaction adds `note` with their numbers and the hash of the last of them as
    /// its subject (audit_expiry_subject). @return how many; 0: nothing was written
    virtual Result<std::uint64_t> expire_audit(Instant before,
                                               std::size_t limit,
                                               AuditEntry note) = 0;

    /// The clock of the machine that keeps the store; none: it is this one.
    virtual Result<std::optional<Instant>> clock() { return std::optional<Instant>(); }
    /// Whether other nodes may use the same store at the same time.
    [[nodiscard]] virtual bool is_shared() const { return false; }
    /// Waits until another node left something that is due now, at most `at_most`. @return whether
    /// so; a hint, some are not told
    virtual Result<bool> await_others(Duration at_most) {
        (void)at_most;
        return false;
    }
};

/// Opens or creates the SQLite store in `path` (WAL, synchronous FULL) and holds `path`.lock, so
/// that there is one writer. Verifies the pragmas, and the file itself after an unclean stop.
/// @errors StoreBusy (open elsewhere), StoreFailed, Corruption (damaged, of a newer program),
///         Conflict (of an older program: broker/migration.h)
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path);

/// How a PostgreSQL store is reached and what it promises.
struct PostgresOptions {
    /// "postgresql://user@host1,host2/database": with several hosts, the one that writes is used.
    std::string url;
    std::string password;  ///< empty: as libpq finds it (PGPASSWORD, PGPASSFILE)
    std::string node;      ///< held while the store is open, so that no two have it; empty: none
    enum class Durability : std::uint8_t {
        Standby,  ///< refuses a server that names no synchronous standby
        Single,   ///< what is acknowledged is lost with the server's disk
    };
    Durability durability = Durability::Standby;
    Duration statement_timeout{8'000};
    Duration watchdog{10'000};  ///< of every wait, above all for COMMIT, which no timeout bounds
};

/// Opens the store in a PostgreSQL database (12 or newer), making its tables in an empty one; any
/// number of nodes may. Connects again by itself when the server comes back or another takes over.
/// @errors StoreBusy (cannot be reached, another has the node's name), StoreFailed (not durable,
/// names the setting), Corruption
///         (of a newer program), Conflict (of an older program: broker/migration.h)
Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options);

/// Keeps everything in memory; for tests and simulation (see broker/store_memory.h).
std::unique_ptr<Store> make_memory_store();

}  // namespace luqiao::broker
