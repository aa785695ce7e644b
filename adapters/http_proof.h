// adapters/http_proof.h - who sent a request, and what is refused alike whatever it is for.
#pragma once

#include "adapters/http.h"
#include "base/result.h"
#include "base/text.h"
#include "broker/ports.h"

#include <optional>
#include <string_view>

namespace luqiao::adapters {

/// The headers of the compat profile, and what they sign but the body.
broker::Proof proof_of(const HttpRequest& request);
/// The same headers, of a request of ours.
void add_proof(HttpHeaders& headers, const broker::Proof& proof);

/// All four headers are asked for at once, so that nobody mends them one by one.
std::optional<broker::Problem> check_identity(const HttpRequest& request);

/// A refusal under the trace of the request.
broker::Problem refused(const HttpRequest& request, Errc code, Text detail);

/// 405. @param allowed  "GET, HEAD"
HttpResponse wrong_method(const HttpRequest& request, std::string_view allowed);

}  // namespace luqiao::adapters
