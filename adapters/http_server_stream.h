// adapters/http_server_stream.h - bodies that pass through the HTTP server in pieces of one buffer.
#pragma once

#include "adapters/http_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace luqiao::adapters {

/// Status line, date and fields of `from`, with the empty line behind them.
/// @param length  of the body; none: the status has none
std::string http_response_head(const HttpResponse& from,
                               bool keep,
                               std::optional<std::uint64_t> length);

/// In the form that the owner of the server gives its errors, or as plain text.
HttpResponse http_refusal(const HttpServerOptions& options, int status, std::string_view why);

/// One request for HttpStreams; all references outlive it. What may block runs on `workers`, the
/// next piece is read only when the last one is done with: memory is one buffer, whatever the size.
class HttpTransfer {
public:
    HttpTransfer(boost::beast::tcp_stream& stream,
                 boost::beast::flat_buffer& buffer,
                 boost::asio::thread_pool& workers,
                 const HttpServerOptions& options)
        : stream_(stream), buffer_(buffer), workers_(workers), options_(options) {}

    /// Reads the body. @param keep  becomes false when bytes of it were left
    /// @return the answer; none: the client is gone
    boost::asio::awaitable<std::optional<HttpResponse>> receive(HttpHead head, bool& keep);
    /// Writes an answer with a download. @return false: the client is gone, or the bytes are
    boost::asio::awaitable<bool> send(HttpResponse response, bool keep);

private:
    boost::asio::awaitable<std::optional<HttpResponse>> read_into(
        std::unique_ptr<HttpUpload>& upload, std::uint64_t size, bool& keep);
    boost::asio::awaitable<bool> fill(std::string& piece, std::size_t size);

    boost::beast::tcp_stream& stream_;
    boost::beast::flat_buffer& buffer_;
    boost::asio::thread_pool& workers_;
    const HttpServerOptions& options_;
};

}  // namespace luqiao::adapters
