// Leases of one transaction: with the first row of a delivery, or of what waits.
#include "broker/store_sqlite_batch.h"

#include <algorithm>
#include <iterator>

namespace luqiao::broker {
namespace {

bool is_due(const StoredDelivery& delivery, Instant now) {
    const bool waits =
        delivery.state == DeliveryState::Pending || delivery.state == DeliveryState::Waiting;
    return waits && delivery.due_at <= now;
}

}  // namespace

Status SqliteBatch::expect(const Lease& how,
                           const std::map<std::string, std::size_t>& capacity,
                           std::span<const Unit> units) {
    how_ = how;
    if (capacity.empty()) return {};
    std::map<std::string_view, std::size_t> due;
    for (const Unit& unit : units) {
        for (const StoredDelivery& one : unit.created) due[one.party] += is_due(one, how.now);
        for (const DeliveryChange& one : unit.changed) touched_.push_back(one.id);
        for (const Reencoded& one : unit.reencoded) touched_.push_back(one.id);
    }
    std::sort(touched_.begin(), touched_.end());
    for (const auto& [party, count] : due) {
        const auto room = capacity.find(std::string(party));
        if (count == 0 || room == capacity.end() || count > room->second) continue;
        SqliteRows rows = sql_.has_due.query(party, how.now);
        LQ_TRY(const bool waits, rows.next());
        if (!waits) born_[room->first].reserve(count);  // what lease_with_first_row returns stays
    }
    return {};
}

StoredDelivery* SqliteBatch::lease_with_first_row(const Unit& unit,
                                                  const StoredDelivery& delivery) {
    const auto born = born_.find(delivery.party);
    if (born == born_.end() || !is_due(delivery, how_.now)) return nullptr;
    if (std::binary_search(touched_.begin(), touched_.end(), delivery.id)) return nullptr;
    StoredDelivery& leased = born->second.emplace_back(delivery);
    leased.case_id = unit.state.id;
    leased.case_number = unit.state.number;
    leased.state = DeliveryState::Leased;
    ++leased.attempts;
    return &leased;
}

Status SqliteBatch::lease(const std::string& party,
                          std::size_t most,
                          std::vector<StoredDelivery>& out) {
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    if (const auto born = born_.find(party); born != born_.end()) {
        most -= std::min(most, born->second.size());
        std::move(born->second.begin(), born->second.end(), std::back_inserter(out));
        born_.erase(born);
    }
    if (most > 0) LQ_CHECK(lease_waiting(party, most, out));
    std::stable_sort(out.begin() + first, out.end(),
                     [](const auto& a, const auto& b) { return a.due_at < b.due_at; });
    return {};
}

Status SqliteBatch::lease_waiting(const std::string& party,
                                  std::size_t most,
                                  std::vector<StoredDelivery>& out) {
    const std::size_t from = out.size();
    std::vector<std::int64_t> keys;
    {
        SqliteRows rows =
            sql_.due_deliveries.query(party, how_.now, static_cast<std::int64_t>(most));
        for (;;) {
            LQ_TRY(const bool more, rows.next());
            if (!more) break;
            keys.push_back(rows.integer(0));
            out.push_back({.id = rows.id<DeliveryId>(1),
                           .case_id = rows.id<CaseId>(2),
                           .case_number = rows.text(3),
                           .party = party,
                           .map = rows.text(4),
                           .state = DeliveryState::Leased,
                           .due_at = rows.instant(6),
                           .attempts = static_cast<std::uint32_t>(rows.integer(7) + 1),
                           .cause = rows.text(8),
                           .bundle = rows.text(10),
                           .body = rows.text(9)});
            count(party, static_cast<DeliveryState>(rows.integer(5)), -1);
            count(party, DeliveryState::Leased, +1);
        }
    }
    for (std::size_t index = 0; index < keys.size(); ++index) {
        LQ_CHECK(sql_.lease_delivery.run(keys[index], out[from + index].id, how_.until, how_.node,
                                         how_.boot));
    }
    return {};
}

}  // namespace luqiao::broker
