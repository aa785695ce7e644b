// authoring/dice.h - numbers from a seed: the same seed gives the same values everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace luqiao::authoring {

/// SplitMix64. Not for secrets.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15u;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30u)) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ (mixed >> 27u)) * 0x94D049BB133111EBu;
        return mixed ^ (mixed >> 31u);
    }
    /// 0 .. count - 1; 0 for an empty range.
    std::size_t below(std::size_t count) {
        return count == 0 ? 0 : static_cast<std::size_t>(next() % count);
    }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <class List>
    const auto& pick(const List& list) {
        return list[below(list.size())];
    }

private:
    std::uint64_t state_;
};

/// A seed for one purpose, from the seed of the run and a name.
inline std::uint64_t seed_of(std::uint64_t seed, std::string_view name) {
    std::uint64_t state = 0xcbf29ce484222325u ^ seed;
    for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return state;
}

}  // namespace luqiao::authoring
