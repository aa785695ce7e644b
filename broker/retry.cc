#include "broker/retry.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

/// A well-mixed number from the id and the attempt (FNV-1a, then the finisher of splitmix64).
std::uint64_t mixed(const DeliveryId& id, std::uint32_t attempt) {
    std::uint64_t state = 0xCBF29CE484222325u ^ attempt;
    for (const std::uint8_t byte : id.bytes) state = (state ^ byte) * 0x100000001B3u;
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBu;
    return state ^ (state >> 31);
}

}  // namespace

Duration retry_delay(const RetryPolicy& policy, const DeliveryId& id, std::uint32_t attempt) {
    Duration delay = std::max(policy.first, Duration{1});
    for (std::uint32_t doubled = 1; doubled < attempt && delay < policy.most; ++doubled) delay *= 2;
    delay = std::max(std::min(delay, policy.most), Duration{1});
    const auto quarter = static_cast<std::uint64_t>(delay.count() / 4);
    return delay - Duration{static_cast<std::int64_t>(mixed(id, attempt) % (quarter + 1))};
}

}  // namespace luqiao::broker
