// What operators ask: failures by fingerprint, cases by what is known of them.
#include "broker/store_sqlite.h"
#include "broker/store_sqlite_rows.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr StatementText<FindStatements> kFindSql[]{
    {&FindStatements::delivery,
     "SELECT " LQ_DELIVERY_COLUMNS_
     ", b.body, coalesce(b.bundle, d.bundle), d.sm3 FROM deliveries AS d INDEXED BY deliveries_id "
     "CROSS JOIN cases AS c ON c.key = d.case_key LEFT JOIN bodies AS b ON b.key = d.body_key "
     "WHERE d.id = ?"},
    {&FindStatements::delivery_state,
     "SELECT state FROM deliveries INDEXED BY deliveries_id WHERE id = ?"},
    {&FindStatements::failure_groups,
     "SELECT party, map, cause, count(*), min(due_at), max(due_at) "
     "FROM deliveries INDEXED BY deliveries_failed "
     "WHERE state IN (3, 6, 7, 8) AND state = ? GROUP BY party, map, cause ORDER BY party, map, "
     "cause"},
    {&FindStatements::failures,
     "SELECT " LQ_DELIVERY_COLUMNS_ " FROM deliveries AS d INDEXED BY deliveries_failed "
     "CROSS JOIN cases AS c ON c.key = d.case_key "
     "WHERE d.state IN (3, 6, 7, 8) AND d.state = ?1 AND (?2 = '' OR d.party = ?2) "
     "AND (?3 = '' OR d.map = ?3) AND (?4 = '' OR d.cause = ?4) AND (d.due_at, d.id) > (?5, ?6) "
     "ORDER BY d.due_at, d.id LIMIT ?7"},
    {&FindStatements::failures_of_group,
     "SELECT " LQ_DELIVERY_COLUMNS_ " FROM deliveries AS d INDEXED BY deliveries_failed "
     "CROSS JOIN cases AS c ON c.key = d.case_key "
     "WHERE d.state IN (3, 6, 7, 8) AND d.state = ?1 AND d.party = ?2 AND d.map = ?3 AND d.cause = "
     "?4 "
     "AND (d.due_at, d.id) > (?5, ?6) ORDER BY d.due_at, d.id LIMIT ?7"},
    {&FindStatements::arrived,
     "SELECT " LQ_DELIVERY_COLUMNS_ ", b.body, coalesce(b.bundle, d.bundle), d.sm3 "
     "FROM deliveries AS d INDEXED BY deliveries_arrived "
     "CROSS JOIN cases AS c ON c.key = d.case_key LEFT JOIN bodies AS b ON b.key = d.body_key "
     "WHERE d.state IN (4, 5) AND d.party = ?1 AND (d.due_at, d.id) > (?2, ?3) AND d.due_at < ?4 "
     "ORDER BY d.due_at, d.id LIMIT ?5"},
    {&FindStatements::received,
     "SELECT " LQ_MESSAGE_COLUMNS_
     " FROM messages AS m INDEXED BY messages_at CROSS JOIN cases AS c ON c.key = m.case_key "
     "WHERE m.party = ?1 AND m.at >= ?2 AND (m.at, m.id) > (?2, ?3) AND m.at < ?4 "
     "ORDER BY m.at, m.id LIMIT ?5"},
    {&FindStatements::key_of_case, "SELECT key FROM cases WHERE id = ?"},
    {&FindStatements::cases,
     "SELECT key, id, number, created, decided, decided_at FROM cases WHERE key BETWEEN ? AND ? "
     "ORDER BY key DESC"},
    {&FindStatements::case_of_key,
     "SELECT key, id, number, created, decided, decided_at FROM cases WHERE key = ?"},
    {&FindStatements::seek_term,
     "SELECT case_key FROM terms WHERE term = ? AND case_key <= ? ORDER BY case_key DESC LIMIT 1"},
    {&FindStatements::count_term,
     "SELECT count(*) FROM (SELECT 1 FROM terms WHERE term = ? LIMIT ?)"},
    {&FindStatements::case_from,
     "SELECT key, created FROM cases WHERE key >= ? ORDER BY key LIMIT 1"},
    {&FindStatements::newest_key, "SELECT coalesce(max(key), 0) FROM cases"},
    {&FindStatements::documents,
     "SELECT name, value FROM documents WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 "
     "AND name < ?1 || char(1114111) ORDER BY name"},
    {&FindStatements::document_names,
     "SELECT name FROM documents WHERE name > ?2 AND substr(name, 1, length(?1)) = ?1 "
     "AND name < ?1 || char(1114111) ORDER BY name LIMIT ?3"},
    {&FindStatements::ageing_bodies,
     "SELECT id, number, decided_at FROM cases INDEXED BY cases_decided "
     "WHERE decided_at IS NOT NULL AND aged_at IS NULL AND decided_at < ?1 "
     "AND decided_at >= ?2 AND (decided_at, id) > (?2, ?3) AND NOT EXISTS (SELECT 1 FROM "
     "deliveries AS d WHERE d.case_key = cases.key AND d.state NOT IN (4, 5, 8)) "
     "ORDER BY decided_at, id LIMIT ?4"},
    {&FindStatements::ageing_metadata,
     "SELECT id, number, decided_at FROM cases INDEXED BY cases_aged "
     "WHERE aged_at IS NOT NULL AND decided_at < ?1 "
     "AND decided_at >= ?2 AND (decided_at, id) > (?2, ?3) ORDER BY decided_at, id LIMIT ?4"},
};

