// tests/broker/store_workload.h - what a broker writes in a day, as steps whose effect is the same
// in every run: for tests that cut the power anywhere in it.
#pragma once

#include "broker/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace luqiao::broker {

struct StoreStep {
    std::string name;
    std::function<Status(Store&)> act;  ///< none: the store is closed and opened again
    bool repeats = false;               ///< a second time it changes nothing
};

/// Three new cases whose dispatches have bodies of `body` bytes.
std::vector<Unit> fresh_cases(std::uint32_t first, std::size_t body);

/// Each round: three cases come and move on with leases, the first is granted, the second taken
/// back, a delivery of the third fails, lapses and is sent again with other bytes, a plan and a
/// statement of reconciliation are kept, the statement goes, a request is turned away. Every third
/// round ends with a restart, and so with a checkpoint.
std::vector<StoreStep> store_workload(std::uint32_t rounds, std::size_t body);

}  // namespace luqiao::broker
