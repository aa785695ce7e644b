#include "security/openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>

namespace luqiao::security {
namespace {

constexpr std::size_t kRawHalf = 32;  ///< bytes of r, and of s
constexpr std::size_t kPemMax = std::size_t{64} * 1024;
constexpr std::size_t kDerMax = 80;

/// Without it libcrypto would ask on the terminal.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

Result<std::string> text_of(const Bio& bio, const char* doing) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    if (size <= 0) return take_openssl_error(Errc::Internal, doing);
    return std::string(data, static_cast<std::size_t>(size));
}

/// Names the signer. After the init and not among its parameters: OpenSSL 3.0.19 refuses it there.
bool set_id(EVP_PKEY_CTX* context, std::string_view id) {
    return EVP_PKEY_CTX_set1_id(context, id.data(), static_cast<int>(id.size())) == 1;
}

Error bad_signature(const char* why) {
    ERR_clear_error();
    return fail(Errc::BadSignature, "{}", why);
}

Result<std::string> to_der(const EcdsaSignature& signature) {
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &out);
    if (size <= 0) return take_openssl_error(Errc::Internal, "encode r and s");
    const std::unique_ptr<unsigned char, FreeWith<[](unsigned char* p) { OPENSSL_free(p); }>> owned(
        out);
    return std::string(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
}

}  // namespace

Error take_openssl_error(Errc code, const char* doing) {
    const unsigned long reason = ERR_get_error();
    const char* text = reason != 0 ? ERR_reason_error_string(reason) : nullptr;
    ERR_clear_error();
    return fail(code, "{}: {}", doing, text != nullptr ? text : "no reason given");
}

void openssl_is_broken(const char* doing) {
    const Error error = take_openssl_error(Errc::Internal, doing);
    std::fputs(("openssl: " + error.message + "\n").c_str(), stderr);
    std::abort();
}

Result<Key> read_sm2_pem(std::string_view pem) {
    if (pem.empty() || pem.size() > kPemMax) {
        return fail(Errc::InvalidArgument, "a PEM key is 1 to {} bytes, got {}", kPemMax,
                    pem.size());
    }
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio) openssl_is_broken("open memory");
    const bool is_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
    Key key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr)
                       : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
    if (!key) return take_openssl_error(Errc::InvalidArgument, "not an open PEM key");
    if (EVP_PKEY_is_a(key.get(), "SM2") != 1) {
        return fail(Errc::InvalidArgument, "the key is not an SM2 key but {}",
                    EVP_PKEY_get0_type_name(key.get()));
    }
    return key;
}

Result<Key> sm2_public_key(std::string_view x, std::string_view y) {
    std::string point = '\x04' + std::string(x) + std::string(y);
    std::string group = "SM2";
    std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
        return take_openssl_error(Errc::InvalidArgument, "not a point of the SM2 curve");
    }
    return Key(made);
}

Result<Key> generate_sm2_key() {
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
    if (!key || EVP_PKEY_is_a(key.get(), "SM2") != 1) {
        return take_openssl_error(Errc::Internal, "generate an SM2 key");
    }
    return key;
}

Result<std::string> private_pem(const Key& key) {
    // Secure memory: the text is wiped when the BIO goes.
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr) != 1) {
        return take_openssl_error(Errc::Internal, "write a private key");
    }
    return text_of(bio, "write a private key");
}

Result<std::string> public_pem(const Key& key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) {
        return take_openssl_error(Errc::Internal, "write a public key");
    }
    return text_of(bio, "write a public key");
}

Result<std::string> sm2_sign(const Key& key, std::string_view id, std::string_view message) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* signer = nullptr;  // owned by the digest context
    std::string der(kDerMax, '\0');
    std::size_t size = der.size();
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), &signer, "SM3", nullptr, nullptr, key.get(),
                              nullptr) != 1 ||
        !set_id(signer, id) ||
        EVP_DigestSign(context.get(), octets(der), &size, octets(message), message.size()) != 1) {
        return take_openssl_error(Errc::Internal, "SM2 sign");
    }
    der.resize(size);
    return der;
}

Status sm2_verify(const Key& key,
                  std::string_view id,
                  std::string_view message,
                  std::string_view der) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* verifier = nullptr;  // owned by the digest context
    if (!context ||
        EVP_DigestVerifyInit_ex(context.get(), &verifier, "SM3", nullptr, nullptr, key.get(),
                                nullptr) != 1 ||
        !set_id(verifier, id)) {
        return take_openssl_error(Errc::Internal, "SM2 verify");
    }
    if (EVP_DigestVerify(context.get(), octets(der), der.size(), octets(message), message.size()) !=
        1) {
        return bad_signature("the SM2 signature does not fit the message");
    }
    return {};
}

Result<std::string> der_to_raw(std::string_view der) {
    if (der.size() > kDerMax) return bad_signature("an SM2 signature is at most 72 bytes of DER");
    const unsigned char* cursor = octets(der);
    const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
    if (!signature) return bad_signature("the SM2 signature is neither 64 bytes nor DER");
    std::string raw(2 * kRawHalf, '\0');
    const int half = static_cast<int>(kRawHalf);
    if (BN_is_negative(ECDSA_SIG_get0_r(signature.get())) != 0 ||
        BN_is_negative(ECDSA_SIG_get0_s(signature.get())) != 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), octets(raw), half) != half ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), octets(raw) + kRawHalf, half) != half) {
        return bad_signature("r and s of an SM2 signature are 32 bytes each");
    }
    LQ_TRY(const std::string again, to_der(signature));
    if (again != der) return bad_signature("the SM2 signature is not in its one DER form");
    return raw;
}

Result<std::string> raw_to_der(std::string_view raw) {
    if (raw.size() != 2 * kRawHalf) return bad_signature("an SM2 signature is 64 bytes of r and s");
    const EcdsaSignature signature(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(octets(raw), static_cast<int>(kRawHalf), nullptr);
    BIGNUM* s = BN_bin2bn(octets(raw.substr(kRawHalf)), static_cast<int>(kRawHalf), nullptr);
    if (!signature || r == nullptr || s == nullptr ||
        ECDSA_SIG_set0(signature.get(), r, s) != 1) {  // owns r and s from here on
        openssl_is_broken("hold r and s");
    }
    return to_der(signature);
}

void cleanse(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
}

Result<std::string> random_bytes(std::size_t count) {
    std::string out(count, '\0');
    if (count > INT_MAX || RAND_bytes(octets(out), static_cast<int>(count)) != 1) {
        return take_openssl_error(Errc::Internal, "random bytes");
    }
    return out;
}

}  // namespace luqiao::security
