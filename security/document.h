// security/document.h - a signature under a document that somebody checks later, without us: SM2
// with SM3 (GB/T 32918.2), user id 1234567812345678 (GB/T 35276).
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace luqiao::security {

/// @param private_pem PKCS#8. @return r‖s, 128 hexadecimal digits. @errors InvalidArgument,
/// Internal
Result<std::string> sign_document(std::string_view private_pem, std::string_view document);

/// @param public_pem the key that the checker trusts, SubjectPublicKeyInfo
/// @errors InvalidArgument: no SM2 key; BadSignature
Status verify_document(std::string_view public_pem,
                       std::string_view document,
                       std::string_view signature);

/// The public half. @errors InvalidArgument
Result<std::string> public_half(std::string_view private_pem);

}  // namespace luqiao::security
