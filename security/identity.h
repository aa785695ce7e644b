// security/identity.h - who is calling: application keys, time window, nonces.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "security/signature.h"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::security {

/// A request as its headers describe it.
struct Claim {
    SignedParts parts;
    std::string_view app_key;
    std::string_view signature;
};

/// Identities of all parties. Thread-safe once filled.
class Identities {
public:
    static constexpr Duration kWindow{300'000};  ///< a time stamp may be off by ±300 s

    /// `keys`: any of them verifies (two live while rotating).
    void add(std::string app_key, std::string party, std::vector<SigningKey> keys);
    /// Marks nonces that the store remembers, so that a restart forgets none.
    void remember(std::string_view party, std::string_view nonce, Instant at);

    /// Checks in this order: headers present, key known, time stamp in the window, signature, nonce
    /// new. The nonce is burnt only by a request whose signature holds.
    /// @return the party  @errors MissingHeader UnknownParty StaleClock BadSignature ReplayedNonce
    Result<std::string> authenticate(const Claim& claim, Instant now);

private:
    struct Known {
        std::string party;
        std::vector<SigningKey> keys;
    };
    std::map<std::string, Known, std::less<>> known_;
    std::mutex mutex_;
    std::set<std::string, std::less<>> nonces_;  ///< "party\nnonce"
    std::multimap<Instant, std::string> expiry_;
};

}  // namespace luqiao::security
