// base/errors.h - every error code of the product, in one list: number, HTTP status, what to do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace luqiao {

/// What the broker does about an error. Decisions are made on this, never on message text.
enum class Disposition : std::uint8_t { Retry, Reject, DeadLetter, Halt };

/// Every error code of the product. Numbers (see errors.cc) are never renumbered:
/// E1 format, E2 value, E3 code table, E4 identity, E5 delivery, E6 store, E9 our own fault.
enum class Errc : std::uint8_t {
    // E1 format: the bytes are not a message of the format
    ParseFailed,
    CharsetError,
    LimitExceeded,
    UnknownField,
    UnknownFormat,
    UnsupportedMedia,
    MissingHeader,
    // E2 value: a field holds what its type does not allow
    InvalidArgument,
    TypeMismatch,
    MissingRequired,
    BadValue,
    NotEncodable,
    RuleViolated,
    NotEligible,
    // E3 code table
    UnmappedCode,
    ExpiredCode,
    // E4 identity and rights
    Unauthenticated,
    UnknownParty,
    BadSignature,
    StaleClock,
    ReplayedNonce,
    Forbidden,
    // E5 delivery
    Timeout,
    Unavailable,
    Refused,
    OutcomeUnknown,
    NotFound,
    Conflict,
    KeyReused,
    Overloaded,
    // E6 store
    StoreBusy,
    StoreFull,
    StoreFailed,
    Corruption,
    // E9 our own fault
    Internal,
};

/// One row of the error catalogue (docs/reference/errors.md is made from it).
struct ErrorInfo {
    Errc code;
    std::string_view id;  ///< stable, e.g. "E1001"
    Disposition disposition;
    int http_status;
    std::string_view title_en;
    std::string_view title_zh;
};

/// The whole catalogue, in the order of Errc.
std::span<const ErrorInfo> error_catalogue();

/// The catalogue row of `code`.
const ErrorInfo& info(Errc code);

inline Disposition disposition(Errc code) {
    return info(code).disposition;
}

}  // namespace luqiao
