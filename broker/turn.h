// broker/turn.h - the work of one commit, from the events that were taken to those who hear of it.
#pragma once

#include "broker/pipeline.h"
#include "broker/unit_builder.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace luqiao::broker {

struct Pipeline::Turn {
    struct Pending {
        Unit unit;
        std::vector<TurnWork> origins;  ///< to be taken again after a conflict
    };
    /// A case while events without a message come in: one unit, however many parties answer.
    struct Open {
        UnitBuilder builder;
        std::vector<TurnWork> origins;
    };

    Instant now;
    std::shared_ptr<const Realm> realm;            ///< for everything but incoming messages
    std::unordered_map<CaseId, StoredCase> cases;  ///< as they are after the pending units
    std::vector<Pending> pending;
    std::map<CaseId, Open> open;  ///< goes on from `cases`, not in `pending` yet
    std::vector<AuditEntry> audit;
    /// A message that came before, told by its first receipt: what it found may not be durable yet.
    struct Replay {
        std::function<void(Answer)> done;
        Receipt receipt;
    };
    std::vector<Replay> replays = {};

    // ---- once it is written
    bool is_written = false;
    std::vector<Unit> units = {};            ///< of `pending`, in order
    std::vector<UnitOutcome> outcomes = {};  ///< one a unit
    std::vector<StoredDelivery> leased = {};

    /// Whoever looks at the case next must see what its open unit made of it.
    void close(CaseId id) {  // a copy: the key itself goes with its entry
        const auto found = open.find(id);
        if (found == open.end()) return;
        pending.push_back({found->second.builder.finish(), std::move(found->second.origins)});
        open.erase(found);
        Case& state = cases.at(id).state;
        state = pending.back().unit.state;
        state.version += 1;
    }
};

}  // namespace luqiao::broker
