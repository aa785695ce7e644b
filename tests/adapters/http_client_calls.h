// tests/adapters/http_client_calls.h - calls of the HTTP client, and waiting for their answers.
#pragma once

#include "adapters/http_client.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace luqiao::adapters {

inline constexpr std::string_view kOk =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok";

/// What holds for each of the engines.
class HttpClientTest : public testing::TestWithParam<bool> {
protected:
    static HttpClientOptions options() {
        HttpClientOptions out;
        out.plain_sockets = GetParam();
        return out;
    }
};

inline std::string engine_name(const testing::TestParamInfo<bool>& info) {
    return info.param ? "PlainSockets" : "Libcurl";
}

inline HttpClientRequest post_to(const std::string& url, std::string body = "body") {
    HttpClientRequest out;
    out.url = url;
    out.body = std::move(body);
    return out;
}

inline std::future<Result<HttpResponse>> begin(HttpClient& client, HttpClientRequest request) {
    auto answer = std::make_shared<std::promise<Result<HttpResponse>>>();
    client.send(std::move(request), [answer](Result<HttpResponse> response) {
        answer->set_value(std::move(response));
    });
    return answer->get_future();
}

inline Result<HttpResponse> call(HttpClient& client, HttpClientRequest request) {
    return begin(client, std::move(request)).get();
}

}  // namespace luqiao::adapters
