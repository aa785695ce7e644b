#include "adapters/http_attachments.h"

#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace luqiao::adapters {
namespace {

TEST(HttpAttachments, ReadsContentRange) {
    struct Row {
        std::string text;
        bool is_good;
    };
    for (const Row& row :
         {Row{"bytes 0-99/100", true}, Row{"bytes 50-50/51", true}, Row{"bytes 0-100/100", false},
          Row{"bytes 5-4/100", false}, Row{"bytes */100", false}, Row{"bytes 0-99/*", false},
          Row{"bytes 0-99/100 ", false}, Row{"bytes -1-99/100", false},
          Row{"items 0-99/100", false},
          Row{"bytes 0-18446744073709551616/18446744073709551617", false}, Row{"", false}}) {
        EXPECT_EQ(parse_content_range(row.text).has_value(), row.is_good) << row.text;
    }
    const auto range = parse_content_range("bytes 16-31/64");
    ASSERT_TRUE(range.has_value());
    EXPECT_EQ(range->first, 16U);
    EXPECT_EQ(range->last, 31U);
    EXPECT_EQ(range->length, 64U);
}

TEST(HttpAttachments, ReadsRange) {
    const auto asked = [](const char* text) -> std::string {
        const auto range = parse_range(text, 1'000);
        if (!range) return "beyond";
        if (!*range) return "whole";
        return std::to_string((*range)->first) + "-" + std::to_string((*range)->last);
    };
    EXPECT_EQ(asked("bytes=0-99"), "0-99");
    EXPECT_EQ(asked("bytes=900-"), "900-999");
    EXPECT_EQ(asked("bytes=900-5000"), "900-999");
    EXPECT_EQ(asked("bytes=-10"), "990-999");
    EXPECT_EQ(asked("bytes=-5000"), "0-999");
    EXPECT_EQ(asked("bytes=1000-"), "beyond");
    EXPECT_EQ(asked("bytes=-0"), "beyond");
    EXPECT_EQ(asked("bytes=9-5"), "whole") << "not well-formed: to be ignored";
    EXPECT_EQ(asked("bytes=0-1,4-5"), "whole");
    EXPECT_EQ(asked("rows=0-1"), "whole");
    EXPECT_EQ(asked("bytes="), "whole");
}

// ---- the server's streams -----------------------------------------------------------------------

/// Counts bytes; notes uploads that ended without their last byte.
class CountingStreams final : public HttpStreams {
public:
    struct Seen {
        std::mutex mutex;
        std::condition_variable changed;
        std::uint64_t bytes = 0;
        std::size_t largest = 0;
        int finished = 0;
        int dropped = 0;
    };

    [[nodiscard]] bool serves(const HttpRequest& head) const override {
        return head.path.starts_with("/big/");
    }
    Begun begin(HttpRequest head, std::uint64_t body_size) override {
        if (head.path == "/big/refused") return HttpResponse{403, {}, "no", "text/plain"};
        if (head.method == "GET") {
            HttpResponse out;
            out.download = std::make_shared<Zeros>(head.path == "/big/torn");
            return out;
        }
        return std::make_unique<Counting>(seen, body_size, head.path == "/big/enough");
    }

    std::shared_ptr<Seen> seen = std::make_shared<Seen>();

private:
    class Counting final : public HttpUpload {
    public:
        Counting(std::shared_ptr<Seen> seen, std::uint64_t size, bool refuses)
            : seen_(std::move(seen)), size_(size), refuses_(refuses) {}
        ~Counting() override {
            const std::lock_guard lock(seen_->mutex);
            if (!finished_) ++seen_->dropped;
            seen_->changed.notify_all();
        }
        std::optional<HttpResponse> write(std::string_view piece) override {
            const std::lock_guard lock(seen_->mutex);
            seen_->bytes += piece.size();
            seen_->largest = std::max(seen_->largest, piece.size());
            if (!refuses_) return std::nullopt;
            return HttpResponse{507, {}, "full", "text/plain"};
        }
        HttpResponse finish() override {
            const std::lock_guard lock(seen_->mutex);
            finished_ = true;
            ++seen_->finished;
            return {201, {}, std::to_string(size_), "text/plain"};
        }

    private:
        std::shared_ptr<Seen> seen_;
        std::uint64_t size_;
        bool refuses_;
        bool finished_ = false;
    };

    class Zeros final : public HttpDownload {
    public:
        explicit Zeros(bool tears) : tears_(tears) {}
        [[nodiscard]] std::uint64_t size() const override { return 1'000'000; }
        std::size_t read(std::span<char> into) override {
            if (tears_ && given_ > 0) return 0;
            std::fill(into.begin(), into.end(), '0');
            given_ += into.size();
            return into.size();
        }

    private:
        bool tears_;
        std::size_t given_ = 0;
    };
};

class HttpStreamsTest : public testing::Test {
protected:
    HttpStreamsTest()
        : server(options(), [](HttpRequest request, const HttpDone& done) {
              done({200, {}, "handler " + request.body, "text/plain"});
          }) {
        auto started = server.start();
        EXPECT_TRUE(started.has_value());
        port = started.value_or(0);
    }
    HttpServerOptions options() {
        HttpServerOptions out;
        out.body_max = 1'000;
        out.streams = streams;
        return out;
    }
    static std::string put(const std::string& path, std::size_t size, const char* more = "") {
        return "PUT " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
               "\r\n" + more + "\r\n";
    }
    static int status_of(const std::string& head) {
        return head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
    }

    std::shared_ptr<CountingStreams> streams = std::make_shared<CountingStreams>();
    HttpServer server;
    std::uint16_t port = 0;
};

TEST_F(HttpStreamsTest, ABodyPassesInPiecesAndTheConnectionGoesOn) {
    RawSocket client = RawSocket::to(port);
    const std::string body(3'000'000, 'x');
    ASSERT_TRUE(client.send(put("/big/a", body.size()) + body));
    const auto [head, text] = client.read_message();
    EXPECT_EQ(status_of(head), 201);
    EXPECT_EQ(text, "3000000");
    EXPECT_EQ(streams->seen->bytes, 3'000'000U);
    EXPECT_LE(streams->seen->largest, 256U * 1024U);
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(client.read_message().second, "handler hi");
    client.send("GET /big/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_message().second, std::string(1'000'000, '0'));
    client.send(put("/big/b", 3) + "abc" + "GET /big/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_message().second, "3") << "what follows the body is the next request";
    EXPECT_EQ(client.read_message().second.size(), 1'000'000U);
}

TEST_F(HttpStreamsTest, ARefusalComesBeforeTheBodyAndEndsTheConnection) {
    RawSocket client = RawSocket::to(port);
    client.send(put("/big/refused", 1'000'000'000, "Expect: 100-continue\r\n"));
    const auto [head, text] = client.read_message();
    EXPECT_EQ(status_of(head), 403);
    EXPECT_NE(head.find("Connection: close"), std::string::npos) << head;
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpStreamsTest, WhoAsksFirstIsToldToGoOn) {
    RawSocket client = RawSocket::to(port);
    client.send(put("/big/a", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(client.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("12345");
    EXPECT_EQ(status_of(client.read_message().first), 201);
}

TEST_F(HttpStreamsTest, NoMoreIsReadAfterARefusalInBetween) {
    RawSocket client = RawSocket::to(port);
    client.send(put("/big/enough", 100'000'000) + std::string(300'000, 'x'));
    EXPECT_EQ(status_of(client.read_message().first), 507);
    EXPECT_LE(streams->seen->bytes, 256U * 1024U);
}

TEST_F(HttpStreamsTest, ABrokenConnectionDropsTheUpload) {
    {
        RawSocket client = RawSocket::to(port);
        client.send(put("/big/a", 1'000'000) + std::string(400'000, 'x'));
        client.reset();
    }
    std::unique_lock lock(streams->seen->mutex);
    EXPECT_TRUE(streams->seen->changed.wait_for(lock, std::chrono::seconds(10),
                                                [this] { return streams->seen->dropped == 1; }));
    EXPECT_EQ(streams->seen->finished, 0);
}

TEST_F(HttpStreamsTest, ADownloadThatCannotBeReadEndsTheConnectionEarly) {
    RawSocket client = RawSocket::to(port);
    client.send("GET /big/torn HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_through("\r\n\r\n");
    EXPECT_LT(client.read_all().size(), 1'000'000U) << "never filled up with other bytes";
}

}  // namespace
}  // namespace luqiao::adapters
