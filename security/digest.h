// security/digest.h - SM3 (GB/T 32905) and HMAC-SM3 (GM/T 0042).
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace luqiao::security {

using Sm3 = std::array<std::uint8_t, 32>;

Sm3 sm3(std::string_view bytes);
/// 64 lowercase hexadecimal digits.
std::string sm3_hex(std::string_view bytes);
/// SM3 of bytes that come piece by piece.
class Sm3Stream {
public:
    Sm3Stream();
    Sm3Stream(const Sm3Stream& other);
    Sm3Stream& operator=(const Sm3Stream& other);
    Sm3Stream(Sm3Stream&&) noexcept;
    Sm3Stream& operator=(Sm3Stream&&) noexcept;
    ~Sm3Stream();

    void update(std::string_view bytes);
    /// Of all bytes so far, 64 lowercase hexadecimal digits; more may follow.
    [[nodiscard]] std::string hex() const;

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

Sm3 hmac_sm3(std::string_view key, std::string_view bytes);
std::string hmac_sm3_hex(std::string_view key, std::string_view bytes);

/// Compares without giving away where the first difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Known-answer tests of SM2, SM3 and HMAC-SM3; run at every start.
/// @errors Corruption: the library does not compute what the standards say
Status self_test();

}  // namespace luqiao::security
