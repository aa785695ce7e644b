#include "security/signature.h"

#include "base/hex.h"
#include "base/text.h"
#include "security/digest.h"
#include "security/openssl.h"

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

namespace luqiao::security {
namespace {

constexpr std::size_t kSecretMin = 16;
constexpr std::size_t kSignatureTextMax = 256;
constexpr std::size_t kRawSize = 64;

/// Parameters in the order of their bytes, so that proxies may reorder them.
std::string sorted_query(std::string_view query) {
    std::vector<std::string_view> parameters = split(query, '&');
    std::sort(parameters.begin(), parameters.end());
    std::string out;
    for (const std::string_view parameter : parameters) {
        if (!out.empty()) out += '&';
        out += parameter;
    }
    return out;
}

int base64_value(char digit) {
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    if (digit == '+') return 62;
    if (digit == '/') return 63;
    return -1;
}

/// RFC 4648 section 4 with its padding; spare bits must be zero.
Result<std::string> from_base64(std::string_view text) {
    const auto refuse = [] {
        return fail(Errc::BadSignature, "the signature is neither hexadecimal nor Base64");
    };
    if (text.empty() || text.size() % 4 != 0) return refuse();
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char digit : text) {
        const int value = base64_value(digit);
        if (value < 0) return refuse();
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>((bits >> held) & 0xFF);
        }
    }
    if ((bits & ((1u << held) - 1)) != 0) return refuse();
    return out;
}

/// Every signature of the profile has an even count of hexadecimal digits or a '=', '+', 'M' … of
/// Base64: 32 and 64 bytes give Base64 that ends in '=', DER gives one that starts with 'M'.
Result<std::string> signature_bytes(std::string_view text) {
    if (text.size() > kSignatureTextMax) {
        return fail(Errc::BadSignature, "a signature is at most {} characters", kSignatureTextMax);
    }
    if (auto bytes = from_hex(text); bytes && !text.empty()) return bytes;
    return from_base64(text);
}

}  // namespace

std::string canonical_request(const SignedParts& parts) {
    std::string out;
    out.reserve(parts.method.size() + parts.path.size() + parts.query.size() +
                parts.timestamp.size() + parts.nonce.size() + 5 + 2 * sizeof(Sm3));
    out.append(parts.method).append("\n");
    out.append(parts.path).append("\n");
    out.append(sorted_query(parts.query)).append("\n");
    out.append(parts.timestamp).append("\n");
    out.append(parts.nonce).append("\n");
    out.append(parts.body_sm3.empty() ? sm3_hex(parts.body) : std::string(parts.body_sm3));
    return out;
}

struct SigningKey::Inside {
    std::variant<std::string, Key> key;  ///< the HMAC secret, or the SM2 key

    explicit Inside(std::string secret) : key(std::move(secret)) {}
    explicit Inside(Key sm2) : key(std::move(sm2)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() {
        if (auto* secret = std::get_if<std::string>(&key)) cleanse(*secret);
    }
};

SigningKey::SigningKey(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::hmac_sm3(std::string secret) {
    if (secret.size() < kSecretMin) {
        return fail(Errc::InvalidArgument, "an HMAC-SM3 secret has at least {} bytes, got {}",
                    kSecretMin, secret.size());
    }
    auto inside = std::make_unique<Inside>(secret);
    cleanse(secret);
    return SigningKey(std::move(inside));
}

Result<SigningKey> SigningKey::sm2(std::string_view pem) {
    LQ_TRY(Key key, read_sm2_pem(pem));
    return SigningKey(std::make_unique<Inside>(std::move(key)));
}

Result<std::string> SigningKey::sign(const SignedParts& parts) const {
    const std::string canonical = canonical_request(parts);
    if (const auto* secret = std::get_if<std::string>(&inside_->key)) {
        return hmac_sm3_hex(*secret, canonical);
    }
    LQ_TRY(const std::string der, sm2_sign(std::get<Key>(inside_->key), kSm2UserId, canonical));
    LQ_TRY(const std::string raw, der_to_raw(der));
    return to_hex(raw);
}

Status SigningKey::verify(const SignedParts& parts, std::string_view signature) const {
    LQ_TRY(const std::string given, signature_bytes(signature));
    const std::string canonical = canonical_request(parts);
    if (const auto* secret = std::get_if<std::string>(&inside_->key)) {
        const Sm3 mac = security::hmac_sm3(*secret, canonical);
        const std::string_view own(reinterpret_cast<const char*>(mac.data()), mac.size());
        if (!equal_in_constant_time(own, given)) {
            return fail(Errc::BadSignature, "the HMAC-SM3 value does not fit the request");
        }
        return {};
    }
    // Through r‖s in both cases, so that a second DER form of one signature is refused.
    std::string raw = given;
    if (given.size() != kRawSize) {
        LQ_TRY(raw, der_to_raw(given));
    }
    LQ_TRY(const std::string der, raw_to_der(raw));
    return sm2_verify(std::get<Key>(inside_->key), kSm2UserId, canonical, der);
}

}  // namespace luqiao::security
