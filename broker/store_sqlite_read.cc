// Reading: each call sees one committed state and never waits for the writer.
#include "broker/audit.h"
#include "broker/store_sqlite.h"
#include "broker/store_sqlite_rows.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

/// The columns that read_audit expects, in their order.
#define LQ_AUDIT_COLUMNS_ "at, actor, action, outcome, subject, number, hash"

constexpr StatementText<ReadStatements> kReadSql[]{
    {&ReadStatements::find_case,
     "SELECT c.version, c.state, r.record, c.decided_at, c.aged_at FROM cases AS c "
     "LEFT JOIN records AS r ON r.case_key = c.key WHERE c.id = ?"},
    {&ReadStatements::find_case_id, "SELECT id FROM cases WHERE number = ?"},
    {&ReadStatements::find_message,
     "SELECT " LQ_MESSAGE_COLUMNS_
     ", m.body FROM messages AS m JOIN cases AS c ON c.key = m.case_key "
     "WHERE m.key = ? AND m.party = ? AND m.dedup_key = ?"},
    {&ReadStatements::find_key, "SELECT message FROM message_keys WHERE hash = ?"},
    {&ReadStatements::lapsed,
     "SELECT " LQ_DELIVERY_COLUMNS_ " FROM deliveries AS d INDEXED BY deliveries_leased "
     "CROSS JOIN cases AS c ON c.key = d.case_key WHERE d.state = 2 AND "
     "(d.lease_until < ?1 OR (d.lease_node = ?2 AND d.lease_boot <> ?3)) "
     "ORDER BY d.case_key, d.id"},
    {&ReadStatements::next_due_of_party,
     "SELECT party, (SELECT min(due_at) FROM deliveries AS later INDEXED BY deliveries_due "
     "WHERE later.state IN (1, 3) AND later.party = heads.party AND later.due_at > ?2) "
     "FROM deliveries AS heads INDEXED BY deliveries_due "
     "WHERE state IN (1, 3) AND party > ?1 ORDER BY party LIMIT 1"},
    {&ReadStatements::next_wake,
     "SELECT wake_at FROM cases INDEXED BY cases_wake WHERE wake_at IS NOT NULL AND wake_at > ? "
     "ORDER BY wake_at LIMIT 1"},
    {&ReadStatements::due_cases,
     "SELECT id FROM cases INDEXED BY cases_wake WHERE wake_at IS NOT NULL AND wake_at <= ? "
     "ORDER BY wake_at, key LIMIT ?"},
    {&ReadStatements::messages,
     "SELECT " LQ_MESSAGE_COLUMNS_ ", m.body FROM cases AS c CROSS JOIN messages AS m INDEXED BY "
     "messages_case ON m.case_key = c.key "
     "WHERE c.id = ? ORDER BY m.key"},
    {&ReadStatements::timeline,
     "SELECT at, event, party, item, detail FROM timeline "
     "WHERE case_key = (SELECT key FROM cases WHERE id = ?) ORDER BY version, place"},
    {&ReadStatements::deliveries,
     "SELECT " LQ_DELIVERY_COLUMNS_ ", b.body, coalesce(b.bundle, d.bundle), d.sm3 FROM cases AS c "
     "CROSS JOIN deliveries AS d ON d.case_key = c.key "
     "LEFT JOIN bodies AS b ON b.key = d.body_key WHERE c.id = ? ORDER BY abs(d.body_key)"},
    {&ReadStatements::alerts,
     "SELECT code, item FROM alerts "
     "WHERE case_key = (SELECT key FROM cases WHERE id = ?) ORDER BY version, place"},
    {&ReadStatements::nonces,
     "SELECT party, nonce FROM messages INDEXED BY messages_at "
     "WHERE nonce <> '' AND at >= ? ORDER BY at"},
    {&ReadStatements::counts, "SELECT name, count FROM counts WHERE count <> 0"},
    {&ReadStatements::audit_after,
     "SELECT " LQ_AUDIT_COLUMNS_ " FROM audit WHERE number > ? ORDER BY number LIMIT ?"},
    {&ReadStatements::audit_tail,
     "SELECT " LQ_AUDIT_COLUMNS_ " FROM audit ORDER BY number DESC LIMIT ?"},
};
constexpr const char* kMeta =
    "SELECT max(iif(name = 'audit_number', value, NULL)), "
    "max(iif(name = 'audit_hash', value, NULL)) FROM meta";

constexpr const char* kAuditStartSql = "SELECT value FROM meta WHERE name = 'audit_start'";

#undef LQ_AUDIT_COLUMNS_

AuditEntry read_audit(const SqliteRows& rows) {
    return {.at = rows.instant(0),
            .actor = rows.text(1),
            .action = rows.text(2),
            .outcome = rows.text(3),
            .subject = rows.text(4),
            .number = static_cast<std::uint64_t>(rows.integer(5)),
            .hash = rows.text(6)};
}

}  // namespace

Result<ReadStatements> ReadStatements::prepare(const SqliteConnection& connection) {
    LQ_TRY(ReadStatements out, prepare_all(connection, kReadSql));
    LQ_TRY(out.meta, connection.prepare(kMeta));
    LQ_TRY(out.audit_start, connection.prepare(kAuditStartSql));
    return out;
}

Result<std::optional<StoredCase>> SqliteStore::find_case(const CaseId& id) {
    const ReaderLease sql = reader();
    SqliteRows rows = sql->find_case.query(id);
    LQ_TRY(const bool found, rows.next());
    if (!found) return std::optional<StoredCase>();
    LQ_TRY(Case state, case_from_json(rows.text(1)));
    state.version = static_cast<std::uint64_t>(rows.integer(0));
    return std::optional(
        StoredCase{std::move(state), rows.text(2), rows.maybe_instant(3), rows.maybe_instant(4)});
}

