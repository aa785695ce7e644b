#include "broker/store_postgres_batch.h"

#include "broker/audit.h"
#include "broker/delivery_time.h"
#include "broker/unit_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace luqiao::broker {
namespace {

/// Locked in the order of their ids, so that two nodes never wait for one another in a circle.
constexpr PgStatement kCases{"lock_cases",
                             "SELECT case_id, version, decided FROM cases "
                             "WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id FOR UPDATE"};
constexpr PgStatement kNumbers{"numbers",
                               "SELECT number FROM case_numbers WHERE number = ANY ($1::text[])"};
constexpr PgStatement kKeys{
    "keys",
    "SELECT k.key_sm3, k.party, m.id, m.case_id, m.format, m.dedup_key, m.sm3, m.nonce, m.bundle, "
    "m.at, c.number FROM unnest($1::bytea[], $2::text[]) AS u (key_sm3, party) "
    "JOIN message_keys AS k USING (key_sm3, party) "
    "JOIN messages AS m ON m.case_id = k.case_id AND m.id = k.message_id "
    "JOIN cases AS c ON c.case_id = k.case_id"};
constexpr PgStatement kDeliveries{
    "lock_deliveries",
    "SELECT d.case_id, d.id, d.party, d.state FROM unnest($1::uuid[], $2::uuid[]) AS "
    "u (case_id, id) JOIN deliveries AS d USING (case_id, id) "
    "ORDER BY d.case_id, d.id FOR UPDATE OF d"};
/// Waits for whoever has it; the statement after sees what came of that.
/// Fails unless the head is what the new rows go on from.
constexpr PgStatement kInsertAudit{
    "insert_audit",
    "WITH moved AS (UPDATE audit_head SET number = $1, hash = $2 WHERE number = $3 AND hash = $4 "
    "RETURNING 1), written AS ("
    "INSERT INTO audit (number, at, actor, action, outcome, subject, hash) SELECT "
    "unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bytea[]), unnest($8::text[]), "
    "unnest($9::text[]), unnest($10::bytea[]), unnest($11::text[])) "
    "SELECT 1 / count(*) FROM moved"};

PgBytes bytes_of(const security::Sm3& digest) {
    return {{reinterpret_cast<const char*>(digest.data()), digest.size()}};
}

InboundMessage without_body(const InboundMessage& message) {
    return {.id = message.id,
            .case_id = message.case_id,
            .party = message.party,
            .format = message.format,
            .dedup_key = message.dedup_key,
            .sm3 = message.sm3,
            .nonce = message.nonce,
            .bundle = message.bundle,
            .body = {},
            .at = message.at};
}

}  // namespace

Result<std::vector<UnitOutcome>> PgBatch::run(bool must_read) {
    if (must_read || !brings_only_new_cases()) LQ_CHECK(read());
    std::vector<UnitOutcome> outcomes;
    for (const auto& units : units_) {
        UnitChain chain;
        for (const Unit& unit : units) {
            auto decided = chain.is_broken_at(unit)
                               ? Result<UnitOutcome>(outcome(UnitOutcome::Kind::Conflict))
                               : decide(unit);
            if (!decided) {
                (void)connection_.roll_back();
                return std::move(decided).error();
            }
            chain.note(unit, decided->kind);
            outcomes.push_back(*std::move(decided));
        }
    }
    LQ_CHECK(write());
    return outcomes;
}

/// Nothing needs to be known beforehand then; the audit's head is known or nothing goes into it.
bool PgBatch::brings_only_new_cases() const {
    std::set<CaseId> fresh;
    for (const auto& units : units_) {
        for (const Unit& unit : units) {
            if (unit.state.version == 0) fresh.insert(unit.state.id);
            if (!fresh.contains(unit.state.id)) return false;
        }
    }
    return audit_ || !audits();
}

bool PgBatch::audits() const {
    const auto has_audit = [](const Unit& unit) { return !unit.audit.empty(); };
    return !loose_.empty() || std::any_of(units_.begin(), units_.end(), [&](const auto& units) {
        return std::any_of(units.begin(), units.end(), has_audit);
    });
}

std::vector<CaseId> PgBatch::written_cases() const {
    std::vector<CaseId> out;
    for (const Unit* unit : taken_) out.push_back(unit->state.id);
    return out;
}

std::vector<std::pair<std::string, std::string>> PgBatch::written_keys() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [key, message] : messages_) out.emplace_back(key.second, message->dedup_key);
    return out;
}

