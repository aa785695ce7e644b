// What operators ask: failures by fingerprint, cases by what is known of them, kept documents.
#include "broker/store_postgres.h"

#include <utility>

namespace luqiao::broker {
namespace {

#define LQ_DELIVERY_COLUMNS_ \
    "d.id, d.case_id, c.number, d.party, d.map, d.state, d.due_at, d.attempts, d.cause"

constexpr PgStatement kDelivery{
    "find_delivery",
    "SELECT " LQ_DELIVERY_COLUMNS_
    ", b.body, coalesce(b.bundle, d.bundle), d.sm3 FROM deliveries AS d "
    "JOIN cases AS c USING (case_id) "
    "LEFT JOIN bodies AS b ON b.case_id = d.case_id AND b.delivery_id = d.id WHERE d.id = $1"};
constexpr PgStatement kDeliveryStates{
    "delivery_states", "SELECT id, state FROM deliveries WHERE id = ANY ($1::uuid[])"};
constexpr PgStatement kFailureGroups{
    "failure_groups",
    "SELECT party, map, cause, count(*), min(due_at), max(due_at) FROM deliveries "
    "WHERE state IN (3, 6, 7, 8) AND state = $1 GROUP BY party, map, cause ORDER BY party, map, "
    "cause"};
constexpr PgStatement kFailures{
    "failures",
    "SELECT " LQ_DELIVERY_COLUMNS_
    " FROM deliveries AS d JOIN cases AS c USING (case_id) "
    "WHERE d.state IN (3, 6, 7, 8) AND d.state = $1 AND ($2 = '' OR d.party = $2) "
    "AND ($3 = '' OR d.map = $3) AND ($4 = '' OR d.cause = $4) AND (d.due_at, d.id) > ($5, $6) "
    "ORDER BY d.due_at, d.id LIMIT $7"};
constexpr PgStatement kArrived{
    "arrived",
    "SELECT " LQ_DELIVERY_COLUMNS_
    ", b.body, coalesce(b.bundle, d.bundle), d.sm3 FROM deliveries AS d "
    "JOIN cases AS c USING (case_id) "
    "LEFT JOIN bodies AS b ON b.case_id = d.case_id AND b.delivery_id = d.id "
    "WHERE d.state IN (4, 5) AND d.party = $1 AND (d.due_at, d.id) > ($2, $3) AND d.due_at < $4 "
    "ORDER BY d.due_at, d.id LIMIT $5"};
constexpr PgStatement kReceived{
    "received",
    "SELECT id, case_id, party, format, dedup_key, sm3, nonce, bundle, at FROM messages "
    "WHERE party = $1 AND at >= $2 AND (at, id) > ($2, $3) AND at < $4 ORDER BY at, id LIMIT $5"};
constexpr PgStatement kCreated{"created", "SELECT created FROM cases WHERE case_id = $1"};
/// The one of several terms that the fewest cases have, looking at 4096 of each.
constexpr PgStatement kRarest{
    "rarest",
    "SELECT term FROM unnest($1::bigint[]) AS u (term) ORDER BY (SELECT count(*) FROM "
    "(SELECT 1 FROM terms AS t WHERE t.term = u.term LIMIT 4096) AS few) LIMIT 1"};
constexpr PgStatement kSearch{
    "search",
    "SELECT case_id, number, created, decided, decided_at FROM cases "
    "WHERE (created, case_id) < ($1, $2) AND created >= $3 AND created < $4 "
    "AND ($5 < 0 OR decided = ($5 = 1)) ORDER BY created DESC, case_id DESC LIMIT $6"};
/// The rarest term leads; the others are looked up per case.
constexpr PgStatement kSearchTerms{
    "search_terms",
    "SELECT c.case_id, c.number, c.created, c.decided, c.decided_at FROM terms AS t JOIN cases AS "
    "c "
    "USING (case_id) WHERE (t.created, t.case_id) < ($1, $2) AND t.created >= $3 "
    "AND t.created < $4 AND ($5 < 0 OR c.decided = ($5 = 1)) AND t.term = $7 "
    "AND NOT EXISTS (SELECT 1 FROM unnest($8::bigint[]) AS w (term) WHERE NOT EXISTS "
    "(SELECT 1 FROM terms AS x WHERE x.case_id = t.case_id AND x.term = w.term)) "
    "ORDER BY t.created DESC, t.case_id DESC LIMIT $6"};
constexpr PgStatement kCountFacts{
    "count_facts",
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM terms AS t WHERE t.term = u.term LIMIT $2) AS few)"
    " FROM unnest($1::bigint[]) WITH ORDINALITY AS u (term, place) ORDER BY place"};
