#include "security/digest.h"

#include "base/hex.h"
#include "security/openssl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

namespace luqiao::security {
namespace {

/// Fetched once: a fetch by name costs as much as hashing 500 bytes.
const EVP_MD* sm3_algorithm() {
    static const Digest algorithm(EVP_MD_fetch(nullptr, "SM3", nullptr));
    if (!algorithm) openssl_is_broken("fetch SM3");
    return algorithm.get();
}

EVP_MD_CTX* sm3_context() {
    thread_local const DigestContext context(EVP_MD_CTX_new());
    if (!context) openssl_is_broken("make an SM3 context");
    return context.get();
}

MacContext make_hmac_context() {
    static const Mac algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    MacContext context(EVP_MAC_CTX_new(algorithm.get()));
    std::string digest = "SM3";
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    if (!context || EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1) {
        openssl_is_broken("make an HMAC-SM3 context");
    }
    return context;
}

std::string hex_of(const Sm3& digest) {
    return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace

Sm3 sm3(std::string_view bytes) {
    EVP_MD_CTX* context = sm3_context();
    Sm3 out{};
    if (EVP_DigestInit_ex2(context, sm3_algorithm(), nullptr) != 1 ||
        EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context, out.data(), nullptr) != 1) {
        openssl_is_broken("SM3");
    }
    return out;
}

std::string sm3_hex(std::string_view bytes) {
    return hex_of(sm3(bytes));
}

struct Sm3Stream::Inside {
    DigestContext context{EVP_MD_CTX_new()};
};

Sm3Stream::Sm3Stream() : inside_(std::make_unique<Inside>()) {
    if (!inside_->context ||
        EVP_DigestInit_ex2(inside_->context.get(), sm3_algorithm(), nullptr) != 1) {
        openssl_is_broken("SM3");
    }
}

Sm3Stream::Sm3Stream(const Sm3Stream& other) : inside_(std::make_unique<Inside>()) {
    if (!inside_->context ||
        EVP_MD_CTX_copy_ex(inside_->context.get(), other.inside_->context.get()) != 1) {
        openssl_is_broken("copy an SM3 context");
    }
}

Sm3Stream& Sm3Stream::operator=(const Sm3Stream& other) {
    if (this != &other) *this = Sm3Stream(other);
    return *this;
}

Sm3Stream::Sm3Stream(Sm3Stream&&) noexcept = default;
Sm3Stream& Sm3Stream::operator=(Sm3Stream&&) noexcept = default;
Sm3Stream::~Sm3Stream() = default;

void Sm3Stream::update(std::string_view bytes) {
    if (EVP_DigestUpdate(inside_->context.get(), bytes.data(), bytes.size()) != 1) {
        openssl_is_broken("SM3");
    }
}

std::string Sm3Stream::hex() const {
    const Sm3Stream whole(*this);
    Sm3 out{};
    if (EVP_DigestFinal_ex(whole.inside_->context.get(), out.data(), nullptr) != 1) {
        openssl_is_broken("SM3");
    }
    return hex_of(out);
}

Sm3 hmac_sm3(std::string_view key, std::string_view bytes) {
    thread_local const MacContext context = make_hmac_context();
    // A null pointer would mean "the key of the last call".
    const unsigned char* key_bytes = key.empty() ? octets(std::string_view("")) : octets(key);
    Sm3 out{};
    std::size_t size = out.size();
    if (EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) != 1 ||
        EVP_MAC_update(context.get(), octets(bytes), bytes.size()) != 1 ||
        EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1 || size != out.size()) {
        openssl_is_broken("HMAC-SM3");
    }
    return out;
}

std::string hmac_sm3_hex(std::string_view key, std::string_view bytes) {
    return hex_of(hmac_sm3(key, bytes));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace luqiao::security
