// The known answers of the standards, computed again at every start.
#include "base/hex.h"
#include "security/digest.h"
#include "security/openssl.h"

namespace luqiao::security {
namespace {

/// GB/T 32918.5-2017 A.2: the signer's key, the digest of who signs (Z), and one signature.
constexpr std::string_view kId = "1234567812345678";
constexpr std::string_view kMessage = "message digest";
constexpr std::string_view kX = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020";
constexpr std::string_view kY = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
constexpr std::string_view kZ = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3";
constexpr std::string_view kE = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640";
constexpr std::string_view kR = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
constexpr std::string_view kS = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

Error damaged(std::string_view what) {
    return fail(Errc::Corruption, "{} does not give what the standard says", what);
}

std::string bytes_of(std::string_view hexadecimal) {
    return from_hex(hexadecimal).value_or("");
}

Status test_digests() {
    // GB/T 32905-2016 A.1 and A.2
    if (sm3_hex("abc") != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0") {
        return damaged("SM3");
    }
    std::string blocks;
    for (int count = 0; count < 16; ++count) blocks += "abcd";
    if (sm3_hex(blocks) != "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732") {
        return damaged("SM3");
    }
    // GM/T 0042
    std::string key;
    for (char octet = 1; octet <= 32; ++octet) key += octet;
    const std::string text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    if (hmac_sm3_hex(key, text + text) !=
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a") {
        return damaged("HMAC-SM3");
    }
    return {};
}

Status test_signature() {
    if (sm3_hex(bytes_of(kZ) + std::string(kMessage)) != kE) return damaged("SM2's digest e");
    LQ_TRY(const Key key, sm2_public_key(bytes_of(kX), bytes_of(kY)));
    LQ_TRY(const std::string der, raw_to_der(bytes_of(kR) + bytes_of(kS)));
    if (!sm2_verify(key, kId, kMessage, der)) return damaged("SM2 verify");
    if (sm2_verify(key, kId, "message digesT", der)) return damaged("SM2 verify of other bytes");
    // A library that forgets the user id would accept both.
    if (sm2_verify(key, "ALICE123@YAHOO.COM", kMessage, der)) return damaged("SM2 user id");
    LQ_TRY(const Key own, generate_sm2_key());
    LQ_TRY(const std::string signature, sm2_sign(own, kId, kMessage));
    if (!sm2_verify(own, kId, kMessage, signature)) return damaged("SM2 sign");
    return {};
}

}  // namespace

Status self_test() {
    LQ_CHECK(test_digests());
    return test_signature();
}

}  // namespace luqiao::security
