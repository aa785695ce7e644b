// broker/store_postgres.h - the PostgreSQL store inside: who uses which connection.
#pragma once

#include "broker/schema_step.h"
#include "broker/sql_limit.h"
#include "broker/store.h"
#include "broker/store_postgres_connection.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

// ---- store_postgres_steps.cc --------------------------------------------------------------------

/// Makes the newest tables in an empty database, as one transaction.
const char* postgres_schema();
/// From version 1 to the newest, in order; without BEGIN and COMMIT.
std::span<const SchemaStep> postgres_steps();

// ---- store_postgres_schema.cc ------------------------------------------------------------------

/// Durable, of a known kind, able to do what we ask of it: tried out, not read from its version.
/// Runs on every new connection that writes.
/// @errors StoreFailed: names the setting and what it must be
Status check_server(PgConnection& connection, PostgresOptions::Durability durability);

/// 0: the database has no tables of ours. @errors Corruption
Result<std::int64_t> schema_version(PgConnection& connection);
/// In one transaction with the note of the version it leads to; alone, whoever begins it, and
/// whoever waited for that finds it done.
Status run_step(PgConnection& connection, const SchemaStep& step);
/// Makes the tables of an empty database; those of another must be of the newest version.
/// @errors Corruption: of a newer version; Conflict: of an older one
Status prepare_schema(PgConnection& connection);

/// Partitions for the bodies of this month and the next two. store_postgres_age.cc
Status make_months(PgConnection& connection);

/// Counts one more opening of the store, by any node. @return its number
Result<std::int64_t> count_boot(PgConnection& connection);

// ---- the store ---------------------------------------------------------------------------------

class PgBatch;

class PostgresStore final : public Store {
public:
    static Result<std::unique_ptr<Store>> open(const PostgresOptions& options);
    explicit PostgresStore(const PostgresOptions& options);
    ~PostgresStore() override;

    // store_postgres.cc
    Result<std::vector<UnitOutcome>> commit(std::span<const Unit> units) override;
    Result<Committed> commit_and_lease(std::span<const Unit> units,
                                       const LeaseRequest& request) override;
    Result<Committed> write_and_lease(std::span<const Unit> units,
                                      const LeaseRequest& request) override;
    Status flush() override;
    using Store::audit;
    Status audit(std::span<const AuditEntry> entries) override;
    Status keep(const std::string& name,
                const std::string& value,
                std::span<const AuditEntry> audit) override;
    [[nodiscard]] bool is_shared() const override { return true; }
    Result<bool> await_others(Duration at_most) override;

    // store_postgres_queue.cc
    Result<std::vector<StoredDelivery>> lease(
        Instant now,
        Instant until,
        const std::string& node,
        const std::map<std::string, std::size_t>& capacity) override;
    Result<std::vector<StoredDelivery>> lapsed(Instant now, const std::string& node) override;
    Result<std::optional<Instant>> next_due(Instant now) override;
    Result<std::optional<Instant>> clock() override;
    Result<std::vector<CaseId>> due_cases(Instant now, std::size_t limit) override;

    // store_postgres_age.cc
    Result<std::vector<AgeingCase>> ageing(const AgeQuery& query) override;
    Result<Expired> expire(const Expiry& expiry) override;
    Result<GivenBack> give_back(std::uint64_t most) override;
    Result<std::uint64_t> expire_audit(Instant before, std::size_t limit, AuditEntry note) override;

    // store_postgres_find.cc
    Result<std::optional<StoredDelivery>> find_delivery(const DeliveryId& id) override;
    Result<std::map<DeliveryId, DeliveryState>> delivery_states(
        std::span<const DeliveryId> ids) override;
    Result<std::vector<FailureGroup>> failure_groups(DeliveryState state) override;
    Result<std::vector<StoredDelivery>> failures(const FailureQuery& query) override;
    Result<std::vector<StoredDelivery>> arrived(const TrafficQuery<DeliveryId>& query) override;
    Result<std::vector<InboundMessage>> received(const TrafficQuery<MessageId>& query) override;
    Result<std::vector<FoundCase>> search(const CaseQuery& query) override;
    Result<std::vector<std::uint64_t>> count_facts(std::span<const std::uint64_t> facts,
                                                   std::uint64_t most) override;
    Result<std::map<std::string, std::string>> kept(const std::string& prefix) override;
    Result<std::vector<std::string>> kept_names(const DocumentQuery& query) override;
    Status forget(const std::map<std::string, std::string>& documents) override;

