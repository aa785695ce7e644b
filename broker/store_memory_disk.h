// broker/store_memory_disk.h - what a memory store keeps, and how operators' questions are answered
// from it.
#pragma once

#include "broker/store.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>

namespace luqiao::broker {

struct MemoryDelivery {
    StoredDelivery row;
    Instant lease_until{};
    std::string node;
    std::uint64_t boot = 0;
};

struct MemoryCase {
    std::size_t key = 0;  ///< order of arrival
    StoredCase stored;
    std::optional<Instant> wake_at;
    std::vector<MemoryDelivery> deliveries;
    std::vector<TimelineEntry> timeline;
    std::vector<Alert> alerts;

    MemoryDelivery* find(const DeliveryId& id) {
        const auto at = std::find_if(deliveries.begin(), deliveries.end(),
                                     [&](const MemoryDelivery& one) { return one.row.id == id; });
        return at == deliveries.end() ? nullptr : &*at;
    }
};

struct MemoryDisk {
    using Cases = std::map<std::size_t, std::unique_ptr<MemoryCase>>;
    std::mutex guard;
    std::function<std::optional<Errc>()> fault;
    std::uint64_t boots = 0;
    Cases cases;  ///< by key
    std::size_t next_key = 0;
    std::unordered_map<CaseId, MemoryCase*> by_id;
    std::map<std::string, MemoryCase*, std::less<>> by_number;
    std::map<std::pair<std::string, std::string>, InboundMessage> messages;  ///< party, dedup key
    /// Party, due, case and place in it: what may be leased, in the order it is.
    std::set<std::tuple<std::string, Instant, std::size_t, DeliveryId>> due;
    std::set<std::tuple<Instant, std::size_t>> wakes;
    std::map<std::string, std::uint64_t> counts{{"cases", 0}, {"decided", 0}, {"messages", 0}};
    std::vector<AuditEntry> audit;
    AuditHead audit_start;                                 ///< the last row that went for age
    std::map<std::uint64_t, std::set<std::size_t>> terms;  ///< keys of cases
    std::map<std::string, std::string> documents;
};

// The caller of all of them holds disk.guard.

// ---- store_memory_queue.cc
// -----------------------------------------------------------------------

/// Counts a delivery and, when it waits, puts it where it is leased from; and takes it out again.
void enter(MemoryDisk& disk, const MemoryCase& one, const MemoryDelivery& delivery);
void leave(MemoryDisk& disk, const MemoryCase& one, const MemoryDelivery& delivery);
void set_state(MemoryDisk& disk,
               const MemoryCase& one,
               MemoryDelivery& delivery,
               DeliveryState state,
               Instant due_at);
/// Writes what the unit says of a case that is there.
void update(MemoryDisk& disk, MemoryCase& one, const Unit& unit);
/// Whether the unit would take a lease away that it must leave.
bool takes_a_lease(MemoryCase& one, const Unit& unit);
std::vector<StoredDelivery> lease(MemoryDisk& disk,
                                  const LeaseRequest& request,
                                  std::uint64_t boot);

// ---- store_memory_age.cc
// -------------------------------------------------------------------------

std::vector<AgeingCase> ageing(const MemoryDisk& disk, const AgeQuery& query);
Expired expire(MemoryDisk& disk, const Expiry& expiry);
/// @errors Conflict: of Store::forget
Status forget(MemoryDisk& disk, const std::map<std::string, std::string>& documents);
/// The rows that go: from the oldest on. Takes them away.
std::vector<AuditEntry> take_audit(MemoryDisk& disk, Instant before, std::size_t limit);

// ---- store_memory_find.cc
// ------------------------------------------------------------------------

std::optional<StoredDelivery> find_delivery(const MemoryDisk& disk, const DeliveryId& id);
std::vector<StoredDelivery> deliveries(const MemoryCase& one);
std::vector<InboundMessage> messages(const MemoryDisk& disk, const CaseId& id);
std::vector<StoredDelivery> lapsed(const MemoryDisk& disk,
                                   Instant now,
                                   const std::string& node,
                                   std::uint64_t boot);
std::optional<Instant> next_due(const MemoryDisk& disk, Instant now);
std::vector<std::string> nonces(const MemoryDisk& disk, Instant since);
std::map<std::string, std::string> kept(const MemoryDisk& disk, const std::string& prefix);
std::vector<std::string> kept_names(const MemoryDisk& disk, const DocumentQuery& query);
std::map<std::string, std::uint64_t> counts(const MemoryDisk& disk);
std::vector<AuditEntry> audit_tail(const MemoryDisk& disk, std::size_t limit);
std::vector<AuditEntry> audit_after(const MemoryDisk& disk,
                                    std::uint64_t number,
                                    std::size_t limit);
std::vector<FailureGroup> failure_groups(const MemoryDisk& disk, DeliveryState state);
std::vector<StoredDelivery> failures(const MemoryDisk& disk, const FailureQuery& query);
std::vector<StoredDelivery> arrived(const MemoryDisk& disk, const TrafficQuery<DeliveryId>& query);
std::vector<InboundMessage> received(const MemoryDisk& disk, const TrafficQuery<MessageId>& query);
std::vector<FoundCase> search(const MemoryDisk& disk, const CaseQuery& query);
std::vector<std::uint64_t> count_facts(const MemoryDisk& disk,
                                       std::span<const std::uint64_t> facts,
                                       std::uint64_t most);

}  // namespace luqiao::broker
