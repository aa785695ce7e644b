// adapters/http_client.h - an HTTP/1.1 client that never blocks its caller.
#pragma once

#include "adapters/http.h"
#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace luqiao::adapters {

/// A URL that may be called: http or https, a host, no user and no fragment.
struct HttpUrl {
    std::string text;   ///< the whole, as it is called
    std::string path;   ///< as on the wire, at least "/"
    std::string query;  ///< without '?'
};

/// @errors InvalidArgument
Result<HttpUrl> parse_http_url(const std::string& text);

/// One request and its limits.
struct HttpClientRequest {
    std::string method = "POST";
    std::string url;
    HttpHeaders headers;
    std::string body;
    Duration timeout{10'000};         ///< from send() to the last byte of the answer
    Duration connect_timeout{3'000};  ///< within `timeout`
    std::size_t response_max = 2 << 20;
    std::string ca_file;  ///< whom to trust for https; empty: the system's list
    /// Fills in the rest on a thread of the client, before anything is sent; empty: all is there.
    std::function<void(HttpClientRequest&)> complete = {};
};

struct HttpClientOptions {
    std::size_t connections_per_host = 256;
    std::size_t connections = 1024;  ///< idle ones too; of plain sockets, and as many of libcurl
    std::size_t calls_max = 8192;    ///< one more is answered Unavailable
    /// http to an address goes over plain sockets; false: all goes by libcurl.
    bool plain_sockets = true;
};

/// Runs calls on threads of its own and keeps connections alive. Follows no redirect, asks
/// no proxy, speaks only http and https. What was sent is never sent again, except a GET.
class HttpClient {
public:
    /// @errors Unavailable     surely nothing of the request was sent
    ///         Timeout         nothing was sent in time
    ///         OutcomeUnknown  at least its head was sent, and no whole answer came back
    using Done = std::function<void(Result<HttpResponse>)>;

    explicit HttpClient(HttpClientOptions options);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();  ///< stops

    /// Calls `done` once, on a thread of the client, or at once on this one when nothing is begun.
    void send(HttpClientRequest call, Done done);

    /// Takes no more calls and returns when all have ended. Not to be called from a `done`.
    void stop();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

/// The client that all outlets of this process share; it ends with the last of them.
std::shared_ptr<HttpClient> shared_http_client();

}  // namespace luqiao::adapters
