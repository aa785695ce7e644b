#include "security/document.h"

#include "security/keys.h"

#include <gtest/gtest.h>

namespace luqiao::security {
namespace {

TEST(SignDocument, IsVerifiedByThePublicKeyAlone) {
    const auto pair = *generate_sm2_pair();
    const auto signature = sign_document(pair.private_pem, "a statement");
    ASSERT_TRUE(signature);
    EXPECT_EQ(signature->size(), 128U);
    EXPECT_TRUE(verify_document(pair.public_pem, "a statement", *signature));
    EXPECT_EQ(*public_half(pair.private_pem), pair.public_pem);
}

TEST(VerifyDocument, RefusesWhateverIsNotTheSame) {
    const auto pair = *generate_sm2_pair();
    const auto other = *generate_sm2_pair();
    const std::string signature = *sign_document(pair.private_pem, "a statement");
    std::string flipped = signature;
    flipped[70] = flipped[70] == '0' ? '1' : '0';
    const struct {
        const char* name;
        std::string key, document, signature;
        Errc code;
    } table[] = {
        {"another document", pair.public_pem, "b statement", signature, Errc::BadSignature},
        {"another key", other.public_pem, "a statement", signature, Errc::BadSignature},
        {"a flipped digit", pair.public_pem, "a statement", flipped, Errc::BadSignature},
        {"too short", pair.public_pem, "a statement", signature.substr(2), Errc::BadSignature},
        {"no hexadecimal", pair.public_pem, "a statement", "zz", Errc::BadSignature},
        {"empty", pair.public_pem, "a statement", "", Errc::BadSignature},
        {"no key", "nothing", "a statement", signature, Errc::InvalidArgument},
    };
    for (const auto& row : table) {
        const Status verified = verify_document(row.key, row.document, row.signature);
        ASSERT_FALSE(verified) << row.name;
        EXPECT_EQ(verified.error().code, row.code) << row.name;
    }
}

}  // namespace
}  // namespace luqiao::security
