// What is old goes. Any node may; two that do it at once leave each other's cases alone.
#include "broker/audit.h"
#include "broker/store_postgres.h"
#include "broker/store_postgres_batch.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::broker {
namespace {

#define LQ_SETTLED_                                                                      \
    "NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.case_id = c.case_id AND d.state " \
    "NOT IN (4, 5, 8))"

constexpr PgStatement kAgeingBodies{
    "ageing_bodies",
    "SELECT case_id, number, decided_at FROM cases AS c WHERE decided_at IS NOT NULL "
    "AND aged_at IS NULL AND decided_at < $1 AND (decided_at, case_id) > ($2, $3) "
    "AND " LQ_SETTLED_ " ORDER BY decided_at, case_id LIMIT $4"};
constexpr PgStatement kAgeingMetadata{
    "ageing_metadata",
    "SELECT case_id, number, decided_at FROM cases AS c WHERE aged_at IS NOT NULL "
    "AND decided_at < $1 AND (decided_at, case_id) > ($2, $3) "
    "ORDER BY decided_at, case_id LIMIT $4"};

/// Of what is still as it was found; never waits for a turn that has one of them.
constexpr PgStatement kLock{
    "age_lock",
    "SELECT case_id FROM cases WHERE case_id = ANY ($1::uuid[]) AND decided_at < $2 "
    "AND (aged_at IS NOT NULL) = ($3 = 1) ORDER BY case_id FOR UPDATE SKIP LOCKED"};
/// A statement of its own: what a turn committed just before the lock, the one with the lock may
/// not see. From the lock on nobody changes a delivery of the case that is settled.
constexpr PgStatement kLocked{"age_locked",
                              "SELECT c.case_id, c.version FROM cases AS c WHERE c.case_id = ANY "
                              "($1::uuid[]) AND " LQ_SETTLED_ " ORDER BY c.case_id"};
constexpr PgStatement kBodies{
    "age_bodies",
    "SELECT case_id, delivery_id, body, bundle FROM bodies WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kSizes{
    "age_sizes",
    "SELECT (SELECT count(*) FROM messages WHERE case_id = ANY ($1::uuid[])), "
    "(SELECT coalesce(sum(length(body)), 0)::bigint FROM messages WHERE case_id = ANY "
    "($1::uuid[])) + (SELECT coalesce(sum(octet_length(record)), 0)::bigint FROM records "
    "WHERE case_id = ANY ($1::uuid[]))"};
constexpr PgStatement kDigests{
    "age_digests",
    "UPDATE deliveries AS t SET sm3 = u.sm3, bundle = u.bundle FROM unnest($1::uuid[], "
    "$2::uuid[], $3::text[], $4::text[]) AS u (case_id, id, sm3, bundle) "
    "WHERE t.case_id = u.case_id AND t.id = u.id"};
constexpr PgStatement kDeleteBodies{"age_delete_bodies",
                                    "DELETE FROM bodies WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kEmptyMessages{
    "age_messages", "UPDATE messages SET body = '' WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kEmptyRecords{
    "age_records", "UPDATE records SET record = '' WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kAgeTerms{
    "age_terms",
    "DELETE FROM terms AS t WHERE t.case_id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT 1 FROM "
    "unnest($2::uuid[], $3::bigint[]) AS k (case_id, term) WHERE k.case_id = t.case_id "
    "AND k.term = t.term)"};
constexpr PgStatement kAgeCases{
    "age_cases",
    "UPDATE cases SET aged_at = $2, version = version + 1, wake_at = NULL "
    "WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kStory{
    "age_story",
    "INSERT INTO timeline (case_id, version, place, at, event, party, item, detail) "
    "SELECT case_id, version, 0, $3, $4, '', '', '' FROM unnest($1::uuid[], $2::bigint[]) AS "
    "u (case_id, version)"};

constexpr PgStatement kTally{
    "age_tally",
    "SELECT 'deliveries.' || party || '.' || state, count(*) FROM deliveries "
    "WHERE case_id = ANY ($1::uuid[]) GROUP BY 1 UNION ALL "
    "SELECT 'messages', count(*) FROM messages WHERE case_id = ANY ($1::uuid[]) ORDER BY 1"};
constexpr PgStatement kDeleteKeys{
    "age_delete_keys",
    "DELETE FROM message_keys AS k USING messages AS m WHERE m.case_id = ANY ($1::uuid[]) "
    "AND k.party = m.party AND k.case_id = m.case_id AND k.message_id = m.id "
    "AND k.key_sm3 = ANY ($2::bytea[])"};
constexpr PgStatement kAgeKeys{"age_keys",
                               "SELECT dedup_key FROM messages WHERE case_id = ANY ($1::uuid[])"};
constexpr PgStatement kDeleteNumbers{
    "age_delete_numbers",
    "DELETE FROM case_numbers AS n USING cases AS c WHERE c.case_id = ANY ($1::uuid[]) "
    "AND n.number = c.number"};
constexpr std::array kDeletes{
    PgStatement{"age_delete_messages", "DELETE FROM messages WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_deliveries", "DELETE FROM deliveries WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_records", "DELETE FROM records WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_timeline", "DELETE FROM timeline WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_alerts", "DELETE FROM alerts WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_terms", "DELETE FROM terms WHERE case_id = ANY ($1::uuid[])"},
    PgStatement{"age_delete_cases", "DELETE FROM cases WHERE case_id = ANY ($1::uuid[])"},
};

#undef LQ_SETTLED_

constexpr PgStatement kOldestAudit{"age_oldest_audit",
                                   "SELECT number, at, hash FROM audit ORDER BY number LIMIT $1"};
constexpr PgStatement kDeleteAudit{"age_delete_audit", "DELETE FROM audit WHERE number <= $1"};
constexpr PgStatement kPutStart{"age_put_start",
                                "INSERT INTO meta (name, value) VALUES ('audit_start', $1) "
                                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"};
constexpr PgStatement kMoveAudit{"move_audit", "UPDATE audit_head SET number = $1, hash = $2"};
constexpr PgStatement kNoteAudit{
    "age_note_audit",
    "INSERT INTO audit (number, at, actor, action, outcome, subject, hash) "
    "VALUES ($1, $2, convert_to($3, 'UTF8'), $4, $5, convert_to($6, 'UTF8'), $7)"};

Result<std::uint64_t> take_audit(PgConnection& connection,
                                 Instant before,
                                 std::size_t limit,
                                 AuditEntry note) {
    const std::array asks{PgCall{&kBegin}, PgCall{&kLockAudit},
                          PgCall{&kOldestAudit, PgArgs::of(to_limit(limit))}};
    LQ_TRY(const auto found, connection.run(asks));
    if (found[1].size() != 1) return fail(Errc::Corruption, "the audit has lost its head");
    const AuditHead head{static_cast<std::uint64_t>(found[1].integer(0, 0)), found[1].text(0, 1)};
    const PgRows& rows = found[2];
    std::uint64_t first = 0;
    AuditHead last;
    for (int row = 0; row < rows.size(); ++row) {
        const auto number = static_cast<std::uint64_t>(rows.integer(row, 0));
        if (rows.instant(row, 1) >= before || number >= head.number) break;
        if (first == 0) first = number;
        last = {number, rows.text(row, 2)};
    }
    if (first == 0) {
        LQ_TRY(const PgRows none, connection.run(kCommit));
        return std::uint64_t{0};
    }
    note.number = head.number + 1;
    note.subject = audit_expiry_subject(first, last);
    note.hash = audit_hash(head.hash, note);
    const std::string start = fmt::format("{} {}", last.number, last.hash);
    const auto number = static_cast<std::int64_t>(note.number);
    const std::array calls{
        PgCall{&kDeleteAudit, PgArgs::of(static_cast<std::int64_t>(last.number))},
        PgCall{&kPutStart, PgArgs::of(std::string_view(start))},
        PgCall{&kMoveAudit, PgArgs::of(number, std::string_view(note.hash))},
        PgCall{&kNoteAudit,
               PgArgs::of(number, note.at, std::string_view(note.actor),
                          std::string_view(note.action), std::string_view(note.outcome),
                          std::string_view(note.subject), std::string_view(note.hash))},
        PgCall{&kCommit}};
    LQ_TRY(const auto done, connection.run(calls));
    return last.number - first + 1;
}

/// What is in a month already when it gets its partition stays where it is; and who is in the way
/// for long is not waited for: the next run does it.
constexpr const char* kMakeMonths = R"sql(
DO $months$
DECLARE
    month timestamp;
    name  text;
    ends  text[];
BEGIN
    PERFORM pg_advisory_xact_lock(5425231942);
    PERFORM set_config('lock_timeout', '2s', true);
    FOR ahead IN 0..2 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        name := 'bodies_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass('luqiao.' || name) IS NOT NULL;
        SELECT array_agg(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
                         || repeat('0', 20) ORDER BY at)
            INTO ends FROM unnest(ARRAY[month, month + interval '1 month']) AS at;
        BEGIN
            EXECUTE format('CREATE TABLE luqiao.%I PARTITION OF luqiao.bodies '
                           'FOR VALUES FROM (%L) TO (%L)', name, ends[1], ends[2]);
        EXCEPTION WHEN check_violation OR lock_not_available THEN
            NULL;
        END;
    END LOOP;
END $months$
)sql";

/// Months that are over and of which nothing is left. Who writes to one meanwhile keeps it. Each in
/// a transaction of its own: a drop locks the whole table, and the next month is looked through.
constexpr const char* kDropMonths = R"sql(
DO $months$
DECLARE
    name   text;
    filled boolean;
BEGIN
    FOR name IN SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'luqiao.bodies'::regclass AND c.relname ~ '^bodies_[0-9]{6}$'
        AND c.relname < 'bodies_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') ORDER BY 1
    LOOP
        PERFORM set_config('lock_timeout', '500ms', true);
        BEGIN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM luqiao.%I)', name) INTO filled;
            IF NOT filled THEN
                EXECUTE format('LOCK TABLE luqiao.%I IN ACCESS EXCLUSIVE MODE', name);
                EXECUTE format('SELECT EXISTS (SELECT 1 FROM luqiao.%I)', name) INTO filled;
                IF NOT filled THEN EXECUTE format('DROP TABLE luqiao.%I', name); END IF;
            END IF;
        EXCEPTION WHEN lock_not_available OR deadlock_detected OR undefined_table THEN
            NULL;  -- it is in use, or another node was first
        END;
        COMMIT;
    END LOOP;
