#include "adapters/http_client.h"

#include "adapters/http_server.h"
#include "tests/adapters/http_client_calls.h"
#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace luqiao::adapters {
namespace {

/// A port on which nobody listens.
std::uint16_t dead_port() {
    RawServer gone([](const RawSocket&) {});
    return gone.port();
}

TEST_P(HttpClientTest, PostsAndReadsTheAnswer) {
    std::promise<std::pair<std::string, std::string>> received;
    RawServer server([&received](RawSocket peer) {
        received.set_value(peer.read_message());
        peer.send(kOk);
    });
    HttpClient client(options());
    HttpClientRequest request = post_to(server.url("/a/../b?c=d"), std::string("a\0b", 3));
    request.headers.add("X-Message-Id", "m-1");
    request.headers.add("Content-Type", "application/json");
    request.headers.add("X-Bad", "1\r\nX-Smuggled: 2");
    const auto response = call(client, std::move(request));
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "ok");
    EXPECT_EQ(response->content_type, "text/plain");
    const auto [head, body] = received.get_future().get();
    EXPECT_TRUE(head.starts_with("POST /a/../b?c=d HTTP/1.1\r\n")) << "the path as it was signed";
    EXPECT_NE(head.find("X-Message-Id: m-1\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Smuggled"), std::string::npos);
    EXPECT_EQ(head.find("Expect"), std::string::npos);
    EXPECT_EQ(body, std::string("a\0b", 3));
}

TEST_P(HttpClientTest, DoesNotKnowTheOutcomeOfWhatWasSent) {
    const struct {
        const char* name;
        std::function<void(RawSocket)> peer;
    } rows[] = {
        {"closes after the request",
         [](RawSocket peer) {
             peer.read_message();
             peer.close();
         }},
        {"resets after the request",
         [](RawSocket peer) {
             peer.read_message();
             peer.reset();
         }},
        {"hangs after the request",
         [](RawSocket peer) {
             peer.read_message();
             peer.read_all();
         }},
        {"answers garbage",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("what do you want?\r\n\r\n");
         }},
        {"ends within the answer",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
         }},
        {"hangs within the answer",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
             peer.read_all();
         }},
        {"declares too much",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
             peer.send(std::string(5000, 'x'));
         }},
        {"never stops answering",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
             while (peer.send("400\r\n" + std::string(1024, 'x') + "\r\n")) {
             }
         }},
        {"never stops its head",
         [](RawSocket peer) {
             peer.read_message();
             peer.send("HTTP/1.1 200 OK\r\n");
             while (peer.send("X-A: " + std::string(1024, 'x') + "\r\n")) {
             }
         }},
    };
    for (const auto& row : rows) {
        RawServer server(row.peer);
        HttpClient client(options());
        HttpClientRequest request = post_to(server.url());
        request.timeout = Duration{300};
        request.response_max = 2000;
        const auto response = call(client, std::move(request));
        client.stop();
        ASSERT_FALSE(response.has_value()) << row.name;
        EXPECT_EQ(response.error().code, Errc::OutcomeUnknown)
            << row.name << ": " << response.error().message;
    }
}

TEST_P(HttpClientTest, NeverTakesAClosedConnectionForAnAnswer) {
    RawServer server([](RawSocket peer) { peer.reset(); });
    HttpClient client(options());
    const auto response = call(client, post_to(server.url()));
    ASSERT_FALSE(response.has_value());
    // Whether the head went out before the reset is a race; both answers are true then.
    EXPECT_TRUE(response.error().code == Errc::OutcomeUnknown ||
                response.error().code == Errc::Unavailable)
        << response.error().message;
}

TEST_P(HttpClientTest, KnowsThatNothingWasSentWhenNobodyListens) {
    HttpClient client(options());
    const auto response = call(client, post_to("http://127.0.0.1:" + std::to_string(dead_port())));
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code, Errc::Unavailable);
}

TEST_P(HttpClientTest, TimesOutBeforeSendingWhenAllConnectionsAreBusy) {
    RawServer server([](RawSocket peer) { peer.read_all(); });
    HttpClientOptions limits = options();
    limits.connections_per_host = 1;
    HttpClient client(limits);
    std::promise<Result<HttpResponse>> first;
    HttpClientRequest long_one = post_to(server.url());
    long_one.timeout = Duration{400};
    client.send(std::move(long_one),
                [&first](Result<HttpResponse> response) { first.set_value(std::move(response)); });
    HttpClientRequest short_one = post_to(server.url());
    short_one.timeout = Duration{50};
    const auto second = call(client, std::move(short_one));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, Errc::Timeout) << second.error().message;
    EXPECT_EQ(first.get_future().get().error().code, Errc::OutcomeUnknown);
}

TEST_P(HttpClientTest, KeepsNothingThatOnlyCompletedTheCall) {
    auto message = std::make_shared<const std::string>("the message as it came");
    const std::weak_ptr<const std::string> seen = message;
    bool is_kept = true;
    RawServer server([&](RawSocket peer) {
        EXPECT_EQ(peer.read_message().second, "wrapped: the message as it came");
        is_kept = !seen.expired();
        peer.send(kOk);
    });
    HttpClient client(options());
    HttpClientRequest request = post_to(server.url("/"), {});
    request.complete = [message = std::move(message)](HttpClientRequest& one) {
        one.body = "wrapped: " + *message;
    };
    EXPECT_TRUE(call(client, std::move(request)));
    EXPECT_FALSE(is_kept);
}

