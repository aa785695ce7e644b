// Reading: each call sees one committed state and never waits for a writer. Always the primary: a
// standby may be behind.
#include "broker/audit.h"
#include "broker/store_postgres.h"
#include "security/digest.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

#define LQ_AUDIT_COLUMNS_ "at, actor, action, outcome, subject, number, hash"

constexpr PgStatement kFindCase{
    "find_case",
    "SELECT c.version, c.state, r.record, c.decided_at, c.aged_at FROM cases AS c "
    "JOIN records AS r USING (case_id) WHERE c.case_id = $1"};
constexpr PgStatement kFindCaseId{"find_case_id",
                                  "SELECT case_id FROM case_numbers WHERE number = $1"};
constexpr PgStatement kFindMessage{
    "find_message",
    "SELECT m.id, m.case_id, m.format, m.sm3, m.nonce, m.bundle, m.at, m.body "
    "FROM message_keys AS k JOIN messages AS m ON m.case_id = k.case_id AND m.id = k.message_id "
    "WHERE k.key_sm3 = $1 AND k.party = $2"};
constexpr PgStatement kMessages{
    "messages",
    "SELECT id, party, format, dedup_key, sm3, nonce, bundle, at, body FROM messages "
    "WHERE case_id = $1 ORDER BY at, id"};
constexpr PgStatement kTimeline{"timeline",
                                "SELECT at, event, party, item, detail FROM timeline "
                                "WHERE case_id = $1 ORDER BY version, place"};
constexpr PgStatement kCaseDeliveries{
    "deliveries",
    "SELECT d.id, d.case_id, c.number, d.party, d.map, d.state, d.due_at, d.attempts, d.cause, "
    "b.body, coalesce(b.bundle, d.bundle), d.sm3 FROM cases AS c "
    "JOIN deliveries AS d USING (case_id) LEFT JOIN bodies AS b ON b.case_id = d.case_id AND "
    "b.delivery_id = d.id "
    "WHERE c.case_id = $1 ORDER BY d.version, d.place"};
constexpr PgStatement kAlerts{
    "alerts", "SELECT code, item FROM alerts WHERE case_id = $1 ORDER BY version, place"};
constexpr PgStatement kNonces{"nonces",
                              "SELECT party, nonce FROM messages WHERE nonce <> '' AND at >= $1 "
                              "ORDER BY at"};
constexpr PgStatement kCounts{"counts",
                              "SELECT name, sum(count)::bigint FROM counts GROUP BY name "
                              "HAVING sum(count) <> 0"};
constexpr PgStatement kAuditAfter{"audit_after",
                                  "SELECT " LQ_AUDIT_COLUMNS_
                                  " FROM audit WHERE number > $1 ORDER BY number LIMIT $2"};
constexpr PgStatement kAuditTail{
    "audit_tail", "SELECT " LQ_AUDIT_COLUMNS_ " FROM audit ORDER BY number DESC LIMIT $1"};
constexpr PgStatement kAuditStartOf{"audit_start",
                                    "SELECT value FROM meta WHERE name = 'audit_start'"};
constexpr PgStatement kAuditHead{"audit_head", "SELECT number, hash FROM audit_head"};

#undef LQ_AUDIT_COLUMNS_

AuditEntry read_audit(const PgRows& rows, int row) {
    return {.at = rows.instant(row, 0),
            .actor = rows.text(row, 1),
            .action = rows.text(row, 2),
            .outcome = rows.text(row, 3),
            .subject = rows.text(row, 4),
            .number = static_cast<std::uint64_t>(rows.integer(row, 5)),
            .hash = rows.text(row, 6)};
}

}  // namespace

Result<std::optional<StoredCase>> PostgresStore::find_case(const CaseId& id) {
    await(id);
    LQ_TRY(const PgRows rows, read(kFindCase, PgArgs::of(id)));
    if (rows.size() == 0) return std::optional<StoredCase>();
    LQ_TRY(Case state, case_from_json(rows.text(0, 1)));
    state.version = static_cast<std::uint64_t>(rows.integer(0, 0));
    return std::optional(StoredCase{std::move(state), rows.text(0, 2), rows.maybe_instant(0, 3),
                                    rows.maybe_instant(0, 4)});
}

Result<std::optional<CaseId>> PostgresStore::find_case_id(const std::string& number) {
    LQ_TRY(const PgRows rows, read(kFindCaseId, PgArgs::of(std::string_view(number))));
    return rows.size() > 0 ? std::optional(rows.id<CaseId>(0, 0)) : std::nullopt;
}

