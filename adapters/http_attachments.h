// adapters/http_attachments.h - attachments over HTTP, each addressed by the SM3 of its bytes.
//
//     PUT  /v1/attachments/{sm3}   201 complete, 200 {"sm3","offset","length","complete"}
//          Content-Range: bytes 16777216-33554431/50000000   a part; left out: all of it
//          X-Content-SM3: …                                   SM3 of this request's body, signed
//     HEAD /v1/attachments/{sm3}   200 with Upload-Offset, Upload-Length, Upload-Complete: ?0 or ?1
//     GET  /v1/attachments/{sm3}   200, or 206 for one Range; ETag is the SM3
//
// What X-Sign covers is the canonical string with X-Content-SM3 in the place of the body's digest,
// so that a request is refused before its body is read.
#pragma once

#include "adapters/http_server.h"
#include "broker/ports.h"

#include <memory>

namespace luqiao::adapters {

/// `attachments` outlives the server.
std::shared_ptr<HttpStreams> make_attachment_streams(broker::Attachments& attachments);

/// One range of RFC 9110: "bytes 0-99/1000" of Content-Range. @errors InvalidArgument
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t length = 0;
};
Result<ContentRange> parse_content_range(std::string_view text);

/// "bytes=0-99", "bytes=100-", "bytes=-100" of Range for a body of `length` bytes.
/// @return none: several ranges or another unit, which may be answered with the whole
/// @errors InvalidArgument: no byte of it is in the body
Result<std::optional<ContentRange>> parse_range(std::string_view text, std::uint64_t length);

}  // namespace luqiao::adapters
