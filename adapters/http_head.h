// adapters/http_head.h - the head of an HTTP/1.1 request, read strictly: what two servers might
// read in two ways is refused (RFC 9112; request smuggling).
#pragma once

#include "adapters/http.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace luqiao::adapters {

struct HttpHeadLimits {
    std::size_t size_max = std::size_t{16} * 1024;  ///< bytes of request line and fields
    std::size_t fields_max = 100;
};

/// A request without its body.
struct HttpHead {
    HttpRequest request;
    bool keep_alive = true;
    bool expects_continue = false;  ///< the client waits for "100 Continue"
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

/// Looks for the end of a head in bytes that come piece by piece, and refuses at once what no
/// further byte can mend: a bare CR or LF, a control character, a folded field (obs-fold).
class HttpHeadScanner {
public:
    explicit HttpHeadScanner(HttpHeadLimits limits) : limits_(limits) {}

    /// @param received everything since the head began, longer with each call
    /// @return the size of the head with its empty line; none: more bytes are needed
    /// @errors ParseFailed  LimitExceeded
    Result<std::optional<std::size_t>> scan(std::string_view received);

private:
    HttpHeadLimits limits_;
    std::size_t seen_ = 0;
    std::size_t line_start_ = 0;
};

/// Reads a whole head as the scanner found it. Refused: a method or field name that is no token,
/// a target that is not a path, another version than 1.0 and 1.1, no or a second Host, a second
/// Content-Length or one that is no number, Transfer-Encoding that is not just "chunked" or stands
/// beside Content-Length, a second field of those that decide who sends what, or which bytes of an
/// attachment it is.
/// @errors ParseFailed  LimitExceeded
Result<HttpHead> parse_http_head(std::string_view head, HttpHeadLimits limits);

}  // namespace luqiao::adapters
