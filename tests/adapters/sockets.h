// tests/adapters/sockets.h - a client and a server of bare bytes, for peers that misbehave.
#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace luqiao::adapters {

/// A connection of bare bytes. Reading ends at the latest after ten seconds.
class RawSocket {
public:
    explicit RawSocket(int fd) : fd_(fd) {
        const timeval limit{10, 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
    static RawSocket to(std::uint16_t port) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return RawSocket(fd);
    }
    RawSocket(RawSocket&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), left_(std::move(other.left_)) {}
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket() { close(); }

    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// Closes with a reset instead of an orderly end.
    void reset() {
        const linger hard{1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }
    void finish_sending() { shutdown(fd_, SHUT_WR); }

    /// @return whether all went out
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// Everything up to the end, or up to an error.
    std::string read_all() {
        while (fill()) {
        }
        return std::exchange(left_, {});
    }
    /// Through `mark`; less when the peer ends before.
    std::string read_through(std::string_view mark) {
        std::size_t at = left_.find(mark);
        while (at == std::string::npos) {
            if (!fill()) return std::exchange(left_, {});
            at = left_.find(mark);
        }
        return take(at + mark.size());
    }
    std::string read_exactly(std::size_t size) {
        while (left_.size() < size && fill()) {
        }
        return take(std::min(size, left_.size()));
    }
    /// One HTTP message with a Content-Length; its head and body.
    std::pair<std::string, std::string> read_message() {
        std::string head = read_through("\r\n\r\n");
        const std::size_t at = head.find("Content-Length: ");
        const std::size_t size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        std::string body = read_exactly(size);
        return {std::move(head), std::move(body)};
    }

private:
    bool fill() {
        char bytes[65536];
        const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        left_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }
    std::string take(std::size_t size) {
        std::string out = left_.substr(0, size);
        left_.erase(0, size);
        return out;
    }

    int fd_;
    std::string left_;
};

/// Accepts connections on a free port and runs `script` on each, one after the other.
class RawServer {
public:
    explicit RawServer(std::function<void(RawSocket)> script) : script_(std::move(script)) {
        fd_ = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
        EXPECT_EQ(listen(fd_, SOMAXCONN), 0);
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] {
            for (int one = accept(fd_, nullptr, nullptr); one >= 0;
                 one = accept(fd_, nullptr, nullptr)) {
                ++accepted_;
                script_(RawSocket(one));
            }
        });
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    ~RawServer() {
        shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    [[nodiscard]] int accepted() const { return accepted_; }

private:
    std::function<void(RawSocket)> script_;
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::thread thread_;
};

}  // namespace luqiao::adapters
