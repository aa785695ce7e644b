#include "broker/store_memory.h"

#include "broker/audit.h"
#include "broker/store_memory_disk.h"
#include "broker/unit_chain.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace luqiao::broker {
namespace {

class MemoryStore final : public Store {
public:
    explicit MemoryStore(std::shared_ptr<MemoryDisk> disk)
        : disk_(std::move(disk)), boot_(next_boot()) {}

    Result<std::vector<UnitOutcome>> commit(std::span<const Unit> units) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        LQ_CHECK(check(units));
        std::vector<UnitOutcome> outcomes;
        UnitChain chain;
        for (const Unit& unit : units) {
            outcomes.push_back(chain.is_broken_at(unit) ? outcome(UnitOutcome::Kind::Conflict)
                                                        : write(unit));
            chain.note(unit, outcomes.back().kind);
        }
        return outcomes;
    }

    Result<std::optional<StoredCase>> find_case(const CaseId& id) override {
        const std::lock_guard lock(disk_->guard);
        const MemoryCase* one = find(id);
        return one == nullptr ? std::nullopt : std::optional(one->stored);
    }

    Result<std::optional<CaseId>> find_case_id(const std::string& number) override {
        const std::lock_guard lock(disk_->guard);
        const auto at = disk_->by_number.find(number);
        return at == disk_->by_number.end() ? std::nullopt
                                            : std::optional(at->second->stored.state.id);
    }

    Result<std::optional<InboundMessage>> find_message(const std::string& party,
                                                       const std::string& dedup_key) override {
        const std::lock_guard lock(disk_->guard);
        const auto at = disk_->messages.find({party, dedup_key});
        return at == disk_->messages.end() ? std::nullopt : std::optional(at->second);
    }

