#include "base/id.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace luqiao {
namespace {

std::array<std::uint8_t, 16> all(std::uint8_t byte) {
    std::array<std::uint8_t, 16> out{};
    out.fill(byte);
    return out;
}

TEST(Uuid, CarriesVersionSevenAndTheTime) {
    // RFC 9562, appendix A.6: 2022-02-22T19:22:22Z is 0x017F22E279B0.
    const Instant at = *parse_rfc3339("2022-02-22T19:22:22Z");
    const auto id = make_id<CaseId>(at, [] { return all(0xFF); });
    EXPECT_EQ(to_string(id), "017f22e2-79b0-7fff-bfff-ffffffffffff");
    const auto zeros = make_id<CaseId>(at, [] { return all(0x00); });
    EXPECT_EQ(to_string(zeros), "017f22e2-79b0-7000-8000-000000000000");
}

TEST(Uuid, SortsByTime) {
    const Instant at{Duration{1'760'000'000'000}};
    const auto early = make_id<MessageId>(at, [] { return all(0xFF); });
    const auto late = make_id<MessageId>(at + Duration{1}, [] { return all(0x00); });
    EXPECT_LT(early, late);
    EXPECT_LT(to_string(early), to_string(late));
}

TEST(Uuid, ReadsWhatItWrites) {
    const std::string text = "0199c5a2-7b1e-7c3d-8f00-0123456789ab";
    const auto id = parse_id<DeliveryId>(text);
    ASSERT_TRUE(id);
    EXPECT_EQ(to_string(*id), text);
    EXPECT_EQ(*parse_id<DeliveryId>("0199C5A2-7B1E-7C3D-8F00-0123456789AB"), *id);
}

TEST(Uuid, RefusesOtherText) {
    for (const std::string_view text :
         {"", "0199c5a2-7b1e-7c3d-8f00-0123456789a", "0199c5a27-b1e-7c3d-8f00-0123456789ab",
          "0199c5a2-7b1e-7c3d-8f00-0123456789ag", "0199c5a2-7b1e-7c3d-8f00-0123456789ab0"}) {
        const auto id = parse_id<CaseId>(text);
        ASSERT_FALSE(id) << text;
        EXPECT_EQ(id.error().code, Errc::InvalidArgument);
    }
}

TEST(Hex, ReadsWhatItWrites) {
    const std::string bytes(
        "\x00\xff\x10"
        "a",
        4);
    EXPECT_EQ(to_hex(bytes), "00ff1061");
    EXPECT_EQ(*from_hex("00FF1061"), bytes);
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0g"));
}

}  // namespace
}  // namespace luqiao
