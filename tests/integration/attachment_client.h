// tests/integration/attachment_client.h - a party that uploads and reads attachments over HTTP.
#pragma once

#include "base/time.h"
#include "security/digest.h"
#include "security/keys.h"
#include "security/signature.h"
#include "tests/adapters/sockets.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace luqiao::integration {

/// The answer to one request.
struct HttpAnswer {
    int status = 0;
    std::string head;
    std::string body;

    [[nodiscard]] bool has(const std::string& text) const {
        return head.find(text) != std::string::npos || body.find(text) != std::string::npos;
    }
};

class AttachmentClient {
public:
    /// @param now  what its time stamps say
    AttachmentClient(std::uint16_t port, std::string app_key, std::string secret, Clock now)
        : port_(port),
          app_key_(std::move(app_key)),
          key_(*security::SigningKey::hmac_sm3(std::move(secret))),
          now_(std::move(now)) {}

    static std::string path(const std::string& sm3) { return "/v1/attachments/" + sm3; }

    /// The head of a signed request whose body has the digest `body_sm3`.
    [[nodiscard]] std::string head(const std::string& method,
                                   const std::string& where,
                                   const std::string& body_sm3,
                                   const std::string& more = {}) const {
        const std::string time = std::to_string(now_().time_since_epoch().count());
        const std::string nonce = *security::generate_nonce();
        const std::string sign = *key_.sign({method, where, {}, time, nonce, {}, body_sm3});
        return fmt::format(
            "{} {} HTTP/1.1\r\nHost: a\r\nX-App-Key: {}\r\nX-Timestamp: {}\r\nX-Nonce: {}\r\n"
            "X-Sign: {}\r\n{}\r\n",
            method, where, app_key_, time, nonce, sign, more);
    }

    [[nodiscard]] HttpAnswer ask(const std::string& method,
                                 const std::string& sm3,
                                 const std::string& more = {}) const {
        adapters::RawSocket socket = adapters::RawSocket::to(port_);
        socket.send(head(method, path(sm3), security::sm3_hex(""), more + "Connection: close\r\n"));
        return read(socket);
    }

    /// Sends bytes [offset, end) of `whole` under `sm3`, as one request.
    [[nodiscard]] HttpAnswer put(const std::string& sm3,
                                 const std::string& whole,
                                 std::size_t offset,
                                 std::size_t end) const {
        const std::string body = whole.substr(offset, end - offset);
        const std::string body_sm3 = security::sm3_hex(body);
        adapters::RawSocket socket = adapters::RawSocket::to(port_);
        socket.send(head("PUT", path(sm3), body_sm3,
                         fmt::format("X-Content-SM3: {}\r\nContent-Length: {}\r\n"
                                     "Content-Range: bytes {}-{}/{}\r\nConnection: close\r\n",
                                     body_sm3, body.size(), offset, end - 1, whole.size())) +
                    body);
        return read(socket);
    }
    [[nodiscard]] HttpAnswer put(const std::string& whole) const {
        return put(security::sm3_hex(whole), whole, 0, whole.size());
    }

    static HttpAnswer read(adapters::RawSocket& socket) {
        HttpAnswer out;
        out.head = socket.read_through("\r\n\r\n");
        out.body = socket.read_all();
        if (out.head.size() > 12) out.status = std::atoi(out.head.c_str() + 9);
        return out;
    }

private:
    std::uint16_t port_;
    std::string app_key_;
    security::SigningKey key_;
    Clock now_;
};

}  // namespace luqiao::integration
