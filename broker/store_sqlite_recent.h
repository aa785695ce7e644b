// broker/store_sqlite_recent.h - the two indexes of the SQLite store whose keys fall anywhere, and
// the entries that wait for them: dedup keys of messages (message_keys), lasting search terms
// (terms).
//
// An entry is durable with its unit, in one row of `recent` a transaction, and found in memory.
// From kRecentMost entries on they are taken over in the order of their hash, some by each
// transaction, while new ones gather; then their rows of `recent` go. What a crash cuts is taken
// over once more. docs/adr/0038-keys-that-wait.md
#pragma once

#include "broker/recent_keys.h"
#include "broker/sqlite_handle.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// Entries from which on they are taken over: 1 MB, and as much again while that goes on.
inline constexpr std::size_t kRecentMost = 65'536;

/// By which a message is looked up; whoever looks compares what it finds.
std::uint64_t message_hash(std::string_view party, std::string_view dedup_key);

class SqliteRecent {
public:
    struct Views {
        RecentKeys::View messages;
        RecentKeys::View terms;
    };

    /// Reads what waited at the last stop. @errors Corruption
    Status load(const SqliteConnection& writer, std::size_t most);

    // ---- the writer, inside a transaction
    void add_message(std::uint64_t hash, std::int64_t message) {
        new_messages_.push_back({hash, message});
    }
    void add_term(std::uint64_t term, std::int64_t case_key) {
        new_terms_.push_back({term, case_key});
    }
    /// Messages of `hash` that are not in message_keys, those of this transaction among them.
    [[nodiscard]] std::vector<std::int64_t> messages_of(std::uint64_t hash) const;
    /// The last thing before the commit: what is new becomes durable, some of what waits is taken
    /// over.
    Status write(const SqliteConnection& writer);
    /// Takes over all of it, so that the indexes alone say what there is. Not after add_*.
    Status settle();
    /// Takes over a slice of what was frozen: all that a transaction does.
    Status drain();

    // ---- outside of one
    /// Whether so much waits that `settle` would hold up all others.
    [[nodiscard]] bool is_long() const;
    /// What waits is to be taken over, however little it is.
    void freeze();

    // ---- behind it
    void committed();
    void rolled_back();

    /// Any thread. Taken before the index is asked, it and the index miss nothing.
    [[nodiscard]] Views views() const;

private:
    Status take_over(std::size_t most);
    Status take_over(RecentKeys& keys,
                     SqliteStatement& insert,
                     std::size_t& most,
                     std::size_t& done);
    void show();

    std::size_t most_ = kRecentMost;
    SqliteStatement put_, forget_, insert_message_, insert_term_;
    RecentKeys messages_;
    RecentKeys terms_;
    std::int64_t newest_ = 0;     ///< row of `recent`
    std::int64_t frozen_to_ = 0;  ///< the last one of what is frozen
    std::size_t owed_ = 0;        ///< entries to be taken over, by what came

    // Of the transaction.
    std::vector<HashedRow> new_messages_;
    std::vector<HashedRow> new_terms_;
    std::int64_t new_newest_ = 0;
    std::size_t taken_messages_ = 0;
    std::size_t taken_terms_ = 0;
    bool all_taken_ = false;  ///< all that was frozen
    bool is_settled_ = false;

    mutable std::mutex guard_;
    Views shown_;
};

}  // namespace luqiao::broker
