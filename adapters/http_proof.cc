#include "adapters/http_proof.h"

#include "adapters/problem.h"

#include <fmt/format.h>

namespace luqiao::adapters {

broker::Proof proof_of(const HttpRequest& request) {
    broker::Proof out;
    out.method = request.method;
    out.path = request.path;
    out.query = request.query;
    out.app_key = request.headers.get("X-App-Key");
    out.timestamp = request.headers.get("X-Timestamp");
    out.nonce = request.headers.get("X-Nonce");
    out.signature = request.headers.get("X-Sign");
    return out;
}

void add_proof(HttpHeaders& headers, const broker::Proof& proof) {
    headers.add("X-App-Key", proof.app_key);
    headers.add("X-Timestamp", proof.timestamp);
    headers.add("X-Nonce", proof.nonce);
    headers.add("X-Sign", proof.signature);
}

broker::Problem refused(const HttpRequest& request, Errc code, Text detail) {
    return make_problem(code, std::move(detail), request.headers.get("traceparent"));
}

std::optional<broker::Problem> check_identity(const HttpRequest& request) {
    std::string missing;
    for (const std::string_view name : {"X-App-Key", "X-Timestamp", "X-Nonce", "X-Sign"}) {
        if (!request.headers.get(name).empty()) continue;
        missing.append(missing.empty() ? "" : ", ").append(name);
    }
    if (missing.empty()) return std::nullopt;
    return refused(request, Errc::MissingHeader,
                   {"缺少请求头 " + missing, "missing headers: " + missing});
}

HttpResponse wrong_method(const HttpRequest& request, std::string_view allowed) {
    HttpResponse out =
        problem_response(refused(request, Errc::InvalidArgument,
                                 {fmt::format("此地址只支持 {} 方法", allowed),
                                  fmt::format("this address supports {} only", allowed)}),
                         405);
    out.headers.add("Allow", std::string(allowed));
    return out;
}

}  // namespace luqiao::adapters
