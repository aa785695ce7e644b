// tests/sim/random.h - the one source of chance of a simulated run: the seed gives every draw.
#pragma once

#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace luqiao::sim {

/// splitmix64: small, well mixed, the same on every machine (unlike std's distributions).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}

    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9E3779B97F4A7C15u);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
        return mixed ^ (mixed >> 31);
    }
    /// 0 … bound - 1.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    /// True in `permille` of a thousand draws.
    bool chance(unsigned permille) { return next() % 1000 < permille; }
    Duration between(Duration least, Duration most) {
        const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
        return least + Duration{static_cast<std::int64_t>(next() % span)};
    }
    std::array<std::uint8_t, 16> bytes() {
        std::array<std::uint8_t, 16> out{};
        for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
        return out;
    }

private:
    std::uint64_t state_;
};

}  // namespace luqiao::sim
