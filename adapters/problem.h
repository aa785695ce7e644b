// adapters/problem.h - a broker::Problem as the peer gets to see it: RFC 9457 JSON or a SOAP Fault.
#pragma once

#include "adapters/http.h"
#include "adapters/transcode.h"
#include "base/result.h"
#include "broker/ports.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::adapters {

/// A refusal by the adapter itself, before the broker saw the message: stamped with this system's
/// time and a trace id, that of `traceparent` (W3C) when it is well-formed.
broker::Problem make_problem(Errc code, Text detail, std::string_view traceparent = {});

/// `application/problem+json`:
///
///     {"type":"urn:luqiao:error:E4004","title":"…","title_zh":"…","status":401,
///      "detail":"…","detail_zh":"…","instance":"urn:luqiao:trace:…","code":"E4004",
///      "trace_id":"…","retryable":false,"server_time":"…","server_time_ms":…,
///      "bundle":"…",
///      "errors":[{"code","pointer","rule","expected","got_masked","message","message_zh"}],
///      "help":"docs/reference/errors.md#E4004"}
///
/// `server_time` stands only where the peer's clock is at fault; `bundle` names the rules that
/// judged, when any did; `errors` stands only when there are any, at most 100. 401 says which
/// scheme is wanted, 429, 503 and 409 when to come back.
/// @param status instead of the code's own, for what HTTP alone knows (405, 431)
HttpResponse problem_response(const broker::Problem& problem,
                              std::optional<int> status = std::nullopt);

/// The same in a SOAP 1.1 Fault, HTTP status 500. faultcode is Client when the sender must change
/// something, Server when it may try again.
HttpResponse soap_fault_response(const broker::Problem& problem, Charset charset);

}  // namespace luqiao::adapters
