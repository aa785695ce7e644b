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
        out.hopeful = out.hopeful || !is_final(items[index].state);
    }
    return out;
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
            if (work.item(index).state != ItemState::Held) continue;
            switch (gate_of(work, index)) {
                case Gate::Closed: continue;
                case Gate::Open:
                    begin_forwarding(work, index, DeliveryKind::Dispatch);
                    work.move(index, ItemState::Forwarding, {work.now(), {}, {}});
                    break;
                case Gate::Failed:
                    work.move(index, ItemState::Cancelled,
                              {work.now(), std::string(kPrerequisiteRefused), {}});
                    break;
            }
            moved = true;
        }
    }
}

void begin_forwarding(Work& work, std::size_t index, DeliveryKind kind) {
    start_forward_clock(work, index);
    work.dispatch(index, kind);
}

}  // namespace luqiao::broker
