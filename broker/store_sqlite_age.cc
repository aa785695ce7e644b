// What is old goes, and its pages go back to the file system.
#include "broker/audit.h"
#include "broker/store_sqlite.h"
#include "broker/store_sqlite_batch.h"
#include "broker/store_sqlite_rows.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace luqiao::broker {
namespace {

/// Bytes of freed pages that the file keeps: what comes next need not make it grow again.
constexpr std::int64_t kFreeBytesKept = 8LL << 20U;

constexpr StatementText<AgeStatements> kAgeSql[]{
    {&AgeStatements::find,
     "SELECT key, version FROM cases WHERE id = ?1 AND decided_at < ?2 "
     "AND (aged_at IS NOT NULL) = ?3 AND NOT EXISTS (SELECT 1 FROM deliveries AS d "
     "WHERE d.case_key = cases.key AND d.state NOT IN (4, 5, 8))"},
    {&AgeStatements::bodies,
     "SELECT d.id, b.body, b.bundle FROM deliveries AS d CROSS JOIN bodies AS b "
     "ON b.key = d.body_key WHERE d.case_key = ?"},
    // The key of a body that is gone is given out again: negative it is nobody's, in its old order.
    {&AgeStatements::keep_digest,
     "UPDATE deliveries SET sm3 = ?3, bundle = ?4, body_key = -body_key "
     "WHERE case_key = ?1 AND id = ?2"},
    {&AgeStatements::messages,
     "SELECT " LQ_MESSAGE_COLUMNS_ ", m.key, length(m.body) FROM messages AS m INDEXED BY "
     "messages_case CROSS JOIN cases AS c ON c.key = m.case_key WHERE m.case_key = ?"},
    {&AgeStatements::delete_message, "DELETE FROM messages WHERE key = ?"},
    {&AgeStatements::insert_message,
     "INSERT INTO messages (key, id, case_key, party, format, dedup_key, sm3, nonce, bundle, at, "
     "body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')"},
    {&AgeStatements::record_size,
     "SELECT length(CAST(record AS BLOB)) FROM records WHERE case_key = ?"},
    {&AgeStatements::facts, "SELECT facts FROM cases WHERE key = ?"},
    {&AgeStatements::delete_terms, "DELETE FROM case_terms WHERE case_key = ?"},
    {&AgeStatements::age_case,
     "UPDATE cases SET aged_at = ?2, version = version + 1, wake_at = NULL WHERE key = ?1"},
    {&AgeStatements::deliveries, "SELECT party, state FROM deliveries WHERE case_key = ?"},
    {&AgeStatements::delete_bodies,
     "DELETE FROM bodies WHERE key IN (SELECT body_key FROM deliveries WHERE case_key = ?)"},
    {&AgeStatements::delete_deliveries, "DELETE FROM deliveries WHERE case_key = ?"},
    {&AgeStatements::delete_key, "DELETE FROM message_keys WHERE hash = ? AND message = ?"},
    {&AgeStatements::delete_messages, "DELETE FROM messages WHERE case_key = ?"},
    {&AgeStatements::delete_record, "DELETE FROM records WHERE case_key = ?"},
    {&AgeStatements::delete_timeline, "DELETE FROM timeline WHERE case_key = ?"},
    {&AgeStatements::delete_alerts, "DELETE FROM alerts WHERE case_key = ?"},
    {&AgeStatements::delete_case, "DELETE FROM cases WHERE key = ?"},
    {&AgeStatements::oldest_audit, "SELECT number, at, hash FROM audit ORDER BY number LIMIT ?"},
    {&AgeStatements::delete_audit, "DELETE FROM audit WHERE number <= ?"},
    {&AgeStatements::forget_document, "DELETE FROM documents WHERE name = ? AND value = ?"},
};

/// The rows of one expiry, inside a transaction.
class SqliteTaker {
public:
    SqliteTaker(AgeStatements& age, WriteStatements& sql, SqliteBatch& batch, const Expiry& expiry)
        : age_(age), sql_(sql), batch_(batch), expiry_(expiry) {}

    Status take(const ExpiringCase& one, Expired& gone) {
        std::int64_t key = 0;
        std::int64_t version = 0;
        {
            const bool is_aged = expiry_.what == Ageing::Metadata;
            SqliteRows rows =
                age_.find.query(one.id, expiry_.decided_before, std::int64_t{is_aged});
            LQ_TRY(const bool found, rows.next());
            if (!found) return {};
            key = rows.integer(0);
            version = rows.integer(1);
        }
        gone.cases += 1;
        const bool stays = expiry_.what == Ageing::Bodies;
        LQ_CHECK(end_terms(key, stays ? one.terms_kept : Terms()));
        return stays ? bodies(key, version, gone) : metadata(key);
    }

private:
    Status end_terms(std::int64_t key, const Terms& kept) {
        LQ_TRY(const Terms terms, terms_in(sql_.find_terms.query(key)));
        Terms stay;
        for (const std::uint64_t term : terms) {
            if (has_term(kept, term)) {
                stay.push_back(term);
            } else {
                LQ_CHECK(sql_.end_term.run(static_cast<std::int64_t>(term), key));
            }
        }
        LQ_CHECK(age_.delete_terms.run(key));
        return stay.empty() ? Status{} : sql_.put_terms.run(key, to_column(stay));
    }

