#include "security/keys.h"

#include "base/hex.h"
#include "base/text.h"
#include "security/openssl.h"

#include <algorithm>

namespace luqiao::security {
namespace {

constexpr std::size_t kDrawn = 1024;  ///< random bytes at once, for ids

}  // namespace

Result<std::string> generate_hmac_secret() {
    LQ_TRY(std::string bytes, random_bytes(32));
    std::string secret = to_hex(bytes);
    cleanse(bytes);
    return secret;
}

Result<KeyPair> generate_sm2_pair() {
    LQ_TRY(const Key key, generate_sm2_key());
    KeyPair pair;
    LQ_TRY(pair.private_pem, private_pem(key));
    LQ_TRY(pair.public_pem, public_pem(key));
    return pair;
}

Result<SigningKey> read_signing_key(std::string_view algorithm, std::string_view content) {
    if (algorithm == "hmac-sm3") return SigningKey::hmac_sm3(std::string(trimmed(content)));
    if (algorithm == "sm2") return SigningKey::sm2(content);
    return fail(Errc::InvalidArgument, "the algorithm is hmac-sm3 or sm2, got {}", algorithm);
}

Result<std::string> generate_nonce() {
    LQ_TRY(const std::string bytes, random_bytes(16));
    return to_hex(bytes);
}

std::array<std::uint8_t, 16> random_id_bytes() {
    // A draw of 16 bytes costs almost as much as one of 1 KB. What waits here is no secret.
    thread_local std::string drawn;
    std::array<std::uint8_t, 16> out{};
    if (drawn.size() < out.size()) {
        auto bytes = random_bytes(kDrawn);
        if (!bytes) openssl_is_broken("random id");
        drawn = *std::move(bytes);
    }
    std::copy_n(drawn.end() - out.size(), out.size(), out.begin());
    drawn.resize(drawn.size() - out.size());
    return out;
}

}  // namespace luqiao::security
