// tests/bench/gateways/wire.h - as much of HTTP/1.1 as the load, the sink and the hand-written
// gateway need: whole messages with Content-Length on connections that stay open.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace luqiao::gateways {

[[noreturn]] inline void die(const char* what) {
    std::perror(what);
    std::exit(2);
}

struct Message {
    std::string_view first;  ///< request or status line
    std::string_view head;   ///< the fields, with the first line
    std::string_view body;
    std::size_t size = 0;  ///< of the whole
};

/// The value of a field, none: empty. `name` in lower case.
inline std::string_view field(std::string_view head, std::string_view name) {
    std::size_t line = head.find("\r\n");
    while (line != std::string_view::npos && line + 2 < head.size()) {
        const std::size_t start = line + 2;
        line = head.find("\r\n", start);
        const std::string_view text = head.substr(start, line - start);
        if (text.size() <= name.size() || text[name.size()] != ':') continue;
        const bool same = std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) {
            return a == std::tolower(static_cast<unsigned char>(b));
        });
        if (!same) continue;
        const std::size_t value = text.find_first_not_of(' ', name.size() + 1);
        return value == std::string_view::npos ? std::string_view() : text.substr(value);
    }
    return {};
}

/// The first whole message of `bytes`; none: more has to come.
inline std::optional<Message> next_message(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    Message out;
    out.head = bytes.substr(0, end + 2);
    out.first = bytes.substr(0, bytes.find("\r\n"));
    const std::string_view length = field(out.head, "content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (bytes.size() < end + 4 + size) return std::nullopt;
    out.body = bytes.substr(end + 4, size);
    out.size = end + 4 + size;
    return out;
}

/// One connection: what came and is not understood yet, what has to go.
struct Link {
    int file = -1;
    std::string in;
    std::string out;
    std::size_t gone = 0;  ///< bytes of `out`

    /// @return false: the other side is gone
    bool fill() {
        char bytes[65'536];
        for (;;) {
            const ssize_t got = ::read(file, bytes, sizeof bytes);
            if (got > 0) in.append(bytes, static_cast<std::size_t>(got));
            if (got == static_cast<ssize_t>(sizeof bytes)) continue;
            return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
        }
    }
    /// What does not go at once goes when it is called again. @return false: the other side is gone
    bool flush() {
        while (gone < out.size()) {
            const ssize_t sent = ::send(file, out.data() + gone, out.size() - gone, MSG_NOSIGNAL);
            if (sent < 0) return errno == EAGAIN || errno == EINTR;
            gone += static_cast<std::size_t>(sent);
        }
        out.clear();
        gone = 0;
        return true;
    }
};

inline void prepare(int file) {
    const int one = 1;
    ::setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ::fcntl(file, F_SETFL, O_NONBLOCK);
}

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

/// Listens on a free port and writes it into `port_file`, whole or not at all.
inline int listen_on_free_port(const std::string& port_file) {
    const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in where = loopback(0);
    socklen_t size = sizeof where;
    auto* plain = reinterpret_cast<sockaddr*>(&where);
    if (file < 0 || ::bind(file, plain, size) != 0 || ::listen(file, 256) != 0 ||
        ::getsockname(file, plain, &size) != 0) {
        die("listen");
    }
    std::ofstream(port_file + ".new") << ntohs(where.sin_port) << "\n";
    if (std::rename((port_file + ".new").c_str(), port_file.c_str()) != 0) die("port file");
    return file;
}

inline int connect_to(std::uint16_t port) {
    const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where = loopback(port);
    if (file < 0 || ::connect(file, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
        die("connect");
    }
    prepare(file);
    return file;
}

/// `events`: EPOLLOUT too for what may not go at once.
inline void watch(int epoll, Link& link, std::uint32_t events = EPOLLIN) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &link;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, link.file, &event) != 0) die("epoll");
}

inline std::string whole_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) die(path.c_str());
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace luqiao::gateways
