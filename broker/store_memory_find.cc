// What a store is asked, by going through everything: for tests, where there is little.
#include "broker/store_memory_disk.h"

namespace luqiao::broker {
namespace {

bool is_failure(DeliveryState state) {
    return state == DeliveryState::Waiting || state == DeliveryState::Unknown ||
           state == DeliveryState::Dead || state == DeliveryState::Shelved;
}

bool matches(const FailureQuery& query, const StoredDelivery& row) {
    const auto fits = [](const std::string& asked, const std::string& got) {
        return asked.empty() || asked == got;
    };
    return is_failure(query.state) && row.state == query.state && fits(query.party, row.party) &&
           fits(query.map, row.map) && fits(query.cause, row.cause) &&
           (!query.after || std::pair(row.due_at, row.id) > *query.after);
}

template <class IdType>
bool matches(const TrafficQuery<IdType>& query,
             const std::string& party,
             const std::pair<Instant, IdType>& key) {
    return party == query.party && key.first >= query.from && key.first < query.until &&
           (!query.after || key > *query.after);
}

/// The first `limit` in the order of `key`.
template <class Row, class Key>
void keep_page(std::vector<Row>& rows, std::size_t limit, Key key) {
    std::sort(rows.begin(), rows.end(),
              [&](const Row& a, const Row& b) { return key(a) < key(b); });
    if (rows.size() > limit)
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
}

bool matches(const CaseQuery& query, const Case& one) {
    return (!query.from || one.accepted_at >= *query.from) &&
           (!query.until || one.accepted_at < *query.until) &&
           (!query.decided || one.decided() == *query.decided);
}

}  // namespace

std::optional<StoredDelivery> find_delivery(const MemoryDisk& disk, const DeliveryId& id) {
    for (const auto& [key, one] : disk.cases) {
        if (const MemoryDelivery* found = one->find(id); found != nullptr) return found->row;
    }
    return std::nullopt;
}

std::vector<StoredDelivery> deliveries(const MemoryCase& one) {
    std::vector<StoredDelivery> out;
    for (const MemoryDelivery& delivery : one.deliveries) out.push_back(delivery.row);
    return out;
}

std::vector<InboundMessage> messages(const MemoryDisk& disk, const CaseId& id) {
    std::vector<InboundMessage> out;
    for (const auto& [key, message] : disk.messages) {
        if (message.case_id == id) out.push_back(message);
    }
    std::sort(out.begin(), out.end(), [](const InboundMessage& a, const InboundMessage& b) {
        return std::pair(a.at, a.id) < std::pair(b.at, b.id);
    });
    return out;
}

std::vector<StoredDelivery> lapsed(const MemoryDisk& disk,
                                   Instant now,
                                   const std::string& node,
                                   std::uint64_t boot) {
    std::vector<StoredDelivery> out;
    for (const auto& [key, one] : disk.cases) {
        for (const MemoryDelivery& delivery : one->deliveries) {
            if (delivery.row.state != DeliveryState::Leased) continue;
            const bool is_of_the_past = delivery.node == node && delivery.boot != boot;
            if (delivery.lease_until >= now && !is_of_the_past) continue;
            out.push_back(delivery.row);
            out.back().body.clear();
            out.back().bundle.clear();
        }
    }
    return out;
}

std::optional<Instant> next_due(const MemoryDisk& disk, Instant now) {
    std::optional<Instant> next;
    const auto take = [&](Instant at) {
        if (at > now) next = std::min(next.value_or(at), at);
    };
    for (const auto& entry : disk.wakes) take(std::get<0>(entry));
    for (const auto& entry : disk.due) take(std::get<1>(entry));
    return next;
}

std::vector<std::string> nonces(const MemoryDisk& disk, Instant since) {
    std::vector<std::string> out;
    for (const auto& [key, message] : disk.messages) {
        if (message.nonce.empty() || message.at < since) continue;
        out.push_back(message.party + "\n" + message.nonce);
    }
    return out;
}

std::map<std::string, std::string> kept(const MemoryDisk& disk, const std::string& prefix) {
    std::map<std::string, std::string> out = disk.documents;
    std::erase_if(out, [&](const auto& entry) { return !entry.first.starts_with(prefix); });
    return out;
}

std::vector<std::string> kept_names(const MemoryDisk& disk, const DocumentQuery& query) {
    std::vector<std::string> out;
    for (auto one = disk.documents.upper_bound(std::max(query.prefix, query.after));
         one != disk.documents.end() && out.size() < query.limit; ++one) {
        if (!one->first.starts_with(query.prefix)) break;
        out.push_back(one->first);
    }
    return out;
}

std::map<std::string, std::uint64_t> counts(const MemoryDisk& disk) {
    std::map<std::string, std::uint64_t> out = disk.counts;
    std::erase_if(out, [](const auto& entry) {
        return entry.second == 0 && entry.first.starts_with("deliveries.");
    });
    return out;
}

std::vector<AuditEntry> audit_tail(const MemoryDisk& disk, std::size_t limit) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, disk.audit.size()));
    return {disk.audit.end() - count, disk.audit.end()};
}