Result<std::optional<CaseId>> SqliteStore::find_case_id(const std::string& number) {
    const ReaderLease sql = reader();
    SqliteRows rows = sql->find_case_id.query(number);
    LQ_TRY(const bool found, rows.next());
    return found ? std::optional(rows.id<CaseId>(0)) : std::nullopt;
}

Result<std::optional<InboundMessage>> SqliteStore::find_message(const std::string& party,
                                                                const std::string& dedup_key) {
    const std::uint64_t hash = message_hash(party, dedup_key);
    std::vector<std::int64_t> keys = recent_.views().messages.rows(hash);  // before the index
    const ReaderLease sql = reader();
    LQ_TRY(const auto indexed, collect(sql->find_key.query(static_cast<std::int64_t>(hash)),
                                       [](const SqliteRows& rows) { return rows.integer(0); }));
    keys.insert(keys.end(), indexed.begin(), indexed.end());
    for (const std::int64_t key : keys) {
        SqliteRows rows = sql->find_message.query(key, party, dedup_key);
        LQ_TRY(const bool found, rows.next());
        if (found) return std::optional(read_whole_message(rows));
    }
    return std::optional<InboundMessage>();
}

Result<std::vector<StoredDelivery>> SqliteStore::lapsed(Instant now, const std::string& node) {
    const ReaderLease sql = reader();
    return collect(sql->lapsed.query(now, node, boot_), read_delivery_row);
}

Result<std::optional<Instant>> SqliteStore::next_due(Instant now) {
    const ReaderLease sql = reader();
    std::optional<Instant> next;
    {
        SqliteRows rows = sql->next_wake.query(now);
        LQ_TRY(const bool found, rows.next());
        if (found) next = rows.instant(0);
    }
    // Two steps of the index per party, however long the queues are.
    std::string party;
    for (;;) {
        SqliteRows rows = sql->next_due_of_party.query(party, now);
        LQ_TRY(const bool found, rows.next());
        if (!found) return next;
        party = rows.text(0);
        if (!rows.is_null(1)) next = std::min(next.value_or(rows.instant(1)), rows.instant(1));
    }
}

Result<std::vector<CaseId>> SqliteStore::due_cases(Instant now, std::size_t limit) {
    const ReaderLease sql = reader();
    return collect(sql->due_cases.query(now, to_limit(limit)),
                   [](const SqliteRows& rows) { return rows.id<CaseId>(0); });
}

Result<std::vector<InboundMessage>> SqliteStore::messages(const CaseId& id) {
    const ReaderLease sql = reader();
    return collect(sql->messages.query(id), read_whole_message);
}

Result<std::vector<TimelineEntry>> SqliteStore::timeline(const CaseId& id) {
    const ReaderLease sql = reader();
    return collect(sql->timeline.query(id), [](const SqliteRows& rows) {
        return TimelineEntry{.at = rows.instant(0),
                             .event = rows.text(1),
                             .party = rows.text(2),
                             .item = rows.text(3),
                             .detail = rows.text(4)};
    });
}

Result<std::vector<StoredDelivery>> SqliteStore::deliveries(const CaseId& id) {
    const ReaderLease sql = reader();
    return collect(sql->deliveries.query(id), [](const SqliteRows& rows) {
        StoredDelivery delivery = read_delivery_row(rows);
        delivery.body = rows.text(9);
        delivery.bundle = rows.text(10);
        delivery.sm3 = rows.text(11);
        return delivery;
    });
}

Result<std::vector<Alert>> SqliteStore::alerts(const CaseId& id) {
    const ReaderLease sql = reader();
    return collect(sql->alerts.query(id), [](const SqliteRows& rows) {
        return Alert{.code = rows.text(0), .item = rows.text(1)};
    });
}

Result<std::vector<std::string>> SqliteStore::nonces(Instant since) {
    const ReaderLease sql = reader();
    return collect(sql->nonces.query(since),
                   [](const SqliteRows& rows) { return rows.text(0) + "\n" + rows.text(1); });
}

Result<std::map<std::string, std::uint64_t>> SqliteStore::counts() {
    std::map<std::string, std::uint64_t> out{{"cases", 0}, {"decided", 0}, {"messages", 0}};
    const ReaderLease sql = reader();
    SqliteRows rows = sql->counts.query();
    for (;;) {
        LQ_TRY(const bool more, rows.next());
        if (!more) return out;
        out[rows.text(0)] = static_cast<std::uint64_t>(rows.integer(1));
    }
}

Result<std::vector<AuditEntry>> SqliteStore::audit_tail(std::size_t limit) {
    const ReaderLease sql = reader();
    LQ_TRY(auto tail, collect(sql->audit_tail.query(to_limit(limit)), read_audit));
    std::reverse(tail.begin(), tail.end());
    return tail;
}

Result<std::vector<AuditEntry>> SqliteStore::audit_after(std::uint64_t number, std::size_t limit) {
    const ReaderLease sql = reader();
    return collect(sql->audit_after.query(to_limit(number), to_limit(limit)), read_audit);
}

Result<AuditHead> SqliteStore::audit_head() {
    const ReaderLease sql = reader();
    SqliteRows rows = sql->meta.query();
    LQ_TRY(const bool found, rows.next());
    if (!found || rows.is_null(0)) return AuditHead{0, std::string(kAuditStart)};
    return AuditHead{static_cast<std::uint64_t>(rows.integer(0)), rows.text(1)};
}

Result<AuditHead> SqliteStore::audit_start() {
    const ReaderLease sql = reader();
    SqliteRows rows = sql->audit_start.query();
    LQ_TRY(const bool found, rows.next());
    return found ? audit_start_of(rows.text(0)) : AuditHead{};
}

}  // namespace luqiao::broker
