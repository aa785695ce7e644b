#include "broker/store_sqlite_batch.h"

#include "broker/audit.h"
#include "broker/delivery_time.h"
#include "broker/store_sqlite_rows.h"
#include "broker/unit_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr StatementText<WriteStatements> kWriteSql[]{
    {&WriteStatements::begin, "BEGIN IMMEDIATE"},
    {&WriteStatements::commit, "COMMIT"},
    {&WriteStatements::rollback, "ROLLBACK"},
    {&WriteStatements::find_case, "SELECT key, version, decided, facts FROM cases WHERE id = ?"},
    {&WriteStatements::insert_case,
     "INSERT INTO cases (key, id, number, version, decided, created, wake_at, state, decided_at, "
     "facts) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"},
    {&WriteStatements::update_case,
     "UPDATE cases SET version = ?1, decided = ?2, wake_at = ?3, state = ?4, "
     "decided_at = iif(?2, coalesce(decided_at, ?5), NULL), facts = coalesce(?7, facts) "
     "WHERE key = ?6"},
    {&WriteStatements::put_record,
     "INSERT INTO records (case_key, record) VALUES (?, ?) "
     "ON CONFLICT (case_key) DO UPDATE SET record = excluded.record"},
    {&WriteStatements::find_message,
     "SELECT m.id, c.id, m.format, m.sm3, m.nonce, m.bundle, m.at, c.number "
     "FROM messages AS m JOIN cases AS c ON c.key = m.case_key "
     "WHERE m.key = ? AND m.party = ? AND m.dedup_key = ?"},
    {&WriteStatements::find_key, "SELECT message FROM message_keys WHERE hash = ?"},
    {&WriteStatements::insert_message,
     "INSERT INTO messages "
     "(id, case_key, party, format, dedup_key, sm3, nonce, bundle, at, body) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {&WriteStatements::insert_body, "INSERT INTO bodies (body, bundle) VALUES (?, ?)"},
    {&WriteStatements::change_body,
     "UPDATE bodies SET body = ?3, bundle = ?4 WHERE key = "
     "(SELECT body_key FROM deliveries WHERE case_key = ?1 AND id = ?2)"},
    {&WriteStatements::insert_delivery,
     "INSERT INTO deliveries "
     "(case_key, id, party, map, state, due_at, attempts, cause, body_key, lease_until, "
     "lease_node, "
     "lease_boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {&WriteStatements::find_delivery,
     "SELECT party, state FROM deliveries WHERE case_key = ? AND id = ?"},
    {&WriteStatements::change_delivery,
     "UPDATE deliveries SET state = ?3, due_at = coalesce(?4, due_at), cause = ?5, "
     "lease_until = NULL, lease_node = NULL, lease_boot = NULL WHERE case_key = ?1 AND id = ?2"},
    {&WriteStatements::has_due,
     "SELECT 1 FROM deliveries INDEXED BY deliveries_due "
     "WHERE party = ? AND state IN (1, 3) AND due_at <= ? LIMIT 1"},
    {&WriteStatements::due_deliveries,
     "SELECT d.case_key, d.id, c.id, c.number, d.map, d.state, d.due_at, d.attempts, d.cause, "
     "b.body, b.bundle FROM deliveries AS d INDEXED BY deliveries_due "
     "CROSS JOIN cases AS c ON c.key = d.case_key CROSS JOIN bodies AS b ON b.key = d.body_key "
     "WHERE d.party = ? AND d.state IN (1, 3) AND d.due_at <= ? ORDER BY d.due_at LIMIT ?"},
    {&WriteStatements::lease_delivery,
     "UPDATE deliveries SET state = 2, attempts = attempts + 1, lease_until = ?3, lease_node = ?4, "
     "lease_boot = ?5 WHERE case_key = ?1 AND id = ?2"},
    {&WriteStatements::insert_timeline,
     "INSERT INTO timeline (case_key, version, place, at, event, party, item, detail) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    {&WriteStatements::insert_alert,
     "INSERT INTO alerts (case_key, version, place, code, item) VALUES (?, ?, ?, ?, ?)"},
    {&WriteStatements::insert_audit,
     "INSERT INTO audit (number, at, actor, action, outcome, subject, hash) "
     "VALUES (?, ?, ?, ?, ?, ?, ?)"},
    {&WriteStatements::insert_fact,
     "INSERT INTO terms (term, case_key) VALUES (?, ?) ON CONFLICT DO NOTHING"},
    {&WriteStatements::end_term, "DELETE FROM terms WHERE term = ? AND case_key = ?"},
    {&WriteStatements::find_terms, "SELECT terms FROM case_terms WHERE case_key = ?"},
    {&WriteStatements::put_terms,
     "INSERT INTO case_terms (case_key, terms) VALUES (?, ?) "
     "ON CONFLICT (case_key) DO UPDATE SET terms = excluded.terms"},
    {&WriteStatements::put_document,
     "INSERT INTO documents (name, value) VALUES (?, ?) "
     "ON CONFLICT (name) DO UPDATE SET value = excluded.value"},
    {&WriteStatements::count,
     "INSERT INTO counts (name, count) VALUES (?, ?) "
     "ON CONFLICT (name) DO UPDATE SET count = count + excluded.count"},
    {&WriteStatements::put_meta,
     "INSERT INTO meta (name, value) VALUES (?, ?) "
     "ON CONFLICT (name) DO UPDATE SET value = excluded.value"},
};

