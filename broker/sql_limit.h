// broker/sql_limit.h - how many rows a query may give, as SQL takes it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace luqiao::broker {

/// SQL's integers are signed; no limit is beyond them.
inline std::int64_t to_limit(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1ULL << 62U));
}

}  // namespace luqiao::broker
