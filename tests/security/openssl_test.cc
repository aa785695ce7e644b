#include "security/openssl.h"

#include "base/hex.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace luqiao::security {
namespace {

std::string bytes(std::string_view hex) {
    return from_hex(hex).value_or("");
}

/// GB/T 32918.5-2017 A.2
const std::string kRaw = bytes(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA");

Key standard_key() {
    auto key =
        sm2_public_key(bytes("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"),
                       bytes("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"));
    return *std::move(key);
}

TEST(Sm2, VerifiesTheSignatureOfTheStandard) {
    const auto der = raw_to_der(kRaw);
    ASSERT_TRUE(der.has_value());
    EXPECT_TRUE(sm2_verify(standard_key(), "1234567812345678", "message digest", *der));
    EXPECT_FALSE(sm2_verify(standard_key(), "1234567812345678", "message digesu", *der));
    EXPECT_FALSE(sm2_verify(standard_key(), "", "message digest", *der));
}

TEST(Sm2, RefusesTheSignatureWithAnyBitFlipped) {
    const Key key = standard_key();
    for (std::size_t bit = 0; bit < kRaw.size() * 8; ++bit) {
        std::string raw = kRaw;
        raw[bit / 8] = static_cast<char>(raw[bit / 8] ^ (1 << (bit % 8)));
        const auto der = raw_to_der(raw);
        ASSERT_TRUE(der.has_value());
        EXPECT_FALSE(sm2_verify(key, "1234567812345678", "message digest", *der)) << bit;
    }
}

TEST(Sm2, RefusesAPointOffTheCurve) {
    const auto key = sm2_public_key(std::string(32, '\x01'), std::string(32, '\x02'));
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, Errc::InvalidArgument);
}

TEST(DerSignature, GoesToRawAndBack) {
    const auto der = raw_to_der(kRaw);
    ASSERT_TRUE(der.has_value());
    EXPECT_EQ(der->front(), '\x30');
    const auto raw = der_to_raw(*der);
    ASSERT_TRUE(raw.has_value());
    EXPECT_EQ(to_hex(*raw), to_hex(kRaw));
}

TEST(DerSignature, IsReadInItsOneFormOnly) {
    const std::string r = "022100" + to_hex(kRaw.substr(0, 32));
    const std::string s = "022100" + to_hex(kRaw.substr(32));
    const struct {
        const char* name;
        std::string hex;
    } rows[] = {
        {"empty", ""},
        {"not a sequence", "0400"},
        {"length beyond the end", "3046" + r},
        {"bytes after the end", "3046" + r + s + "00"},
        {"long form of a short length", "308146" + r + s},
        {"zero bytes before r", "3047" + std::string("02220000") + r.substr(6) + s},
        {"negative r", "3044" + std::string("0220") + r.substr(6) + "0220" + s.substr(6)},
        {"r of 33 bytes", "3046" + std::string("022101") + r.substr(6) + s},
        {"indefinite length", "3080" + r + s + "0000"},
    };
    for (const auto& row : rows) {
        const auto raw = der_to_raw(bytes(row.hex));
        ASSERT_FALSE(raw.has_value()) << row.name;
        EXPECT_EQ(raw.error().code, Errc::BadSignature) << row.name;
    }
    EXPECT_TRUE(der_to_raw(bytes("3046" + r + s)).has_value()) << "the right form";
}

TEST(Pem, RefusesWhatIsNotAnOpenSm2Key) {
    const Key p256(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const Key sm2 = *generate_sm2_key();
    const Bio enciphered(BIO_new(BIO_s_mem()));
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(enciphered.get(), sm2.get(), EVP_aes_128_cbc(),
                                            "secret", 6, nullptr, nullptr),
              1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(enciphered.get(), &data);
    const std::string pem = *private_pem(sm2);
    const struct {
        const char* name;
        std::string text;
    } rows[] = {
        {"empty", ""},
        {"words", "not a key"},
        {"another curve, private", *private_pem(p256)},
        {"another curve, public", *public_pem(p256)},
        {"enciphered", std::string(data, static_cast<std::size_t>(size))},
        {"cut in half", pem.substr(0, pem.size() / 2)},
        {"too large", std::string(70'000, '-')},
    };
    for (const auto& row : rows) {
        const auto key = read_sm2_pem(row.text);
        ASSERT_FALSE(key.has_value()) << row.name;
        EXPECT_EQ(key.error().code, Errc::InvalidArgument) << row.name;
    }
}

}  // namespace
}  // namespace luqiao::security
