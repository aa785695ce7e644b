// Calls over plain sockets: http to an address.
#include "adapters/awaiting.h"
#include "adapters/http_client_connections.h"
#include "adapters/http_client_engine.h"
#include "base/text.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>
#include <unordered_set>
#include <vector>

namespace luqiao::adapters {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kScheme = "http://";
constexpr std::uint16_t kPort = 80;
constexpr std::size_t kResponseReadSize = 8192;
constexpr std::size_t kBufferMax = 2 * kAnswerHeadMax;

/// Where a URL leads, and what is asked there.
struct Target {
    std::string_view authority;  ///< as the Host header says it
    std::string_view path;       ///< with its query; may begin with '?'
    tcp::endpoint peer;
};

std::optional<Target> target_of(std::string_view url) {
    if (!url.starts_with(kScheme) || !is_visible_ascii(url, url.size())) return std::nullopt;
    url.remove_prefix(kScheme.size());
    if (url.find('#') != std::string_view::npos) return std::nullopt;
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    Target out{url.substr(0, end), url.substr(end), {}};
    std::string_view host = out.authority;
    std::uint16_t port = kPort;
    if (const std::size_t colon = host.rfind(':');
        colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
        const std::string_view digits = host.substr(colon + 1);
        const auto [last, bad] =
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (bad != std::errc{} || last != digits.data() + digits.size()) return std::nullopt;
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code none;
    out.peer = {asio::ip::make_address(host, none), port};
    return none ? std::nullopt : std::optional(out);
}

std::string head_of(const HttpClientRequest& call, const Target& target) {
    std::string out;
    out.reserve(512);
    out.append(call.method).append(target.path.starts_with('/') ? " " : " /").append(target.path);
    out.append(" HTTP/1.1\r\nHost: ").append(target.authority);
    out.append("\r\nUser-Agent: luqiao\r\nAccept: */*\r\n");
    for (const auto& [name, value] : call.headers.fields()) {
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) continue;
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (call.method != "GET") {
        out.append("Content-Length: ").append(std::to_string(call.body.size())).append("\r\n");
    }
    return out.append("\r\n");
}

/// One call on its way.
struct Call {
    HttpClientRequest request;
    HttpClient::Done done;
    PlainTurn turn;
    SteadyTime deadline;   ///< of the whole
    bool is_sent = false;  ///< at least one byte
};

struct Failure {
    std::string_view why;
    bool may_go_again = false;  ///< over another connection
};

using Parser = http::response_parser<http::string_body>;

/// A head that only says that another follows.
bool is_interim(const Parser& parser) {
    const unsigned status = parser.get().result_int();
    return status >= 100 && status < 200 && status != 101;
}

Result<HttpResponse> response_of(http::response<http::string_body>&& from) {
    HttpResponse out;
    out.status = static_cast<int>(from.result_int());
    for (const auto& field : from) {
        out.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    out.content_type = out.headers.get("content-type");
    out.body = std::move(from.body());
    return out;
}

class PlainEngine final : public HttpEngine {
public:
    explicit PlainEngine(const HttpClientOptions& options)
        : options_(options), thread_([this] { context_.run(); }) {}
    PlainEngine(const PlainEngine&) = delete;
    PlainEngine& operator=(const PlainEngine&) = delete;
    // NOLINTNEXTLINE(bugprone-exception-escape): without memory to stop by, ending is all there is
    ~PlainEngine() override { stop(); }

    void send(HttpClientRequest request, HttpClient::Done done) override {
        auto call = std::make_unique<Call>();
        call->deadline = std::chrono::steady_clock::now() + request.timeout;
        call->turn.until = call->deadline;
        call->turn.connect_timeout = request.connect_timeout;
        call->request = std::move(request);
        call->done = std::move(done);
        switch (queue_.put(call)) {
            case Queue::Put::First: asio::post(context_, [this] { take_waiting(); }); return;
            case Queue::Put::Behind: return;
            case Queue::Put::Stopped: return call->done(stopped_error());
        }
    }

    void stop() override {
        if (!queue_.stop()) return;
        asio::post(context_, [this] {
            is_ending_ = true;
            end_if_done();
        });
        thread_.join();
    }

private:
    using Queue = CallQueue<Call>;

    void take_waiting() {
        for (auto& call : queue_.take()) {
            asio::co_spawn(context_, carry(std::move(call)), asio::detached);
        }
    }

    void end_if_done() {
        // What was put before the stop may still have to be told of.
        if (!is_ending_ || !calls_.empty() || !queue_.is_over()) return;
        watchdog_.cancel();
        connections_.close_idle();
        work_.reset();
    }

    asio::awaitable<void> carry(std::unique_ptr<Call> call) {
        calls_.insert(call.get());
        watch(call->turn.until);
        // It holds the message as it came, which is not kept beside what is sent.
        if (const auto complete = std::exchange(call->request.complete, {})) {
            complete(call->request);
        }
        Result<HttpResponse> result = co_await exchange(*call);
        calls_.erase(call.get());
        const HttpClient::Done done = std::move(call->done);
        call.reset();
        done(std::move(result));
        end_if_done();
    }

    asio::awaitable<Result<HttpResponse>> exchange(Call& call) {
        const auto target = target_of(call.request.url);
        if (!target) co_return fail(Errc::Unavailable, "the call cannot begin");
        call.turn.peer = target->peer;
        const std::string head = head_of(call.request, *target);
        const auto error_of = [&call](std::string_view why) {
            return call_error(call.is_sent, call.turn.is_late,
                              call.turn.is_late ? "time is up" : why);
        };
        const std::function<void()> connects = [this, &call] { watch(call.turn.until); };
        for (;;) {
            auto connection = co_await connections_.take(call.turn, connects);
            call.turn.until = call.deadline;
            if (!connection) co_return error_of("no connection");
            watch(call.deadline);
            std::optional<Parser> parser;
            const auto failed = co_await ask(call, *connection, head, parser);
            const bool is_reused = connection->is_reused;
            const bool is_kept = !failed && parser->keep_alive() && connection->buffer.size() == 0;
            connections_.give_back(call.turn, is_kept ? std::move(connection) : nullptr);
            if (!failed) co_return response_of(parser->release());
            // On a connection that the peer just ended; what may have been acted on stays.
            const bool again = failed->may_go_again && is_reused && !call.turn.is_late &&
                               (!call.is_sent || call.request.method == "GET");
            if (!again) co_return error_of(failed->why);
        }
    }

    asio::awaitable<std::optional<Failure>> ask(Call& call,
                                                PlainConnection& connection,
                                                const std::string& head,
                                                std::optional<Parser>& parser) {
        const std::array<asio::const_buffer, 2> out{asio::buffer(head),
                                                    asio::buffer(call.request.body)};
        error_code error;
        const std::size_t at_once = connection.socket.write_some(out, error);
        call.is_sent = call.is_sent || at_once > 0;
        if (error && error != asio::error::would_block) {
            co_return Failure{"the connection ended", true};
        }
        if (at_once < asio::buffer_size(out)) {
            std::string rest = head + call.request.body;
            rest.erase(0, at_once);
            const auto [failed, count] =
                co_await asio::async_write(connection.socket, asio::buffer(rest), kAwait);
            call.is_sent = call.is_sent || count > 0;
            if (failed && !call.is_sent) co_return Failure{"the connection ended", true};
            // A peer that wants no more may have said why.
        }
        do {
            parser.emplace();
            parser->header_limit(static_cast<std::uint32_t>(kAnswerHeadMax));
            parser->body_limit(call.request.response_max);
            parser->eager(true);
            if (const auto failed = co_await read(connection, *parser)) co_return failed;
        } while (is_interim(*parser));
        co_return std::nullopt;
    }

    static asio::awaitable<std::optional<Failure>> read(PlainConnection& connection,
                                                        Parser& parser) {
        bool has_begun = connection.buffer.size() > 0;
        if (const auto failed = parse(connection.buffer, parser)) co_return failed;
        while (!parser.is_done()) {
            auto [error] = co_await connection.socket.async_wait(tcp::socket::wait_read, kAwait);
            std::size_t count = 0;
            if (!error) {
                count = connection.socket.read_some(connection.buffer.prepare(kResponseReadSize),
                                                    error);
            }
            if (error == asio::error::would_block) continue;
            connection.buffer.commit(count);
            has_begun = has_begun || count > 0;
            if (error == asio::error::eof && parser.is_header_done()) {
                error = {};
                parser.put_eof(error);  // an answer may end with its connection
            }
            if (error) co_return Failure{"the connection ended", !has_begun};
            if (const auto failed = parse(connection.buffer, parser)) co_return failed;
        }
        co_return std::nullopt;
    }

    static std::optional<Failure> parse(beast::flat_buffer& buffer, Parser& parser) {
        while (buffer.size() > 0 && !parser.is_done()) {
            error_code error;
            buffer.consume(parser.put(buffer.data(), error));
            if (error == http::error::need_more) return std::nullopt;
            if (error == http::error::body_limit || error == http::error::header_limit) {
                return Failure{"the answer is too large"};
            }
            if (error) return Failure{"the answer is not HTTP"};
        }
        return std::nullopt;
    }

    /// One timer for all calls: it is set to the first that may be late.
    void watch(SteadyTime until) {
        if (until >= watched_) return;
        watched_ = until;
        watchdog_.expires_at(until);
        watchdog_.async_wait([this](const error_code& error) {
            if (!error) end_what_is_late();
        });
    }

    void end_what_is_late() {
        watched_ = SteadyTime::max();
        const SteadyTime now = std::chrono::steady_clock::now();
        SteadyTime next = SteadyTime::max();
        for (Call* call : calls_) {
            if (call->turn.is_late) continue;
            if (call->turn.until <= now) {
                PlainConnections::expire(call->turn);
            } else {
                next = std::min(next, call->turn.until);
            }
        }
        watch(next);
    }

    const HttpClientOptions options_;
    Queue queue_;

    // Only the thread touches these.
    asio::io_context context_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{
        context_.get_executor()};
    PlainConnections connections_{
        context_, {options_.connections_per_host, options_.connections, kBufferMax}};
    std::unordered_set<Call*> calls_;
    asio::steady_timer watchdog_{context_};
    SteadyTime watched_ = SteadyTime::max();
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace

bool is_plain_address(std::string_view url) {
    return target_of(url).has_value();
}

std::unique_ptr<HttpEngine> make_plain_engine(const HttpClientOptions& options) {
    return std::make_unique<PlainEngine>(options);
}

}  // namespace luqiao::adapters
