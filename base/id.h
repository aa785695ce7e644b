// base/id.h - Uuid: 128-bit time-ordered ids (UUID version 7, RFC 9562), typed by what they name.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace luqiao {

/// Sixteen random bytes per call; the shell hands in the system's generator, a simulation a seeded
/// one.
using Entropy = std::function<std::array<std::uint8_t, 16>()>;

/// A UUIDv7 that names one kind of thing, so that a case id cannot be passed for a message id.
template <class Tag>
struct Id {
    std::array<std::uint8_t, 16> bytes{};
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 reads the defaulted comparison as a 0
    auto operator<=>(const Id&) const = default;
};

using CaseId = Id<struct CaseTag>;
using MessageId = Id<struct MessageTag>;    ///< an inbound message
using DeliveryId = Id<struct DeliveryTag>;  ///< an outbound message; pinned for life

namespace detail {
std::array<std::uint8_t, 16> make_uuid_v7(Instant now, const std::array<std::uint8_t, 16>& random);
std::string format_uuid(const std::array<std::uint8_t, 16>& bytes);
Result<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text);
}  // namespace detail

template <class IdType>
IdType make_id(Instant now, const Entropy& entropy) {
    return {detail::make_uuid_v7(now, entropy())};
}

/// "0199c5a2-7b1e-7c3d-8f00-0123456789ab"
template <class Tag>
std::string to_string(const Id<Tag>& id) {
    return detail::format_uuid(id.bytes);
}

/// @errors InvalidArgument: not 8-4-4-4-12 hexadecimal digits
template <class IdType>
Result<IdType> parse_id(std::string_view text) {
    LQ_TRY(const auto bytes, detail::parse_uuid(text));
    return IdType{bytes};
}

}  // namespace luqiao

template <class Tag>
struct std::hash<luqiao::Id<Tag>> {
    std::size_t operator()(const luqiao::Id<Tag>& id) const noexcept {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
    }
};