Status PgBatch::read() {
    PgArray cases(PgType::Uuid);
    PgArray numbers(PgType::Text);
    PgArray keys(PgType::Bytea);
    PgArray parties(PgType::Text);
    PgArray delivery_cases(PgType::Uuid);
    PgArray delivery_ids(PgType::Uuid);
    for (const auto& units : units_) {
        for (const Unit& unit : units) {
            cases.add(unit.state.id);
            if (unit.state.version == 0) numbers.add(std::string_view(unit.state.number));
            if (unit.message) {
                keys.add(bytes_of(security::sm3(unit.message->dedup_key)));
                parties.add(std::string_view(unit.message->party));
            }
            for (const DeliveryChange& change : unit.changed) {
                delivery_cases.add(unit.state.id);
                delivery_ids.add(change.id);
            }
        }
    }
    // The keys after the locks: what another node committed meanwhile is then seen.
    std::vector<PgCall> calls{
        {&kBegin},
        {&kCases, PgArgs::of(std::move(cases))},
        {&kNumbers, PgArgs::of(std::move(numbers))},
        {&kKeys, PgArgs::of(std::move(keys), std::move(parties))},
        {&kDeliveries, PgArgs::of(std::move(delivery_cases), std::move(delivery_ids))},
    };
    if (audits()) calls.push_back({&kLockAudit});
    LQ_TRY(const auto rows, connection_.run(calls));
    begun_ = true;
    for (int row = 0; row < rows[1].size(); ++row) {
        const auto version = static_cast<std::uint64_t>(rows[1].integer(row, 1));
        const bool decided = rows[1].flag(row, 2);
        cases_[rows[1].id<CaseId>(row, 0)] = {
            .stored = version, .version = version, .decided = decided, .stored_decided = decided};
    }
    for (int row = 0; row < rows[2].size(); ++row) numbers_.insert(rows[2].text(row, 0));
    LQ_CHECK(take_messages(rows[3]));
    for (int row = 0; row < rows[4].size(); ++row) {
        DeliveryRow& one =
            deliveries_[{rows[4].id<CaseId>(row, 0), rows[4].id<DeliveryId>(row, 1)}];
        one.party = rows[4].text(row, 2);
        one.state = static_cast<DeliveryState>(rows[4].integer(row, 3));
    }
    if (!audits()) return {};
    if (rows[5].size() != 1) return fail(Errc::Corruption, "the audit has lost its head");
    audit_ = AuditHead{static_cast<std::uint64_t>(rows[5].integer(0, 0)), rows[5].text(0, 1)};
    return {};
}

Status PgBatch::take_messages(const PgRows& rows) {
    for (int row = 0; row < rows.size(); ++row) {
        const std::string digest = rows.text(row, 0);
        Key key;
        if (digest.size() != key.first.size()) {
            return fail(Errc::Corruption, "a message's key is not a digest");
        }
        std::copy(digest.begin(), digest.end(), key.first.begin());
        key.second = rows.text(row, 1);
        First first;
        first.message = {.id = rows.id<MessageId>(row, 2),
                         .case_id = rows.id<CaseId>(row, 3),
                         .party = key.second,
                         .format = rows.text(row, 4),
                         .dedup_key = rows.text(row, 5),
                         .sm3 = rows.text(row, 6),
                         .nonce = rows.text(row, 7),
                         .bundle = rows.text(row, 8),
                         .body = {},
                         .at = rows.instant(row, 9)};
        first.case_number = rows.text(row, 10);
        keys_.emplace(std::move(key), std::move(first));
    }
    return {};
}

Result<UnitOutcome> PgBatch::decide(const Unit& unit) {
    using Kind = UnitOutcome::Kind;
    if (unit.message && unit.message->case_id != unit.state.id) {
        return fail(Errc::Internal, "the message of a unit belongs to another case");
    }
    Key key;
    if (unit.message) {
        key = {security::sm3(unit.message->dedup_key), unit.message->party};
        if (const auto found = keys_.find(key); found != keys_.end()) {
            const auto& [taken, stored, number] = found->second;
            const InboundMessage& first = taken == nullptr ? stored : *taken->message;
            const bool same = first.sm3 == unit.message->sm3;
            return UnitOutcome{
                .kind = same ? Kind::Duplicate : Kind::KeyReused,
                .first = without_body(first),
                .first_case_number = taken == nullptr ? number : taken->state.number};
        }
    }
    const auto known = cases_.find(unit.state.id);
    const std::uint64_t version = known == cases_.end() ? 0 : known->second.version;
    if (unit.state.version != version) return outcome(Kind::Conflict);
    if (takes_a_lease(unit)) return outcome(Kind::Conflict);
    if (version == 0 && !numbers_.insert(unit.state.number).second) return outcome(Kind::Conflict);

    CaseRow& row = cases_[unit.state.id];
    row.version = version + 1;
    row.decided = unit.state.decided();
    row.last = &unit;
    if (unit.record || version == 0) row.record = &unit;
    if (unit.message) {
        messages_[key] = &*unit.message;
        keys_.emplace(std::move(key), First{&unit, {}, {}});
        ++counts_["messages"];
    }
    LQ_CHECK(decide_deliveries(unit));
    taken_.push_back(&unit);
    return outcome(Kind::Committed);
}