    Status end_facts(std::int64_t key) {
        LQ_TRY(const Terms facts, terms_in(age_.facts.query(key)));
        for (const std::uint64_t fact : facts) {
            LQ_CHECK(sql_.end_term.run(static_cast<std::int64_t>(fact), key));
        }
        return {};
    }

    static Result<Terms> terms_in(SqliteRows rows) {
        LQ_TRY(const bool found, rows.next());
        return found ? from_column(rows.text(0)) : Terms();
    }

    /// Rows are deleted, not emptied: only what is deleted makes SQLite give pages free.
    Status bodies(std::int64_t key, std::int64_t version, Expired& gone) {
        struct Body {
            DeliveryId id;
            std::string sm3;
            std::string bundle;
            std::size_t size;
        };
        LQ_TRY(const auto all, collect(age_.bodies.query(key), [](const SqliteRows& rows) {
                   const std::string body = rows.text(1);
                   return Body{rows.id<DeliveryId>(0), security::sm3_hex(body), rows.text(2),
                               body.size()};
               }));
        LQ_CHECK(age_.delete_bodies.run(key));
        for (const Body& one : all) {
            LQ_CHECK(age_.keep_digest.run(key, one.id, one.sm3, one.bundle));
            gone.bodies += 1;
            gone.bytes += one.size;
        }
        LQ_CHECK(messages(key, gone));
        {
            SqliteRows rows = age_.record_size.query(key);
            LQ_TRY(const bool found, rows.next());
            if (found) gone.bytes += static_cast<std::uint64_t>(rows.integer(0));
        }
        LQ_CHECK(age_.delete_record.run(key));
        LQ_CHECK(age_.age_case.run(key, expiry_.now));
        return sql_.insert_timeline.run(key, version + 1, std::int64_t{0}, expiry_.now,
                                        std::string_view(kBodiesExpired), std::string_view(),
                                        std::string_view(), std::string_view());
    }

    /// Each anew under its key, without its body. REPLACE would be one statement, but it leaves the
    /// pages as empty as they are: only a deletion puts neighbours together.
    Status messages(std::int64_t case_key, Expired& gone) {
        struct Row {
            std::int64_t key;
            InboundMessage message;
            std::uint64_t size;
        };
        LQ_TRY(const auto all, collect(age_.messages.query(case_key), [](const SqliteRows& rows) {
                   return Row{rows.integer(9), read_message(rows),
                              static_cast<std::uint64_t>(rows.integer(10))};
               }));
        for (const auto& [key, one, size] : all) {
            LQ_CHECK(age_.delete_message.run(key));
            LQ_CHECK(age_.insert_message.run(key, one.id, case_key, one.party, one.format,
                                             one.dedup_key, one.sm3, one.nonce, one.bundle,
                                             one.at));
            gone.bodies += 1;
            gone.bytes += size;
        }
        return {};
    }

    Status metadata(std::int64_t key) {
        LQ_TRY(const auto deliveries,
               collect(age_.deliveries.query(key), [](const SqliteRows& rows) {
                   return std::pair(rows.text(0), static_cast<DeliveryState>(rows.integer(1)));
               }));
        for (const auto& [party, state] : deliveries) batch_.forget_delivery(party, state);
        LQ_TRY(const auto messages, collect(age_.messages.query(key), [](const SqliteRows& rows) {
                   return HashedRow{message_hash(rows.text(2), rows.text(4)), rows.integer(9)};
               }));
        batch_.forget_case(messages.size());
        for (const HashedRow& one : messages) {
            LQ_CHECK(age_.delete_key.run(static_cast<std::int64_t>(one.hash), one.row));
        }
        LQ_CHECK(end_facts(key));
        for (SqliteStatement* sql :
             {&age_.delete_bodies, &age_.delete_deliveries, &age_.delete_messages,
              &age_.delete_record, &age_.delete_timeline, &age_.delete_alerts, &age_.delete_case}) {
            LQ_CHECK(sql->run(key));
        }
        return {};
    }

    AgeStatements& age_;
    WriteStatements& sql_;
    SqliteBatch& batch_;
    const Expiry& expiry_;
};

}  // namespace

Result<AgeStatements> AgeStatements::prepare(const SqliteConnection& connection) {
    return prepare_all(connection, kAgeSql);
}

