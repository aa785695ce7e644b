#include "security/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace luqiao::security {
namespace {

std::string repeated(std::string_view text, int count) {
    std::string out;
    for (int index = 0; index < count; ++index) out += text;
    return out;
}

TEST(Sm3, GivesTheAnswersOfTheStandard) {
    const struct {
        const char* name;
        std::string input;
        const char* digest;
    } rows[] = {
        {"nothing", "", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
        {"GB/T 32905 A.1", "abc",
         "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {"GB/T 32905 A.2", repeated("abcd", 16),
         "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
    };
    for (const auto& row : rows) EXPECT_EQ(sm3_hex(row.input), row.digest) << row.name;
}

TEST(HmacSm3, GivesTheAnswerOfTheStandard) {
    std::string key;
    for (char octet = 1; octet <= 32; ++octet) key += octet;
    EXPECT_EQ(
        hmac_sm3_hex(key, repeated("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 2)),
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
}

TEST(HmacSm3, DoesNotFallBackOnTheKeyOfTheCallBefore) {
    const std::string fresh = hmac_sm3_hex("", "text");
    hmac_sm3_hex("another key, used in between", "text");
    EXPECT_EQ(hmac_sm3_hex(std::string_view{}, "text"), fresh);
    EXPECT_NE(hmac_sm3_hex("another key, used in between", "text"), fresh);
}

TEST(Digest, IsTheSameOnEveryThread) {
    const std::string text = repeated("luqiao", 250);
    const std::string digest = sm3_hex(text);
    const std::string mac = hmac_sm3_hex("0123456789abcdef", text);
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t index = 0; index < wrong.size(); ++index) {
        threads.emplace_back([&, index] {
            for (int round = 0; round < 200; ++round) {
                wrong[index] += sm3_hex(text) != digest;
                wrong[index] += hmac_sm3_hex("0123456789abcdef", text) != mac;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(EqualInConstantTime, ComparesLengthAndBytes) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(SelfTest, PassesWithThisLibrary) {
    const Status status = self_test();
    EXPECT_TRUE(status.has_value()) << status.error().message;
}

}  // namespace
}  // namespace luqiao::security