bool PgBatch::takes_a_lease(const Unit& unit) const {
    return std::any_of(unit.changed.begin(), unit.changed.end(), [&](const DeliveryChange& change) {
        const auto found = deliveries_.find({unit.state.id, change.id});
        return change.needs_no_lease && found != deliveries_.end() &&
               found->second.state == DeliveryState::Leased;
    });
}

Status PgBatch::decide_deliveries(const Unit& unit) {
    std::size_t place = 0;
    for (const StoredDelivery& created : unit.created) {
        deliveries_[{unit.state.id, created.id}] = {.created = &created,
                                                    .version = unit.state.version + 1,
                                                    .place = place++,
                                                    .party = created.party,
                                                    .state = created.state,
                                                    .due_at = created.due_at,
                                                    .cause = created.cause,
                                                    .changed = false};
        count(created.party, created.state, +1);
    }
    for (const DeliveryChange& change : unit.changed) {
        const auto found = deliveries_.find({unit.state.id, change.id});
        if (found == deliveries_.end()) {
            return fail(Errc::Internal, "a unit changes a delivery that its case lacks");
        }
        DeliveryRow& row = found->second;
        count(row.party, row.state, -1);
        count(row.party, change.state, +1);
        if (takes_time(row.state, change.state)) row.due_at = change.due_at;
        row.state = change.state;
        row.cause = change.cause;
        row.changed = true;
    }
    for (const Reencoded& again : unit.reencoded) {
        const auto found = deliveries_.find({unit.state.id, again.id});
        if (found == deliveries_.end()) {
            return fail(Errc::Internal, "a unit changes a delivery that its case lacks");
        }
        found->second.reencoded = &again;
    }
    return {};
}

void PgBatch::write_audit(std::vector<PgCall>& calls) {
    std::vector<AuditEntry> entries;
    for (const Unit* unit : taken_) {
        entries.insert(entries.end(), unit->audit.begin(), unit->audit.end());
    }
    entries.insert(entries.end(), loose_.begin(), loose_.end());
    if (entries.empty()) return;
    const AuditHead before = *audit_;
    PgArray numbers(PgType::Int8), ats(PgType::Int8), actors(PgType::Bytea), actions(PgType::Text),
        outcomes(PgType::Text), subjects(PgType::Bytea), hashes(PgType::Text);
    for (AuditEntry& entry : entries) {
        entry.number = audit_->number + 1;
        entry.hash = audit_hash(audit_->hash, entry);
        audit_ = AuditHead{entry.number, entry.hash};
        numbers.add(static_cast<std::int64_t>(entry.number));
        ats.add(entry.at);
        actors.add(std::string_view(entry.actor));
        actions.add(std::string_view(entry.action));
        outcomes.add(std::string_view(entry.outcome));
        subjects.add(std::string_view(entry.subject));
        hashes.add(std::string_view(entry.hash));
    }
    // The head first: its lock keeps two nodes from numbering alike.
    if (!begun_) calls.push_back({&kLockAudit});
    calls.push_back(
        {&kInsertAudit,
         PgArgs::of(static_cast<std::int64_t>(audit_->number), std::string_view(audit_->hash),
                    static_cast<std::int64_t>(before.number), std::string_view(before.hash),
                    std::move(numbers), std::move(ats), std::move(actors), std::move(actions),
                    std::move(outcomes), std::move(subjects), std::move(hashes))});
}

void PgBatch::count(const std::string& party, DeliveryState state, int difference) {
    counts_[fmt::format("deliveries.{}.{}", party, to_string(state))] += difference;
}

}  // namespace luqiao::broker
