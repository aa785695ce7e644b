// Leases and timers: what any node may take next.
#include "broker/store_postgres.h"
#include "broker/store_postgres_batch.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace luqiao::broker {
namespace {

/// SKIP LOCKED: what
/// another node is taking at this moment is its own. The old state is needed for the counts.
constexpr PgStatement kLease{
    "lease",
    "WITH want AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS u (party, most)), "
    "due AS (SELECT d.* FROM want CROSS JOIN LATERAL ("
    "SELECT case_id, id, state AS before FROM deliveries "
    "WHERE party = want.party AND state IN (1, 3) AND due_at <= $3 "
    "ORDER BY due_at LIMIT want.most FOR UPDATE SKIP LOCKED) AS d), "
    "leased AS (UPDATE deliveries AS d SET state = 2, attempts = attempts + 1, lease_until = $4, "
    "lease_node = $5, lease_boot = $6 FROM due WHERE d.case_id = due.case_id AND d.id = due.id "
    "RETURNING d.id, d.case_id, d.party, d.map, d.state, d.due_at, d.attempts, d.cause, "
    "due.before), "
    "tally AS (SELECT 'deliveries.' || party || "
    "CASE before WHEN 1 THEN '.pending' ELSE '.waiting' END AS name, -count(*) AS count "
    "FROM leased GROUP BY 1 UNION ALL "
    "SELECT 'deliveries.' || party || '.leased', count(*) FROM leased GROUP BY 1), "
    "counted AS (INSERT INTO counts AS t (slot, name, count) "
    "SELECT $7::bigint::int, name, count FROM tally ORDER BY name ON CONFLICT (slot, name) "
    "DO UPDATE SET count = t.count + excluded.count) "
    "SELECT l.id, l.case_id, c.number, l.party, l.map, l.state, l.due_at, l.attempts, l.cause, "
    "b.body, b.bundle FROM leased AS l JOIN cases AS c ON c.case_id = l.case_id "
    "JOIN bodies AS b ON b.case_id = l.case_id AND b.delivery_id = l.id"};
constexpr PgStatement kLapsed{
    "lapsed",
    "SELECT d.id, d.case_id, c.number, d.party, d.map, d.state, d.due_at, d.attempts, d.cause "
    "FROM deliveries AS d JOIN cases AS c USING (case_id) WHERE d.state = 2 AND "
    "(d.lease_until < $1 OR (d.lease_node = $2 AND d.lease_boot <> $3)) "
    "ORDER BY d.case_id, d.id"};
/// One step of the index per party, however long the queues are.
constexpr PgStatement kNextDue{
    "next_due",
    "WITH RECURSIVE line AS ((SELECT party FROM deliveries WHERE state IN (1, 3) "
    "ORDER BY party LIMIT 1) UNION ALL "
    "SELECT d.party FROM line CROSS JOIN LATERAL ("
    "SELECT party FROM deliveries WHERE state IN (1, 3) AND party > line.party "
    "ORDER BY party LIMIT 1) AS d) "
    "SELECT min(at) FROM (SELECT d.due_at AS at FROM line CROSS JOIN LATERAL ("
    "SELECT due_at FROM deliveries WHERE state IN (1, 3) AND party = line.party AND due_at > $1 "
    "ORDER BY due_at LIMIT 1) AS d UNION ALL "
    "(SELECT wake_at FROM cases WHERE wake_at > $1 ORDER BY wake_at LIMIT 1)) AS next"};
constexpr PgStatement kDueCases{"due_cases",
                                "SELECT case_id FROM cases WHERE wake_at IS NOT NULL AND "
                                "wake_at <= $1 ORDER BY wake_at, case_id LIMIT $2"};

}  // namespace

StoredDelivery read_delivery(const PgRows& rows, int row) {
    return {.id = rows.id<DeliveryId>(row, 0),
            .case_id = rows.id<CaseId>(row, 1),
            .case_number = rows.text(row, 2),
            .party = rows.text(row, 3),
            .map = rows.text(row, 4),
            .state = static_cast<DeliveryState>(rows.integer(row, 5)),
            .due_at = rows.instant(row, 6),
            .attempts = static_cast<std::uint32_t>(rows.integer(row, 7)),
            .cause = rows.text(row, 8),
            .bundle = {},
            .body = {}};
}

StoredDelivery read_whole_delivery(const PgRows& rows, int row) {
    StoredDelivery one = read_delivery(rows, row);
    one.body = rows.text(row, 9);
    one.bundle = rows.text(row, 10);
    one.sm3 = rows.text(row, 11);
    return one;
}

PgCall lease_call(const LeaseRequest& request, std::int64_t boot, std::int64_t slot) {
    PgArray parties(PgType::Text);
    PgArray most(PgType::Int8);
    for (const auto& [party, count] : request.capacity) {
        if (count == 0) continue;
        parties.add(std::string_view(party));
        most.add(to_limit(count));
    }
    return {&kLease, PgArgs::of(std::move(parties), std::move(most), request.now, request.until,
                                std::string_view(request.node), boot, slot)};
}

std::vector<StoredDelivery> read_leased(const PgRows& rows) {
    auto out = collect(rows, [&](int row) {
        StoredDelivery one = read_delivery(rows, row);
        one.body = rows.text(row, 9);
        one.bundle = rows.text(row, 10);
        return one;
    });
    std::sort(out.begin(), out.end(), [](const StoredDelivery& a, const StoredDelivery& b) {
        return std::tie(a.party, a.due_at, a.id) < std::tie(b.party, b.due_at, b.id);
    });
    return out;
}

Result<std::vector<StoredDelivery>> PostgresStore::lease(
    Instant now,
    Instant until,
    const std::string& node,
    const std::map<std::string, std::size_t>& capacity) {
    if (capacity.empty()) return std::vector<StoredDelivery>();
    PgCall call = lease_call({now, until, node, capacity}, boot_, counts_slot(boot_));
    const std::lock_guard lock(leasing_);
    LQ_TRY(const PgRows rows, leaser_.run(*call.statement, std::move(call.args)));
    return read_leased(rows);
}

Result<std::vector<StoredDelivery>> PostgresStore::lapsed(Instant now, const std::string& node) {
    LQ_TRY(const PgRows rows, read(kLapsed, PgArgs::of(now, std::string_view(node), boot_)));
    return collect(rows, [&](int row) { return read_delivery(rows, row); });
}

Result<std::optional<Instant>> PostgresStore::next_due(Instant now) {
    LQ_TRY(const PgRows rows, read(kNextDue, PgArgs::of(now)));
    if (rows.is_null(0, 0)) return std::optional<Instant>();
    return std::optional(rows.instant(0, 0));
}

Result<std::vector<CaseId>> PostgresStore::due_cases(Instant now, std::size_t limit) {
    LQ_TRY(const PgRows rows, read(kDueCases, PgArgs::of(now, to_limit(limit))));
    return collect(rows, [&](int row) { return rows.id<CaseId>(row, 0); });
}

}  // namespace luqiao::broker