constexpr PgStatement kDocuments{"documents",
                                 "SELECT name, value FROM documents WHERE starts_with(name, $1) "
                                 "ORDER BY name"};
constexpr PgStatement kDocumentNames{
    "document_names",
    "SELECT name FROM documents WHERE name > $2 AND name < $1 || chr(1114111) "
    "AND starts_with(name, $1) ORDER BY name LIMIT $3"};
/// All or none. Who changed one while this waited for its lock is seen: the row is looked at anew.
constexpr PgStatement kForget{
    "forget",
    "WITH same AS (SELECT d.name FROM documents AS d JOIN unnest($1::text[], $2::text[]) AS u "
    "(name, value) ON d.name = u.name WHERE d.value = u.value ORDER BY d.name FOR UPDATE OF d) "
    "DELETE FROM documents WHERE name IN (SELECT name FROM same) "
    "AND (SELECT count(*) FROM same) = cardinality($1::text[])"};
constexpr PgStatement kClock{"clock",
                             "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"};

#undef LQ_DELIVERY_COLUMNS_

template <class IdType>
IdType greatest() {
    IdType out;
    out.bytes.fill(0xff);
    return out;
}

PgArray array_of(std::span<const std::uint64_t> terms) {
    PgArray out(PgType::Int8);
    for (const std::uint64_t term : terms) out.add(static_cast<std::int64_t>(term));
    return out;
}

std::int64_t milliseconds(const std::optional<Instant>& at, std::int64_t otherwise) {
    return at ? std::int64_t{at->time_since_epoch().count()} : otherwise;
}

}  // namespace

Result<std::optional<StoredDelivery>> PostgresStore::find_delivery(const DeliveryId& id) {
    LQ_TRY(const PgRows rows, read(kDelivery, PgArgs::of(id)));
    if (rows.size() == 0) return std::optional<StoredDelivery>();
    return std::optional(read_whole_delivery(rows, 0));
}

Result<std::map<DeliveryId, DeliveryState>> PostgresStore::delivery_states(
    std::span<const DeliveryId> ids) {
    PgArray asked(PgType::Uuid);
    for (const DeliveryId& id : ids) asked.add(id);
    LQ_TRY(const PgRows rows, read(kDeliveryStates, PgArgs::of(std::move(asked))));
    std::map<DeliveryId, DeliveryState> out;
    for (int row = 0; row < rows.size(); ++row) {
        out.emplace(rows.id<DeliveryId>(row, 0), static_cast<DeliveryState>(rows.integer(row, 1)));
    }
    return out;
}

Result<std::vector<FailureGroup>> PostgresStore::failure_groups(DeliveryState state) {
    LQ_TRY(const PgRows rows, read(kFailureGroups, PgArgs::of(static_cast<std::int64_t>(state))));
    return collect(rows, [&](int row) {
        return FailureGroup{.party = rows.text(row, 0),
                            .map = rows.text(row, 1),
                            .cause = rows.text(row, 2),
                            .count = static_cast<std::uint64_t>(rows.integer(row, 3)),
                            .oldest = rows.instant(row, 4),
                            .newest = rows.instant(row, 5)};
    });
}

Result<std::vector<StoredDelivery>> PostgresStore::failures(const FailureQuery& query) {
    const Instant after = query.after ? query.after->first : Instant::min();
    const DeliveryId id = query.after ? query.after->second : DeliveryId{};
    LQ_TRY(const PgRows rows,
           read(kFailures,
                PgArgs::of(static_cast<std::int64_t>(query.state), std::string_view(query.party),
                           std::string_view(query.map), std::string_view(query.cause), after, id,
                           to_limit(query.limit))));
    return collect(rows, [&](int row) { return read_delivery(rows, row); });
}

Result<std::vector<StoredDelivery>> PostgresStore::arrived(const TrafficQuery<DeliveryId>& query) {
    const auto [from, id] = page_start(query);
    LQ_TRY(const PgRows rows, read(kArrived, PgArgs::of(std::string_view(query.party), from, id,
                                                        query.until, to_limit(query.limit))));
    return collect(rows, [&](int row) { return read_whole_delivery(rows, row); });
}

