#include "adapters/http_server_stream.h"

#include "adapters/awaiting.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

namespace luqiao::adapters {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kPiece = std::size_t{256} * 1024;

/// RFC 9110 section 5.6.7: "Thu, 09 Oct 2025 02:15:00 GMT". Made once a second: that is what it
/// tells, and the making costs more than the rest of a head.
const std::string& http_date() {
    thread_local std::time_t made_at = 0;
    thread_local std::string date;
    const std::time_t now = std::time(nullptr);
    if (now != made_at) {
        date = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
        made_at = now;
    }
    return date;
}

/// Runs `work` where it may block; the caller goes on on its own thread.
template <class Work>
auto on_worker(asio::thread_pool& workers, Work work)
    -> asio::awaitable<std::invoke_result_t<Work&>> {
    auto job = [&work]() -> asio::awaitable<std::invoke_result_t<Work&>> { co_return work(); };
    co_return co_await asio::co_spawn(workers, std::move(job), asio::use_awaitable);
}

}  // namespace

HttpResponse http_refusal(const HttpServerOptions& options, int status, std::string_view why) {
    if (options.refusal) return options.refusal(status, why);
    return {status, {}, std::string(why) + "\n", "text/plain; charset=utf-8"};
}

std::string http_response_head(const HttpResponse& from,
                               bool keep,
                               std::optional<std::uint64_t> length) {
    const auto reason =
        http::obsolete_reason(http::int_to_status(static_cast<unsigned>(from.status)));
    std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", from.status,
                                  std::string_view(reason.data(), reason.size()), http_date());
    const auto field = [&out](std::string_view name, std::string_view value) {
        // A line end in a value would begin a second response.
        if (value.find_first_of("\r\n") != std::string_view::npos) return;
        out.append(name).append(": ").append(value).append("\r\n");
    };
    if (!keep) field("Connection", "close");
    if (!from.content_type.empty()) field("Content-Type", from.content_type);
    for (const auto& [name, value] : from.headers.fields()) field(name, value);
    if (length) field("Content-Length", std::to_string(*length));
    return out += "\r\n";
}

asio::awaitable<std::optional<HttpResponse>> HttpTransfer::receive(HttpHead head, bool& keep) {
    if (head.chunked) {
        keep = false;
        co_return http_refusal(options_, 411, "the body's length is to be told: Content-Length");
    }
    const std::uint64_t size = head.content_length.value_or(0);
    const bool expects_continue = head.expects_continue;
    stream_.expires_never();
    auto begun = co_await on_worker(
        workers_, [&] { return options_.streams->begin(std::move(head.request), size); });
    if (auto* response = std::get_if<HttpResponse>(&begun)) {
        keep = keep && size == 0;
        co_return std::move(*response);
    }
    auto upload = std::get<std::unique_ptr<HttpUpload>>(std::move(begun));
    if (expects_continue) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        stream_.expires_after(options_.write_timeout);
        co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
    }
    auto response = co_await read_into(upload, size, keep);
    co_await on_worker(workers_, [&] {
        upload.reset();
        return true;
    });
    co_return response;
}

asio::awaitable<std::optional<HttpResponse>> HttpTransfer::read_into(
    std::unique_ptr<HttpUpload>& upload, std::uint64_t size, bool& keep) {
    std::string piece;
    for (std::uint64_t left = size; left > 0; left -= piece.size()) {
        if (!co_await fill(piece, std::min<std::uint64_t>(left, kPiece))) co_return std::nullopt;
        auto refused = co_await on_worker(workers_, [&] { return upload->write(piece); });
        if (!refused) continue;
        keep = keep && left == piece.size();
        co_return refused;
    }
    co_return co_await on_worker(workers_, [&] { return upload->finish(); });
}

/// The next `size` bytes of the body. @return false: the client is gone or too slow
asio::awaitable<bool> HttpTransfer::fill(std::string& piece, std::size_t size) {
    piece.resize(size);
    const std::size_t here = asio::buffer_copy(asio::buffer(piece), buffer_.cdata());
    buffer_.consume(here);
    if (here == size) co_return true;
    stream_.expires_after(options_.body_timeout);
    const auto [error, count] =
        co_await asio::async_read(stream_, asio::buffer(piece.data() + here, size - here), kAwait);
    co_return !error;
}

asio::awaitable<bool> HttpTransfer::send(HttpResponse response, bool keep) {
    const std::string head = http_response_head(response, keep, response.download->size());
    stream_.expires_after(options_.write_timeout);
    const auto [failed, written] = co_await asio::async_write(stream_, asio::buffer(head), kAwait);
    if (failed) co_return false;
    std::string piece(kPiece, '\0');
    HttpDownload& download = *response.download;
    for (std::uint64_t left = download.size(); left > 0;) {
        const std::size_t want = std::min<std::uint64_t>(left, kPiece);
        const std::size_t count = co_await on_worker(
            workers_, [&] { return download.read(std::span(piece.data(), want)); });
        if (count == 0) co_return false;
        stream_.expires_after(options_.write_timeout);
        const auto [error, sent] =
            co_await asio::async_write(stream_, asio::buffer(piece.data(), count), kAwait);
        if (error) co_return false;
        left -= count;
    }
    co_return true;
}

}  // namespace luqiao::adapters
