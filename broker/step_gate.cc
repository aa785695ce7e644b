#include "broker/alert.h"
#include "broker/step_work.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

constexpr std::string_view kPrerequisiteRefused = "prerequisite_refused";

/// How the items of one group stand: whether there are any, whether one is granted, whether one may
/// still be.
struct GroupState {
    bool present = false;
    bool granted = false;
    bool hopeful = false;
};

GroupState group_state(const Work& work, std::string_view group) {
    GroupState out;
    const std::vector<Item>& items = work.state().items;
    for (std::size_t index = 0; index < items.size(); ++index) {
        const ItemRule* rule = work.rule(index);
        if (rule == nullptr || rule->group != group) continue;
        out.present = true;
        out.granted = out.granted || items[index].state == ItemState::Granted;
        // What was revoked may be granted again, and is then accepted: what waits for it is held.
        out.hopeful = out.hopeful || !is_final(items[index].state) ||
                      items[index].state == ItemState::Revoked;
    }
    return out;
}

/// Keeps back what has not gone out about the item.
void hold_back(Work& work, std::size_t index, const std::vector<DeliveryId>& under_way) {
    const std::string_view unknown = info(Errc::OutcomeUnknown).id;
    const std::size_t count = work.state().deliveries.size();
    for (std::size_t place = 0; place < count; ++place) {
        const Delivery one = work.state().deliveries[place];
        if (one.telling.item != index || one.telling.kind != DeliveryKind::Dispatch) continue;
        // Of cases of before only the last attempt is known.
        const bool is_unknown = one.may_be_there || one.cause == unknown;
        const bool is_away =
            std::find(under_way.begin(), under_way.end(), one.id) != under_way.end();
        switch (one.state) {
            case DeliveryState::Queued: keep_back(work, one.id, false); break;
            case DeliveryState::Pending:
            case DeliveryState::Leased:
            case DeliveryState::Waiting:
                if (is_away) break;
                keep_back(work, one.id, is_unknown);
                work.unless_leased(one.id);
                break;
            case DeliveryState::Dead:
                if (!is_unknown) keep_back(work, one.id, false);
                break;
            case DeliveryState::Delivered:
            case DeliveryState::Answered:
            case DeliveryState::Unknown:
            case DeliveryState::Shelved: break;
        }
    }
}

}  // namespace

bool has_prerequisite(const Work& work, std::size_t index) {
    const ItemRule* rule = work.rule(index);
    return rule != nullptr &&
           std::any_of(rule->after.begin(), rule->after.end(),
                       [&](const auto& group) { return group_state(work, group).present; });
}

Gate gate_of(const Work& work, std::size_t index) {
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr) return Gate::Closed;
    Gate gate = Gate::Open;
    for (const std::string& group : rule->after) {
        const GroupState state = group_state(work, group);
        if (!state.present || state.granted) continue;
        if (!state.hopeful) return Gate::Failed;
        gate = Gate::Closed;
    }
    return gate;
}

void settle_gates(Work& work) {
    const std::size_t count = work.state().items.size();
    for (bool moved = true; moved;) {  // a cancelled item may be somebody's prerequisite
        moved = false;
        for (std::size_t index = 0; index < count; ++index) {
            const ItemState state = work.item(index).state;
            const bool is_cancelled = state == ItemState::Cancelled && work.rule(index) != nullptr;
            if (state != ItemState::Held && !is_cancelled) continue;
            switch (gate_of(work, index)) {
                case Gate::Closed:
                    if (!is_cancelled) continue;
                    work.move(index, ItemState::Held, {work.now(), {}, {}});
                    break;
                case Gate::Open:
                    begin_forwarding(work, index, DeliveryKind::Dispatch);
                    work.move(index, ItemState::Forwarding, {work.now(), {}, {}});
                    break;
                case Gate::Failed:
                    if (is_cancelled) continue;
                    work.move(index, ItemState::Cancelled,
                              {work.now(), std::string(kPrerequisiteRefused), {}});
                    break;
            }
            moved = true;
        }
    }
}

bool is_shut(const Work& work, const Delivery& delivery) {
    if (delivery.telling.kind != DeliveryKind::Dispatch || !delivery.telling.item) return false;
    const std::size_t index = *delivery.telling.item;
    return has_prerequisite(work, index) && gate_of(work, index) != Gate::Open;
}

bool is_superseded(const Case& one, const Delivery& delivery) {
    return delivery.telling.kind == DeliveryKind::Dispatch &&
           std::any_of(one.deliveries.begin(), one.deliveries.end(), [&](const Delivery& other) {
               return other.telling.kind == DeliveryKind::Dispatch &&
                      other.telling.item == delivery.telling.item &&
                      other.sequence > delivery.sequence;
           });
}

void hold_again(Work& work, std::size_t index) {
    Item& item = work.item(index);
    const std::vector<Delivery>& all = work.state().deliveries;
    const bool is_out = std::any_of(all.begin(), all.end(), [index](const Delivery& one) {
        return is_about(one, index) && one.state != DeliveryState::Shelved;
    });
    if (item.state != ItemState::Forwarding || is_out) return;
    item.forward_started.reset();  // 第十六条: counts from the opening of the gate
    item.forward_due.reset();
    item.forward_told = ClockStage::Running;
    const Reason reason{work.now(), std::string(kPrerequisiteRevoked), {}};
    if (gate_of(work, index) == Gate::Failed) {  // cancelled next, and told so
        return work.move_quietly(index, ItemState::Held, reason);
    }
    work.move(index, ItemState::Held, reason);
}

void keep_back(Work& work, const DeliveryId& id, bool is_unknown) {
    Delivery& one = *work.find(id);
    const std::size_t index = *one.telling.item;
    if (is_unknown) {
        const std::string_view cause = info(Errc::OutcomeUnknown).id;
        work.change(one, DeliveryState::Unknown, work.now(), cause);
        work.note_delivery(one, "delivery.unknown", cause);
        return work.alert(kOutcomeUnknown, work.serial_of(one));
    }
    const std::string cause = one.cause;
    work.change(one, DeliveryState::Shelved, work.now(), cause);
    work.note_delivery(one, "delivery.shelved", kPrerequisiteRevoked);
    hold_again(work, index);
    settle_gates(work);
}

void close_gates(Work& work, std::size_t index, const std::vector<DeliveryId>& under_way) {
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr) return;
    for (std::size_t other = 0; other < work.state().items.size(); ++other) {
        const ItemRule* behind = work.rule(other);
        const ItemState state = work.item(other).state;
        const bool waits = behind != nullptr &&
                           std::find(behind->after.begin(), behind->after.end(), rule->group) !=
                               behind->after.end();
        const bool is_over = is_final(state) && state != ItemState::Granted;
        if (!waits || is_over || gate_of(work, other) == Gate::Open) continue;
        hold_back(work, other, under_way);
        work.alert(kPrerequisiteRevoked, work.item(other).serial);
    }
}

void begin_forwarding(Work& work, std::size_t index, DeliveryKind kind) {
    start_forward_clock(work, index);
    work.dispatch(index, kind);
}

}  // namespace luqiao::broker
