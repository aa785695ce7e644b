// broker/store_sqlite.h - the SQLite store inside: one writer, a few readers, their statements.
#pragma once

#include "broker/schema_step.h"
#include "broker/sqlite_handle.h"
#include "broker/store.h"
#include "broker/store_sqlite_recent.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace luqiao::broker {

// ---- store_sqlite_steps.cc ----------------------------------------------------------------------

/// Makes the newest tables in an empty file; without BEGIN, COMMIT and version.
const char* sqlite_schema();
/// From version 1 to the newest, in order.
std::span<const SchemaStep> sqlite_steps();

// ---- store_sqlite_schema.cc --------------------------------------------------------------------

/// Sets the pragmas of a connection and reads them back.
/// @errors StoreFailed: a pragma did not take
Status configure(const SqliteConnection& connection, SqliteConnection::Mode mode);

/// 0: the file is empty. @errors Corruption: not ours
Result<std::int64_t> schema_version(const SqliteConnection& store);
/// In one transaction with the note of the version it leads to.
Status run_step(const SqliteConnection& writer, const SchemaStep& step);
/// Makes the tables of a new file; those of another must be of the newest version.
/// @errors Corruption: not ours, or of a newer version; Conflict: of an older one
Status prepare_schema(const SqliteConnection& writer);

/// @errors Corruption: SQLite's quick check finds damage
Status check_integrity(const SqliteConnection& writer);

/// Copies the whole WAL into the file, flushes that, and empties the WAL. After a failed flush the
/// kernel calls what it could not write clean: it would be read back, and never reach the disk.
/// What is copied is written anew. @errors StoreBusy, StoreFailed, StoreFull: as it was
Status write_back(const SqliteConnection& writer);

/// Counts one more opening of the store, durably. @return its number
Result<std::int64_t> count_boot(const SqliteConnection& writer);

// ---- statements --------------------------------------------------------------------------------

/// What the writing connection runs. store_sqlite_batch.cc
struct WriteStatements {
    SqliteStatement begin, commit, rollback;
    SqliteStatement find_case, insert_case, update_case, put_record;
    SqliteStatement find_message, find_key, insert_message;
    SqliteStatement insert_body, change_body, insert_delivery, find_delivery, change_delivery;
    SqliteStatement has_due, due_deliveries, lease_delivery;
    SqliteStatement insert_timeline, insert_alert, insert_audit;
    SqliteStatement insert_fact, end_term, find_terms, put_terms;
    SqliteStatement count, put_meta, put_document;

    static Result<WriteStatements> prepare(const SqliteConnection& connection);
};

/// What the writer carries from one transaction to the next.
struct SqliteHeads {
    std::int64_t case_key = 0;  ///< of the newest case
    AuditHead audit;
};

/// What takes away what is old, on the writing connection. store_sqlite_age.cc
struct AgeStatements {
    SqliteStatement find, bodies, keep_digest, messages, delete_message, insert_message;
    SqliteStatement record_size;
    SqliteStatement facts, delete_terms, age_case;
    SqliteStatement deliveries, delete_bodies, delete_deliveries, delete_messages, delete_record;
    SqliteStatement delete_key;
    SqliteStatement delete_timeline, delete_alerts, delete_case;
    SqliteStatement oldest_audit, delete_audit, forget_document;

    static Result<AgeStatements> prepare(const SqliteConnection& connection);
};

/// What a reading connection runs. store_sqlite_read.cc
struct ReadStatements {
    SqliteStatement find_case, find_case_id, find_key, find_message;
    SqliteStatement lapsed, next_due_of_party, next_wake, due_cases;
    SqliteStatement messages, timeline, deliveries, alerts, nonces, counts;
    SqliteStatement audit_tail, audit_after, meta, audit_start;

    static Result<ReadStatements> prepare(const SqliteConnection& connection);
};

/// What operators ask. store_sqlite_find.cc
struct FindStatements {
    SqliteStatement delivery, delivery_state, failure_groups, failures, failures_of_group, arrived,
        received;
    SqliteStatement key_of_case, cases, case_of_key, case_from, newest_key, seek_term, count_term;
    SqliteStatement documents, document_names;
    SqliteStatement ageing_bodies, ageing_metadata;

    static Result<FindStatements> prepare(const SqliteConnection& connection);
};

