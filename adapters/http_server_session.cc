#include "adapters/http_server_session.h"

#include "adapters/awaiting.h"
#include "adapters/http_server_stream.h"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <atomic>
#include <vector>

namespace luqiao::adapters {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadSize = 4096;
constexpr std::size_t kBufferSpare =
    std::size_t{64} * 1024;  ///< beside the head: what Beast reads of a body
constexpr std::size_t kLingerMax = 64 << 20;
constexpr Duration kLinger{2000};

/// A request that waits for its handler. Whoever claims it first, answers.
struct Pending {
    explicit Pending(std::shared_ptr<HttpLoop> on) : loop(std::move(on)), timer(loop->context) {}

    std::shared_ptr<HttpLoop> loop;  ///< outlives the timer, even when the handler calls back late
    asio::steady_timer timer;
    std::atomic<bool> claimed{false};
    std::optional<HttpResponse> response;  ///< only on the loop's thread
};

/// The callback's inside: answers 500 when nobody keeps it and nobody called it.
class Completion {
public:
    /// As long as nobody has claimed `pending`, its session waits and `options` live.
    Completion(std::shared_ptr<Pending> pending, const HttpServerOptions& options)
        : pending_(std::move(pending)), options_(options) {}
    Completion(const Completion&) = delete;
    Completion& operator=(const Completion&) = delete;
    // NOLINTNEXTLINE(bugprone-exception-escape): without memory to answer by, it ends
    ~Completion() {
        if (!pending_->claimed.exchange(true)) {
            post(http_refusal(options_, 500, "the request was given up"));
        }
    }

    void finish(HttpResponse response) {
        if (!pending_->claimed.exchange(true)) post(std::move(response));
    }

private:
    void post(HttpResponse response) {
        asio::post(pending_->loop->context,
                   [pending = pending_, response = std::move(response)]() mutable {
                       pending->response = std::move(response);
                       pending->timer.cancel();
                   });
    }

