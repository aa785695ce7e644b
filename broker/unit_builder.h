// broker/unit_builder.h - from events to one Unit: steps the case and makes the bytes of its
// deliveries.
#pragma once

#include "broker/messages.h"
#include "broker/ports.h"
#include "broker/realm.h"
#include "broker/store.h"
#include "mapping/issue.h"
#include "mapping/record.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace luqiao::broker {

/// Collects what one or more events of one case come to. Pure but for the rules it is given.
class UnitBuilder {
public:
    UnitBuilder(const Realm& realm, const Case& start, Instant now);

    /// Steps the case. @return false: refused, nothing changed; `refusal` says why.
    bool apply(const Event& event, Problem& refusal);

    /// Whether the events so far changed the state of an item.
    [[nodiscard]] bool moved_an_item() const { return moved_; }
    [[nodiscard]] bool needs_bytes() const { return bytes_.size() < created_.size(); }

    /// Makes the bytes of all new deliveries. @return false: some value does not fit its receiver;
    /// see findings()
    bool encode(const Sources& sources);
    /// The same, but a delivery that cannot be written is buried (quarantine) and the others go on.
    void encode_or_bury(const Sources& sources);
    /// Buries every new delivery that has no bytes yet.
    void bury_new();
    [[nodiscard]] const std::vector<FieldProblem>& findings() const { return findings_; }

    /// Written with the unit.
    void audit(AuditEntry entry) { audit_.push_back(std::move(entry)); }

    /// Other bytes for a delivery that an event changed.
    void reencode(Reencoded fresh) { reencoded_.push_back(std::move(fresh)); }

    /// The unit, made from the version of `start`.
    Unit finish();

private:
    void absorb(Transition transition);

    const Realm& realm_;
    const std::uint64_t version_;
    const Instant now_;
    Case case_;
    const std::vector<std::uint64_t> facts_;  ///< terms of `start`
    bool moved_ = false;
    std::vector<DeliveryId> created_;
    std::map<DeliveryId, std::string> bytes_;
    std::map<DeliveryId, std::string> unwritable_;  ///< rule that failed, of those without bytes
    std::map<DeliveryId, DeliveryChange> changed_;
    std::vector<TimelineEntry> timeline_;
    std::vector<Alert> alerts_;
    std::vector<AuditEntry> audit_;
    std::vector<Reencoded> reencoded_;
    std::optional<Instant> wake_at_;
    std::vector<FieldProblem> findings_;
};

/// An issue of the mapping as a sender sees it.
FieldProblem to_field_problem(const mapping::Issue& issue);

}  // namespace luqiao::broker