constexpr std::int64_t kNewest = INT64_MAX;
constexpr Duration kClockStep{3'600'000};  ///< a clock is set back by less

struct Candidate {
    std::int64_t key = 0;
    FoundCase found;
};

Candidate read_candidate(const SqliteRows& rows) {
    return {rows.integer(0),
            {.id = rows.id<CaseId>(1),
             .number = rows.text(2),
             .accepted_at = rows.instant(3),
             .decided = rows.integer(4) != 0,
             .decided_at = rows.maybe_instant(5)}};
}

/// One search on one reading connection.
class Search {
public:
    Search(FindStatements& sql, RecentKeys::View recent, const CaseQuery& query)
        : sql_(sql), recent_(std::move(recent)), query_(query) {}

    Result<std::vector<FoundCase>> run() {
        LQ_CHECK(find_start());
        LQ_CHECK(query_.terms.empty() ? walk_time() : walk_terms());
        return std::move(out_);
    }

private:
    /// Where the page begins.
    Status find_start() {
        if (!query_.before) return {};
        SqliteRows rows = sql_.key_of_case.query(*query_.before);
        LQ_TRY(const bool found, rows.next());
        if (found) key_ = rows.integer(0);
        return {};
    }

    /// Newest first through the time asked for.
    Status walk_time() {
        LQ_TRY(const std::int64_t lowest, first_key());
        LQ_TRY(const std::int64_t highest, last_key());
        SqliteRows rows = sql_.cases.query(lowest, highest);
        while (out_.size() < query_.limit) {
            LQ_TRY(const bool more, rows.next());
            if (!more) return {};
            LQ_CHECK(look());
            const Candidate one = read_candidate(rows);
            if (fits(one.found)) out_.push_back(one.found);
        }
        return {};
    }

    /// Newest first through the cases that have every term: each term leaps to where the one before
    /// it stands, so that the rarest one sets the pace.
    Status walk_terms() {
        LQ_TRY(const std::int64_t lowest, first_key());
        LQ_TRY(std::int64_t key, last_key());
        while (out_.size() < query_.limit) {
            LQ_TRY(const std::optional<std::int64_t> met, meet(key));
            if (!met || *met < lowest) return {};
            if (*met == key || query_.terms.size() == 1) {
                LQ_CHECK(add(*met));
                key = *met - 1;
            } else {
                key = *met;
            }
        }
        return {};
    }

    /// Keys follow the order of arrival, and times do but where the clock was set back.
    Result<std::int64_t> first_key() {
        if (!query_.from) return std::int64_t{0};
        return key_at(*query_.from - kClockStep);
    }
    Result<std::int64_t> last_key() {
        if (!query_.until) return key_ - 1;
        LQ_TRY(const std::int64_t end, key_at(*query_.until + kClockStep));
        return std::min(end, key_ - 1);
    }
    /// Behind the last case accepted before `created`, by halves.
    Result<std::int64_t> key_at(Instant created) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        {
            SqliteRows rows = sql_.newest_key.query();
            LQ_TRY(const bool found, rows.next());
            high = found ? rows.integer(0) + 1 : 0;
        }
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            SqliteRows rows = sql_.case_from.query(middle);
            LQ_TRY(const bool found, rows.next());
            if (found && rows.instant(1) < created) {
                low = rows.integer(0) + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
    [[nodiscard]] bool fits(const FoundCase& one) const {
        return (!query_.from || one.accepted_at >= *query_.from) &&
               (!query_.until || one.accepted_at < *query_.until) &&
               (!query_.decided || one.decided == *query_.decided);
    }

    /// The newest case at or before `key` at which the terms, asked in turn, arrive: `key` itself
    /// when it has them all.
    Result<std::optional<std::int64_t>> meet(std::int64_t key) {
        for (const std::uint64_t term : query_.terms) {
            LQ_CHECK(look());
            std::optional<std::int64_t> met = recent_.seek(term, key);
            SqliteRows rows = sql_.seek_term.query(static_cast<std::int64_t>(term), key);
            LQ_TRY(const bool found, rows.next());
            if (found) met = std::max(met.value_or(rows.integer(0)), rows.integer(0));
            if (!met) return met;
            key = *met;
        }
        return std::optional(key);
    }

    /// Terms that are frequent each and never together would be gone through to their end.
    Status look() {
        if (++looks_ > query_.looks_most) return too_wide();
        return {};
    }

    Status add(std::int64_t key) {
        SqliteRows rows = sql_.case_of_key.query(key);
        LQ_TRY(const bool found, rows.next());
        if (!found) return {};  // it aged since its term was read
        const FoundCase one = read_candidate(rows).found;
        if (fits(one)) out_.push_back(one);
        return {};
    }

    FindStatements& sql_;
    const RecentKeys::View recent_;  ///< of terms
    const CaseQuery& query_;
    std::int64_t key_ = kNewest;
    std::size_t looks_ = 0;
    std::vector<FoundCase> out_;
};

}  // namespace

