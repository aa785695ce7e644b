#include "security/keys.h"

#include "base/hex.h"
#include "base/text.h"
#include "security/openssl.h"

#include <algorithm>

namespace luqiao::security {

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
    const auto bytes = random_bytes(16);
    if (!bytes) openssl_is_broken("random id");
    std::array<std::uint8_t, 16> out{};
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

}  // namespace luqiao::security
