// adapters/http_server.h - an HTTP/1.1 server: bounded in every direction, drained when stopped.
#pragma once

#include "adapters/http.h"
#include "adapters/http_head.h"
#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace luqiao::adapters {

/// Calls back once, from any thread. Dropped without a call: the client gets 500.
using HttpDone = std::function<void(HttpResponse)>;
/// Called on an io thread; must not block.
using HttpHandler = std::function<void(HttpRequest, HttpDone)>;
/// Writes the answer to a request that never reached the handler. `why` may be shown to the client.
/// Statuses: 400 malformed, 413 body too large, 431 head too large, 500 no answer, 504 the handler
/// took too long. A client that is too slow gets no answer: its connection is closed.
using HttpRefusal = std::function<HttpResponse(int status, std::string_view why)>;

/// The body of one request, piece by piece. Calls come one after another and may wait for the disk.
/// Dropped before finish(): the client is gone.
class HttpUpload {
public:
    HttpUpload() = default;
    HttpUpload(const HttpUpload&) = delete;
    HttpUpload& operator=(const HttpUpload&) = delete;
    virtual ~HttpUpload() = default;

    /// @return the refusal, when no more is taken
    virtual std::optional<HttpResponse> write(std::string_view piece) = 0;
    /// The whole body was written.
    virtual HttpResponse finish() = 0;
};

/// Serves requests whose bodies are too large to be held, one way or the other, in constant memory.
class HttpStreams {
public:
    HttpStreams() = default;
    HttpStreams(const HttpStreams&) = delete;
    HttpStreams& operator=(const HttpStreams&) = delete;
    virtual ~HttpStreams() = default;

    /// Whether the request is for it and not for the handler. On an io thread; must not block.
    [[nodiscard]] virtual bool serves(const HttpRequest& head) const = 0;
    /// What the body goes into, or the answer to a request whose body is not wanted. On a thread of
    /// its own kind; may wait for the disk.
    using Begun = std::variant<HttpResponse, std::unique_ptr<HttpUpload>>;
    virtual Begun begin(HttpRequest head, std::uint64_t body_size) = 0;
};

struct HttpServerOptions {
    std::string address = "127.0.0.1";  ///< an explicit address; 0.0.0.0 and :: are refused
    std::uint16_t port = 0;             ///< 0: any free one
    std::size_t threads = 1;            ///< io threads, 1..64
    std::size_t body_max = 2 << 20;     ///< bytes of a request's body
    /// Bytes of all bodies that are read or wait for their answer; what would be more is answered
    /// 503. At least body_max.
    std::size_t bodies_max = 256 << 20;
    HttpHeadLimits head;
    std::size_t connections_max = 4096;    ///< one more is answered 503 and closed
    Duration head_timeout{10'000};         ///< from its first byte, or from accept, to its end
    Duration body_timeout{60'000};         ///< for the whole body
    Duration idle_timeout{30'000};         ///< between two requests
    Duration answer_timeout{60'000};       ///< for the handler
    Duration write_timeout{30'000};        ///< for the whole response
    Duration drain_timeout{15'000};        ///< what stop() grants to requests under way
    HttpRefusal refusal;                   ///< empty: text/plain
    std::shared_ptr<HttpStreams> streams;  ///< may be empty; for its bodies body_timeout and
                                           ///< write_timeout hold anew for every 256 KiB
};

/// Connections keep alive; each request is answered before the next is read. A request that two
/// readers could understand in two ways is answered 400, then the connection ends.
class HttpServer {
public:
    HttpServer(HttpServerOptions options, HttpHandler handler);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    // NOLINTNEXTLINE(bugprone-exception-escape): without memory to stop by, it ends
    ~HttpServer();  ///< stops

    /// @return the port  @errors InvalidArgument: the address; Unavailable: cannot listen
    Result<std::uint16_t> start();

    /// Takes no new connection or request, lets those under way end, and returns when none is left
    /// or `drain_timeout` has passed. Not to be called on an io thread.
    void stop();

    [[nodiscard]] std::size_t connections() const;

private:
    struct Inside;
    std::shared_ptr<Inside> inside_;
};

}  // namespace luqiao::adapters
