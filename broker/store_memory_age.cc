// What is old goes.
#include "broker/store_memory_disk.h"
#include "security/digest.h"

namespace luqiao::broker {
namespace {

bool may_lose(const MemoryCase& one, Ageing what, Instant decided_before) {
    const auto is_settled_one = [](const MemoryDelivery& delivery) {
        return is_settled(delivery.row.state);
    };
    return one.stored.decided_at && *one.stored.decided_at < decided_before &&
           one.stored.aged_at.has_value() == (what == Ageing::Metadata) &&
           std::all_of(one.deliveries.begin(), one.deliveries.end(), is_settled_one);
}

void empty(std::string& body, Expired& gone) {
    gone.bytes += body.size();
    std::string().swap(body);
}

void lose_bodies(MemoryDisk& disk, MemoryCase& one, Instant now, Expired& gone) {
    for (MemoryDelivery& delivery : one.deliveries) {
        delivery.row.sm3 = security::sm3_hex(delivery.row.body);
        empty(delivery.row.body, gone);
        ++gone.bodies;
    }
    for (auto& [key, message] : disk.messages) {
        if (message.case_id != one.stored.state.id) continue;
        empty(message.body, gone);
        ++gone.bodies;
    }
    empty(one.stored.record, gone);
    if (one.wake_at) disk.wakes.erase({*one.wake_at, one.key});
    one.wake_at.reset();
    one.stored.aged_at = now;
    one.stored.state.version += 1;
    one.timeline.push_back({now, kBodiesExpired, {}, {}, {}});
}

void lose_all(MemoryDisk& disk, MemoryCase& one) {
    const Case& state = one.stored.state;
    for (const MemoryDelivery& delivery : one.deliveries) leave(disk, one, delivery);
    disk.counts["messages"] -= std::erase_if(
        disk.messages, [&](const auto& entry) { return entry.second.case_id == state.id; });
    --disk.counts["cases"];
    --disk.counts["decided"];
    if (one.wake_at) disk.wakes.erase({*one.wake_at, one.key});
    disk.by_number.erase(state.number);
    disk.by_id.erase(state.id);
    disk.cases.erase(one.key);
}

}  // namespace

std::vector<AgeingCase> ageing(const MemoryDisk& disk, const AgeQuery& query) {
    std::vector<AgeingCase> out;
    for (const auto& [key, one] : disk.cases) {
        if (!may_lose(*one, query.what, query.decided_before)) continue;
        const AgeingCase found{one->stored.state.id, one->stored.state.number,
                               *one->stored.decided_at};
        if (!query.after || std::pair(found.decided_at, found.id) > *query.after) {
            out.push_back(found);
        }
    }
    std::sort(out.begin(), out.end(), [](const AgeingCase& a, const AgeingCase& b) {
        return std::pair(a.decided_at, a.id) < std::pair(b.decided_at, b.id);
    });
    if (out.size() > query.limit) {
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(query.limit), out.end());
    }
    return out;
}

Expired expire(MemoryDisk& disk, const Expiry& expiry) {
    Expired gone;
    for (const ExpiringCase& expiring : expiry.cases) {
        const auto found = disk.by_id.find(expiring.id);
        if (found == disk.by_id.end()) continue;
        MemoryCase& one = *found->second;
        if (!may_lose(one, expiry.what, expiry.decided_before)) continue;
        ++gone.cases;
        const auto& kept = expiring.terms_kept;
        for (auto& [term, keys] : disk.terms) {
            const bool stays = expiry.what == Ageing::Bodies &&
                               std::find(kept.begin(), kept.end(), term) != kept.end();
            if (!stays) keys.erase(one.key);
        }
        expiry.what == Ageing::Bodies ? lose_bodies(disk, one, expiry.now, gone)
                                      : lose_all(disk, one);
    }
    return gone;
}

Status forget(MemoryDisk& disk, const std::map<std::string, std::string>& documents) {
    for (const auto& [name, value] : documents) {
        const auto found = disk.documents.find(name);
        if (found == disk.documents.end() || found->second != value) return document_changed();
    }
    for (const auto& [name, value] : documents) disk.documents.erase(name);
    return {};
}

std::vector<AuditEntry> take_audit(MemoryDisk& disk, Instant before, std::size_t limit) {
    auto end = disk.audit.begin();
    while (end != disk.audit.end() && end + 1 != disk.audit.end() && end->at < before &&
           limit-- > 0) {
        ++end;
    }
    std::vector<AuditEntry> out(disk.audit.begin(), end);
    disk.audit.erase(disk.audit.begin(), end);
    if (!out.empty()) disk.audit_start = {out.back().number, out.back().hash};
    return out;
}

}  // namespace luqiao::broker