struct SqliteReader {
    SqliteConnection connection;
    ReadStatements sql;
    FindStatements find;
};

class SqliteBatch;

// ---- the store ---------------------------------------------------------------------------------

/// Creates the file for its owner only (the WAL inherits that) and makes its name durable.
/// @errors StoreFailed
Status create_private(const std::string& path);

/// A locked file; the lock ends with the process, however it ends.
class FileLock {
public:
    static Result<FileLock> take(const std::string& path);
    FileLock(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int file) : file_(file) {}
    int file_;
};

class SqliteStore final : public Store {
public:
    /// @param recent_most  entries that wait for their index; fewer show sooner that they come
    /// there
    static Result<std::unique_ptr<Store>> open(const std::string& path,
                                               std::size_t recent_most = kRecentMost);
    ~SqliteStore() override;

    // store_sqlite_write.cc
    Result<std::vector<UnitOutcome>> commit(std::span<const Unit> units) override;
    Result<std::vector<StoredDelivery>> lease(
        Instant now,
        Instant until,
        const std::string& node,
        const std::map<std::string, std::size_t>& capacity) override;
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

    // store_sqlite_age.cc
    Result<std::vector<AgeingCase>> ageing(const AgeQuery& query) override;
    Result<Expired> expire(const Expiry& expiry) override;
    Result<GivenBack> give_back(std::uint64_t most) override;
    Status forget(const std::map<std::string, std::string>& documents) override;
    Result<std::uint64_t> expire_audit(Instant before, std::size_t limit, AuditEntry note) override;

    // store_sqlite_find.cc
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

    // store_sqlite_read.cc
    Result<std::optional<StoredCase>> find_case(const CaseId& id) override;
    Result<std::optional<CaseId>> find_case_id(const std::string& number) override;
    Result<std::optional<InboundMessage>> find_message(const std::string& party,
                                                       const std::string& dedup_key) override;
    Result<std::vector<StoredDelivery>> lapsed(Instant now, const std::string& node) override;
    Result<std::optional<Instant>> next_due(Instant now) override;
    Result<std::vector<CaseId>> due_cases(Instant now, std::size_t limit) override;
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
    /// A call of audit() that waits for a flush.
    struct AuditCall {
        std::span<const AuditEntry> entries;
        bool done = false;
        Status status;
    };
    class ReaderLease;

    SqliteStore(FileLock lock, SqliteConnection writer, WriteStatements sql, AgeStatements age);
    Status read_heads();
    enum class Flush : std::uint8_t { Now, Later };
    Status transaction(const std::function<Status(SqliteBatch&)>& body, Flush when = Flush::Now);
    /// Few keys wait for their index behind it (store_sqlite_age.cc).
    Status shorten_recent();
    Result<Committed> write(std::span<const Unit> units, const LeaseRequest& request, Flush when);
    ReaderLease reader();

    FileLock lock_;

    // Guarded by writing_. Exactly one connection writes and checkpoints: SQLite before 3.51.3 can
    // lose a reset of the WAL when two do.
    std::mutex writing_;
    SqliteConnection writer_;
    WriteStatements sql_;
    AgeStatements age_;
    SqliteHeads heads_;
    SqliteRecent recent_;
    std::int64_t boot_ = 0;
    WalFlush* flush_ = nullptr;  ///< of writer_
    bool broken_ = false;        ///< a flush failed: nothing more is written

    std::mutex audit_calls_guard_;
    std::vector<AuditCall*> audit_calls_;

    // After writer_, so that the writer closes last: it alone may checkpoint.
    std::mutex reading_;
    std::condition_variable reader_free_;
    std::vector<std::unique_ptr<SqliteReader>> readers_;
};

/// A reader for the time of one call.
class SqliteStore::ReaderLease {
public:
    ReaderLease(SqliteStore& store, std::unique_ptr<SqliteReader> reader)
        : store_(store), reader_(std::move(reader)) {}
    ReaderLease(const ReaderLease&) = delete;
    ReaderLease& operator=(const ReaderLease&) = delete;
    ~ReaderLease();
    ReadStatements* operator->() const { return &reader_->sql; }
    [[nodiscard]] FindStatements& find() const { return reader_->find; }

private:
    SqliteStore& store_;
    std::unique_ptr<SqliteReader> reader_;
};

}  // namespace luqiao::broker
