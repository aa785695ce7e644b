// security/keys.h - making and reading the keys of parties.
#pragma once

#include "base/result.h"
#include "security/signature.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace luqiao::security {

/// An SM2 pair as PEM: the private half stays with its owner, the public half is registered.
struct KeyPair {
    std::string private_pem;  ///< PKCS#8
    std::string public_pem;   ///< SubjectPublicKeyInfo
};

/// 64 hexadecimal digits of 256 random bits; the digits themselves are the secret. @errors Internal
Result<std::string> generate_hmac_secret();

/// @errors Internal
Result<KeyPair> generate_sm2_pair();

/// Reads the content of a key file. White space at its ends does not count.
/// @param algorithm "hmac-sm3" or "sm2"
/// @errors InvalidArgument: another algorithm, too short a secret, not an SM2 key
Result<SigningKey> read_signing_key(std::string_view algorithm, std::string_view content);

/// A nonce for X-Nonce: 32 hexadecimal digits of 128 random bits. @errors Internal
Result<std::string> generate_nonce();

/// Sixteen bytes of the library's generator, in the shape of base/id.h's Entropy. Ends the process
/// when there is no randomness: ids that repeat would be worse.
std::array<std::uint8_t, 16> random_id_bytes();

}  // namespace luqiao::security
