#include "tests/adapters/running_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace luqiao::adapters {
namespace {

TEST(HttpServer, ServesManyRequestsOnOneConnection) {
    RunningServer running;
    RawSocket client = running.connect();
    for (int round = 0; round < 5; ++round) {
        ASSERT_TRUE(client.send(post("body " + std::to_string(round))));
        const auto [head, body] = client.read_message();
        EXPECT_EQ(status_of(head), "HTTP/1.1 200");
        EXPECT_EQ(body, "POST /a?b=c body " + std::to_string(round));
        EXPECT_NE(head.find("X-Remote: 127.0.0.1\r\n"), std::string::npos) << head;
        EXPECT_NE(head.find("Content-Type: text/plain\r\n"), std::string::npos) << head;
        EXPECT_NE(head.find("Date: "), std::string::npos) << head;
    }
    EXPECT_EQ(running.server.connections(), 1u);
}

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send(post("1") + post("2") + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.read_message().second, "POST /a?b=c 1");
    EXPECT_EQ(client.read_message().second, "POST /a?b=c 2");
    EXPECT_EQ(client.read_message().second, "GET /3? ");
    EXPECT_EQ(client.read_all(), "") << "closed as asked";
}

TEST(HttpServer, ReadsAChunkedBody) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_message().second, "POST /? hello world");
    client.send(post("next"));
    EXPECT_EQ(client.read_message().second, "POST /a?b=c next");
}

TEST(HttpServer, TellsAClientThatWaitsToGoOn) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    EXPECT_EQ(client.read_message().second, "POST /? ok");
}

TEST(HttpServer, AnswersHeadWithoutABody) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string all = client.read_all();
    EXPECT_NE(all.find("Content-Length: 9\r\n"), std::string::npos) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
}

