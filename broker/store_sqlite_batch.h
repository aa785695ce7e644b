// broker/store_sqlite_batch.h - the rows of one write transaction of the SQLite store.
#pragma once

#include "broker/store_sqlite.h"
#include "broker/store_sqlite_terms.h"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// Writes rows inside a transaction that somebody else begins and ends.
class SqliteBatch {
public:
    SqliteBatch(SqliteConnection& connection,
                WriteStatements& sql,
                SqliteHeads& heads,
                SqliteRecent& recent)
        : connection_(connection), sql_(sql), heads_(heads), recent_(recent) {}

    struct Lease {
        Instant now;
        Instant until;
        std::string_view node;
        std::int64_t boot = 0;
    };
    /// Before the first unit: which deliveries that `units` create are leased with their first row,
    /// instead of being written, found, read and changed. All that are due, of a party that may
    /// have them all and for which nothing waits that is older. store_sqlite_lease.cc
    Status expect(const Lease& how,
                  const std::map<std::string, std::size_t>& capacity,
                  std::span<const Unit> units);

    /// A unit that is not taken leaves nothing behind.
    Result<UnitOutcome> write(const Unit& unit);

    /// Leases at most `most` due deliveries of `party`, oldest first, and adds them to `out`; those
    /// that were leased with their first row are among them. store_sqlite_lease.cc
    Status lease(const std::string& party, std::size_t most, std::vector<StoredDelivery>& out);

    /// Rows that are taken away for age, for the counts.
    void forget_case(std::size_t messages) {
        --cases_, --decided_, messages_ -= static_cast<std::int64_t>(messages);
    }
    void forget_delivery(const std::string& party, DeliveryState state) { count(party, state, -1); }

    Status append(std::span<const AuditEntry> entries);
    Status keep(const std::string& name, const std::string& value);

    /// The counts, the audit's head, what waits for its index; the last thing before the commit.
    Status finish();

private:
    struct Known {
        std::int64_t key = 0;  ///< 0: there is no such case
        std::uint64_t version = 0;
        bool decided = false;
        Terms facts;
    };

    Result<Known> find(const CaseId& id);
    /// What its party sent before under the same key.
    Result<std::optional<UnitOutcome>> earlier(const InboundMessage& message, std::uint64_t hash);
    Result<std::optional<UnitOutcome>> earlier_at(std::int64_t key, const InboundMessage& message);
    /// @return false: another case has its id or number
    Result<bool> write_case(const Unit& unit, const Known& known);
    Status write_message(std::int64_t key, const InboundMessage& message, std::uint64_t hash);
    Status write_facts(std::int64_t key, const Unit& unit);
    Status write_terms(std::int64_t key, bool is_new, const Terms& terms);
    /// @return it as it is leased; nullptr: it is not. store_sqlite_lease.cc
    StoredDelivery* lease_with_first_row(const Unit& unit, const StoredDelivery& delivery);
    Status write_created(std::int64_t key, const Unit& unit, const StoredDelivery& delivery);
    Status lease_waiting(const std::string& party,
                         std::size_t most,
                         std::vector<StoredDelivery>& out);
    /// Whether it would take a lease away that it must leave.
    Result<bool> takes_a_lease(std::int64_t key, const Unit& unit);
    Status write_change(std::int64_t key, const DeliveryChange& change);
    Status write_reencoded(const Unit& unit, std::int64_t key);
    Status write_story(const Unit& unit, std::int64_t key);
    void count(const std::string& party, DeliveryState state, int difference);
    Status add_to(std::string_view name, std::int64_t difference);

    SqliteConnection& connection_;
    WriteStatements& sql_;
    SqliteHeads& heads_;
    SqliteRecent& recent_;

    // Differences of the counts.
    std::int64_t cases_ = 0, decided_ = 0, messages_ = 0;
    std::map<std::string, std::array<std::int64_t, 9>> deliveries_;  ///< by party and state

    Lease how_;
    std::map<std::string, std::vector<StoredDelivery>> born_;  ///< leased with their first row
    std::vector<DeliveryId> touched_;  ///< in order: what units change, which is not born leased

    bool audited_ = false;
};

}  // namespace luqiao::broker
