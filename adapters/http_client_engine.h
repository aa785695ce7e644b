// adapters/http_client_engine.h - what carries the calls of the HTTP client to a peer and back.
//
//     http://ADDRESS…   plain sockets, with Beast's parser   http_client_plain.cc
//     anything else     libcurl: names, TLS                  http_client_curl.cc
//
// libcurl takes two thirds of the CPU of an exchange that needs nothing but a socket.
#pragma once

#include "adapters/http_client.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace luqiao::adapters {

inline constexpr std::size_t kAnswerHeadMax = std::size_t{64} * 1024;  ///< bytes of a head

/// Carries out calls on a thread of its own.
class HttpEngine {
public:
    HttpEngine() = default;
    HttpEngine(const HttpEngine&) = delete;
    HttpEngine& operator=(const HttpEngine&) = delete;
    virtual ~HttpEngine() = default;  ///< after stop()

    /// Any thread. `done` comes once, on the engine's thread; after stop() at once, on this one.
    virtual void send(HttpClientRequest call, HttpClient::Done done) = 0;
    /// Returns when all calls have ended.
    virtual void stop() = 0;
};

std::unique_ptr<HttpEngine> make_curl_engine(const HttpClientOptions& options);
std::unique_ptr<HttpEngine> make_plain_engine(const HttpClientOptions& options);

/// Whether the engine for plain sockets can call `url`: http, and an address instead of a name.
bool is_plain_address(std::string_view url);

/// What a call that failed means for the message.
Error call_error(bool is_sent, bool is_late, std::string_view why);

}  // namespace luqiao::adapters
