// adapters/http_server_session.h - one connection of the HTTP server, and the loop it lives on.
#pragma once

#include "adapters/http_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

namespace luqiao::adapters {

/// How much the bodies of a server hold, of all its connections.
class HttpBodies {
public:
    explicit HttpBodies(std::size_t most) : most_(most) {}

    /// One request's part of it, given back at its end.
    class Share {
    public:
        explicit Share(HttpBodies& all) : all_(all) {}
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { all_.held_ -= size_; }

        /// @return false: there is no room, and nothing changed
        bool grow_to(std::size_t size) {
            const std::size_t more = size - size_;
            if (all_.held_.fetch_add(more) + more > all_.most_) {
                all_.held_ -= more;
                return false;
            }
            size_ = size;
            return true;
        }

    private:
        HttpBodies& all_;
        std::size_t size_ = 0;
    };

private:
    const std::size_t most_;
    std::atomic<std::size_t> held_{0};
};

/// What a server that stops may ask of a connection; on its loop's thread.
class HttpSessionControl {
public:
    HttpSessionControl() = default;
    HttpSessionControl(const HttpSessionControl&) = delete;
    HttpSessionControl& operator=(const HttpSessionControl&) = delete;
    virtual ~HttpSessionControl() = default;

    /// Ends the connection if it stands between two requests.
    virtual void end_if_idle() = 0;
    /// Ends it now.
    virtual void abort() = 0;
};

/// One io thread and the sessions on it; only that thread touches `sessions` and `stopping`.
struct HttpLoop {
    /// Where HttpStreams runs; nullptr: the server has none.
    boost::asio::thread_pool* workers = nullptr;
    HttpBodies* bodies = nullptr;  ///< of the server
    boost::asio::io_context context{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work{
        context.get_executor()};
    std::thread thread;
    std::unordered_set<HttpSessionControl*> sessions;
    bool stopping = false;
};

/// Serves one connection from accept to close. `options` and `handler` outlive it.
boost::asio::awaitable<void> run_http_session(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<HttpLoop> loop,
                                              const HttpServerOptions& options,
                                              const HttpHandler& handler);

}  // namespace luqiao::adapters
