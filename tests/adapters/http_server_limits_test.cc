// How much an HTTP server takes at the same time.
#include "tests/adapters/running_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace luqiao::adapters {
namespace {

TEST(HttpServer, KeepsAHundredConnectionsBusy) {
    HttpServerOptions with = options();
    with.threads = 2;
    RunningServer running(with);
    std::vector<RawSocket> clients;
    for (int index = 0; index < 100; ++index) clients.push_back(running.connect());
    for (int round = 0; round < 3; ++round) {
        for (std::size_t index = 0; index < clients.size(); ++index) {
            ASSERT_TRUE(clients[index].send(post(std::to_string(index))));
        }
        for (std::size_t index = 0; index < clients.size(); ++index) {
            EXPECT_EQ(clients[index].read_message().second, "POST /a?b=c " + std::to_string(index));
        }
    }
    EXPECT_EQ(running.server.connections(), 100u);
}

TEST(HttpServer, RefusesOneConnectionTooMany) {
    HttpServerOptions with = options();
    with.connections_max = 1;
    RunningServer running(with);
    RawSocket first = running.connect();
    first.send(post("1"));
    EXPECT_EQ(status_of(first.read_message().first), "HTTP/1.1 200");
    RawSocket second = running.connect();
    const std::string answer = second.read_all();
    EXPECT_EQ(status_of(answer), "HTTP/1.1 503");
    EXPECT_NE(answer.find("Retry-After: 1"), std::string::npos);
    first.send(post("2"));
    EXPECT_EQ(status_of(first.read_message().first), "HTTP/1.1 200");
}

TEST(HttpServer, HoldsNoMoreBodiesThanItMay) {
    HttpServerOptions with = options();
    with.body_max = with.bodies_max = 200'000;
    std::promise<HttpDone> first;
    std::atomic<bool> is_first{true};
    RunningServer running(with, [&](HttpRequest request, const HttpDone& done) {
        is_first.exchange(false) ? first.set_value(done) : echo(std::move(request), done);
    });
    const auto status_for = [&](const std::string& request) {
        RawSocket client = running.connect();
        client.send(request);
        return status_of(client.read_message().first);
    };
    const std::string body(150'000, 'x');
    const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                ("249f0\r\n" + body) + "\r\n0\r\n\r\n";
    RawSocket waiting = running.connect();
    waiting.send(post(body));
    const HttpDone done = first.get_future().get();
    for (const auto& request : {post(body), chunked})
        EXPECT_EQ(status_for(request), "HTTP/1.1 503");
    EXPECT_EQ(status_for(post("small")), "HTTP/1.1 200");
    done({200, {}, "taken", "text/plain"});
    EXPECT_EQ(waiting.read_message().second, "taken");
    for (const auto& request : {post(body), chunked})
        EXPECT_EQ(status_for(request), "HTTP/1.1 200");
}

}  // namespace
}  // namespace luqiao::adapters