END $months$
)sql";
constexpr PgStatement kBodiesSize{
    "bodies_size",
    "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits "
    "WHERE inhparent = 'luqiao.bodies'::regclass"};

/// The cases that are ours to take, and what goes with them; inside a transaction.
class PgTaker {
public:
    PgTaker(PgConnection& connection, const Expiry& expiry)
        : connection_(connection), expiry_(expiry) {}

    Result<Expired> run(std::int64_t slot) {
        LQ_CHECK(lock());
        if (ids_.size() > 0) {
            gone_.cases = ids_.size();
            LQ_CHECK(expiry_.what == Ageing::Bodies ? bodies() : metadata(slot));
        }
        LQ_TRY(const PgRows none, connection_.run(kCommit));
        return gone_;
    }

private:
    Status lock() {
        PgArray asked(PgType::Uuid);
        for (const ExpiringCase& one : expiry_.cases) asked.add(one.id);
        const std::array calls{
            PgCall{&kBegin},
            PgCall{&kLock, PgArgs::of(std::move(asked), expiry_.decided_before,
                                      std::int64_t{expiry_.what == Ageing::Metadata})}};
        LQ_TRY(const auto rows, connection_.run(calls));
        PgArray ours(PgType::Uuid);
        for (int row = 0; row < rows[1].size(); ++row) ours.add(rows[1].id<CaseId>(row, 0));
        LQ_TRY(const PgRows locked, connection_.run(kLocked, PgArgs::of(std::move(ours))));
        for (int row = 0; row < locked.size(); ++row) {
            ids_.add(locked.id<CaseId>(row, 0));
            versions_.add(locked.integer(row, 1) + 1);
        }
        return {};
    }

