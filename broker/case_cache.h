// broker/case_cache.h - the cases of a moment ago, for the answer that comes a moment later.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "broker/store.h"

#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>

namespace luqiao::broker {

/// Cases as the last commit that touched them left them. Only for a node that alone writes its
/// store, and for a time in which nothing but its turns touches a case: what retention takes away
/// has stood for days. A turn takes out what it works on and gives it back once that is committed;
/// what became of anything else is read anew. What nobody takes for long makes room. One thread.
class CaseCache {
public:
    static constexpr std::size_t kBytes = 4ULL << 20U;  ///< a thousand cases or more
    static constexpr Duration kTime{3'600'000};         ///< since that commit

    /// @param bytes_max  about what the kept cases take; 0: none is kept
    explicit CaseCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::optional<StoredCase> take(const CaseId& id, Instant now);
    /// @param cases  as they are after `units`, of which only those stay that have units, all of
    ///               them committed
    /// @param outcomes  one a unit
    void keep(std::unordered_map<CaseId, StoredCase>&& cases,
              std::span<const Unit> units,
              std::span<const UnitOutcome> outcomes,
              Instant now);

private:
    struct Kept {
        StoredCase stored;
        std::size_t bytes = 0;
        Instant at{};
    };
    void put(StoredCase&& one, Instant now);
    std::optional<StoredCase> remove(const CaseId& id);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::list<Kept> kept_;  ///< last put first
    std::unordered_map<CaseId, std::list<Kept>::iterator> places_;
};

}  // namespace luqiao::broker
