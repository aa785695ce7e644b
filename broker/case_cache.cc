#include "broker/case_cache.h"

#include <utility>

namespace luqiao::broker {
namespace {

/// About what the parts of a case take beside its texts.
std::size_t size_of(const StoredCase& one) {
    return sizeof(StoredCase) + one.record.size() + one.state.items.size() * 2 * sizeof(Item) +
           one.state.deliveries.size() * 2 * sizeof(Delivery);
}

}  // namespace

std::optional<StoredCase> CaseCache::take(const CaseId& id, Instant now) {
    const auto found = places_.find(id);
    const bool is_old = found != places_.end() && found->second->at + kTime < now;
    auto out = remove(id);
    if (is_old) out.reset();
    return out;
}

std::optional<StoredCase> CaseCache::remove(const CaseId& id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return std::nullopt;
    std::optional<StoredCase> out(std::move(found->second->stored));
    bytes_ -= found->second->bytes;
    kept_.erase(found->second);
    places_.erase(found);
    return out;
}

void CaseCache::keep(std::unordered_map<CaseId, StoredCase>&& cases,
                     std::span<const Unit> units,
                     std::span<const UnitOutcome> outcomes,
                     Instant now) {
    for (std::size_t index = 0; index < units.size(); ++index) {
        if (outcomes[index].kind == UnitOutcome::Kind::Committed) continue;
        cases.erase(units[index].state.id);
    }
    for (const Unit& unit : units) {
        if (auto changed = cases.extract(unit.state.id)) put(std::move(changed.mapped()), now);
    }
    while (!kept_.empty() && kept_.back().at + kTime < now) {
        (void)remove(kept_.back().stored.state.id);
    }
}

void CaseCache::put(StoredCase&& one, Instant now) {
    const std::size_t bytes = size_of(one);
    if (bytes > bytes_max_) return;
    const CaseId id = one.state.id;
    (void)remove(id);
    kept_.push_front({std::move(one), bytes, now});
    places_[id] = kept_.begin();
    bytes_ += bytes;
    while (bytes_ > bytes_max_) (void)remove(kept_.back().stored.state.id);
}

}  // namespace luqiao::broker
