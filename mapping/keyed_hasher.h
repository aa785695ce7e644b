// mapping/keyed_hasher.h - the seam through which `keyed_hash` gets a secret key from outside.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace luqiao::mapping {

/// HMAC-SM3 (GB/T 32905, GB/T 15852.2) under one key, which the rules never see. The program makes
/// it of its key file and hands it to Bundle::compile; a bundle keeps it for as long as it lives.
class KeyedHasher {
public:
    static constexpr std::size_t kSize = 32;
    using Digest = std::array<std::uint8_t, kSize>;

    KeyedHasher() = default;
    KeyedHasher(const KeyedHasher&) = delete;
    KeyedHasher& operator=(const KeyedHasher&) = delete;
    virtual ~KeyedHasher() = default;

    /// Called by several threads at once.
    [[nodiscard]] virtual Digest digest(std::string_view text) const = 0;
};

}  // namespace luqiao::mapping