constexpr std::int64_t number(DeliveryState state) {
    return static_cast<std::int64_t>(state);
}

std::uint64_t hash_of(const InboundMessage& message) {
    return message_hash(message.party, message.dedup_key);
}

/// What is true of the case after `unit`, as its row keeps it: by this facts end with the case.
std::string facts_after(const Unit& unit, const Terms& before) {
    Terms facts = unit.facts;
    for (const std::uint64_t fact : before) {
        if (!has_term(unit.facts_ended, fact) && !has_term(unit.facts, fact)) facts.push_back(fact);
    }
    return to_column(facts);
}

}  // namespace

Result<WriteStatements> WriteStatements::prepare(const SqliteConnection& connection) {
    return prepare_all(connection, kWriteSql);
}

Result<UnitOutcome> SqliteBatch::write(const Unit& unit) {
    using Kind = UnitOutcome::Kind;
    if (unit.message && unit.message->case_id != unit.state.id) {
        return fail(Errc::Internal, "the message of a unit belongs to another case");
    }
    Known known;  // a new case is not looked for: the unique indexes tell when it is not new
    if (unit.state.version != 0) {
        LQ_TRY(known, find(unit.state.id));
    }
    if (unit.state.version != known.version) {
        if (!unit.message) return outcome(Kind::Conflict);
        LQ_TRY(auto first, earlier(*unit.message, hash_of(*unit.message)));
        return first ? *std::move(first) : outcome(Kind::Conflict);
    }
    const std::uint64_t hash = unit.message ? hash_of(*unit.message) : 0;
    if (unit.message) {
        LQ_TRY(auto first, earlier(*unit.message, hash));
        if (first) return *std::move(first);
    }
    LQ_TRY(const bool is_leased, takes_a_lease(known.key, unit));
    if (is_leased) return outcome(Kind::Conflict);
    LQ_TRY(const bool placed, write_case(unit, known));
    if (!placed) return outcome(Kind::Conflict);
    const std::int64_t key = known.key == 0 ? heads_.case_key : known.key;
    if (unit.message) LQ_CHECK(write_message(key, *unit.message, hash));
    for (const StoredDelivery& delivery : unit.created) {
        LQ_CHECK(write_created(key, unit, delivery));
    }
    for (const DeliveryChange& change : unit.changed) LQ_CHECK(write_change(key, change));
    LQ_CHECK(write_story(unit, key));
    LQ_CHECK(write_reencoded(unit, key));
    LQ_CHECK(write_facts(key, unit));
    LQ_CHECK(write_terms(key, known.key == 0, unit.terms));
    LQ_CHECK(append(unit.audit));
    return outcome(Kind::Committed);
}

Status SqliteBatch::write_message(std::int64_t key,
                                  const InboundMessage& message,
                                  std::uint64_t hash) {
    LQ_CHECK(sql_.insert_message.run(message.id, key, message.party, message.format,
                                     message.dedup_key, message.sm3, message.nonce, message.bundle,
                                     message.at, Blob{message.body}));
    recent_.add_message(hash, connection_.last_row());
    ++messages_;
    return {};
}

/// Facts come and go, and lie at the end of theirs: straight into the index.
Status SqliteBatch::write_facts(std::int64_t key, const Unit& unit) {
    for (const std::uint64_t fact : unit.facts_ended) {
        LQ_CHECK(sql_.end_term.run(static_cast<std::int64_t>(fact), key));
    }
    for (const std::uint64_t fact : unit.facts) {
        LQ_CHECK(sql_.insert_fact.run(static_cast<std::int64_t>(fact), key));
    }
    return {};
}

