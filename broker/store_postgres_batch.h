// broker/store_postgres_batch.h - one transaction of many units: what is known, what is decided,
// what is written.
//
//   one round trip   read    the cases (locked), keys, numbers and deliveries that the units name
//   no round trip    decide  each unit in turn, against what was read and what the former ones did
//   one round trip   write   one statement per table, whole columns as arrays, and COMMIT, whose
//                            answer is waited for by whoever needs it
//
// Units that only bring new cases are not read for: their unique constraints decide. When somebody
// else was first, the transaction fails whole and is taken again with reading.
#pragma once

#include "broker/store.h"
#include "broker/store_postgres_connection.h"
#include "security/digest.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// Adds to the counters of one slot.
inline constexpr PgStatement kCount{
    "count",
    "INSERT INTO counts AS t (slot, name, count) "
    "SELECT $1::bigint::int, name, count FROM unnest($2::text[], $3::bigint[]) AS u (name, count) "
    "ON CONFLICT (slot, name) DO UPDATE SET count = t.count + excluded.count"};
/// The head first: every writer of the audit does so.
inline constexpr PgStatement kLockAudit{"lock_audit",
                                        "SELECT number, hash FROM audit_head FOR UPDATE"};

/// Which rows of `counts` a connection of a store writes, so that neither nodes nor connections
/// wait for one another: those of its writers (0, 1), and that of what is leased or aged by itself.
constexpr std::int64_t kCountsSlots = 3;
inline std::int64_t counts_slot(std::int64_t boot, std::int64_t connection = kCountsSlots - 1) {
    return boot % 32 * kCountsSlots + connection;
}

class PgBatch {
public:
    /// `boot` is the store's: it names us to others. `slot`: which rows of `counts` are ours.
    PgBatch(PgConnection& connection,
            std::int64_t boot,
            std::int64_t slot,
            std::optional<AuditHead> audit)
        : connection_(connection), boot_(boot), slot_(slot), audit_(std::move(audit)) {}

    void add(std::span<const Unit> units) { units_.push_back(units); }
    void add(std::span<const AuditEntry> entries) {
        loose_.insert(loose_.end(), entries.begin(), entries.end());
    }

    /// Keeps a document: name, value.
    void add(std::pair<std::string, std::string> document) {
        documents_[document.first] = std::move(document.second);
    }

    /// Leases what is due after the units, of which their own deliveries may be part.
    void add(const LeaseRequest& request) { leases_.push_back(&request); }

    /// Reads unless only new cases come, decides, writes, and commits without waiting for that:
    /// PgConnection::finish() tells whether it was. @return the outcomes of all units, in the order
    /// they were added
    /// @errors of PgConnection::start; Internal: a unit contradicts what is stored
    Result<std::vector<UnitOutcome>> run(bool must_read);

    /// What each request leased, after run().
    [[nodiscard]] std::vector<std::vector<StoredDelivery>>& leased() { return leased_; }
    /// The head of the audit after run(); none: not known.
    [[nodiscard]] const std::optional<AuditHead>& audit() const { return audit_; }
    /// Whose rows run() wrote.
    [[nodiscard]] std::vector<CaseId> written_cases() const;
    /// Which keys of messages it took: party and dedup key.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> written_keys() const;

private:
    using Key = std::pair<security::Sm3, std::string>;  ///< of the dedup key; party
    struct CaseRow {
        std::uint64_t stored = 0;  ///< version in the database; 0: there is none
        std::uint64_t version = 0;
        bool decided = false;
        bool stored_decided = false;
        const Unit* last = nullptr;    ///< its state is what is written
        const Unit* record = nullptr;  ///< the last that changed it
    };
    /// Who has a key.
    struct First {
        const Unit* unit = nullptr;  ///< of this batch; none: it is in the database
        InboundMessage message;      ///< then; without body
        std::string case_number;
    };
    struct DeliveryRow {
        const StoredDelivery* created = nullptr;  ///< none: the row is in the database
        std::uint64_t version = 0;                ///< of the case, and the place in its unit
        std::size_t place = 0;
        std::string party;
        DeliveryState state = DeliveryState::Pending;
        std::optional<Instant> due_at;
        std::string cause;
        const Reencoded* reencoded = nullptr;
        bool changed = false;
    };

    // store_postgres_batch.cc
    [[nodiscard]] bool brings_only_new_cases() const;
    [[nodiscard]] bool audits() const;
    Status read();
    Status take_messages(const PgRows& rows);
    Result<UnitOutcome> decide(const Unit& unit);
    /// Whether it would take a lease away that it must leave.
    [[nodiscard]] bool takes_a_lease(const Unit& unit) const;
    Status decide_deliveries(const Unit& unit);
    void write_audit(std::vector<PgCall>& calls);
    void count(const std::string& party, DeliveryState state, int difference);

    // store_postgres_rows.cc
    Status write();
    void write_messages(std::vector<PgCall>& calls) const;
    void write_cases(std::vector<PgCall>& calls) const;
    void write_created(std::vector<PgCall>& calls) const;
    void write_changed(std::vector<PgCall>& calls) const;
    void write_stories(std::vector<PgCall>& calls) const;
    void write_terms(std::vector<PgCall>& calls) const;
    void write_documents(std::vector<PgCall>& calls) const;
    void write_counts(std::vector<PgCall>& calls) const;

    PgConnection& connection_;
    const std::int64_t boot_;
    const std::int64_t slot_;
    std::optional<AuditHead> audit_;
    std::vector<std::span<const Unit>> units_;
    std::vector<AuditEntry> loose_;  ///< entries of no unit

    std::map<std::string, std::string> documents_;
    std::vector<const LeaseRequest*> leases_;
    std::vector<std::vector<StoredDelivery>> leased_;  ///< one a request

    std::map<CaseId, CaseRow> cases_;
    std::set<std::string> numbers_;  ///< taken
    std::map<Key, First> keys_;
    std::map<std::pair<CaseId, DeliveryId>, DeliveryRow> deliveries_;
    std::map<Key, const InboundMessage*> messages_;  ///< to be written
    std::vector<const Unit*> taken_;                 ///< in order
    std::map<std::string, std::int64_t> counts_;     ///< differences
    bool begun_ = false;
};

}  // namespace luqiao::broker