Result<std::vector<AgeingCase>> SqliteStore::ageing(const AgeQuery& query) {
    const ReaderLease lease = reader();
    SqliteStatement& sql =
        query.what == Ageing::Bodies ? lease.find().ageing_bodies : lease.find().ageing_metadata;
    const auto after = query.after.value_or(std::pair(Instant{Duration{INT64_MIN}}, CaseId{}));
    return collect(
        sql.query(query.decided_before, after.first, after.second, to_limit(query.limit)),
        [](const SqliteRows& rows) {
            return AgeingCase{rows.id<CaseId>(0), rows.text(1), rows.instant(2)};
        });
}

/// In slices, with the writer free in between: all at once is up to 131,072 random pages, while
/// every sender waits.
Status SqliteStore::shorten_recent() {
    constexpr std::chrono::milliseconds kLetOthers{
        2};  // who waits for a mutex is not next by itself
    for (;;) {
        {
            const std::lock_guard lock(writing_);
            if (!recent_.is_long()) return {};
            recent_.freeze();
            LQ_CHECK(transaction([&](SqliteBatch&) { return recent_.drain(); }));
        }
        std::this_thread::sleep_for(kLetOthers);
    }
}

Result<Expired> SqliteStore::expire(const Expiry& expiry) {
    Expired gone;
    if (expiry.cases.empty()) return gone;
    LQ_CHECK(shorten_recent());
    const std::lock_guard lock(writing_);
    // What is freed is overwritten, also where SQLite would leave it until the page is used again.
    LQ_CHECK(writer_.execute("PRAGMA secure_delete = ON"));
    const Status done = transaction([&](SqliteBatch& batch) -> Status {
        LQ_CHECK(recent_.settle());  // what goes must not be taken over later
        SqliteTaker taker(age_, sql_, batch, expiry);
        for (const ExpiringCase& one : expiry.cases) LQ_CHECK(taker.take(one, gone));
        return {};
    });
    (void)writer_.execute("PRAGMA secure_delete = OFF");
    if (!done) return done.error();
    return gone;
}

Status SqliteStore::forget(const std::map<std::string, std::string>& documents) {
    if (documents.empty()) return {};
    const std::lock_guard lock(writing_);
    return transaction([&](SqliteBatch&) -> Status {
        for (const auto& [name, value] : documents) {
            LQ_CHECK(age_.forget_document.run(name, value));
            if (writer_.changes() == 0) return document_changed();
        }
        return {};
    });
}

Result<std::uint64_t> SqliteStore::expire_audit(Instant before,
                                                std::size_t limit,
                                                AuditEntry note) {
    std::uint64_t first = 0;
    AuditHead last;
    const std::lock_guard lock(writing_);
    const Status done = transaction([&](SqliteBatch& batch) -> Status {
        {
            SqliteRows rows = age_.oldest_audit.query(to_limit(limit));
            for (;;) {
                LQ_TRY(const bool more, rows.next());
                const auto number = more ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
                if (!more || rows.instant(1) >= before || number >= heads_.audit.number) break;
                if (first == 0) first = number;
                last = {number, rows.text(2)};
            }
        }
        if (first == 0) return {};
        note.subject = audit_expiry_subject(first, last);
        LQ_CHECK(age_.delete_audit.run(static_cast<std::int64_t>(last.number)));
        LQ_CHECK(sql_.put_meta.run(std::string_view("audit_start"),
                                   fmt::format("{} {}", last.number, last.hash)));
        return batch.append(std::span(&note, 1));
    });
    if (!done) return done.error();
    return first == 0 ? 0 : last.number - first + 1;
}

Result<GivenBack> SqliteStore::give_back(std::uint64_t most) {
    const std::lock_guard lock(writing_);
    LQ_TRY(const std::int64_t page, writer_.number("PRAGMA page_size"));
    LQ_TRY(const std::int64_t mode, writer_.number("PRAGMA auto_vacuum"));
    LQ_TRY(const std::int64_t before, writer_.number("PRAGMA freelist_count"));
    const auto bytes = [page](std::int64_t pages) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, pages) * page);
    };
    constexpr std::int64_t kIncremental = 2;
    const std::int64_t pages =
        std::min(before - kFreeBytesKept / page, static_cast<std::int64_t>(most) / page);
    if (broken_ || mode != kIncremental || pages <= 0) return GivenBack{0, bytes(before)};
    const Status done =
        writer_.execute(fmt::format("PRAGMA incremental_vacuum({})", pages).c_str());
    if (!done) {
        broken_ = writer_.lost_a_flush();
        return done.error();
    }
    LQ_TRY(const std::int64_t left, writer_.number("PRAGMA freelist_count"));
    return GivenBack{bytes(before - left), bytes(left)};
}

}  // namespace luqiao::broker