Result<std::optional<InboundMessage>> PostgresStore::find_message(const std::string& party,
                                                                  const std::string& dedup_key) {
    await_key(party, dedup_key);
    const security::Sm3 key = security::sm3(dedup_key);
    const PgBytes bytes{{reinterpret_cast<const char*>(key.data()), key.size()}};
    LQ_TRY(const PgRows rows, read(kFindMessage, PgArgs::of(bytes, std::string_view(party))));
    if (rows.size() == 0) return std::optional<InboundMessage>();
    return std::optional(InboundMessage{.id = rows.id<MessageId>(0, 0),
                                        .case_id = rows.id<CaseId>(0, 1),
                                        .party = party,
                                        .format = rows.text(0, 2),
                                        .dedup_key = dedup_key,
                                        .sm3 = rows.text(0, 3),
                                        .nonce = rows.text(0, 4),
                                        .bundle = rows.text(0, 5),
                                        .body = rows.text(0, 7),
                                        .at = rows.instant(0, 6)});
}

Result<std::vector<InboundMessage>> PostgresStore::messages(const CaseId& id) {
    await(id);
    LQ_TRY(const PgRows rows, read(kMessages, PgArgs::of(id)));
    return collect(rows, [&](int row) {
        return InboundMessage{.id = rows.id<MessageId>(row, 0),
                              .case_id = id,
                              .party = rows.text(row, 1),
                              .format = rows.text(row, 2),
                              .dedup_key = rows.text(row, 3),
                              .sm3 = rows.text(row, 4),
                              .nonce = rows.text(row, 5),
                              .bundle = rows.text(row, 6),
                              .body = rows.text(row, 8),
                              .at = rows.instant(row, 7)};
    });
}

Result<std::vector<TimelineEntry>> PostgresStore::timeline(const CaseId& id) {
    await(id);
    LQ_TRY(const PgRows rows, read(kTimeline, PgArgs::of(id)));
    return collect(rows, [&](int row) {
        return TimelineEntry{.at = rows.instant(row, 0),
                             .event = rows.text(row, 1),
                             .party = rows.text(row, 2),
                             .item = rows.text(row, 3),
                             .detail = rows.text(row, 4)};
    });
}

Result<std::vector<StoredDelivery>> PostgresStore::deliveries(const CaseId& id) {
    await(id);
    LQ_TRY(const PgRows rows, read(kCaseDeliveries, PgArgs::of(id)));
    return collect(rows, [&](int row) { return read_whole_delivery(rows, row); });
}

Result<std::vector<Alert>> PostgresStore::alerts(const CaseId& id) {
    await(id);
    LQ_TRY(const PgRows rows, read(kAlerts, PgArgs::of(id)));
    return collect(
        rows, [&](int row) { return Alert{.code = rows.text(row, 0), .item = rows.text(row, 1)}; });
}

Result<std::vector<std::string>> PostgresStore::nonces(Instant since) {
    LQ_TRY(const PgRows rows, read(kNonces, PgArgs::of(since)));
    return collect(rows, [&](int row) { return rows.text(row, 0) + "\n" + rows.text(row, 1); });
}

Result<std::map<std::string, std::uint64_t>> PostgresStore::counts() {
    std::map<std::string, std::uint64_t> out{{"cases", 0}, {"decided", 0}, {"messages", 0}};
    LQ_TRY(const PgRows rows, read(kCounts));
    for (int row = 0; row < rows.size(); ++row) {
        out[rows.text(row, 0)] = static_cast<std::uint64_t>(rows.integer(row, 1));
    }
    return out;
}

Result<std::vector<AuditEntry>> PostgresStore::audit_tail(std::size_t limit) {
    LQ_TRY(const PgRows rows, read(kAuditTail, PgArgs::of(to_limit(limit))));
    auto tail = collect(rows, [&](int row) { return read_audit(rows, row); });
    std::reverse(tail.begin(), tail.end());
    return tail;
}

Result<std::vector<AuditEntry>> PostgresStore::audit_after(std::uint64_t number,
                                                           std::size_t limit) {
    LQ_TRY(const PgRows rows, read(kAuditAfter, PgArgs::of(to_limit(number), to_limit(limit))));
    return collect(rows, [&](int row) { return read_audit(rows, row); });
}

Result<AuditHead> PostgresStore::audit_head() {
    LQ_TRY(const PgRows rows, read(kAuditHead));
    if (rows.size() != 1) return fail(Errc::Corruption, "the audit has lost its head");
    return AuditHead{static_cast<std::uint64_t>(rows.integer(0, 0)), rows.text(0, 1)};
}

Result<AuditHead> PostgresStore::audit_start() {
    LQ_TRY(const PgRows rows, read(kAuditStartOf));
    return rows.size() == 1 ? audit_start_of(rows.text(0, 0)) : AuditHead{};
}

}  // namespace luqiao::broker
