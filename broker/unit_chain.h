// broker/unit_chain.h - which units of one commit hang on one that is not kept.
#pragma once

#include "broker/store.h"

#include <cstdint>
#include <map>
#include <optional>

namespace luqiao::broker {

/// Without an earlier message.
inline UnitOutcome outcome(UnitOutcome::Kind kind) {
    return {.kind = kind, .first = std::nullopt, .first_case_number = {}};
}

/// A unit that was made from one of the same commit that is not kept does not stand either, even
/// when another node has meanwhile brought the case to that very version: it would overwrite what
/// that node did. Every store asks this before it looks at the version.
class UnitChain {
public:
    [[nodiscard]] bool is_broken_at(const Unit& unit) const {
        const auto before = not_kept_.find(unit.state.id);
        return before != not_kept_.end() && unit.state.version > before->second;
    }
    void note(const Unit& unit, UnitOutcome::Kind kind) {
        if (kind != UnitOutcome::Kind::Committed) {
            not_kept_.emplace(unit.state.id, unit.state.version);
        }
    }

private:
    std::map<CaseId, std::uint64_t> not_kept_;  ///< the first version, by case
};

}  // namespace luqiao::broker