Result<std::vector<InboundMessage>> PostgresStore::received(const TrafficQuery<MessageId>& query) {
    const auto [from, id] = page_start(query);
    LQ_TRY(const PgRows rows, read(kReceived, PgArgs::of(std::string_view(query.party), from, id,
                                                         query.until, to_limit(query.limit))));
    return collect(rows, [&](int row) {
        return InboundMessage{.id = rows.id<MessageId>(row, 0),
                              .case_id = rows.id<CaseId>(row, 1),
                              .party = rows.text(row, 2),
                              .format = rows.text(row, 3),
                              .dedup_key = rows.text(row, 4),
                              .sm3 = rows.text(row, 5),
                              .nonce = rows.text(row, 6),
                              .bundle = rows.text(row, 7),
                              .body = {},
                              .at = rows.instant(row, 8)};
    });
}

Result<std::vector<FoundCase>> PostgresStore::search(const CaseQuery& query) {
    std::int64_t created = INT64_MAX;
    auto before = greatest<CaseId>();
    if (query.before) {
        LQ_TRY(const PgRows last, read(kCreated, PgArgs::of(*query.before)));
        if (last.size() > 0) created = last.integer(0, 0), before = *query.before;
    }
    PgArgs args = PgArgs::of(
        created, before, milliseconds(query.from, INT64_MIN), milliseconds(query.until, INT64_MAX),
        std::int64_t{query.decided ? (*query.decided ? 1 : 0) : -1}, to_limit(query.limit));
    if (!query.terms.empty()) {
        LQ_TRY(const PgRows rarest, read(kRarest, PgArgs::of(array_of(query.terms))));
        args.add(rarest.integer(0, 0));
        args.add(array_of(query.terms));
    }
    auto found = read(query.terms.empty() ? kSearch : kSearchTerms, std::move(args));
    if (!found && query.looks_most != SIZE_MAX && is_timeout(found.error())) return too_wide();
    LQ_TRY(const PgRows rows, std::move(found));
    return collect(rows, [&](int row) {
        return FoundCase{.id = rows.id<CaseId>(row, 0),
                         .number = rows.text(row, 1),
                         .accepted_at = rows.instant(row, 2),
                         .decided = rows.flag(row, 3),
                         .decided_at = rows.maybe_instant(row, 4)};
    });
}

Result<std::vector<std::uint64_t>> PostgresStore::count_facts(std::span<const std::uint64_t> facts,
                                                              std::uint64_t most) {
    LQ_TRY(const PgRows rows, read(kCountFacts, PgArgs::of(array_of(facts), to_limit(most))));
    return collect(rows, [&](int row) { return static_cast<std::uint64_t>(rows.integer(row, 0)); });
}

Result<std::optional<Instant>> PostgresStore::clock() {
    LQ_TRY(const PgRows rows, read(kClock, PgArgs{}));
    return std::optional(rows.instant(0, 0));
}

Result<std::map<std::string, std::string>> PostgresStore::kept(const std::string& prefix) {
    LQ_TRY(const PgRows rows, read(kDocuments, PgArgs::of(std::string_view(prefix))));
    std::map<std::string, std::string> out;
    for (int row = 0; row < rows.size(); ++row) out[rows.text(row, 0)] = rows.text(row, 1);
    return out;
}

Result<std::vector<std::string>> PostgresStore::kept_names(const DocumentQuery& query) {
    const std::string_view after = std::max(query.prefix, query.after);
    LQ_TRY(const PgRows rows, read(kDocumentNames, PgArgs::of(std::string_view(query.prefix), after,
                                                              to_limit(query.limit))));
    return collect(rows, [&](int row) { return rows.text(row, 0); });
}

Status PostgresStore::forget(const std::map<std::string, std::string>& documents) {
    if (documents.empty()) return {};
    PgArray names(PgType::Text), values(PgType::Text);
    for (const auto& [name, value] : documents) {
        names.add(std::string_view(name));
        values.add(std::string_view(value));
    }
    const std::lock_guard lock(ageing_);
    LQ_TRY(const PgRows gone, ager_.run(kForget, PgArgs::of(std::move(names), std::move(values))));
    return gone.written() == documents.size() ? Status() : Status(document_changed());
}

}  // namespace luqiao::broker