    PgArgs ids() const { return PgArgs::of(PgArray(ids_)); }

    Status bodies() {
        const std::array asks{PgCall{&kBodies, ids()}, PgCall{&kSizes, ids()}};
        LQ_TRY(const auto found, connection_.run(asks));
        PgArray cases(PgType::Uuid), deliveries(PgType::Uuid), sm3s(PgType::Text),
            bundles(PgType::Text);
        for (int row = 0; row < found[0].size(); ++row) {
            const std::string body = found[0].text(row, 2);
            cases.add(found[0].id<CaseId>(row, 0));
            deliveries.add(found[0].id<DeliveryId>(row, 1));
            sm3s.add(std::string_view(security::sm3_hex(body)));
            bundles.add(std::string_view(found[0].text(row, 3)));
            gone_.bytes += body.size();
        }
        gone_.bodies = deliveries.size() + static_cast<std::uint64_t>(found[1].integer(0, 0));
        gone_.bytes += static_cast<std::uint64_t>(found[1].integer(0, 1));
        PgArray kept_cases(PgType::Uuid), kept(PgType::Int8);
        for (const ExpiringCase& one : expiry_.cases) {
            for (const std::uint64_t term : one.terms_kept) {
                kept_cases.add(one.id);
                kept.add(static_cast<std::int64_t>(term));
            }
        }
        PgArgs terms = ids();
        terms.add(std::move(kept_cases));
        terms.add(std::move(kept));
        const std::array calls{
            PgCall{&kDigests, PgArgs::of(std::move(cases), std::move(deliveries), std::move(sm3s),
                                         std::move(bundles))},
            PgCall{&kDeleteBodies, ids()},
            PgCall{&kEmptyMessages, ids()},
            PgCall{&kEmptyRecords, ids()},
            PgCall{&kAgeTerms, std::move(terms)},
            PgCall{&kAgeCases, PgArgs::of(PgArray(ids_), expiry_.now)},
            PgCall{&kStory, PgArgs::of(PgArray(ids_), PgArray(versions_), expiry_.now,
                                       std::string_view(kBodiesExpired))},
        };
        LQ_TRY(const auto done, connection_.run(calls));
        return {};
    }

