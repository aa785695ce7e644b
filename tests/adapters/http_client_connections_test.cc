#include "adapters/http_client.h"
#include "adapters/http_server.h"
#include "tests/adapters/http_client_calls.h"
#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace luqiao::adapters {
namespace {

/// Answers the requests of a burst when all of it are here, each on a connection of its own.
class BurstServer {
public:
    BurstServer() {
        server_.emplace([this](RawSocket peer) { serve(std::move(peer)); });
    }
    BurstServer(const BurstServer&) = delete;
    BurstServer& operator=(const BurstServer&) = delete;
    ~BurstServer() {
        server_.reset();  // first: it adds threads
        for (std::thread& one : threads_) one.join();
    }
    void expect(std::size_t burst) {
        const std::lock_guard lock(mutex_);
        burst_ = burst;
    }
    [[nodiscard]] std::string url() const { return server_->url(); }
    [[nodiscard]] int accepted() const { return server_->accepted(); }

private:
    void serve(RawSocket peer) {
        threads_.emplace_back([this, peer = std::move(peer)]() mutable {
            while (!peer.read_message().first.empty()) {
                wait_for_the_others();
                if (!peer.send(kOk)) return;
            }
        });
    }
    void wait_for_the_others() {
        std::unique_lock lock(mutex_);
        if (++here_ == burst_) {
            here_ = 0;
            ++bursts_;
            all_here_.notify_all();
            return;
        }
        all_here_.wait_for(lock, std::chrono::seconds(10),
                           [this, seen = bursts_] { return bursts_ != seen; });
    }

    std::mutex mutex_;
    std::condition_variable all_here_;
    std::size_t burst_ = 0;
    std::size_t here_ = 0;
    std::size_t bursts_ = 0;
    std::vector<std::thread> threads_;  ///< only the server's thread adds to them
    std::optional<RawServer> server_;
};

TEST_P(HttpClientTest, KeepsConnectionsAlive) {
    HttpServer server({}, [](const HttpRequest& request, const HttpDone& done) {
        done({200, {}, request.body, "text/plain"});
    });
    const auto port = server.start();
    ASSERT_TRUE(port.has_value());
    HttpClient client(options());
    const std::string url = "http://127.0.0.1:" + std::to_string(*port) + "/";
    for (int round = 0; round < 20; ++round) {
        const auto response = call(client, post_to(url, std::to_string(round)));
        ASSERT_TRUE(response.has_value()) << response.error().message;
        EXPECT_EQ(response->body, std::to_string(round));
    }
    EXPECT_EQ(server.connections(), 1u);
}

TEST_P(HttpClientTest, OpensNoMoreConnectionsThanTheLargestBurstNeeds) {
    constexpr std::size_t kBurst = 32;
    BurstServer server;
    HttpClient client(options());
    for (int round = 0; round < 3; ++round) {
        for (std::size_t single = 0; single <= kBurst; ++single) {
            const std::size_t burst = single == 0 ? kBurst : 1;
            server.expect(burst);
            std::vector<std::future<Result<HttpResponse>>> answers;
            for (std::size_t index = 0; index < burst; ++index) {
                answers.push_back(begin(client, post_to(server.url())));
            }
            for (auto& answer : answers) ASSERT_TRUE(answer.get().has_value());
        }
    }
    EXPECT_EQ(server.accepted(), static_cast<int>(kBurst));
    client.stop();
}

TEST_P(HttpClientTest, OpensAConnectionAnewThatThePeerClosedWhileItWasIdle) {
    std::mutex mutex;
    std::vector<std::string> bodies;
    std::promise<void> closed[3];
    RawServer server([&](RawSocket peer) {
        const std::string body = peer.read_message().second;
        peer.send(kOk);
        peer.close();
        const std::lock_guard lock(mutex);
        bodies.push_back(body);
        closed[bodies.size() - 1].set_value();
    });
    HttpClient client(options());
    for (int round = 0; round < 3; ++round) {
        const auto response = call(client, post_to(server.url(), std::to_string(round)));
        ASSERT_TRUE(response.has_value()) << response.error().message;
        closed[round].get_future().wait();
    }
    const std::lock_guard lock(mutex);
    EXPECT_EQ(bodies, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_P(HttpClientTest, SendsNothingTwiceWhenAKeptConnectionEndsWithoutAnAnswer) {
    const struct {
        const char* name;
        const char* method;
        void (RawSocket::*end)();
        int requests;
    } rows[] = {
        {"closed", "POST", &RawSocket::close, 2},
        {"reset", "POST", &RawSocket::reset, 2},
        {"closed, a manifest", "PUT", &RawSocket::close, 2},
        {"what only asks may ask again", "GET", &RawSocket::close, 3},
    };
    for (const auto& row : rows) {
        int requests = 0;
        const auto read = [&requests](RawSocket& peer) {
            if (!peer.read_message().first.empty()) ++requests;
        };
        Result<HttpResponse> second = fail(Errc::Unavailable, "not asked");
        {
            RawServer server([&, is_first = true](RawSocket peer) mutable {
                read(peer);
                peer.send(kOk);
                if (!std::exchange(is_first, false)) return;
                read(peer);
                (peer.*row.end)();
            });
            HttpClient client(options());
            ASSERT_TRUE(call(client, post_to(server.url())).has_value()) << row.name;
            HttpClientRequest request = post_to(server.url());
            request.method = row.method;
            second = call(client, std::move(request));
        }
        EXPECT_EQ(requests, row.requests) << row.name;
        ASSERT_EQ(second.has_value(), row.requests == 3) << row.name;
        if (second.has_value()) continue;
        EXPECT_EQ(second.error().code, Errc::OutcomeUnknown) << row.name;
        EXPECT_EQ(second.error().message, "sent, but no answer: the connection ended") << row.name;
    }
}

}  // namespace
}  // namespace luqiao::adapters
