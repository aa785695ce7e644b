#include "broker/store_sqlite_recent.h"

#include "security/digest.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kEntryBytes = 2 * kNumberBytes;
/// Fewer at a time would meet too few of one page.
constexpr std::size_t kSlice = 256;
/// Some 10 MB of pages at the worst: as long as a checkpoint.
constexpr std::size_t kDrainSlice = 4'096;

/// The lowest byte first.
void put_number(std::string& out, std::uint64_t number) {
    for (std::size_t place = 0; place < kNumberBytes; ++place) {
        out += static_cast<char>(number >> (8 * place) & 0xffU);
    }
}

std::uint64_t take_number(std::string_view bytes) {
    std::uint64_t out = 0;
    for (std::size_t place = 0; place < kNumberBytes; ++place) {
        out |= std::uint64_t{static_cast<std::uint8_t>(bytes[place])} << (8 * place);
    }
    return out;
}

std::string to_bytes(const std::vector<HashedRow>& entries) {
    std::string out;
    out.reserve(entries.size() * kEntryBytes);
    for (const HashedRow& one : entries) {
        put_number(out, one.hash);
        put_number(out, static_cast<std::uint64_t>(one.row));
    }
    return out;
}

Status from_bytes(std::string_view bytes, std::vector<HashedRow>& out) {
    if (bytes.size() % kEntryBytes != 0) {
        return fail(Errc::Corruption, "keys that wait for their index have {} bytes", bytes.size());
    }
    for (; !bytes.empty(); bytes.remove_prefix(kEntryBytes)) {
        out.push_back({take_number(bytes),
                       static_cast<std::int64_t>(take_number(bytes.substr(kNumberBytes)))});
    }
    return {};
}

}  // namespace

std::uint64_t message_hash(std::string_view party, std::string_view dedup_key) {
    std::string text;
    text.reserve(party.size() + 1 + dedup_key.size());
    text.append(party).append(1, '\n').append(dedup_key);
    const security::Sm3 digest = security::sm3(text);
    std::uint64_t out = 0;
    for (std::size_t place = 0; place < kNumberBytes; ++place) out = out << 8U | digest[place];
    return out;
}

Status SqliteRecent::load(const SqliteConnection& writer, std::size_t most) {
    most_ = most;
    LQ_TRY(put_, writer.prepare("INSERT INTO recent (messages, terms) VALUES (?, ?)"));
    LQ_TRY(forget_, writer.prepare("DELETE FROM recent WHERE place <= ?"));
    LQ_TRY(insert_message_, writer.prepare("INSERT INTO message_keys (hash, message) VALUES (?, ?) "
                                           "ON CONFLICT DO NOTHING"));
    LQ_TRY(insert_term_, writer.prepare("INSERT INTO terms (term, case_key) VALUES (?, ?) "
                                        "ON CONFLICT DO NOTHING"));
    LQ_TRY(SqliteStatement all,
           writer.prepare("SELECT place, messages, terms FROM recent ORDER BY place"));
    std::vector<HashedRow> messages;
    std::vector<HashedRow> terms;
    SqliteRows rows = all.query();
    for (;;) {
        LQ_TRY(const bool more, rows.next());
        if (!more) break;
        newest_ = rows.integer(0);
        LQ_CHECK(from_bytes(rows.text(1), messages));
        LQ_CHECK(from_bytes(rows.text(2), terms));
    }
    new_newest_ = newest_;
    new_messages_ = std::move(messages);
    new_terms_ = std::move(terms);
    committed();
    return {};
}

std::vector<std::int64_t> SqliteRecent::messages_of(std::uint64_t hash) const {
    std::vector<std::int64_t> out = messages_.view().rows(hash);
    for (const HashedRow& one : new_messages_) {
        if (one.hash == hash) out.push_back(one.row);
    }
    return out;
}

Status SqliteRecent::write(const SqliteConnection& writer) {
    const std::size_t added = new_messages_.size() + new_terms_.size();
    if (added == 0) return {};
    LQ_CHECK(put_.run(Blob{to_bytes(new_messages_)}, Blob{to_bytes(new_terms_)}));
    new_newest_ = writer.last_row();
    // Twice what came: all is taken over before as much has come again.
    owed_ = messages_.is_frozen() ? owed_ + 2 * added : 0;
    if (owed_ < std::min(kSlice, most_)) return {};
    return take_over(std::max(std::exchange(owed_, 0), kSlice));
}

Status SqliteRecent::take_over(std::size_t most) {
    LQ_CHECK(take_over(messages_, insert_message_, most, taken_messages_));
    LQ_CHECK(take_over(terms_, insert_term_, most, taken_terms_));
    if (most == 0) return {};
    all_taken_ = true;
    return forget_.run(frozen_to_);
}

/// @param most  less what was taken over, which is added to `done`
Status SqliteRecent::take_over(RecentKeys& keys,
                               SqliteStatement& insert,
                               std::size_t& most,
                               std::size_t& done) {
    const auto entries = keys.next(most);
    for (const HashedRow& one : entries) {
        LQ_CHECK(insert.run(static_cast<std::int64_t>(one.hash), one.row));
    }
    most -= entries.size();
    done += entries.size();
    return {};
}

Status SqliteRecent::settle() {
    if (messages_.size() + terms_.size() == 0) return {};
    for (const auto& [keys, insert] :
         {std::pair(&messages_, &insert_message_), std::pair(&terms_, &insert_term_)}) {
        LQ_CHECK(keys->view().each([&, insert = insert](const HashedRow& one) {
            return insert->run(static_cast<std::int64_t>(one.hash), one.row);
        }));
    }
    is_settled_ = true;
    return forget_.run(newest_);
}

Status SqliteRecent::drain() {
    return take_over(kDrainSlice);
}

bool SqliteRecent::is_long() const {
    return messages_.size() + terms_.size() > kDrainSlice;
}

void SqliteRecent::freeze() {
    if (messages_.is_frozen()) return;
    messages_.freeze();
    terms_.freeze();
    frozen_to_ = newest_;
}

void SqliteRecent::committed() {
    if (is_settled_) {
        messages_ = {};
        terms_ = {};
    }
    messages_.taken(taken_messages_);
    terms_.taken(taken_terms_);
    if (all_taken_) {
        messages_.drop();
        terms_.drop();
    }
    const bool changed = is_settled_ || all_taken_ || !new_messages_.empty() || !new_terms_.empty();
    messages_.add(std::exchange(new_messages_, {}));
    terms_.add(std::exchange(new_terms_, {}));
    newest_ = new_newest_;
    if (messages_.young() + terms_.young() >= most_) freeze();
    if (changed) show();
    rolled_back();
}

void SqliteRecent::rolled_back() {
    new_messages_.clear();
    new_terms_.clear();
    new_newest_ = newest_;
    taken_messages_ = taken_terms_ = 0;
    all_taken_ = is_settled_ = false;
}

SqliteRecent::Views SqliteRecent::views() const {
    const std::lock_guard lock(guard_);
    return shown_;
}

void SqliteRecent::show() {
    Views now{messages_.view(), terms_.view()};
    const std::lock_guard lock(guard_);
    std::swap(shown_, now);
}

}  // namespace luqiao::broker