    // store_postgres_read.cc
    Result<std::optional<StoredCase>> find_case(const CaseId& id) override;
    Result<std::optional<CaseId>> find_case_id(const std::string& number) override;
    Result<std::optional<InboundMessage>> find_message(const std::string& party,
                                                       const std::string& dedup_key) override;
    Result<std::vector<InboundMessage>> messages(const CaseId& id) override;
    Result<std::vector<TimelineEntry>> timeline(const CaseId& id) override;
    Result<std::vector<StoredDelivery>> deliveries(const CaseId& id) override;
    Result<std::vector<Alert>> alerts(const CaseId& id) override;
    Result<std::vector<std::string>> nonces(Instant since) override;
    Result<std::map<std::string, std::uint64_t>> counts() override;
    Result<std::vector<AuditEntry>> audit_tail(std::size_t limit) override;
    Result<std::vector<AuditEntry>> audit_after(std::uint64_t number, std::size_t limit) override;
    Result<AuditHead> audit_head() override;
    Result<AuditHead> audit_start() override;

private:
    /// A connection that writes. While the COMMIT of one is under way, the other writes, if
    /// overlaps().
    struct Writer {
        std::mutex guard;  ///< of the connection
        PgConnection connection;
        std::size_t number;
    };
    /// A transaction whose COMMIT was sent: nobody sees it before it is on stable storage, here and
    /// on the standby, and then the answer comes.
    struct Flight {
        Writer* writer = nullptr;
        std::vector<CaseId> cases;                              ///< sorted, as are the keys
        std::vector<std::pair<std::string, std::string>> keys;  ///< party, dedup key
        Status status;                                          ///< once it is over
        std::atomic<bool> is_over{false};
    };
    /// A call of commit(), audit() or keep() that waits for its turn: whoever comes to write first
    /// writes for all that wait, in one transaction.
    struct Call {
        std::span<const Unit> units;
        std::span<const AuditEntry> entries;
        std::pair<std::string, std::string> document = {};  ///< name, value; no name: none
        const LeaseRequest* lease = nullptr;
        bool done = false;
        Status status = {};
        std::vector<UnitOutcome> outcomes = {};
        std::vector<StoredDelivery> leased = {};
        std::shared_ptr<Flight> flight = {};
    };
    class ReaderLease;

    /// Without a standby a flush is shorter than a batch, and what waits for it makes fewer and
    /// longer batches, which cost less.
    [[nodiscard]] bool overlaps() const {
        return options_.durability == PostgresOptions::Durability::Standby;
    }
    void write(Call& mine);
    Status write_and_wait(Call& mine);
    Status write_together(std::span<Call* const> calls);
    Status write_together(std::span<Call* const> calls, Writer& writer);
    void note_under_way(Writer& writer, const PgBatch& batch, std::span<Call* const> calls);
    std::vector<Call*> take_calls();
    /// Waits for the answer to its COMMIT. From any thread. @errors StoreFailed: nobody knows
    static Status end(Flight& flight);
    /// Until what this store has written of it is seen.
    void await(const CaseId& id);
    void await_key(const std::string& party, const std::string& dedup_key);
    void await_if(const std::function<bool(const Flight&)>& concerns);
    ReaderLease reader();
    Result<PgRows> read(const PgStatement& statement, PgArgs args = {});

    const PostgresOptions options_;
    std::int64_t boot_ = 0;

    // Of the one that is writing.
    std::array<Writer, 2> writers_;
    std::size_t next_writer_ = 0;
    std::optional<AuditHead> audit_;  ///< the last we know; another node may have gone on

    std::mutex flights_guard_;
    std::array<std::shared_ptr<Flight>, 2> under_way_;  ///< the last of each writer
    std::deque<std::shared_ptr<Flight>> unflushed_;     ///< of write_and_lease, in order

    std::mutex calls_guard_;
    std::condition_variable written_;
    bool writing_ = false;  ///< somebody is writing for those that were waiting then
    std::vector<Call*> calls_;

    std::mutex leasing_;
    PgConnection leaser_;
    std::mutex ageing_;
    PgConnection ager_;  ///< connects when something is old enough
    std::mutex listening_;
    PgConnection listener_;

    std::mutex reading_;
    std::condition_variable reader_free_;
    std::vector<std::unique_ptr<PgConnection>> readers_;
};

/// A reading connection for the time of one call.
class PostgresStore::ReaderLease {
public:
    ReaderLease(PostgresStore& store, std::unique_ptr<PgConnection> connection)
        : store_(store), connection_(std::move(connection)) {}
    ReaderLease(const ReaderLease&) = delete;
    ReaderLease& operator=(const ReaderLease&) = delete;
    ~ReaderLease();
    PgConnection* operator->() const { return connection_.get(); }

private:
    PostgresStore& store_;
    std::unique_ptr<PgConnection> connection_;
};

/// Leases what is due, as a call of any transaction; nothing due writes nothing. `slot`:
/// counts_slot of the connection. store_postgres_queue.cc
PgCall lease_call(const LeaseRequest& request, std::int64_t boot, std::int64_t slot);
/// What such a call answered, oldest first per party.
std::vector<StoredDelivery> read_leased(const PgRows& rows);

/// A row of: id, case, number, party, map, state, due, attempts, cause. store_postgres_queue.cc
StoredDelivery read_delivery(const PgRows& rows, int row);
/// Behind these columns its body, the rules that made it, and the digest of what went for age.
StoredDelivery read_whole_delivery(const PgRows& rows, int row);

}  // namespace luqiao::broker