Status SqliteBatch::write_terms(std::int64_t key, bool is_new, const Terms& terms) {
    if (terms.empty()) return {};
    Terms all;
    if (!is_new) {
        SqliteRows rows = sql_.find_terms.query(key);
        LQ_TRY(const bool found, rows.next());
        if (found) {
            LQ_TRY(all, from_column(rows.text(0)));
        }
    }
    const std::size_t before = all.size();
    for (const std::uint64_t term : terms) {
        if (has_term(all, term)) continue;
        all.push_back(term);
        recent_.add_term(term, key);
    }
    return all.size() == before ? Status{} : sql_.put_terms.run(key, to_column(all));
}

Result<SqliteBatch::Known> SqliteBatch::find(const CaseId& id) {
    SqliteRows rows = sql_.find_case.query(id);
    LQ_TRY(const bool found, rows.next());
    if (!found) return Known{};
    LQ_TRY(Terms facts, from_column(rows.text(3)));
    return Known{rows.integer(0), static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2) != 0,
                 std::move(facts)};
}

Result<std::optional<UnitOutcome>> SqliteBatch::earlier(const InboundMessage& message,
                                                        std::uint64_t hash) {
    std::vector<std::int64_t> keys = recent_.messages_of(hash);
    LQ_TRY(const auto indexed, collect(sql_.find_key.query(static_cast<std::int64_t>(hash)),
                                       [](const SqliteRows& rows) { return rows.integer(0); }));
    keys.insert(keys.end(), indexed.begin(), indexed.end());
    for (const std::int64_t key : keys) {
        LQ_TRY(auto first, earlier_at(key, message));
        if (first) return first;
    }
    return std::optional<UnitOutcome>();
}

Result<std::optional<UnitOutcome>> SqliteBatch::earlier_at(std::int64_t key,
                                                           const InboundMessage& message) {
    SqliteRows rows = sql_.find_message.query(key, message.party, message.dedup_key);
    LQ_TRY(const bool found, rows.next());
    if (!found) return std::optional<UnitOutcome>();
    InboundMessage first{.id = rows.id<MessageId>(0),
                         .case_id = rows.id<CaseId>(1),
                         .party = message.party,
                         .format = rows.text(2),
                         .dedup_key = message.dedup_key,
                         .sm3 = rows.text(3),
                         .nonce = rows.text(4),
                         .bundle = rows.text(5),
                         .body = {},
                         .at = rows.instant(6)};
    const bool same = first.sm3 == message.sm3;
    return std::optional(
        UnitOutcome{.kind = same ? UnitOutcome::Kind::Duplicate : UnitOutcome::Kind::KeyReused,
                    .first = std::move(first),
                    .first_case_number = rows.text(7)});
}

Result<bool> SqliteBatch::write_case(const Unit& unit, const Known& known) {
    const Case& state = unit.state;
    const bool decided = state.decided();
    if (known.key == 0) {
        const std::int64_t key = heads_.case_key + 1;
        LQ_CHECK(sql_.insert_case.run(key, state.id, state.number, std::int64_t{decided},
                                      state.accepted_at, unit.wake_at, to_json(state),
                                      decided ? std::optional(unit.at) : std::nullopt,
                                      facts_after(unit, {})));
        if (connection_.changes() == 0) return false;
        LQ_CHECK(sql_.put_record.run(key, unit.record.value_or("")));
        heads_.case_key = key;
        ++cases_;
    } else {
        const bool turned = !unit.facts.empty() || !unit.facts_ended.empty();
        const std::string facts = turned ? facts_after(unit, known.facts) : std::string();
        LQ_CHECK(sql_.update_case.run(
            static_cast<std::int64_t>(known.version + 1), std::int64_t{decided}, unit.wake_at,
            to_json(state), unit.at, known.key,
            turned ? std::optional(std::string_view(facts)) : std::nullopt));
        if (unit.record) LQ_CHECK(sql_.put_record.run(known.key, *unit.record));
    }
    decided_ += (decided ? 1 : 0) - (known.decided ? 1 : 0);
    return true;
}

