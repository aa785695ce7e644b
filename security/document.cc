#include "security/document.h"

#include "base/hex.h"
#include "security/openssl.h"

namespace luqiao::security {
Result<std::string> sign_document(std::string_view private_pem, std::string_view document) {
    LQ_TRY(const Key key, read_sm2_pem(private_pem));
    LQ_TRY(const std::string der, sm2_sign(key, kSm2UserId, document));
    LQ_TRY(const std::string raw, der_to_raw(der));
    return to_hex(raw);
}

Status verify_document(std::string_view public_pem,
                       std::string_view document,
                       std::string_view signature) {
    LQ_TRY(const Key key, read_sm2_pem(public_pem));
    const auto raw = from_hex(signature);
    if (!raw) return fail(Errc::BadSignature, "the signature is not hexadecimal");
    LQ_TRY(const std::string der, raw_to_der(*raw));
    return sm2_verify(key, kSm2UserId, document, der);
}

Result<std::string> public_half(std::string_view private_pem) {
    LQ_TRY(const Key key, read_sm2_pem(private_pem));
    return public_pem(key);
}

}  // namespace luqiao::security
