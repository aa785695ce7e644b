#include "security/identity.h"

#include "security/digest.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace luqiao::security {
namespace {

constexpr std::size_t kHeaderMax = 128;    ///< of a nonce
constexpr std::size_t kTimestampMax = 18;  ///< digits; no overflow in 64 bits
constexpr Duration kSlice{10'000};

/// Visible ASCII: a line feed inside would move the borders of the canonical string.
bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

Status check_present(const Claim& claim) {
    const std::pair<std::string_view, std::string_view> headers[] = {
        {"X-App-Key", claim.app_key},
        {"X-Timestamp", claim.parts.timestamp},
        {"X-Nonce", claim.parts.nonce},
        {"X-Sign", claim.signature},
    };
    for (const auto& [name, value] : headers) {
        if (value.empty()) {
            return fail(Errc::MissingHeader, "the header {} is missing", name)
                .at(std::string(name));
        }
    }
    if (claim.parts.nonce.size() > kHeaderMax || !is_visible(claim.parts.nonce)) {
        return fail(Errc::MissingHeader, "a nonce is 1 to {} visible ASCII characters", kHeaderMax)
            .at("X-Nonce");
    }
    if (!is_visible(claim.parts.method) || !is_visible(claim.parts.path) ||
        !is_visible(claim.parts.query)) {
        return fail(Errc::BadSignature, "method, path and query are visible ASCII characters");
    }
    return {};
}

Status check_timestamp(std::string_view text, Instant now) {
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() > kTimestampMax ||
        milliseconds < 0) {
        return fail(Errc::StaleClock, "a time stamp is milliseconds since 1970, in digits")
            .at("X-Timestamp");
    }
    const Duration apart = Instant{Duration{milliseconds}} - now;
    if (apart > Identities::kWindow || apart < -Identities::kWindow) {
        return fail(Errc::StaleClock, "the time stamp is {} s off, allowed are {} s",
                    apart.count() / 1000, Identities::kWindow.count() / 1000)
            .at("X-Timestamp");
    }
    return {};
}

}  // namespace

std::size_t Identities::NonceHash::operator()(const NonceKey& key) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, key.data(), sizeof out);
    return out;
}

Identities::NonceKey Identities::nonce_key(std::string_view party, std::string_view nonce) {
    const Sm3 digest = sm3(std::string(party).append("\n").append(nonce));
    NonceKey key{};
    std::copy_n(digest.begin(), key.size(), key.begin());
    return key;
}

void Identities::add(std::string app_key, std::string party, std::vector<SigningKey> keys) {
    known_.insert_or_assign(std::move(app_key), Known{std::move(party), std::move(keys)});
}

void Identities::remember(std::string_view party, std::string_view nonce, Instant at) {
    const NonceKey key = nonce_key(party, nonce);
    const std::lock_guard lock(mutex_);
    if (nonces_.insert(key).second) keep(key, at);
}

std::size_t Identities::nonces() const {
    const std::lock_guard lock(mutex_);
    return nonces_.size();
}

/// A request that came at `at` may carry a time stamp `kWindow` ahead, and can be replayed until
/// that is `kWindow` old.
void Identities::keep(const NonceKey& key, Instant at) {
    const Duration end = (at + 2 * kWindow).time_since_epoch();
    expiry_[Instant{(end / kSlice + 1) * kSlice}].push_back(key);
}

void Identities::forget_expired(Instant now) {
    while (!expiry_.empty() && expiry_.begin()->first < now) {
        for (const NonceKey& key : expiry_.begin()->second) nonces_.erase(key);
        expiry_.erase(expiry_.begin());
    }
}

Result<Authenticated> Identities::authenticate(Claim claim, Instant now) {
    LQ_CHECK(check_present(claim));
    const auto found = known_.find(claim.app_key);
    if (found == known_.end()) {
        return fail(Errc::UnknownParty, "no party has this application key").at("X-App-Key");
    }
    LQ_CHECK(check_timestamp(claim.parts.timestamp, now));
    const Known& known = found->second;
    Authenticated out{known.party, std::string(claim.parts.body_sm3)};
    if (out.body_sm3.empty()) out.body_sm3 = sm3_hex(claim.parts.body);
    claim.parts.body_sm3 = out.body_sm3;  // once, however many keys are tried
    const bool holds =
        std::any_of(known.keys.begin(), known.keys.end(), [&claim](const SigningKey& key) {
            return key.verify(claim.parts, claim.signature).has_value();
        });
    if (!holds) {
        return fail(Errc::BadSignature, "the signature does not fit the request").at("X-Sign");
    }

    const NonceKey key = nonce_key(known.party, claim.parts.nonce);
    const std::lock_guard lock(mutex_);
    forget_expired(now);
    if (nonces_.contains(key)) {
        return fail(Errc::ReplayedNonce, "the nonce was used before").at("X-Nonce");
    }
    if (nonces_.size() >= kNoncesMax) {
        return fail(Errc::Overloaded, "more than {} requests in one time window", kNoncesMax);
    }
    nonces_.insert(key);
    keep(key, now);
    return out;
}

}  // namespace luqiao::security
