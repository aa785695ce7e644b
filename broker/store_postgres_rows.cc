// What a batch writes: each table in one statement, whole columns as arrays.
#include "broker/store_postgres.h"
#include "broker/store_postgres_batch.h"

namespace luqiao::broker {
namespace {

/// Its own transaction, after the commit: within it, all commits of the database would wait in one
/// line for the notification queue. It need not be durable.
constexpr PgStatement kNotify{
    "notify", "SELECT set_config('synchronous_commit', 'off', true), pg_notify('luqiao', $1)"};

/// Tables that get a row each for the same thing share a statement, and what they have alike.
constexpr PgStatement kInsertMessages{
    "insert_messages",
    "WITH k AS (INSERT INTO message_keys (key_sm3, party, case_id, message_id) SELECT "
    "unnest($11::bytea[]), unnest($3::text[]), unnest($1::uuid[]), unnest($2::uuid[])) "
    "INSERT INTO messages (case_id, id, party, format, dedup_key, sm3, nonce, bundle, at, "
    "body) SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::text[]), "
    "unnest($4::text[]), unnest($5::bytea[]), unnest($6::text[]), unnest($7::bytea[]), "
    "unnest($8::text[]), unnest($9::bigint[]), unnest($10::bytea[])"};
constexpr PgStatement kInsertCases{
    "insert_cases",
    "WITH n AS (INSERT INTO case_numbers (number, case_id) SELECT unnest($2::text[]), "
    "unnest($1::uuid[])), r AS (INSERT INTO records (case_id, record) SELECT unnest($1::uuid[]), "
    "unnest($8::text[])) "
    "INSERT INTO cases (case_id, number, version, decided, created, wake_at, state, decided_at) "
    "SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::bigint[]), "
    "unnest($4::bigint[]) IS NOT NULL, unnest($5::bigint[]), unnest($6::bigint[]), "
    "unnest($7::text[]), unnest($4::bigint[])"};
constexpr PgStatement kUpdateCases{
    "update_cases",
    "UPDATE cases AS t SET version = u.version, decided = u.decided IS NOT NULL, "
    "wake_at = u.wake_at, state = u.state, decided_at = CASE WHEN u.decided IS NOT NULL "
    "THEN coalesce(t.decided_at, u.decided) END FROM unnest($1::uuid[], $2::bigint[], "
    "$3::bigint[], $4::bigint[], $5::text[]) "
    "AS u (case_id, version, decided, wake_at, state) WHERE t.case_id = u.case_id"};
constexpr PgStatement kUpdateRecords{
    "update_records",
    "UPDATE records AS t SET record = u.record FROM unnest($1::uuid[], $2::text[]) AS "
    "u (case_id, record) WHERE t.case_id = u.case_id"};
constexpr PgStatement kInsertDeliveries{
    "insert_deliveries",
    "WITH b AS (INSERT INTO bodies (case_id, delivery_id, body, bundle) SELECT "
    "unnest($1::uuid[]), unnest($2::uuid[]), unnest($11::bytea[]), unnest($12::text[])) "
    "INSERT INTO deliveries (case_id, id, version, place, party, map, state, due_at, "
    "attempts, cause) SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[]), "
    "unnest($4::int[]), unnest($5::text[]), unnest($6::text[]), unnest($7::int[]), "
    "unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::text[])"};
constexpr PgStatement kChangeDeliveries{
    "change_deliveries",
    "UPDATE deliveries AS t SET state = u.state, due_at = coalesce(u.due_at, t.due_at), "
    "cause = u.cause, lease_until = NULL, lease_node = NULL, lease_boot = NULL "
    "FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::text[]) "
    "AS u (case_id, id, state, due_at, cause) WHERE t.case_id = u.case_id AND t.id = u.id"};
constexpr PgStatement kChangeBodies{
    "change_bodies",
    "UPDATE bodies AS t SET body = u.body, bundle = u.bundle "
    "FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::text[]) "
    "AS u (case_id, id, body, bundle) WHERE t.case_id = u.case_id AND t.delivery_id = u.id"};
constexpr PgStatement kInsertTimeline{
    "insert_timeline",
    "INSERT INTO timeline (case_id, version, place, at, event, party, item, detail) SELECT "
    "unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::int[]), unnest($4::bigint[]), "
    "unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[])"};
constexpr PgStatement kInsertAlerts{
    "insert_alerts",
    "INSERT INTO alerts (case_id, version, place, code, item) SELECT unnest($1::uuid[]), "
    "unnest($2::bigint[]), unnest($3::int[]), unnest($4::text[]), unnest($5::text[])"};
constexpr PgStatement kInsertTerms{
    "insert_terms",
    "INSERT INTO terms (case_id, term, created) SELECT unnest($1::uuid[]), "
    "unnest($2::bigint[]), unnest($3::bigint[]) ON CONFLICT DO NOTHING"};
constexpr PgStatement kEndTerms{
    "end_terms",
    "DELETE FROM terms AS t USING unnest($1::uuid[], $2::bigint[]) AS u (case_id, term) "
    "WHERE t.case_id = u.case_id AND t.term = u.term"};
constexpr PgStatement kPutDocuments{
    "put_documents",
    "INSERT INTO documents (name, value) SELECT * FROM unnest($1::text[], $2::text[]) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"};

constexpr std::size_t kSizeBytes = 4;  ///< before each element of an array

std::string_view view(const std::string& text) {
    return text;
}

std::int64_t signed_number(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

}  // namespace

Status PgBatch::write() {
    std::vector<PgCall> calls;
    if (!begun_) calls.push_back({&kBegin});
    write_messages(calls);
    write_cases(calls);
    write_created(calls);
    write_changed(calls);
    write_stories(calls);
    write_terms(calls);
    write_documents(calls);
    write_audit(calls);   // late: whoever else audits waits until this commit is durable
    write_counts(calls);  // who holds its slot waits for nobody, and a lease skips what is locked
    const std::size_t lease = calls.size();
    for (const LeaseRequest* request : leases_) calls.push_back(lease_call(*request, boot_, slot_));
    calls.push_back({&kCommit});
    if (!taken_.empty()) {
        calls.push_back({&kNotify, PgArgs::of(std::string_view(std::to_string(boot_)))});
    }
    const auto written = connection_.start(calls, lease + leases_.size());
    if (!written) return written.error();
    for (std::size_t index = 0; index < leases_.size(); ++index) {
        leased_.push_back(read_leased((*written)[lease + index]));
    }
    return {};
}

void PgBatch::write_messages(std::vector<PgCall>& calls) const {
    if (messages_.empty()) return;
    PgArray keys(PgType::Bytea), parties(PgType::Text), cases(PgType::Uuid), ids(PgType::Uuid);
    PgArray formats(PgType::Text), dedup(PgType::Bytea), sm3s(PgType::Text), nonces(PgType::Bytea),
        bundles(PgType::Text), ats(PgType::Int8), bodies(PgType::Bytea);
    std::size_t room = 0;
    for (const auto& [key, message] : messages_) room += message->body.size() + kSizeBytes;
    bodies.reserve(room);
    for (const auto& [key, message] : messages_) {  // by key: two nodes lock in the same order
        keys.add(
            std::string_view(reinterpret_cast<const char*>(key.first.data()), key.first.size()));
        parties.add(view(message->party));
        cases.add(message->case_id);
        ids.add(message->id);
        formats.add(view(message->format));
        dedup.add(view(message->dedup_key));
        sm3s.add(view(message->sm3));
        nonces.add(view(message->nonce));
        bundles.add(view(message->bundle));
        ats.add(message->at);
        bodies.add(view(message->body));
    }
    calls.push_back(
        {&kInsertMessages,
         PgArgs::of(std::move(cases), std::move(ids), std::move(parties), std::move(formats),
                    std::move(dedup), std::move(sm3s), std::move(nonces), std::move(bundles),
                    std::move(ats), std::move(bodies), std::move(keys))});
}

void PgBatch::write_cases(std::vector<PgCall>& calls) const {
    PgArray numbers(PgType::Text), new_ids(PgType::Uuid), new_versions(PgType::Int8),
        new_decided(PgType::Int8), created(PgType::Int8), new_wakes(PgType::Int8),
        new_states(PgType::Text);
    PgArray ids(PgType::Uuid), versions(PgType::Int8), decided(PgType::Int8), wakes(PgType::Int8),
        states(PgType::Text);
    PgArray new_records(PgType::Text), record_ids(PgType::Uuid), records(PgType::Text);
    for (const auto& [id, row] : cases_) {
        if (row.last == nullptr) continue;
        const Unit& unit = *row.last;
        const bool is_new = row.stored == 0;
        if (is_new) {
            numbers.add(view(unit.state.number));
            created.add(unit.state.accepted_at);
        }
        (is_new ? new_ids : ids).add(id);
        (is_new ? new_versions : versions).add(signed_number(row.version));
        (is_new ? new_decided : decided).add(row.decided ? std::optional(unit.at) : std::nullopt);
        (is_new ? new_wakes : wakes).add(unit.wake_at);
        (is_new ? new_states : states).add(view(to_json(unit.state)));
        if (row.record != nullptr) {  // a new case has one, be it empty
            if (!is_new) record_ids.add(id);
            (is_new ? new_records : records)
                .add(row.record->record ? view(*row.record->record) : std::string_view());
        }
    }
    if (new_ids.size() > 0) {
        calls.push_back({&kInsertCases, PgArgs::of(std::move(new_ids), std::move(numbers),
                                                   std::move(new_versions), std::move(new_decided),
                                                   std::move(created), std::move(new_wakes),
                                                   std::move(new_states), std::move(new_records))});
    }
    if (ids.size() > 0) {
        calls.push_back(
            {&kUpdateCases, PgArgs::of(std::move(ids), std::move(versions), std::move(decided),
                                       std::move(wakes), std::move(states))});
    }
    if (record_ids.size() > 0) {
        calls.push_back({&kUpdateRecords, PgArgs::of(std::move(record_ids), std::move(records))});
    }
}

void PgBatch::write_created(std::vector<PgCall>& calls) const {
    PgArray cases(PgType::Uuid), ids(PgType::Uuid), versions(PgType::Int8), places(PgType::Int4),
        parties(PgType::Text), maps(PgType::Text), states(PgType::Int4), dues(PgType::Int8),
        attempts(PgType::Int8), causes(PgType::Text), bodies(PgType::Bytea), bundles(PgType::Text);
    std::size_t room = 0;
    for (const auto& [key, row] : deliveries_) {
        if (row.created != nullptr) room += row.created->body.size() + kSizeBytes;
    }
    bodies.reserve(room);
    for (const auto& [key, row] : deliveries_) {
        if (row.created == nullptr) continue;
        const StoredDelivery& one = *row.created;
        cases.add(key.first);
        ids.add(key.second);
        versions.add(signed_number(row.version));
        places.add(signed_number(row.place));
        parties.add(view(one.party));
        maps.add(view(one.map));
        states.add(static_cast<std::int64_t>(row.state));
        dues.add(row.due_at);
        attempts.add(std::int64_t{one.attempts});
        causes.add(view(row.cause));
        bodies.add(view(row.reencoded == nullptr ? one.body : row.reencoded->body));
        bundles.add(view(row.reencoded == nullptr ? one.bundle : row.reencoded->bundle));
    }
    if (ids.size() == 0) return;
    calls.push_back(
        {&kInsertDeliveries, PgArgs::of(std::move(cases), std::move(ids), std::move(versions),
                                        std::move(places), std::move(parties), std::move(maps),
                                        std::move(states), std::move(dues), std::move(attempts),
                                        std::move(causes), std::move(bodies), std::move(bundles))});
}

void PgBatch::write_changed(std::vector<PgCall>& calls) const {
    PgArray cases(PgType::Uuid), ids(PgType::Uuid), states(PgType::Int4), dues(PgType::Int8),
        causes(PgType::Text);
    PgArray body_cases(PgType::Uuid), body_ids(PgType::Uuid), bodies(PgType::Bytea),
        bundles(PgType::Text);
    for (const auto& [key, row] : deliveries_) {
        if (row.created != nullptr || !row.changed) continue;
        if (row.reencoded != nullptr) {
            body_cases.add(key.first);
            body_ids.add(key.second);
            bodies.add(view(row.reencoded->body));
            bundles.add(view(row.reencoded->bundle));
        }
        cases.add(key.first);
        ids.add(key.second);
        states.add(static_cast<std::int64_t>(row.state));
        dues.add(row.due_at);
        causes.add(view(row.cause));
    }
    if (ids.size() == 0) return;
    calls.push_back(
        {&kChangeDeliveries, PgArgs::of(std::move(cases), std::move(ids), std::move(states),
                                        std::move(dues), std::move(causes))});
    if (body_ids.size() == 0) return;
    calls.push_back({&kChangeBodies, PgArgs::of(std::move(body_cases), std::move(body_ids),
                                                std::move(bodies), std::move(bundles))});
}

void PgBatch::write_stories(std::vector<PgCall>& calls) const {
    PgArray cases(PgType::Uuid), versions(PgType::Int8), places(PgType::Int4), ats(PgType::Int8),
        events(PgType::Text), parties(PgType::Text), items(PgType::Text), details(PgType::Text);
    PgArray alert_cases(PgType::Uuid), alert_versions(PgType::Int8), alert_places(PgType::Int4),
        codes(PgType::Text), alert_items(PgType::Text);
    for (const Unit* unit : taken_) {
        std::int64_t place = 0;
        for (const TimelineEntry& entry : unit->timeline) {
            cases.add(unit->state.id);
            versions.add(signed_number(unit->state.version + 1));
            places.add(place++);
            ats.add(entry.at);
            events.add(view(entry.event));
            parties.add(view(entry.party));
            items.add(view(entry.item));
            details.add(view(entry.detail));
        }
        place = 0;
        for (const Alert& alert : unit->alerts) {
            alert_cases.add(unit->state.id);
            alert_versions.add(signed_number(unit->state.version + 1));
            alert_places.add(place++);
            codes.add(view(alert.code));
            alert_items.add(view(alert.item));
        }
    }
    if (cases.size() > 0) {
        calls.push_back(
            {&kInsertTimeline, PgArgs::of(std::move(cases), std::move(versions), std::move(places),
                                          std::move(ats), std::move(events), std::move(parties),
                                          std::move(items), std::move(details))});
    }
    if (codes.size() > 0) {
        calls.push_back(
            {&kInsertAlerts,
             PgArgs::of(std::move(alert_cases), std::move(alert_versions), std::move(alert_places),
                        std::move(codes), std::move(alert_items))});
    }
}

void PgBatch::write_terms(std::vector<PgCall>& calls) const {
    /// What the units of one case come to together. Sorted: nodes lock rows in one order.
    std::map<std::pair<CaseId, std::uint64_t>, std::optional<Instant>> all;  ///< none: ended
    for (const Unit* unit : taken_) {
        for (const std::uint64_t fact : unit->facts_ended) all[{unit->state.id, fact}].reset();
        for (const auto* begun : {&unit->facts, &unit->terms}) {
            for (const std::uint64_t term : *begun) {
                all[{unit->state.id, term}] = unit->state.accepted_at;
            }
        }
    }
    PgArray cases(PgType::Uuid), terms(PgType::Int8), created(PgType::Int8);
    PgArray ended_cases(PgType::Uuid), ended(PgType::Int8);
    for (const auto& [key, since] : all) {
        (since ? cases : ended_cases).add(key.first);
        (since ? terms : ended).add(static_cast<std::int64_t>(key.second));
        if (since) created.add(*since);
    }
    if (ended.size() > 0) {
        calls.push_back({&kEndTerms, PgArgs::of(std::move(ended_cases), std::move(ended))});
    }
    if (terms.size() > 0) {
        calls.push_back(
            {&kInsertTerms, PgArgs::of(std::move(cases), std::move(terms), std::move(created))});
    }
}

void PgBatch::write_documents(std::vector<PgCall>& calls) const {
    if (documents_.empty()) return;
    PgArray names(PgType::Text), values(PgType::Text);
    for (const auto& [name, value] : documents_) {
        names.add(view(name));
        values.add(view(value));
    }
    calls.push_back({&kPutDocuments, PgArgs::of(std::move(names), std::move(values))});
}

void PgBatch::write_counts(std::vector<PgCall>& calls) const {
    std::map<std::string, std::int64_t> all = counts_;
    for (const auto& [id, row] : cases_) {
        if (row.last == nullptr) continue;
        all["cases"] += row.stored == 0 ? 1 : 0;
        all["decided"] += (row.decided ? 1 : 0) - (row.stored_decided ? 1 : 0);
    }
    PgArray names(PgType::Text);
    PgArray differences(PgType::Int8);
    for (const auto& [name, difference] : all) {
        if (difference == 0) continue;
        names.add(view(name));
        differences.add(difference);
    }
    if (names.size() == 0) return;
    calls.push_back({&kCount, PgArgs::of(slot_, std::move(names), std::move(differences))});
}

}  // namespace luqiao::broker
