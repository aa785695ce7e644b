// tests/adapters/running_server.h - an HTTP server on a free port, and requests to it as bytes.
#pragma once

#include "adapters/http_server.h"
#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>

#include <string>

namespace luqiao::adapters {

inline HttpServerOptions options() {
    HttpServerOptions out;
    out.body_max = 1000;
    return out;
}

/// Answers with what it got: "METHOD path?query n bytes".
inline void echo(HttpRequest request, const HttpDone& done) {
    done({200,
          {{"X-Remote", request.remote}},
          request.method + " " + request.path + "?" + request.query + " " + request.body,
          "text/plain"});
}

class RunningServer {
public:
    explicit RunningServer(HttpServerOptions with = options(), HttpHandler handler = echo)
        : server(std::move(with), std::move(handler)) {
        auto started = server.start();
        EXPECT_TRUE(started.has_value());
        port = started.value_or(0);
    }
    [[nodiscard]] RawSocket connect() const { return RawSocket::to(port); }

    HttpServer server;
    std::uint16_t port = 0;
};

inline std::string status_of(const std::string& head) {
    return head.substr(0, 12);
}

inline std::string post(const std::string& body, const std::string& more = {}) {
    return "POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + more + "\r\n" + body;
}

}  // namespace luqiao::adapters
