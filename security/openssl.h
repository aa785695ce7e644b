// security/openssl.h - RAII over libcrypto. No other file may name an OpenSSL *_free function.
#pragma once

#include "base/result.h"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace luqiao::security {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

using Digest = std::unique_ptr<EVP_MD, FreeWith<&EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<&EVP_MD_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, FreeWith<&EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeWith<&EVP_MAC_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<&EVP_PKEY_CTX_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<&BIO_free_all>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeWith<&ECDSA_SIG_free>>;

/// The oldest error on this thread's OpenSSL queue as our Error; empties the queue.
Error take_openssl_error(Errc code, const char* doing);

/// libcrypto cannot do what it did at the start (out of memory, provider gone): ends the process.
[[noreturn]] void openssl_is_broken(const char* doing);

/// Reads one SM2 key; a file with a private key gives the private key. Never asks for a pass
/// phrase. @errors InvalidArgument: not PEM, enciphered, or a key of another kind
Result<Key> read_sm2_pem(std::string_view pem);

/// The public key at the point (x, y), 32 bytes each. @errors InvalidArgument: not on the curve
Result<Key> sm2_public_key(std::string_view x, std::string_view y);

/// A new SM2 pair. `EVP_EC_gen("SM2")` would give an EC key that signs without a user id.
Result<Key> generate_sm2_key();

/// PKCS#8 with the private half, or SubjectPublicKeyInfo without.
Result<std::string> private_pem(const Key& key);
Result<std::string> public_pem(const Key& key);

/// GB/T 35276: the user id of nobody in particular.
inline constexpr std::string_view kSm2UserId = "1234567812345678";

/// SM2 with SM3 under the user id `id` (GB/T 32918.2). @return DER. @errors Internal
Result<std::string> sm2_sign(const Key& key, std::string_view id, std::string_view message);
/// @errors BadSignature
Status sm2_verify(const Key& key,
                  std::string_view id,
                  std::string_view message,
                  std::string_view der);

/// SEQUENCE{r, s} as 64 bytes r‖s. Only the one DER form of each pair is read. @errors BadSignature
Result<std::string> der_to_raw(std::string_view der);
/// 64 bytes r‖s as SEQUENCE{r, s}. @errors BadSignature
Result<std::string> raw_to_der(std::string_view raw);

/// Overwrites `secret` in a way the compiler cannot leave out.
void cleanse(std::string& secret);

/// `count` bytes of the library's generator. @errors Internal
Result<std::string> random_bytes(std::size_t count);

inline const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace luqiao::security
