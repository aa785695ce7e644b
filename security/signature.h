// security/signature.h - the compat profile: one canonical string, signed with HMAC-SM3 or SM2.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <memory>
#include <string>
#include <string_view>

namespace luqiao::security {

/// What is signed. All views must outlive the call.
struct SignedParts {
    std::string_view method;
    std::string_view path;   ///< percent-encoded, as on the wire
    std::string_view query;  ///< as on the wire; parameters are sorted here
    std::string_view timestamp;
    std::string_view nonce;
    std::string_view body;
    /// Instead of `body` where that is not held: its SM3, 64 lowercase hexadecimal digits.
    std::string_view body_sm3 = {};
};

/// method \n path \n sorted query \n timestamp \n nonce \n lowercase-hex SM3(body)
std::string canonical_request(const SignedParts& parts);

/// A secret for HMAC-SM3, or an SM2 key (private to sign, public to verify). Zeroised on
/// destruction.
class SigningKey {
public:
    /// @param secret at least 16 bytes. @errors InvalidArgument
    static Result<SigningKey> hmac_sm3(std::string secret);
    /// @param pem an SM2 private or public key. @errors InvalidArgument
    static Result<SigningKey> sm2(std::string_view pem);

    /// HMAC: 64 hexadecimal digits. SM2: hexadecimal of r‖s, user id 1234567812345678 (GB/T 35276).
    [[nodiscard]] Result<std::string> sign(const SignedParts& parts) const;
    /// SM2 accepts r‖s and DER, hexadecimal or Base64. @errors BadSignature
    [[nodiscard]] Status verify(const SignedParts& parts, std::string_view signature) const;

    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

private:
    struct Inside;
    explicit SigningKey(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

}  // namespace luqiao::security