    std::shared_ptr<Pending> pending_;
    const HttpServerOptions& options_;
};

/// Carry on, answer a refusal, or end because the peer left.
struct Verdict {
    static constexpr int kGo = 0;
    static constexpr int kGone = -1;
    int status = kGo;
    std::string why = {};
};

Verdict verdict_of(const Error& error) {
    return {error.code == Errc::LimitExceeded ? 431 : 400, error.message};
}

std::string to_wire(const HttpResponse& from, bool keep, bool head_only) {
    const bool has_body = from.status != 204 && from.status != 304;
    std::string out =
        http_response_head(from, keep, has_body ? std::optional(from.body.size()) : std::nullopt);
    if (has_body && !head_only) out += from.body;
    return out;
}

/// One connection, from accept to close.
class Session final : public HttpSessionControl {
public:
    Session(tcp::socket socket,
            std::shared_ptr<HttpLoop> loop,
            const HttpServerOptions& options,
            const HttpHandler& handler)
        : stream_(std::move(socket)),
          loop_(std::move(loop)),
          options_(options),
          handler_(handler),
          buffer_(options.head.size_max + kBufferSpare) {
        loop_->sessions.insert(this);
        error_code ignored;
        stream_.socket().set_option(tcp::no_delay(true), ignored);
        stream_.socket().non_blocking(true, ignored);  // what is tried at once, write() below
        remote_ = stream_.socket().remote_endpoint(ignored).address().to_string();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override { loop_->sessions.erase(this); }

    /// Reads and answers requests until one side ends it.
    asio::awaitable<void> run() {
        bool more = !loop_->stopping;
        while (more) {
            more = co_await serve_one();
        }
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    }

    void end_if_idle() override {
        if (idle_) stream_.close();
    }

    void abort() override {
        aborted_ = true;
        stream_.close();
        if (!pending_) return;
        pending_->claimed = true;
        pending_->timer.cancel();
    }

private:
    /// @return whether another request may follow
    asio::awaitable<bool> serve_one() {
        HttpHead head;
        HttpBodies::Share share(*loop_->bodies);  // until the answer is written
        Verdict verdict = co_await read_head(head);
        if (verdict.status == Verdict::kGo && loop_->workers != nullptr &&
            options_.streams->serves(head.request)) {
            co_return co_await serve_stream(std::move(head));
        }
        if (verdict.status == Verdict::kGo) {
            verdict = co_await read_body(head, share);
        }
        if (verdict.status == Verdict::kGone) co_return false;
        if (verdict.status != Verdict::kGo) {
            const bool written =
                co_await write(http_refusal(options_, verdict.status, verdict.why), false, false);
            if (written) {
                co_await linger();
            }
            co_return false;
        }
        const bool head_only = head.request.method == "HEAD";
        HttpResponse response = co_await answer(std::move(head.request));
        if (aborted_) co_return false;
        const bool keep = head.keep_alive && !loop_->stopping;
        const bool written = co_await write(std::move(response), keep, head_only);
        co_return written&& keep;
    }

    /// A request whose body, or answer, passes through in pieces.
    asio::awaitable<bool> serve_stream(HttpHead head) {
        buffer_.consume(head_size_);
        const bool head_only = head.request.method == "HEAD";
        bool keep = head.keep_alive;
        HttpTransfer transfer(stream_, buffer_, *loop_->workers, options_);
        auto response = co_await transfer.receive(std::move(head), keep);
        if (!response || aborted_) co_return false;
        keep = keep && !loop_->stopping;
        const bool written = response->download && !head_only
                                 ? co_await transfer.send(*std::move(response), keep)
                                 : co_await write(*std::move(response), keep, head_only);
        if (written && !keep) {
            co_await linger();
        }
        co_return written&& keep;
    }

    asio::awaitable<Verdict> read_head(HttpHead& head) {
        HttpHeadScanner scanner(options_.head);
        idle_ = buffer_.size() == 0;
        stream_.expires_after(idle_ && served_ ? options_.idle_timeout : options_.head_timeout);
        while (true) {
            const auto data = buffer_.cdata();
            const std::string_view received(static_cast<const char*>(data.data()), data.size());
            const auto size = scanner.scan(received);
            if (!size) co_return verdict_of(size.error());
            if (*size) {
                auto parsed = parse_http_head(received.substr(0, **size), options_.head);
                if (!parsed) co_return verdict_of(parsed.error());
                head_size_ = **size;
                head = *std::move(parsed);
                head.request.remote = remote_;
                served_ = true;
                co_return Verdict{};
            }
            const auto [error, count] =
                co_await stream_.async_read_some(buffer_.prepare(kReadSize), kAwait);
            if (error) co_return Verdict{Verdict::kGone};
            buffer_.commit(count);
            if (idle_ && served_) stream_.expires_after(options_.head_timeout);
            idle_ = false;
        }
    }

    [[nodiscard]] Verdict too_large() const {
        return {413, fmt::format("the body is larger than {} bytes", options_.body_max)};
    }

    static Verdict no_room() { return {503, "too much is being received: send it again"}; }

    asio::awaitable<Verdict> read_body(HttpHead& head, HttpBodies::Share& share) {
        if (head.content_length.value_or(0) > options_.body_max) co_return too_large();
        stream_.expires_after(options_.body_timeout);
        if (head.expects_continue) {
            static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            const auto [error, count] =
                co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
            if (error) co_return Verdict{Verdict::kGone};
        }
        if (head.chunked) {
            co_return co_await read_chunks(head, share);
        }
        co_return co_await read_whole(head, share);
    }

    /// As many bytes as the head says; memory grows with what has come, not with what is announced.
    asio::awaitable<Verdict> read_whole(HttpHead& head, HttpBodies::Share& share) {
        buffer_.consume(head_size_);
        const std::size_t size = head.content_length.value_or(0);
        std::string& body = head.request.body;
        if (!share.grow_to(std::min(size, buffer_.size()))) co_return no_room();
        body.resize(std::min(size, buffer_.size()));
        buffer_.consume(asio::buffer_copy(asio::buffer(body), buffer_.cdata()));
        while (body.size() < size) {
            const std::size_t here = body.size();
            const std::size_t next = std::min(size, here + std::max(here, kBufferSpare));
            if (!share.grow_to(next)) co_return no_room();
            body.resize(next);
            const auto [error, count] = co_await asio::async_read(
                stream_, asio::buffer(body.data() + here, body.size() - here), kAwait);
            if (error) co_return Verdict{Verdict::kGone};
        }
        co_return Verdict{};
    }

    /// Beast reads the head a second time; where it disagrees with ours, the request is refused.
    asio::awaitable<Verdict> read_chunks(HttpHead& head, HttpBodies::Share& share) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(options_.head.size_max + 1));
        parser.body_limit(options_.body_max);
        error_code error;
        while (!error && !parser.is_done()) {
            if (!share.grow_to(parser.get().body().size())) co_return no_room();
            error = std::get<0>(co_await http::async_read_some(stream_, buffer_, parser, kAwait));
        }
        if (error == http::error::body_limit) co_return too_large();
        if (error.category() == make_error_code(http::error::bad_chunk).category() &&
            error != http::error::partial_message && error != http::error::end_of_stream) {
            co_return Verdict{400, "the request is malformed: " + error.message()};
        }
        if (error) co_return Verdict{Verdict::kGone};
        if (parser.get().method_string() != head.request.method ||
            !parser.get().target().starts_with(head.request.path) ||
            parser.chunked() != head.chunked) {
            co_return Verdict{400, "the request is malformed"};
        }
        head.request.body = std::move(parser.get().body());
        co_return Verdict{};
    }

