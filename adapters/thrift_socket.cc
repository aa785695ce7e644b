#include "adapters/thrift_socket.h"

#include "base/edge.h"

#include <thrift/TOutput.h>
#include <thrift/transport/TBufferTransports.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <poll.h>

namespace luqiao::adapters {
namespace {

using apache::thrift::transport::TFramedTransport;
using apache::thrift::transport::TTransportException;

constexpr std::size_t kChunk = 64u << 10;

}  // namespace

void quiet_thrift() {
    static std::once_flag once;
    std::call_once(once,
                   [] { apache::thrift::GlobalOutput.setOutputFunction([](const char*) {}); });
}

Status FrameSocket::send(std::string_view frame) {
    return catching<TTransportException>(Errc::Unavailable, "send", [&] {
        TFramedTransport framed(socket_);
        framed.write(reinterpret_cast<const std::uint8_t*>(frame.data()),
                     static_cast<std::uint32_t>(frame.size()));
        framed.flush();
    });
}

Result<std::optional<std::string>> FrameSocket::receive(Duration timeout) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
    std::string head;
    LQ_CHECK(fill(head, 4, deadline));
    if (head.empty()) return std::optional<std::string>();
    if (head.size() < 4) return fail(Errc::Unavailable, "the peer closed within a frame");
    std::size_t size = 0;
    for (const char c : head) size = size << 8 | static_cast<unsigned char>(c);
    if (size > frame_max_) {
        return fail(Errc::LimitExceeded, "a frame of {} bytes is more than {}", size, frame_max_);
    }
    std::string frame;
    LQ_CHECK(fill(frame, size, deadline));
    if (frame.size() < size) return fail(Errc::Unavailable, "the peer closed within a frame");
    return std::optional(std::move(frame));
}

Status FrameSocket::fill(std::string& out, std::size_t size, SteadyTime deadline) {
    while (out.size() < size) {
        const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return fail(Errc::Timeout, "no whole frame came in time");
        const std::size_t filled = out.size();
        out.resize(filled + std::min(size - filled, kChunk));  // as it comes, not as it is claimed
        std::uint32_t got = 0;
        try {
            socket_->setRecvTimeout(
                static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30)));
            got = socket_->read(reinterpret_cast<std::uint8_t*>(out.data() + filled),
                                static_cast<std::uint32_t>(out.size() - filled));
        } catch (const TTransportException& problem) {
            out.resize(filled);
            const bool late = problem.getType() == TTransportException::TIMED_OUT;
            return fail(late ? Errc::Timeout : Errc::Unavailable, "{}", problem.what());
        }
        out.resize(filled + got);
        if (got == 0) return {};
    }
    return {};
}

bool FrameSocket::is_quiet() const {
    pollfd one{.fd = socket_->getSocketFD(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) == 0;
}

}  // namespace luqiao::adapters