TEST(HttpServer, RefusesAndClosesWhatIsMalformed) {
    RunningServer running;
    const struct {
        const char* name;
        std::string bytes;
        const char* status;
    } rows[] = {
        {"CL and TE",
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n",
         "HTTP/1.1 400"},
        {"duplicate CL", post("x", "Content-Length: 1\r\n"), "HTTP/1.1 400"},
        {"obs-fold", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "HTTP/1.1 400"},
        {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400"},
        {"NUL", std::string("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 28), "HTTP/1.1 400"},
        {"no HTTP at all", "hello\n", "HTTP/1.1 400"},
        {"bad chunk size",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
         "HTTP/1.1 400"},
        {"chunk without its end",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
         "HTTP/1.1 400"},
        {"negative chunk",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n",
         "HTTP/1.1 400"},
        {"chunk beyond 64 bits",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         "10000000000000003\r\nabc\r\n0\r\n\r\n",
         "HTTP/1.1 400"},
        {"long head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
         "HTTP/1.1 431"},
        {"declared body too large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
         "HTTP/1.1 413"},
        {"chunked body too large",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
             std::string(1001, 'x') + "\r\n0\r\n\r\n",
         "HTTP/1.1 413"},
    };
    for (const auto& row : rows) {
        RawSocket client = running.connect();
        client.send(row.bytes);
        const auto [head, body] = client.read_message();
        EXPECT_EQ(status_of(head), row.status) << row.name << "\n" << head << body;
        EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos) << row.name;
        EXPECT_EQ(client.read_all(), "") << row.name << ": closed, no second answer";
    }
}

TEST(HttpServer, TakesABodyOfExactlyTheLimit) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send(post(std::string(1000, 'x')));
    EXPECT_EQ(client.read_message().second.size(), 1000 + std::string("POST /a?b=c ").size());
}

TEST(HttpServer, GetsItsRefusalToAClientThatIsStillSending) {
    RunningServer running;
    RawSocket client = running.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
    ASSERT_TRUE(client.send(std::string(8'000'000, 'x')));
    EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 413");
}

TEST(HttpServer, EndsAClientThatIsTooSlow) {
    HttpServerOptions with = options();
    with.head_timeout = Duration{50};
    with.body_timeout = Duration{50};
    with.idle_timeout = Duration{50};
    RunningServer running(with);
    const struct {
        const char* name;
        std::string bytes;
    } rows[] = {
        {"nothing at all", ""},
        {"half a head", "POST / HTTP/1.1\r\nHost: a\r\n"},
        {"half a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc"},
        {"half a chunk",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"},
    };
    for (const auto& row : rows) {
        RawSocket client = running.connect();
        client.send(row.bytes);
        EXPECT_EQ(client.read_all(), "") << row.name;
    }
    RawSocket client = running.connect();
    client.send(post("x"));
    EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 200");
    EXPECT_EQ(client.read_all(), "") << "a kept connection that says nothing more";
}

TEST(HttpServer, AnswersFromAnotherThread) {
    std::vector<std::thread> threads;
    std::mutex mutex;
    RunningServer running(options(), [&](HttpRequest request, const HttpDone& done) {
        const std::lock_guard lock(mutex);
        threads.emplace_back([request = std::move(request), done] { echo(request, done); });
    });
    RawSocket client = running.connect();
    for (int round = 0; round < 10; ++round) {
        client.send(post("x"));
        EXPECT_EQ(client.read_message().second, "POST /a?b=c x");
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(HttpServer, AnswersForAHandlerThatGivesUp) {
    RunningServer running(options(), [](const HttpRequest&, const HttpDone&) {});
    RawSocket client = running.connect();
    client.send(post("x"));
    EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 500");
}

TEST(HttpServer, AnswersForAHandlerThatIsTooSlowAndIgnoresItsLateAnswer) {
    HttpServerOptions with = options();
    with.answer_timeout = Duration{30};
    std::vector<HttpDone> kept;
    {
        RunningServer running(
            with, [&kept](const HttpRequest&, const HttpDone& done) { kept.push_back(done); });
        RawSocket client = running.connect();
        client.send(post("x"));
        EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 504");
        kept.front()({200, {}, "late", {}});
        client.send(post("y"));
        EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 504");
    }
    for (const HttpDone& done : kept) done({200, {}, "the server is gone", {}});
}

TEST(HttpServer, AnswersOnceHoweverOftenItIsCalled) {
    RunningServer running(options(), [](const HttpRequest& request, const HttpDone& done) {
        echo(request, done);
        done({500, {}, "again", {}});
    });
    RawSocket client = running.connect();
    client.send(post("1"));
    EXPECT_EQ(client.read_message().second, "POST /a?b=c 1");
    client.send(post("2"));
    EXPECT_EQ(client.read_message().second, "POST /a?b=c 2");
}

TEST(HttpServer, DoesNotLetAHeaderValueBeginASecondResponse) {
    RunningServer running(options(), [](const HttpRequest&, const HttpDone& done) {
        done({200, {{"X-A", "1\r\nX-B: 2"}, {"X-C", "3"}}, "", {}});
    });
    RawSocket client = running.connect();
    client.send(post("x"));
    const std::string head = client.read_message().first;
    EXPECT_EQ(head.find("X-B"), std::string::npos);
    EXPECT_NE(head.find("X-C: 3"), std::string::npos);
}

TEST(HttpServer, SurvivesClientsThatVanish) {
    RunningServer running;
    const std::string request = post("some body");
    for (std::size_t size = 0; size < request.size(); size += 7) {
        RawSocket client = running.connect();
        client.send(request.substr(0, size));
        client.reset();
    }
    RawSocket client = running.connect();
    client.send(request);
    EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 200");
}

TEST(HttpServer, LetsOpenRequestsEndWhenItStops) {
    std::mutex mutex;
    std::condition_variable arrived;
    HttpDone open;
    RunningServer running(options(), [&](const HttpRequest&, const HttpDone& done) {
        const std::lock_guard lock(mutex);
        open = done;
        arrived.notify_all();
    });
    RawSocket idle = running.connect();
    RawSocket busy = running.connect();
    busy.send(post("x"));
    {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(
            arrived.wait_for(lock, std::chrono::seconds{10}, [&] { return open != nullptr; }));
    }
    std::thread stopper([&running] { running.server.stop(); });
    EXPECT_EQ(idle.read_all(), "") << "an idle connection ends at once";
    open({200, {}, "finished", {}});
    const auto [head, body] = busy.read_message();
    EXPECT_EQ(body, "finished");
    EXPECT_NE(head.find("Connection: close"), std::string::npos);
    stopper.join();
    EXPECT_EQ(running.server.connections(), 0u);
}

TEST(HttpServer, WaitsNoLongerThanAgreedWhenItStops) {
    HttpServerOptions with = options();
    with.drain_timeout = Duration{50};
    HttpDone never;
    RunningServer running(with, [&](const HttpRequest&, const HttpDone& done) { never = done; });
    RawSocket busy = running.connect();
    busy.send(post("x"));
    RawSocket half = running.connect();
    half.send("POST / HTTP/1.1\r\nHost: a\r\n");
    running.server.stop();
    EXPECT_EQ(busy.read_all(), "");
    EXPECT_EQ(half.read_all(), "");
    if (never) never({200, {}, "too late", {}});
}

TEST(HttpServer, ListensOnOneExplicitAddress) {
    for (const char* address : {"0.0.0.0", "::", "", "localhost", "127.0.0.1:80"}) {
        HttpServerOptions with = options();
        with.address = address;
        HttpServer server(with, echo);
        const auto started = server.start();
        ASSERT_FALSE(started.has_value()) << address;
        EXPECT_EQ(started.error().code, Errc::InvalidArgument) << address;
    }
}

TEST(HttpServer, SaysWhenItsPortIsTaken) {
    RunningServer running;
    HttpServerOptions with = options();
    with.port = running.port;
    HttpServer second(with, echo);
    const auto started = second.start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, Errc::Unavailable);
}

TEST(HttpServer, StartsAgainAfterStopping) {
    RunningServer running;
    running.server.stop();
    const auto port = running.server.start();
    ASSERT_TRUE(port.has_value());
    RawSocket client = RawSocket::to(*port);
    client.send(post("x"));
    EXPECT_EQ(status_of(client.read_message().first), "HTTP/1.1 200");
}

}  // namespace
}  // namespace luqiao::adapters