    Result<std::vector<StoredDelivery>> lease(
        Instant now,
        Instant until,
        const std::string& node,
        const std::map<std::string, std::size_t>& capacity) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        return broker::lease(*disk_, {now, until, node, capacity}, boot_);
    }

    Result<std::vector<StoredDelivery>> lapsed(Instant now, const std::string& node) override {
        const std::lock_guard lock(disk_->guard);
        return broker::lapsed(*disk_, now, node, boot_);
    }

    Result<std::optional<Instant>> next_due(Instant now) override {
        const std::lock_guard lock(disk_->guard);
        return broker::next_due(*disk_, now);
    }

    Result<std::vector<CaseId>> due_cases(Instant now, std::size_t limit) override {
        const std::lock_guard lock(disk_->guard);
        std::vector<CaseId> out;
        for (const auto& [wake_at, key] : disk_->wakes) {
            if (wake_at > now || out.size() >= limit) break;
            out.push_back(disk_->cases.at(key)->stored.state.id);
        }
        return out;
    }

    Result<std::vector<InboundMessage>> messages(const CaseId& id) override {
        const std::lock_guard lock(disk_->guard);
        return broker::messages(*disk_, id);
    }

    Result<std::vector<TimelineEntry>> timeline(const CaseId& id) override {
        const std::lock_guard lock(disk_->guard);
        const MemoryCase* one = find(id);
        return one == nullptr ? std::vector<TimelineEntry>() : one->timeline;
    }

    Result<std::vector<StoredDelivery>> deliveries(const CaseId& id) override {
        const std::lock_guard lock(disk_->guard);
        const MemoryCase* one = find(id);
        return one == nullptr ? std::vector<StoredDelivery>() : broker::deliveries(*one);
    }

    Result<std::vector<Alert>> alerts(const CaseId& id) override {
        const std::lock_guard lock(disk_->guard);
        const MemoryCase* one = find(id);
        return one == nullptr ? std::vector<Alert>() : one->alerts;
    }

    Result<std::optional<StoredDelivery>> find_delivery(const DeliveryId& id) override {
        const std::lock_guard lock(disk_->guard);
        return broker::find_delivery(*disk_, id);
    }

    Result<std::vector<FailureGroup>> failure_groups(DeliveryState state) override {
        const std::lock_guard lock(disk_->guard);
        return broker::failure_groups(*disk_, state);
    }

    Result<std::vector<StoredDelivery>> failures(const FailureQuery& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::failures(*disk_, query);
    }

    Result<std::vector<StoredDelivery>> arrived(const TrafficQuery<DeliveryId>& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::arrived(*disk_, query);
    }

    Result<std::vector<InboundMessage>> received(const TrafficQuery<MessageId>& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::received(*disk_, query);
    }

    Result<std::vector<FoundCase>> search(const CaseQuery& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::search(*disk_, query);
    }

    Result<std::vector<std::uint64_t>> count_facts(std::span<const std::uint64_t> facts,
                                                   std::uint64_t most) override {
        const std::lock_guard lock(disk_->guard);
        return broker::count_facts(*disk_, facts, most);
    }

    Result<std::vector<AgeingCase>> ageing(const AgeQuery& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::ageing(*disk_, query);
    }

    Result<Expired> expire(const Expiry& expiry) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        return broker::expire(*disk_, expiry);
    }

    Status keep(const std::string& name,
                const std::string& value,
                std::span<const AuditEntry> entries) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        disk_->documents[name] = value;
        append(entries);
        return {};
    }

    Result<std::map<std::string, std::string>> kept(const std::string& prefix) override {
        const std::lock_guard lock(disk_->guard);
        return broker::kept(*disk_, prefix);
    }

    Result<std::vector<std::string>> kept_names(const DocumentQuery& query) override {
        const std::lock_guard lock(disk_->guard);
        return broker::kept_names(*disk_, query);
    }

    Status forget(const std::map<std::string, std::string>& documents) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        return broker::forget(*disk_, documents);
    }

    Result<std::vector<std::string>> nonces(Instant since) override {
        const std::lock_guard lock(disk_->guard);
        return broker::nonces(*disk_, since);
    }

    Result<std::map<std::string, std::uint64_t>> counts() override {
        const std::lock_guard lock(disk_->guard);
        return broker::counts(*disk_);
    }

    using Store::audit;
    Status audit(std::span<const AuditEntry> entries) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        append(entries);
        return {};
    }

    Result<std::vector<AuditEntry>> audit_tail(std::size_t limit) override {
        const std::lock_guard lock(disk_->guard);
        return broker::audit_tail(*disk_, limit);
    }

    Result<std::vector<AuditEntry>> audit_after(std::uint64_t number, std::size_t limit) override {
        const std::lock_guard lock(disk_->guard);
        return broker::audit_after(*disk_, number, limit);
    }

    Result<AuditHead> audit_head() override {
        const std::lock_guard lock(disk_->guard);
        return head();
    }

    Result<AuditHead> audit_start() override {
        const std::lock_guard lock(disk_->guard);
        return disk_->audit_start;
    }

    Result<std::uint64_t> expire_audit(Instant before,
                                       std::size_t limit,
                                       AuditEntry note) override {
        const std::lock_guard lock(disk_->guard);
        LQ_CHECK(ask_fault());
        const auto gone = take_audit(*disk_, before, limit);
        if (gone.empty()) return std::uint64_t{0};
        note.subject = audit_expiry_subject(gone.front().number, disk_->audit_start);
        append(std::span(&note, 1));
        return std::uint64_t{gone.size()};
    }

