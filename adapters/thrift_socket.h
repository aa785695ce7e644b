// adapters/thrift_socket.h - frames over a TSocket, with a deadline for the whole frame and a limit
// that is checked before memory is taken.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <thrift/transport/TSocket.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace luqiao::adapters {

/// Thrift prints to stderr by itself; every failure is an exception anyway.
void quiet_thrift();

class FrameSocket {
public:
    FrameSocket(std::shared_ptr<apache::thrift::transport::TSocket> socket, std::size_t frame_max)
        : socket_(std::move(socket)), frame_max_(frame_max) {}

    /// @errors Timeout, Unavailable: the peer has no whole frame
    [[nodiscard]] Status send(std::string_view frame);
    /// The next frame; nothing when the peer closed before it began one.
    /// @errors Timeout, Unavailable, LimitExceeded
    [[nodiscard]] Result<std::optional<std::string>> receive(Duration timeout);
    /// Whether nothing came in since the last answer: neither the peer's goodbye nor stray bytes.
    [[nodiscard]] bool is_quiet() const;

    apache::thrift::transport::TSocket& socket() { return *socket_; }

private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    /// Fills `out` up to `size`; less only when the peer closed.
    Status fill(std::string& out, std::size_t size, SteadyTime deadline);

    std::shared_ptr<apache::thrift::transport::TSocket> socket_;
    std::size_t frame_max_;
};

}  // namespace luqiao::adapters
