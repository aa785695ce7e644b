// tests/sim/faulty_store.h - a node's view of the shared store, through which it fails, dies, and
// carries planted defects.
#pragma once

#include "broker/store.h"
#include "tests/sim/oracle.h"
#include "tests/sim/random.h"

#include <deque>
#include <functional>
#include <memory>

namespace luqiao::sim {

/// What the store needs of the run around it.
struct StoreWorld {
    const Plan& plan;
    Plant plant = Plant::None;
    Random& random;
    Oracle& oracle;
    std::function<Instant()> now;    ///< as the node sees it
    std::function<Instant()> time;   ///< as it is
    std::function<bool()> is_alive;  ///< of the node; a dead one writes nothing more
    std::function<void()> die;
    std::function<void(Duration)> stall;
    std::function<void()> others;     ///< another node takes a turn
    std::function<bool()> is_faulty;  ///< false once the faults have stopped
    std::function<bool()> is_away;    ///< the store is reached by no node
    std::function<void(std::string_view)> count;
    int newest_version = 0;  ///< of the service that the node's rules offer
};

class FaultyStore final : public broker::Store {
public:
    FaultyStore(std::unique_ptr<broker::Store> inner, Holder holder, StoreWorld world)
        : inner_(std::move(inner)), holder_(holder), world_(std::move(world)) {}

    Result<std::vector<broker::UnitOutcome>> commit(std::span<const broker::Unit> units) override;
    Result<std::vector<broker::StoredDelivery>> lease(
        Instant now,
        Instant until,
        const std::string& node,
        const std::map<std::string, std::size_t>& capacity) override;
    Result<broker::Committed> write_and_lease(std::span<const broker::Unit> units,
                                              const broker::LeaseRequest& request) override;
    Status flush() override;
    Result<std::vector<broker::StoredDelivery>> lapsed(Instant now,
                                                       const std::string& node) override;
    Result<std::optional<broker::InboundMessage>> find_message(
        const std::string& party, const std::string& dedup_key) override;
    Result<std::vector<CaseId>> due_cases(Instant now, std::size_t limit) override;
    using Store::audit;
    Status audit(std::span<const broker::AuditEntry> entries) override;

