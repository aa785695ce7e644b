// What may be leased, what is counted, and what a unit writes.
#include "broker/delivery_time.h"
#include "broker/store_memory_disk.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

bool waits(DeliveryState state) {
    return state == DeliveryState::Pending || state == DeliveryState::Waiting;
}

std::string count_name(const StoredDelivery& row) {
    return fmt::format("deliveries.{}.{}", row.party, to_string(row.state));
}

}  // namespace

void enter(MemoryDisk& disk, const MemoryCase& one, const MemoryDelivery& delivery) {
    ++disk.counts[count_name(delivery.row)];
    if (!waits(delivery.row.state)) return;
    disk.due.insert({delivery.row.party, delivery.row.due_at, one.key, delivery.row.id});
}

void leave(MemoryDisk& disk, const MemoryCase& one, const MemoryDelivery& delivery) {
    disk.due.erase({delivery.row.party, delivery.row.due_at, one.key, delivery.row.id});
    --disk.counts[count_name(delivery.row)];
}

void set_state(MemoryDisk& disk,
               const MemoryCase& one,
               MemoryDelivery& delivery,
               DeliveryState state,
               Instant due_at) {
    leave(disk, one, delivery);
    delivery.row.state = state;
    delivery.row.due_at = due_at;
    enter(disk, one, delivery);
}

bool takes_a_lease(MemoryCase& one, const Unit& unit) {
    return std::any_of(unit.changed.begin(), unit.changed.end(), [&](const DeliveryChange& change) {
        const MemoryDelivery* found = change.needs_no_lease ? one.find(change.id) : nullptr;
        return found != nullptr && found->row.state == DeliveryState::Leased;
    });
}

std::vector<StoredDelivery> lease(MemoryDisk& disk,
                                  const LeaseRequest& request,
                                  std::uint64_t boot) {
    std::vector<StoredDelivery> out;
    for (const auto& [party, most] : request.capacity) {
        for (std::size_t taken = 0; taken < most; ++taken) {
            const auto first = disk.due.lower_bound({party, Instant::min(), 0, {}});
            if (first == disk.due.end() || std::get<0>(*first) != party) break;
            const auto [name, due_at, key, id] = *first;
            if (due_at > request.now) break;
            MemoryCase& one = *disk.cases.at(key);
            MemoryDelivery& delivery = *one.find(id);
            set_state(disk, one, delivery, DeliveryState::Leased, due_at);
            delivery.row.attempts += 1;
            delivery.lease_until = request.until;
            delivery.node = request.node;
            delivery.boot = boot;
            out.push_back(delivery.row);
        }
    }
    return out;
}

void update(MemoryDisk& disk, MemoryCase& one, const Unit& unit) {
    if (one.stored.state.version > 0 && one.stored.state.decided()) --disk.counts["decided"];
    if (unit.state.decided()) ++disk.counts["decided"];
    if (one.wake_at) disk.wakes.erase({*one.wake_at, one.key});
    if (unit.wake_at) disk.wakes.insert({*unit.wake_at, one.key});
    one.wake_at = unit.wake_at;
    std::optional<Instant>& decided_at = one.stored.decided_at;
    decided_at = unit.state.decided() ? std::optional(decided_at.value_or(unit.at)) : std::nullopt;
    one.stored.state = unit.state;
    one.stored.state.version += 1;
    if (unit.record) one.stored.record = *unit.record;
    for (const StoredDelivery& created : unit.created) {
        one.deliveries.push_back({.row = created, .lease_until = {}, .node = {}, .boot = 0});
        enter(disk, one, one.deliveries.back());
    }
    for (const DeliveryChange& change : unit.changed) {
        MemoryDelivery& delivery = *one.find(change.id);
        set_state(
            disk, one, delivery, change.state,
            takes_time(delivery.row.state, change.state) ? change.due_at : delivery.row.due_at);
        delivery.row.cause = change.cause;
    }
    one.timeline.insert(one.timeline.end(), unit.timeline.begin(), unit.timeline.end());
    one.alerts.insert(one.alerts.end(), unit.alerts.begin(), unit.alerts.end());
    for (const Reencoded& again : unit.reencoded) {
        StoredDelivery& row = one.find(again.id)->row;
        row.body = again.body;
        row.bundle = again.bundle;
    }
    for (const std::uint64_t fact : unit.facts_ended) disk.terms[fact].erase(one.key);
    for (const std::uint64_t fact : unit.facts) disk.terms[fact].insert(one.key);
    for (const std::uint64_t term : unit.terms) disk.terms[term].insert(one.key);
}

}  // namespace luqiao::broker