Status SqliteBatch::write_created(std::int64_t key,
                                  const Unit& unit,
                                  const StoredDelivery& delivery) {
    LQ_CHECK(sql_.insert_body.run(Blob{delivery.body}, delivery.bundle));
    const std::int64_t body = connection_.last_row();
    StoredDelivery* const leased = lease_with_first_row(unit, delivery);
    const DeliveryState state = leased != nullptr ? leased->state : delivery.state;
    const std::uint32_t attempts = leased != nullptr ? leased->attempts : delivery.attempts;
    std::optional<Instant> until;
    std::optional<std::string_view> node;
    std::optional<std::int64_t> boot;
    if (leased != nullptr) until = how_.until, node = how_.node, boot = how_.boot;
    count(delivery.party, state, +1);
    return sql_.insert_delivery.run(key, delivery.id, delivery.party, delivery.map, number(state),
                                    delivery.due_at, std::int64_t{attempts}, delivery.cause, body,
                                    until, node, boot);
}

Result<bool> SqliteBatch::takes_a_lease(std::int64_t key, const Unit& unit) {
    for (const DeliveryChange& change : unit.changed) {
        if (!change.needs_no_lease) continue;
        SqliteRows rows = sql_.find_delivery.query(key, change.id);
        LQ_TRY(const bool found, rows.next());
        if (found && rows.integer(1) == number(DeliveryState::Leased)) return true;
    }
    return false;
}

Status SqliteBatch::write_change(std::int64_t key, const DeliveryChange& change) {
    std::optional<Instant> due;
    {
        SqliteRows rows = sql_.find_delivery.query(key, change.id);
        LQ_TRY(const bool found, rows.next());
        if (!found) return fail(Errc::Internal, "a unit changes a delivery that its case lacks");
        const std::string party = rows.text(0);
        const auto before = static_cast<DeliveryState>(rows.integer(1));
        count(party, before, -1);
        count(party, change.state, +1);
        if (takes_time(before, change.state)) due = change.due_at;
    }
    return sql_.change_delivery.run(key, change.id, number(change.state), due, change.cause);
}

Status SqliteBatch::write_reencoded(const Unit& unit, std::int64_t key) {
    for (const Reencoded& one : unit.reencoded) {
        LQ_CHECK(sql_.change_body.run(key, one.id, Blob{one.body}, one.bundle));
        if (connection_.changes() == 0) {
            return fail(Errc::Internal, "a unit changes a delivery that its case lacks");
        }
    }
    return {};
}

Status SqliteBatch::write_story(const Unit& unit, std::int64_t key) {
    const auto version = static_cast<std::int64_t>(unit.state.version + 1);
    std::int64_t place = 0;
    for (const TimelineEntry& entry : unit.timeline) {
        LQ_CHECK(sql_.insert_timeline.run(key, version, place++, entry.at, entry.event, entry.party,
                                          entry.item, entry.detail));
    }
    place = 0;
    for (const Alert& alert : unit.alerts) {
        LQ_CHECK(sql_.insert_alert.run(key, version, place++, alert.code, alert.item));
    }
    return {};
}

Status SqliteBatch::append(std::span<const AuditEntry> entries) {
    for (AuditEntry entry : entries) {
        entry.number = heads_.audit.number + 1;
        entry.hash = audit_hash(heads_.audit.hash, entry);
        LQ_CHECK(sql_.insert_audit.run(static_cast<std::int64_t>(entry.number), entry.at,
                                       entry.actor, entry.action, entry.outcome, entry.subject,
                                       entry.hash));
        heads_.audit = {entry.number, std::move(entry.hash)};
        audited_ = true;
    }
    return {};
}

Status SqliteBatch::keep(const std::string& name, const std::string& value) {
    return sql_.put_document.run(name, value);
}

Status SqliteBatch::finish() {
    LQ_CHECK(add_to("cases", cases_));
    LQ_CHECK(add_to("decided", decided_));
    LQ_CHECK(add_to("messages", messages_));
    for (const auto& [party, differences] : deliveries_) {
        for (std::size_t state = 0; state < differences.size(); ++state) {
            if (differences[state] == 0) continue;
            LQ_CHECK(add_to(fmt::format("deliveries.{}.{}", party,
                                        to_string(static_cast<DeliveryState>(state))),
                            differences[state]));
        }
    }
    if (audited_) {
        LQ_CHECK(sql_.put_meta.run(std::string_view("audit_number"),
                                   std::to_string(heads_.audit.number)));
        LQ_CHECK(sql_.put_meta.run(std::string_view("audit_hash"), heads_.audit.hash));
    }
    return recent_.write(connection_);
}

void SqliteBatch::count(const std::string& party, DeliveryState state, int difference) {
    deliveries_[party][static_cast<std::size_t>(state)] += difference;
}

Status SqliteBatch::add_to(std::string_view name, std::int64_t difference) {
    return difference == 0 ? Status{} : sql_.count.run(name, difference);
}

}  // namespace luqiao::broker