    Status metadata(std::int64_t slot) {
        const std::array asks{PgCall{&kTally, ids()}, PgCall{&kAgeKeys, ids()}};
        LQ_TRY(const auto found, connection_.run(asks));
        PgArray names(PgType::Text), differences(PgType::Int8), keys(PgType::Bytea);
        const auto cases = -static_cast<std::int64_t>(ids_.size());
        for (const std::string_view name : {"cases", "decided"}) {
            names.add(name);
            differences.add(cases);
        }
        for (int row = 0; row < found[0].size(); ++row) {
            names.add(std::string_view(count_name(found[0].text(row, 0))));
            differences.add(-found[0].integer(row, 1));
        }
        for (int row = 0; row < found[1].size(); ++row) {
            const security::Sm3 key = security::sm3(found[1].text(row, 0));
            keys.add(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
        }
        PgArgs key_args = ids();
        key_args.add(std::move(keys));
        std::vector<PgCall> calls;
        calls.push_back({&kDeleteKeys, std::move(key_args)});
        calls.push_back({&kDeleteNumbers, ids()});
        for (const PgStatement& statement : kDeletes) calls.push_back({&statement, ids()});
        calls.push_back({&kCount, PgArgs::of(slot, std::move(names), std::move(differences))});
        LQ_TRY(const auto done, connection_.run(calls));
        return {};
    }

    /// "deliveries.sti.4" -> "deliveries.sti.delivered"
    static std::string count_name(const std::string& name) {
        const std::size_t dot = name.rfind('.');
        if (dot == std::string::npos) return name;
        const auto state = static_cast<DeliveryState>(std::stoi(name.substr(dot + 1)));
        return fmt::format("{}.{}", name.substr(0, dot), to_string(state));
    }

    PgConnection& connection_;
    const Expiry& expiry_;
    PgArray ids_{PgType::Uuid};
    PgArray versions_{PgType::Int8};
    Expired gone_;
};

}  // namespace

Status make_months(PgConnection& connection) {
    return connection.execute(kMakeMonths);
}

/// Whole months at once, whatever `most` says: a partition that is dropped costs no more than its
/// lock. What is freed in others is used again, and the end of a table goes with its vacuum.
Result<GivenBack> PostgresStore::give_back(std::uint64_t /*most*/) {
    const std::lock_guard lock(ageing_);
    LQ_TRY(const PgRows before, ager_.run(kBodiesSize));
    LQ_CHECK(make_months(ager_));
    LQ_CHECK(ager_.execute(kDropMonths));
    LQ_TRY(const PgRows after, ager_.run(kBodiesSize));
    const std::int64_t bytes = before.integer(0, 0) - after.integer(0, 0);
    return GivenBack{static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes)), 0};
}

Result<std::vector<AgeingCase>> PostgresStore::ageing(const AgeQuery& query) {
    const auto after = query.after.value_or(std::pair(Instant{Duration{INT64_MIN}}, CaseId{}));
    LQ_TRY(const PgRows rows, read(query.what == Ageing::Bodies ? kAgeingBodies : kAgeingMetadata,
                                   PgArgs::of(query.decided_before, after.first, after.second,
                                              to_limit(query.limit))));
    std::vector<AgeingCase> out;
    out.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        out.push_back({rows.id<CaseId>(row, 0), rows.text(row, 1), rows.instant(row, 2)});
    }
    return out;
}

Result<Expired> PostgresStore::expire(const Expiry& expiry) {
    if (expiry.cases.empty()) return Expired{};
    const std::lock_guard lock(ageing_);
    auto gone = PgTaker(ager_, expiry).run(counts_slot(boot_));
    if (!gone) (void)ager_.roll_back();
    return gone;
}

Result<std::uint64_t> PostgresStore::expire_audit(Instant before,
                                                  std::size_t limit,
                                                  AuditEntry note) {
    const std::lock_guard lock(ageing_);
    auto gone = take_audit(ager_, before, limit, std::move(note));
    if (!gone) (void)ager_.roll_back();
    return gone;
}

}  // namespace luqiao::broker
