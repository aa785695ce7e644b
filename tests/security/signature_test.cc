#include "security/signature.h"

#include "base/hex.h"
#include "security/digest.h"
#include "security/keys.h"
#include "security/openssl.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace luqiao::security {
namespace {

constexpr std::string_view kSharedSecret = "0123456789abcdef0123456789abcdef";

/// The parts as strings, so that a test may change one byte of one of them.
struct SignedRequest {
    std::array<std::string, 6> parts{"POST",    "/v1/messages/portal.apply",
                                     "b=2&a=1", "1760000000000",
                                     "nonce-1", "{\"id\":\"A1\"}"};
    [[nodiscard]] SignedParts view() const {
        return {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
    }
};

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(octets(out), octets(bytes), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

struct NamedKey {
    std::string name;
    SigningKey key;
};

std::vector<NamedKey> both_kinds() {
    std::vector<NamedKey> out;
    out.push_back({"hmac-sm3", *SigningKey::hmac_sm3(std::string(kSharedSecret))});
    out.push_back({"sm2", *SigningKey::sm2(generate_sm2_pair()->private_pem)});
    return out;
}

TEST(CanonicalRequest, IsSixLinesWithTheQuerySorted) {
    const SignedRequest request;
    EXPECT_EQ(canonical_request(request.view()),
              "POST\n/v1/messages/portal.apply\na=1&b=2\n1760000000000\nnonce-1\n" +
                  sm3_hex("{\"id\":\"A1\"}"));
}

TEST(CanonicalRequest, SortsTheQueryByBytesAndKeepsEveryParameter) {
    const struct {
        const char* name;
        const char* query;
        const char* line;
    } rows[] = {
        {"none", "", ""},
        {"one", "a=1", "a=1"},
        {"same name twice", "a=2&a=1", "a=1&a=2"},
        {"upper before lower", "b=1&B=1", "B=1&b=1"},
        {"percent stays", "x=%20&a", "a&x=%20"},
    };
    for (const auto& row : rows) {
        SignedRequest request;
        request.parts[2] = row.query;
        const std::string text = canonical_request(request.view());
        EXPECT_NE(text.find("apply\n" + std::string(row.line) + "\n176"), std::string::npos)
            << row.name << ": " << text;
    }
}

TEST(HmacSignature, IsTheMacOfTheCanonicalRequest) {
    const SignedRequest request;
    const auto key = SigningKey::hmac_sm3(std::string(kSharedSecret));
    EXPECT_EQ(*key->sign(request.view()),
              hmac_sm3_hex(kSharedSecret, canonical_request(request.view())));
}

TEST(Signature, HoldsForTheSignedRequestInAnyOrderOfParameters) {
    for (const auto& [name, key] : both_kinds()) {
        SignedRequest request;
        const std::string signature = *key.sign(request.view());
        EXPECT_TRUE(key.verify(request.view(), signature)) << name;
        request.parts[2] = "a=1&b=2";
        EXPECT_TRUE(key.verify(request.view(), signature)) << name;
    }
}

TEST(Signature, BreaksWhenAnyByteOfTheRequestChanges) {
    for (const auto& [name, key] : both_kinds()) {
        const SignedRequest signed_request;
        const std::string signature = *key.sign(signed_request.view());
        for (std::size_t part = 0; part < signed_request.parts.size(); ++part) {
            for (std::size_t at = 0; at < signed_request.parts[part].size(); ++at) {
                SignedRequest request;
                char& byte = request.parts[part][at];
                byte = static_cast<char>(byte ^ 1);
                const Status status = key.verify(request.view(), signature);
                ASSERT_FALSE(status) << name << " part " << part << " byte " << at;
                EXPECT_EQ(status.error().code, Errc::BadSignature);
            }
            SignedRequest longer;
            longer.parts[part] += '0';
            EXPECT_FALSE(key.verify(longer.view(), signature)) << name << " part " << part;
        }
    }
}

TEST(Signature, BreaksWhenAnyBitOfItChanges) {
    for (const auto& [name, key] : both_kinds()) {
        const SignedRequest request;
        const std::string raw = *from_hex(*key.sign(request.view()));
        for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
            std::string altered = raw;
            altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
            EXPECT_FALSE(key.verify(request.view(), to_hex(altered))) << name << " bit " << bit;
        }
    }
}

TEST(Signature, IsReadAsHexadecimalOrBase64) {
    for (const auto& [name, key] : both_kinds()) {
        const SignedRequest request;
        const std::string hex = *key.sign(request.view());
        std::string upper = hex;
        for (char& digit : upper) digit = static_cast<char>(std::toupper(digit));
        EXPECT_TRUE(key.verify(request.view(), upper)) << name;
        EXPECT_TRUE(key.verify(request.view(), base64(*from_hex(hex)))) << name;
    }
}

TEST(Sm2Signature, IsReadAsDerToo) {
    const auto key = SigningKey::sm2(generate_sm2_pair()->private_pem);
    const SignedRequest request;
    // The lengths of r and s vary, so that DER has more than one size.
    for (int round = 0; round < 20; ++round) {
        const std::string hex = *key->sign(request.view());
        EXPECT_EQ(hex.size(), 128u);
        const std::string der = *raw_to_der(*from_hex(hex));
        EXPECT_TRUE(key->verify(request.view(), to_hex(der)));
        EXPECT_TRUE(key->verify(request.view(), base64(der)));
    }
}

TEST(Sm2Signature, CarriesTheAgreedUserId) {
    const Key own = *generate_sm2_key();
    const auto key = SigningKey::sm2(*public_pem(own));
    const SignedRequest request;
    const std::string canonical = canonical_request(request.view());
    EXPECT_TRUE(key->verify(request.view(), to_hex(*sm2_sign(own, "1234567812345678", canonical))));
    EXPECT_FALSE(key->verify(request.view(), to_hex(*sm2_sign(own, "", canonical))));
    EXPECT_FALSE(key->verify(request.view(), to_hex(*sm2_sign(own, "12345678", canonical))));
}

TEST(Signature, RefusesOtherTextWithBadSignature) {
    const struct {
        const char* name;
        std::string text;
    } rows[] = {
        {"empty", ""},
        {"odd digits", "abc"},
        {"words", "not a signature!"},
        {"zeros of HMAC's size", std::string(64, '0')},
        {"zeros of SM2's size", std::string(128, '0')},
        {"padding only", "===="},
        {"spare bits set", std::string(43, 'A') + "B="},
        {"padding in the middle", "AA==AAAA"},
        {"very long", std::string(100'000, '0')},
        {"a NUL", std::string("ab\0d", 4)},
    };
    for (const auto& [kind, key] : both_kinds()) {
        for (const auto& row : rows) {
            const Status status = key.verify(SignedRequest{}.view(), row.text);
            ASSERT_FALSE(status) << kind << ": " << row.name;
            EXPECT_EQ(status.error().code, Errc::BadSignature) << kind << ": " << row.name;
        }
    }
}

TEST(SigningKey, KeepsTheTwoKindsApart) {
    const auto keys = both_kinds();
    const SignedRequest request;
    EXPECT_FALSE(keys[0].key.verify(request.view(), *keys[1].key.sign(request.view())));
    EXPECT_FALSE(keys[1].key.verify(request.view(), *keys[0].key.sign(request.view())));
}

}  // namespace
}  // namespace luqiao::security
