#include "security/keys.h"

#include <gtest/gtest.h>

#include <set>

namespace luqiao::security {
namespace {

const SignedParts kParts{"POST", "/v1/messages/portal.apply", "", "1760000000000", "n-1", "{}"};

TEST(HmacSecret, IsSixtyFourNewDigitsEachTime) {
    std::set<std::string> seen;
    for (int count = 0; count < 20; ++count) {
        const auto secret = generate_hmac_secret();
        ASSERT_TRUE(secret.has_value());
        EXPECT_EQ(secret->size(), 64u);
        EXPECT_EQ(secret->find_first_not_of("0123456789abcdef"), std::string::npos);
        seen.insert(*secret);
    }
    EXPECT_EQ(seen.size(), 20u);
}

TEST(SigningKeyFile, IsReadWithTheLineEndOfAnEditor) {
    const std::string secret = *generate_hmac_secret();
    const auto bare = read_signing_key("hmac-sm3", secret);
    const auto edited = read_signing_key("hmac-sm3", "  " + secret + "\r\n");
    ASSERT_TRUE(bare.has_value() && edited.has_value());
    EXPECT_TRUE(edited->verify(kParts, *bare->sign(kParts)).has_value());
}

TEST(SigningKeyFile, HoldsAnSm2Pair) {
    const auto pair = generate_sm2_pair();
    ASSERT_TRUE(pair.has_value());
    EXPECT_NE(pair->private_pem.find("PRIVATE KEY"), std::string::npos);
    EXPECT_EQ(pair->public_pem.find("PRIVATE KEY"), std::string::npos);
    const auto signer = read_signing_key("sm2", pair->private_pem);
    const auto verifier = read_signing_key("sm2", pair->public_pem);
    ASSERT_TRUE(signer.has_value() && verifier.has_value());
    EXPECT_TRUE(verifier->verify(kParts, *signer->sign(kParts)).has_value());
    EXPECT_TRUE(signer->verify(kParts, *signer->sign(kParts)).has_value());
    EXPECT_FALSE(verifier->sign(kParts).has_value()) << "a public key cannot sign";
}

TEST(SigningKeyFile, RefusesWhatIsNoKey) {
    const struct {
        const char* name;
        const char* algorithm;
        const char* content;
    } rows[] = {
        {"unknown algorithm", "md5", "0123456789abcdef"},
        {"short secret", "hmac-sm3", "0123456789abcde\n"},
        {"not PEM", "sm2", "0123456789abcdef0123456789abcdef"},
    };
    for (const auto& row : rows) {
        const auto key = read_signing_key(row.algorithm, row.content);
        ASSERT_FALSE(key.has_value()) << row.name;
        EXPECT_EQ(key.error().code, Errc::InvalidArgument) << row.name;
        EXPECT_EQ(key.error().message.find(row.content), std::string::npos) << "shows the key";
    }
}

TEST(RandomIdBytes, DoNotRepeat) {
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int count = 0; count < 1000; ++count) seen.insert(random_id_bytes());
    EXPECT_EQ(seen.size(), 1000u);
}

TEST(Nonce, IsNew) {
    EXPECT_NE(*generate_nonce(), *generate_nonce());
}

}  // namespace
}  // namespace luqiao::security
