#include "base/id.h"

#include "base/hex.h"

namespace luqiao::detail {

std::array<std::uint8_t, 16> make_uuid_v7(Instant now, const std::array<std::uint8_t, 16>& random) {
    std::array<std::uint8_t, 16> out = random;
    const auto millis = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (std::size_t index = 0; index < 6; ++index) {
        out[index] = static_cast<std::uint8_t>(millis >> (40 - 8 * index));
    }
    out[6] = static_cast<std::uint8_t>((out[6] & 0x0Fu) | 0x70u);  // version 7
    out[8] = static_cast<std::uint8_t>((out[8] & 0x3Fu) | 0x80u);  // variant 10
    return out;
}

std::string format_uuid(const std::array<std::uint8_t, 16>& bytes) {
    const std::string digits = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
           digits.substr(16, 4) + "-" + digits.substr(20);
}

Result<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text) {
    const auto bad = [] { return fail(Errc::InvalidArgument, "an id has the form 8-4-4-4-12"); };
    if (text.size() != 36) return bad();
    std::string digits;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const bool dash = index == 8 || index == 13 || index == 18 || index == 23;
        if (dash != (text[index] == '-')) return bad();
        if (!dash) digits += text[index];
    }
    auto raw = from_hex(digits);
    if (!raw) return bad();
    std::array<std::uint8_t, 16> out{};
    for (std::size_t index = 0; index < out.size(); ++index) {
        out[index] = static_cast<std::uint8_t>((*raw)[index]);
    }
    return out;
}

}  // namespace luqiao::detail
