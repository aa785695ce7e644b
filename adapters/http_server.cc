#include "adapters/http_server.h"

#include "adapters/awaiting.h"
#include "adapters/http_server_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace luqiao::adapters {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kThreadsMax = 64;
constexpr std::size_t kWorkers = 4;
constexpr Duration kAcceptPause{50};  ///< when no file descriptor is left
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

/// Open connections of a server, and somebody who waits for the last to end.
struct Gauge {
    std::atomic<std::size_t> open{0};
    std::mutex mutex;
    std::condition_variable ended;

    void leave() {
        const std::lock_guard lock(mutex);
        --open;
        ended.notify_all();
    }
};

asio::awaitable<void> serve(tcp::socket socket,
                            std::shared_ptr<HttpLoop> loop,
                            const HttpServerOptions& options,
                            const HttpHandler& handler,
                            std::shared_ptr<Gauge> gauge) {
    co_await run_http_session(std::move(socket), std::move(loop), options, handler);
    gauge->leave();
}

}  // namespace

struct HttpServer::Inside {
    HttpServerOptions options;
    HttpHandler handler;
    std::vector<std::shared_ptr<HttpLoop>> loops;
    std::optional<tcp::acceptor> acceptor;
    std::shared_ptr<Gauge> gauge = std::make_shared<Gauge>();
    std::unique_ptr<asio::thread_pool> workers;  ///< of options.streams
    std::optional<HttpBodies> bodies;

    asio::awaitable<void> accept() {
        for (std::size_t next = 0; acceptor->is_open(); next = (next + 1) % loops.size()) {
            const std::shared_ptr<HttpLoop> loop = loops[next];
            auto [error, socket] = co_await acceptor->async_accept(loop->context, kAwait);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                asio::steady_timer pause(acceptor->get_executor(), kAcceptPause);
                co_await pause.async_wait(kAwait);
            } else if (gauge->open >= options.connections_max) {
                error_code ignored;
                socket.non_blocking(true, ignored);
                socket.write_some(asio::buffer(kFull), ignored);
                socket.shutdown(tcp::socket::shutdown_send, ignored);
            } else {
                ++gauge->open;
                asio::co_spawn(loop->context,
                               serve(std::move(socket), loop, options, handler, gauge),
                               asio::detached);
            }
        }
    }

    Status listen() {
        error_code error;
        const auto address = asio::ip::make_address(options.address, error);
        if (error || address.is_unspecified()) {
            return fail(Errc::InvalidArgument,
                        "listen on one explicit address such as 127.0.0.1, got '{}'",
                        options.address);
        }
        acceptor.emplace(loops.front()->context);
        const tcp::endpoint at(address, options.port);
        acceptor->open(at.protocol(), error);
        if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor->bind(at, error);
        if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            return fail(Errc::Unavailable, "cannot listen on {}:{}: {}", options.address,
                        options.port, error.message());
        }
        return {};
    }

    /// Runs `what` on every loop's own thread.
    template <class F>
    void on_each_loop(F what) {
        for (const auto& loop : loops) {
            asio::post(loop->context, [loop, what] { what(*loop); });
        }
    }

    bool wait_until_empty(Duration timeout) {
        std::unique_lock lock(gauge->mutex);
        return gauge->ended.wait_for(lock, timeout, [this] { return gauge->open == 0; });
    }
};

HttpServer::HttpServer(HttpServerOptions options, HttpHandler handler)
    : inside_(std::make_shared<Inside>()) {
    inside_->options = std::move(options);
    inside_->handler = std::move(handler);
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory to stop by, it ends
HttpServer::~HttpServer() {
    stop();
}

Result<std::uint16_t> HttpServer::start() {
    Inside& in = *inside_;
    if (!in.loops.empty()) return fail(Errc::InvalidArgument, "the server runs already");
    const std::size_t threads = std::clamp<std::size_t>(in.options.threads, 1, kThreadsMax);
    in.bodies.emplace(std::max(in.options.bodies_max, in.options.body_max));
    for (std::size_t index = 0; index < threads; ++index) {
        in.loops.push_back(std::make_shared<HttpLoop>());
        in.loops.back()->bodies = &*in.bodies;
    }
    if (in.options.streams) {
        in.workers = std::make_unique<asio::thread_pool>(kWorkers);
        for (const auto& loop : in.loops) loop->workers = in.workers.get();
    }
    if (const Status listening = in.listen(); !listening) {
        in.acceptor.reset();
        in.loops.clear();
        in.workers.reset();
        return listening.error();
    }
    error_code ignored;
    const std::uint16_t port = in.acceptor->local_endpoint(ignored).port();
    asio::co_spawn(in.loops.front()->context, in.accept(), asio::detached);
    for (const auto& loop : in.loops) {
        loop->thread = std::thread([loop] { loop->context.run(); });
    }
    return port;
}

void HttpServer::stop() {
    Inside& in = *inside_;
    if (in.loops.empty()) return;
    asio::post(in.loops.front()->context, [&in] {
        error_code ignored;
        in.acceptor->close(ignored);
    });
    in.on_each_loop([](HttpLoop& loop) {
        loop.stopping = true;
        const std::vector<HttpSessionControl*> all(loop.sessions.begin(), loop.sessions.end());
        for (HttpSessionControl* session : all) session->end_if_idle();
    });
    if (!in.wait_until_empty(in.options.drain_timeout)) {
        in.on_each_loop([](HttpLoop& loop) {
            const std::vector<HttpSessionControl*> all(loop.sessions.begin(), loop.sessions.end());
            for (HttpSessionControl* session : all) session->abort();
        });
        in.wait_until_empty(in.options.drain_timeout);
    }
    for (const auto& loop : in.loops) loop->work.reset();
    for (const auto& loop : in.loops) loop->thread.join();
    in.workers.reset();
    in.acceptor.reset();
    in.loops.clear();
}

std::size_t HttpServer::connections() const {
    return inside_->gauge->open;
}

}  // namespace luqiao::adapters
