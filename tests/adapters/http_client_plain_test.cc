#include "adapters/http_client_engine.h"
#include "tests/adapters/http_client_calls.h"
#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

namespace luqiao::adapters {
namespace {

TEST(PlainAddress, IsHttpToAnAddress) {
    const struct {
        const char* url;
        bool is_plain;
    } rows[] = {
        {"http://127.0.0.1/", true},
        {"http://127.0.0.1", true},
        {"http://127.0.0.1:8080/a?b", true},
        {"http://127.0.0.1?b", true},
        {"http://[::1]:8080/a", true},
        {"http://[::1]/a", true},
        {"https://127.0.0.1/", false},
        {"http://localhost/", false},
        {"http://sti.qingdao.example/", false},
        {"http://user@127.0.0.1/", false},
        {"http://127.0.0.1/#fragment", false},
        {"http://127.0.0.1:/", false},
        {"http://127.0.0.1:x/", false},
        {"http://127.0.0.1:65536/", false},
        {"http://127.0.0.1:80 /", false},
        {"http://127.0.0.1/a b", false},
        {"http://127.1/", false},
        {"http:///", false},
        {"", false},
    };
    for (const auto& row : rows) EXPECT_EQ(is_plain_address(row.url), row.is_plain) << row.url;
}

TEST_P(HttpClientTest, PassesOverHeadsThatOnlySayThatAnotherFollows) {
    RawServer server([](RawSocket peer) {
        peer.read_message();
        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        peer.send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + std::string(kOk));
    });
    HttpClient client(options());
    const auto response = call(client, post_to(server.url()));
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "ok");
    EXPECT_FALSE(response->headers.find("X-Early"));
}

TEST_P(HttpClientTest, TakesAnAnswerThatEndsWithItsConnection) {
    RawServer server([](RawSocket peer) {
        peer.read_message();
        peer.send("HTTP/1.0 200 OK\r\n\r\nhalf");
        peer.send(" and half");
        peer.close();
    });
    HttpClient client(options());
    const auto response = call(client, post_to(server.url()));
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->body, "half and half");
}

TEST(PlainSockets, KeepsNoConnectionThatIsNotFitForAnother) {
    const struct {
        const char* name;
        const char* answer;
    } rows[] = {
        {"its peer wants to close it",
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
        {"more came than was asked for",
         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Not Yours\r\n\r\n"},
    };
    for (const auto& row : rows) {
        RawServer server([&row](RawSocket peer) {
            peer.read_message();
            peer.send(row.answer);
            peer.read_all();
        });
        HttpClient client({});
        for (int round = 0; round < 2; ++round) {
            const auto response = call(client, post_to(server.url()));
            ASSERT_TRUE(response.has_value()) << row.name << ": " << response.error().message;
            EXPECT_EQ(response->status, 200) << row.name;
        }
        EXPECT_EQ(server.accepted(), 2) << row.name;
        client.stop();
    }
}

TEST_P(HttpClientTest, SendsALargeBodyWhole) {
    const std::string body(std::size_t{16} << 20U, 'x');
    bool is_whole = false;
    RawServer server([&](RawSocket peer) {
        is_whole = peer.read_message().second == body;
        peer.send(kOk);
    });
    HttpClient client(options());
    EXPECT_TRUE(call(client, post_to(server.url(), body)).has_value());
    EXPECT_TRUE(is_whole);
}

TEST_P(HttpClientTest, HearsWhatAPeerSaysThatWantsNoMore) {
    RawServer server([](RawSocket peer) {
        peer.read_through("\r\n\r\n");
        peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        peer.finish_sending();
        peer.read_all();
    });
    HttpClient client(options());
    const auto response = call(client, post_to(server.url(), std::string(1 << 20U, 'x')));
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 413);
}

TEST(PlainSockets, GivesAConnectionToWhoWaitsLongest) {
    std::mutex mutex;
    std::vector<std::string> order;
    RawServer server([&](RawSocket peer) {
        for (;;) {
            auto [head, body] = peer.read_message();
            if (head.empty()) return;
            const std::lock_guard lock(mutex);
            order.push_back(body);
            peer.send(kOk);
        }
    });
    HttpClient client({.connections_per_host = 1});
    std::vector<std::future<Result<HttpResponse>>> answers;
    std::vector<std::string> expected;
    for (int index = 0; index < 30; ++index) {
        expected.push_back(std::to_string(index));
        answers.push_back(begin(client, post_to(server.url(), expected.back())));
    }
    for (auto& answer : answers) ASSERT_TRUE(answer.get().has_value());
    EXPECT_EQ(server.accepted(), 1);
    EXPECT_EQ(order, expected);
    client.stop();
}

TEST_P(HttpClientTest, MakesRoomForAnotherPeerByWhatIsIdle) {
    const auto serve = [](RawSocket peer) {
        while (!peer.read_message().first.empty()) peer.send(kOk);
    };
    RawServer one(serve);
    RawServer two(serve);
    HttpClientOptions limits = options();
    limits.connections = 1;
    HttpClient client(limits);
    for (int round = 0; round < 2; ++round) {
        EXPECT_TRUE(call(client, post_to(one.url())).has_value());
        EXPECT_TRUE(call(client, post_to(two.url())).has_value());
    }
    client.stop();
}

/// A listener that takes no connection: what goes beyond its queue gets no answer at all.
class FullListener {
public:
    FullListener() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(fd_, any, size), 0);
        EXPECT_EQ(listen(fd_, 0), 0);
        EXPECT_EQ(getsockname(fd_, any, &size), 0);
        port_ = ntohs(address.sin_port);
        waiting_.push_back(RawSocket::to(port_));
    }
    FullListener(const FullListener&) = delete;
    FullListener& operator=(const FullListener&) = delete;
    ~FullListener() { ::close(fd_); }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    int fd_;
    std::uint16_t port_ = 0;
    std::vector<RawSocket> waiting_;
};

TEST_P(HttpClientTest, DoesNotConnectForLongerThanItMay) {
    const FullListener nobody;
    HttpClient client(options());
    HttpClientRequest request = post_to(nobody.url());
    request.connect_timeout = Duration{100};
    const auto begun = std::chrono::steady_clock::now();
    const auto response = call(client, std::move(request));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code, Errc::Timeout) << response.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

}  // namespace
}  // namespace luqiao::adapters