    asio::awaitable<HttpResponse> answer(HttpRequest request) {
        stream_.expires_never();
        pending_ = std::make_shared<Pending>(loop_);
        pending_->timer.expires_after(options_.answer_timeout);
        {
            const auto completion = std::make_shared<Completion>(pending_, options_);
            handler_(std::move(request), [completion](HttpResponse response) {
                completion->finish(std::move(response));
            });
        }
        while (!pending_->response && !aborted_) {
            const auto [error] = co_await pending_->timer.async_wait(kAwait);
            if (error || pending_->response) continue;
            if (!pending_->claimed.exchange(true)) {
                pending_->response = http_refusal(options_, 504, "no answer in time");
            } else {
                pending_->timer.expires_at(asio::steady_timer::time_point::max());
            }
        }
        HttpResponse response = std::move(pending_->response).value_or(HttpResponse{});
        pending_.reset();
        co_return response;
    }

    asio::awaitable<bool> write(HttpResponse response, bool keep, bool head_only) {
        const std::string message = to_wire(response, keep, head_only);
        // Nearly always the kernel takes it at once: no wait to be set up and taken down.
        error_code error;
        const std::size_t sent = stream_.socket().write_some(asio::buffer(message), error);
        if (error && error != asio::error::would_block) co_return false;
        if (sent == message.size()) co_return true;
        stream_.expires_after(options_.write_timeout);
        const auto [failed, rest] =
            co_await asio::async_write(stream_, asio::buffer(message) + sent, kAwait);
        co_return !failed;
    }

    /// Closing while the client still sends would reset the connection and lose our answer.
    asio::awaitable<void> linger() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(kLinger);
        std::size_t dropped = 0;
        buffer_.consume(buffer_.size());
        while (dropped < kLingerMax && !loop_->stopping) {
            const auto [error, count] =
                co_await stream_.async_read_some(buffer_.prepare(kBufferSpare), kAwait);
            if (error) co_return;
            dropped += count;
        }
    }

    beast::tcp_stream stream_;
    std::shared_ptr<HttpLoop> loop_;
    const HttpServerOptions& options_;
    const HttpHandler& handler_;
    beast::flat_buffer buffer_;
    std::shared_ptr<Pending> pending_;
    std::string remote_;
    std::size_t head_size_ = 0;  ///< of the request that is read, as it stands in the buffer
    bool served_ = false;        ///< a request was read on this connection
    bool idle_ = false;          ///< nothing of a request has come yet
    bool aborted_ = false;
};

}  // namespace

boost::asio::awaitable<void> run_http_session(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<HttpLoop> loop,
                                              const HttpServerOptions& options,
                                              const HttpHandler& handler) {
    Session session(std::move(socket), std::move(loop), options, handler);
    co_await session.run();
}

}  // namespace luqiao::adapters