private:
    std::uint64_t next_boot() {
        const std::lock_guard lock(disk_->guard);
        return ++disk_->boots;
    }

    Status ask_fault() const {
        const auto code = disk_->fault ? disk_->fault() : std::nullopt;
        if (code) return fail(*code, "the memory store was told to fail");
        return {};
    }

    MemoryCase* find(const CaseId& id) const {
        const auto at = disk_->by_id.find(id);
        return at == disk_->by_id.end() ? nullptr : at->second;
    }

    /// Everything that would make the whole batch fail, before anything is written.
    Status check(std::span<const Unit> units) const {
        std::map<CaseId, std::pair<std::uint64_t, std::set<DeliveryId>>> seen;
        std::set<std::pair<std::string, std::string>> keys;
        const auto is_known = [&](const InboundMessage& message) {
            const std::pair key{message.party, message.dedup_key};
            return disk_->messages.contains(key) || !keys.insert(key).second;
        };
        UnitChain chain;
        for (const Unit& unit : units) {
            if (chain.is_broken_at(unit)) continue;
            if (unit.message && unit.message->case_id != unit.state.id) {
                return fail(Errc::Internal, "the message of a unit belongs to another case");
            }
            MemoryCase* one = find(unit.state.id);
            auto& [ahead, created] = seen[unit.state.id];
            const std::uint64_t version = one == nullptr ? 0 : one->stored.state.version;
            const bool follows = unit.state.version == version + ahead;
            if (!follows || (unit.message && is_known(*unit.message))) {
                chain.note(unit, UnitOutcome::Kind::Conflict);
                continue;
            }
            ahead += 1;
            for (const StoredDelivery& delivery : unit.created) created.insert(delivery.id);
            const auto has = [&, &made = created](const auto& change) {
                return made.contains(change.id) ||
                       (one != nullptr && one->find(change.id) != nullptr);
            };
            if (!std::all_of(unit.changed.begin(), unit.changed.end(), has) ||
                !std::all_of(unit.reencoded.begin(), unit.reencoded.end(), has)) {
                return fail(Errc::Internal, "a unit changes a delivery that its case lacks");
            }
        }
        return {};
    }

    UnitOutcome write(const Unit& unit) {
        using Kind = UnitOutcome::Kind;
        if (unit.message) {
            const auto at = disk_->messages.find({unit.message->party, unit.message->dedup_key});
            if (at != disk_->messages.end()) return repeated(at->second, unit.message->sm3);
        }
        MemoryCase* one = find(unit.state.id);
        const std::uint64_t version = one == nullptr ? 0 : one->stored.state.version;
        const bool is_taken = one == nullptr && disk_->by_number.contains(unit.state.number);
        if (unit.state.version != version || is_taken ||
            (one != nullptr && takes_a_lease(*one, unit))) {
            return outcome(Kind::Conflict);
        }
        if (one == nullptr) one = insert(unit);
        if (unit.message) {
            disk_->messages[{unit.message->party, unit.message->dedup_key}] = *unit.message;
            ++disk_->counts["messages"];
        }
        update(*disk_, *one, unit);
        append(unit.audit);
        return outcome(Kind::Committed);
    }

    UnitOutcome repeated(const InboundMessage& first, const std::string& sm3) const {
        using Kind = UnitOutcome::Kind;
        UnitOutcome out{.kind = first.sm3 == sm3 ? Kind::Duplicate : Kind::KeyReused,
                        .first = first,
                        .first_case_number = find(first.case_id)->stored.state.number};
        out.first->body.clear();
        return out;
    }

    MemoryCase* insert(const Unit& unit) {
        auto fresh = std::make_unique<MemoryCase>();
        fresh->key = disk_->next_key++;
        MemoryCase* one = fresh.get();
        disk_->cases.emplace(one->key, std::move(fresh));
        disk_->by_id[unit.state.id] = one;
        disk_->by_number[unit.state.number] = one;
        ++disk_->counts["cases"];
        return one;
    }

    AuditHead head() const {
        if (disk_->audit.empty()) return {0, std::string(kAuditStart)};
        return {disk_->audit.back().number, disk_->audit.back().hash};
    }

    void append(std::span<const AuditEntry> entries) {
        for (AuditEntry entry : entries) {
            const AuditHead before = head();
            entry.number = before.number + 1;
            entry.hash = audit_hash(before.hash, entry);
            disk_->audit.push_back(std::move(entry));
        }
    }

    const std::shared_ptr<MemoryDisk> disk_;
    const std::uint64_t boot_;
};

}  // namespace

std::shared_ptr<MemoryDisk> make_memory_disk() {
    return std::make_shared<MemoryDisk>();
}

void set_fault(MemoryDisk& disk, std::function<std::optional<Errc>()> fault) {
    disk.fault = std::move(fault);
}

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDisk> disk) {
    return std::make_unique<MemoryStore>(std::move(disk));
}

std::unique_ptr<Store> make_memory_store() {
    return open_memory_store(make_memory_disk());
}

}  // namespace luqiao::broker