TEST_P(HttpClientTest, CarriesManyCallsAtOnce) {
    HttpServer server({}, [](const HttpRequest& request, const HttpDone& done) {
        done({200, {}, request.body, "text/plain"});
    });
    const std::uint16_t port = server.start().value_or(0);
    HttpClient client(options());
    std::vector<std::promise<Result<HttpResponse>>> answers(200);
    for (std::size_t index = 0; index < answers.size(); ++index) {
        client.send(post_to("http://127.0.0.1:" + std::to_string(port), std::to_string(index)),
                    [&answers, index](Result<HttpResponse> response) {
                        answers[index].set_value(std::move(response));
                    });
    }
    for (std::size_t index = 0; index < answers.size(); ++index) {
        const auto response = answers[index].get_future().get();
        ASSERT_TRUE(response.has_value()) << response.error().message;
        EXPECT_EQ(response->body, std::to_string(index));
    }
}

TEST_P(HttpClientTest, FollowsNoRedirect) {
    RawServer inner([](RawSocket peer) { peer.send(kOk); });
    RawServer server([&inner](RawSocket peer) {
        peer.read_message();
        peer.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + inner.url() +
                  "\r\nContent-Length: 0\r\n\r\n");
    });
    HttpClient client(options());
    const auto response = call(client, post_to(server.url()));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 307);
    EXPECT_EQ(inner.accepted(), 0);
}

TEST_P(HttpClientTest, FinishesOpenCallsWhenItStopsAndTakesNoMore) {
    std::promise<void> arrived;
    std::promise<void> go;
    RawServer server([&](RawSocket peer) {
        peer.read_message();
        arrived.set_value();
        go.get_future().wait();
        peer.send(kOk);
    });
    HttpClient client(options());
    std::promise<Result<HttpResponse>> answer;
    client.send(post_to(server.url()), [&answer](Result<HttpResponse> response) {
        answer.set_value(std::move(response));
    });
    arrived.get_future().wait();
    std::thread stopper([&client] { client.stop(); });
    go.set_value();
    EXPECT_TRUE(answer.get_future().get().has_value());
    stopper.join();
    const auto late = call(client, post_to(server.url()));
    EXPECT_EQ(late.error().code, Errc::Unavailable);
}

TEST_P(HttpClientTest, TellsOfEachCallThatMeetsItsStop) {
    const std::string nobody = "http://127.0.0.1:" + std::to_string(dead_port());
    for (int round = 0; round < 200; ++round) {
        HttpClient client(options());
        ASSERT_FALSE(call(client, post_to(nobody)));  // the engine runs
        std::future<Result<HttpResponse>> answer;
        std::thread sender([&] { answer = begin(client, post_to(nobody)); });
        client.stop();
        sender.join();
        ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready) << round;
        EXPECT_FALSE(answer.get());
    }
}

TEST_P(HttpClientTest, RefusesOneCallTooMany) {
    RawServer server([](RawSocket peer) { peer.read_all(); });
    HttpClientOptions limits = options();
    limits.calls_max = 1;
    HttpClient client(limits);
    HttpClientRequest request = post_to(server.url());
    request.timeout = Duration{200};
    std::promise<Result<HttpResponse>> first;
    client.send(request,
                [&first](Result<HttpResponse> response) { first.set_value(std::move(response)); });
    EXPECT_EQ(call(client, request).error().code, Errc::Unavailable);
    EXPECT_EQ(first.get_future().get().error().code, Errc::OutcomeUnknown);
}

INSTANTIATE_TEST_SUITE_P(Engines, HttpClientTest, testing::Bool(), engine_name);

TEST(HttpUrl, IsReadAsItIsCalled) {
    const auto url = parse_http_url("http://127.0.0.1:8080/a/../b%20c?x=1&y");
    ASSERT_TRUE(url.has_value()) << url.error().message;
    EXPECT_EQ(url->path, "/a/../b%20c");
    EXPECT_EQ(url->query, "x=1&y");
    EXPECT_EQ(parse_http_url("https://example.test")->path, "/");
}

TEST(HttpUrl, RefusesWhatMayNotBeCalled) {
    for (const char* text :
         {"", "127.0.0.1/x", "ftp://a/", "file:///etc/passwd", "gopher://a/", "http://",
          "http:///a", "http:/a", "http:a", "//a/", "http://user:word@a/", "http://user@a/",
          "http://a/#b", "http://a/ b", "http://a\r\n/", "http://中/", "javascript:alert(1)"}) {
        const auto url = parse_http_url(text);
        ASSERT_FALSE(url.has_value()) << text;
        EXPECT_EQ(url.error().code, Errc::InvalidArgument) << text;
    }
}

}  // namespace
}  // namespace luqiao::adapters