    [[nodiscard]] bool is_shared() const override { return world_.plan.nodes > 1; }
    Result<std::optional<broker::StoredCase>> find_case(const CaseId& id) override {
        LQ_CHECK(readable());
        auto found = inner_->find_case(id);
        const bool is_new = world_.plan.new_version && found && *found;
        if (is_new && world_.plant == Plant::VersionForgotten) {
            (*found)->state.service_version = world_.newest_version;
        }
        return found;
    }
    Result<std::optional<CaseId>> find_case_id(const std::string& number) override {
        LQ_CHECK(readable());
        return inner_->find_case_id(number);
    }
    Result<std::optional<Instant>> next_due(Instant now) override {
        LQ_CHECK(readable());
        return inner_->next_due(now);
    }
    Result<std::optional<broker::StoredDelivery>> find_delivery(const DeliveryId& id) override {
        LQ_CHECK(readable());
        auto found = inner_->find_delivery(id);
        const bool is_blind = world_.plant == Plant::LeaseTakenAway && found && *found &&
                              (*found)->state == broker::DeliveryState::Leased;
        if (is_blind) (*found)->state = broker::DeliveryState::Waiting;
        return found;
    }
    Result<std::vector<broker::FailureGroup>> failure_groups(broker::DeliveryState state) override {
        LQ_CHECK(readable());
        return inner_->failure_groups(state);
    }
    Result<std::vector<broker::StoredDelivery>> failures(
        const broker::FailureQuery& query) override {
        LQ_CHECK(readable());
        return inner_->failures(query);
    }
    Result<std::vector<broker::StoredDelivery>> arrived(
        const broker::TrafficQuery<DeliveryId>& query) override {
        return inner_->arrived(query);
    }
    Result<std::vector<broker::InboundMessage>> received(
        const broker::TrafficQuery<MessageId>& query) override {
        return inner_->received(query);
    }
    Result<std::vector<broker::FoundCase>> search(const broker::CaseQuery& query) override {
        LQ_CHECK(readable());
        return inner_->search(query);
    }
    Result<std::vector<std::uint64_t>> count_facts(std::span<const std::uint64_t> facts,
                                                   std::uint64_t most) override {
        LQ_CHECK(readable());
        return inner_->count_facts(facts, most);
    }
    Result<std::vector<broker::AgeingCase>> ageing(const broker::AgeQuery& query) override {
        LQ_CHECK(readable());
        return inner_->ageing(query);
    }
    Result<broker::Expired> expire(const broker::Expiry& expiry) override {
        LQ_CHECK(readable());
        return inner_->expire(expiry);
    }
    Status keep(const std::string& name,
                const std::string& value,
                std::span<const broker::AuditEntry> audited) override;
    Result<std::map<std::string, std::string>> kept(const std::string& prefix) override {
        LQ_CHECK(readable());
        return inner_->kept(prefix);
    }
    Result<std::vector<std::string>> kept_names(const broker::DocumentQuery& query) override {
        LQ_CHECK(readable());
        return inner_->kept_names(query);
    }
    Status forget(const std::map<std::string, std::string>& documents) override {
        LQ_CHECK(readable());
        return inner_->forget(documents);
    }
    Result<std::vector<broker::InboundMessage>> messages(const CaseId& id) override {
        LQ_CHECK(readable());
        return inner_->messages(id);
    }
    Result<std::vector<broker::TimelineEntry>> timeline(const CaseId& id) override {
        LQ_CHECK(readable());
        return inner_->timeline(id);
    }
    Result<std::vector<broker::StoredDelivery>> deliveries(const CaseId& id) override {
        LQ_CHECK(readable());
        return inner_->deliveries(id);
    }
    Result<std::vector<broker::Alert>> alerts(const CaseId& id) override {
        LQ_CHECK(readable());
        return inner_->alerts(id);
    }
    Result<std::vector<std::string>> nonces(Instant since) override {
        LQ_CHECK(readable());
        return inner_->nonces(since);
    }
    Result<std::map<std::string, std::uint64_t>> counts() override {
        LQ_CHECK(readable());
        return inner_->counts();
    }
    Result<std::vector<broker::AuditEntry>> audit_tail(std::size_t limit) override {
        LQ_CHECK(readable());
        return inner_->audit_tail(limit);
    }
    Result<std::vector<broker::AuditEntry>> audit_after(std::uint64_t number,
                                                        std::size_t limit) override {
        LQ_CHECK(readable());
        return inner_->audit_after(number, limit);
    }
    Result<broker::AuditHead> audit_start() override {
        LQ_CHECK(readable());
        return inner_->audit_start();
    }
    Result<std::uint64_t> expire_audit(Instant before,
                                       std::size_t limit,
                                       broker::AuditEntry note) override {
        LQ_CHECK(readable());
        return inner_->expire_audit(before, limit, std::move(note));
    }
    Result<broker::AuditHead> audit_head() override {
        LQ_CHECK(readable());
        return inner_->audit_head();
    }

private:
    enum class Fate : std::uint8_t { Fine, Away, Failed, Unknown, Torn, Dead, DiesAfter };
    Fate draw();
    Status before_write(Fate fate);
    Status after_write(Fate fate);
    /// Of a call that changes nothing.
    Status readable();
    Result<std::vector<broker::UnitOutcome>> write(std::span<const broker::Unit> units);
    std::vector<broker::Unit> planted(std::span<const broker::Unit> units);

    std::unique_ptr<broker::Store> inner_;
    const Holder holder_;
    const StoreWorld world_;
    std::uint64_t made_ = 0;
    std::deque<std::vector<broker::StoredDelivery>> unflushed_;  ///< leased, by each write
};

}  // namespace luqiao::sim