std::vector<AuditEntry> audit_after(const MemoryDisk& disk,
                                    std::uint64_t number,
                                    std::size_t limit) {
    const auto& rows = disk.audit;
    const std::uint64_t gone = disk.audit_start.number;
    const std::size_t from = std::min<std::size_t>(number < gone ? 0 : number - gone, rows.size());
    const std::size_t count = std::min(limit, rows.size() - from);
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(from);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
}

std::vector<FailureGroup> failure_groups(const MemoryDisk& disk, DeliveryState state) {
    std::map<std::tuple<std::string, std::string, std::string>, FailureGroup> groups;
    for (const auto& [key, one] : disk.cases) {
        for (const MemoryDelivery& delivery : one->deliveries) {
            const StoredDelivery& row = delivery.row;
            if (!is_failure(state) || row.state != state) continue;
            FailureGroup& group = groups[{row.party, row.map, row.cause}];
            const bool first = group.count == 0;
            group = {.party = row.party,
                     .map = row.map,
                     .cause = row.cause,
                     .count = group.count + 1,
                     .oldest = first ? row.due_at : std::min(group.oldest, row.due_at),
                     .newest = first ? row.due_at : std::max(group.newest, row.due_at)};
        }
    }
    std::vector<FailureGroup> out;
    for (auto& [key, group] : groups) out.push_back(std::move(group));
    return out;
}

std::vector<StoredDelivery> failures(const MemoryDisk& disk, const FailureQuery& query) {
    std::vector<StoredDelivery> out;
    for (const auto& [key, one] : disk.cases) {
        for (const MemoryDelivery& delivery : one->deliveries) {
            if (!matches(query, delivery.row)) continue;
            out.push_back(delivery.row);
            out.back().body.clear();
        }
    }
    keep_page(out, query.limit,
              [](const StoredDelivery& row) { return std::pair(row.due_at, row.id); });
    return out;
}

std::vector<StoredDelivery> arrived(const MemoryDisk& disk, const TrafficQuery<DeliveryId>& query) {
    std::vector<StoredDelivery> out;
    for (const auto& [key, one] : disk.cases) {
        for (const MemoryDelivery& delivery : one->deliveries) {
            const StoredDelivery& row = delivery.row;
            if (has_arrived(row.state) && matches(query, row.party, {row.due_at, row.id}))
                out.push_back(row);
        }
    }
    keep_page(out, query.limit,
              [](const StoredDelivery& row) { return std::pair(row.due_at, row.id); });
    return out;
}

std::vector<InboundMessage> received(const MemoryDisk& disk, const TrafficQuery<MessageId>& query) {
    std::vector<InboundMessage> out;
    for (const auto& [key, message] : disk.messages) {
        if (!matches(query, message.party, {message.at, message.id})) continue;
        out.push_back(message);
        out.back().body.clear();
    }
    keep_page(out, query.limit,
              [](const InboundMessage& one) { return std::pair(one.at, one.id); });
    return out;
}

std::vector<std::uint64_t> count_facts(const MemoryDisk& disk,
                                       std::span<const std::uint64_t> facts,
                                       std::uint64_t most) {
    std::vector<std::uint64_t> out;
    for (const std::uint64_t fact : facts) {
        const auto found = disk.terms.find(fact);
        out.push_back(found == disk.terms.end() ? 0 : std::min(most, found->second.size()));
    }
    return out;
}

std::vector<FoundCase> search(const MemoryDisk& disk, const CaseQuery& query) {
    std::vector<FoundCase> out;
    auto next = disk.cases.end();
    if (query.before) {
        const auto last = disk.by_id.find(*query.before);
        if (last != disk.by_id.end()) next = disk.cases.find(last->second->key);
    }
    while (next != disk.cases.begin() && out.size() < query.limit) {
        --next;
        const StoredCase& stored = next->second->stored;
        const Case& one = stored.state;
        const bool has_terms =
            std::all_of(query.terms.begin(), query.terms.end(), [&, key = next->first](auto term) {
                const auto posted = disk.terms.find(term);
                return posted != disk.terms.end() && posted->second.contains(key);
            });
        if (!has_terms || !matches(query, one)) continue;
        out.push_back({one.id, one.number, one.accepted_at, one.decided(), stored.decided_at});
    }
    return out;
}

}  // namespace luqiao::broker
