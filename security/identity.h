// security/identity.h - who is calling: application keys, time window, nonces.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "security/signature.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace luqiao::security {

/// A request as its headers describe it.
struct Claim {
    SignedParts parts;
    std::string_view app_key;
    std::string_view signature;
};

/// A request whose signature holds.
struct Authenticated {
    std::string party;
    std::string body_sm3;  ///< of what was signed, 64 lowercase hexadecimal digits
};

/// Identities of all parties. Thread-safe once filled.
class Identities {
public:
    static constexpr Duration kWindow{300'000};           ///< a time stamp may be off by ±300 s
    static constexpr std::size_t kNoncesMax = 4'000'000;  ///< held at once, about 80 bytes each

    /// `keys`: any of them verifies (two live while rotating).
    void add(std::string app_key, std::string party, std::vector<SigningKey> keys);
    /// Marks nonces that the store remembers, so that a restart forgets none.
    /// @param at when the request came in
    void remember(std::string_view party, std::string_view nonce, Instant at);

    /// Checks in this order: headers present, key known, time stamp in the window, signature, nonce
    /// new. The nonce is burnt only by a request whose signature holds.
    /// @errors MissingHeader UnknownParty StaleClock BadSignature ReplayedNonce; Overloaded: more
    ///         nonces in one window than can be held
    Result<Authenticated> authenticate(Claim claim, Instant now);

    /// How many nonces are held.
    [[nodiscard]] std::size_t nonces() const;

private:
    struct Known {
        std::string party;
        std::vector<SigningKey> keys;
    };
    /// Half an SM3 of party and nonce: short, of one size, and not to be collided at will.
    using NonceKey = std::array<std::uint8_t, 16>;
    struct NonceHash {
        std::size_t operator()(const NonceKey& key) const noexcept;
    };
    static NonceKey nonce_key(std::string_view party, std::string_view nonce);
    void forget_expired(Instant now);
    void keep(const NonceKey& key, Instant at);

    std::map<std::string, Known, std::less<>> known_;
    mutable std::mutex mutex_;
    std::unordered_set<NonceKey, NonceHash> nonces_;
    std::map<Instant, std::vector<NonceKey>> expiry_;  ///< by the end of a ten-second slice
};

}  // namespace luqiao::security
