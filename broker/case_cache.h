// broker/case_cache.h - the cases of a moment ago, for the answer that comes a moment later.
#pragma once

#include "base/id.h"
#include "broker/store.h"

#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>

namespace luqiao::broker {

/// Cases as the last commit that touched them left them. Only for a node that alone writes its
/// store. A turn takes out what it works on and gives it back once that is committed; what became
/// of anything else is read anew. What nobody takes for long makes room. One thread.
class CaseCache {
public:
    static constexpr std::size_t kBytes = 4ULL << 20U;  ///< a thousand cases or more

    /// @param bytes_max  about what the kept cases take; 0: none is kept
    explicit CaseCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::optional<StoredCase> take(const CaseId& id);
    /// @param cases  as they are after `units`, of which only those stay whose every unit was
    ///               committed
    /// @param outcomes  one a unit
    void keep(std::unordered_map<CaseId, StoredCase>&& cases,
              std::span<const Unit> units,
              std::span<const UnitOutcome> outcomes);

private:
    struct Kept {
        StoredCase stored;
        std::size_t bytes = 0;
    };
    void put(StoredCase&& one);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::list<Kept> kept_;  ///< last put first
    std::unordered_map<CaseId, std::list<Kept>::iterator> places_;
};

}  // namespace luqiao::broker