Result<FindStatements> FindStatements::prepare(const SqliteConnection& connection) {
    return prepare_all(connection, kFindSql);
}

Result<std::optional<StoredDelivery>> SqliteStore::find_delivery(const DeliveryId& id) {
    const ReaderLease lease = reader();
    SqliteRows rows = lease.find().delivery.query(id);
    LQ_TRY(const bool found, rows.next());
    if (!found) return std::optional<StoredDelivery>();
    StoredDelivery delivery = read_delivery_row(rows);
    delivery.body = rows.text(9);
    delivery.bundle = rows.text(10);
    delivery.sm3 = rows.text(11);
    return std::optional(std::move(delivery));
}

Result<std::map<DeliveryId, DeliveryState>> SqliteStore::delivery_states(
    std::span<const DeliveryId> ids) {
    std::map<DeliveryId, DeliveryState> out;
    const ReaderLease lease = reader();
    for (const DeliveryId& id : ids) {
        SqliteRows rows = lease.find().delivery_state.query(id);
        LQ_TRY(const bool found, rows.next());
        if (found) out.emplace(id, static_cast<DeliveryState>(rows.integer(0)));
    }
    return out;
}

Result<std::vector<FailureGroup>> SqliteStore::failure_groups(DeliveryState state) {
    const ReaderLease lease = reader();
    return collect(lease.find().failure_groups.query(static_cast<std::int64_t>(state)),
                   [](const SqliteRows& rows) {
                       return FailureGroup{.party = rows.text(0),
                                           .map = rows.text(1),
                                           .cause = rows.text(2),
                                           .count = static_cast<std::uint64_t>(rows.integer(3)),
                                           .oldest = rows.instant(4),
                                           .newest = rows.instant(5)};
                   });
}

Result<std::vector<StoredDelivery>> SqliteStore::failures(const FailureQuery& query) {
    const ReaderLease lease = reader();
    const bool whole = !query.party.empty() && !query.map.empty() && !query.cause.empty();
    SqliteStatement& sql = whole ? lease.find().failures_of_group : lease.find().failures;
    const Instant after = query.after ? query.after->first : Instant::min();
    const DeliveryId id = query.after ? query.after->second : DeliveryId{};
    return collect(sql.query(static_cast<std::int64_t>(query.state), query.party, query.map,
                             query.cause, after, id, to_limit(query.limit)),
                   read_delivery_row);
}

Result<std::vector<StoredDelivery>> SqliteStore::arrived(const TrafficQuery<DeliveryId>& query) {
    const ReaderLease lease = reader();
    const auto [from, id] = page_start(query);
    return collect(
        lease.find().arrived.query(query.party, from, id, query.until, to_limit(query.limit)),
        [](const SqliteRows& rows) {
            StoredDelivery delivery = read_delivery_row(rows);
            delivery.body = rows.text(9);
            delivery.bundle = rows.text(10);
            delivery.sm3 = rows.text(11);
            return delivery;
        });
}

Result<std::vector<InboundMessage>> SqliteStore::received(const TrafficQuery<MessageId>& query) {
    const ReaderLease lease = reader();
    const auto [from, id] = page_start(query);
    return collect(
        lease.find().received.query(query.party, from, id, query.until, to_limit(query.limit)),
        read_message);
}

Result<std::vector<FoundCase>> SqliteStore::search(const CaseQuery& query) {
    RecentKeys::View recent = recent_.views().terms;  // before the index is asked
    const ReaderLease lease = reader();
    return Search(lease.find(), std::move(recent), query).run();
}

Result<std::vector<std::uint64_t>> SqliteStore::count_facts(std::span<const std::uint64_t> facts,
                                                            std::uint64_t most) {
    const ReaderLease lease = reader();  // facts are in the index at once: none waits in memory
    std::vector<std::uint64_t> out;
    for (const std::uint64_t fact : facts) {
        SqliteRows rows =
            lease.find().count_term.query(static_cast<std::int64_t>(fact), to_limit(most));
        LQ_TRY(const bool found, rows.next());
        out.push_back(found ? static_cast<std::uint64_t>(rows.integer(0)) : 0);
    }
    return out;
}

Result<std::map<std::string, std::string>> SqliteStore::kept(const std::string& prefix) {
    const ReaderLease lease = reader();
    std::map<std::string, std::string> out;
    SqliteRows rows = lease.find().documents.query(prefix);
    for (;;) {
        LQ_TRY(const bool more, rows.next());
        if (!more) return out;
        out[rows.text(0)] = rows.text(1);
    }
}

Result<std::vector<std::string>> SqliteStore::kept_names(const DocumentQuery& query) {
    const ReaderLease lease = reader();
    return collect(lease.find().document_names.query(
                       query.prefix, std::max(query.prefix, query.after), to_limit(query.limit)),
                   [](const SqliteRows& rows) { return rows.text(0); });
}

}  // namespace luqiao::broker
