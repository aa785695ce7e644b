// A gateway as one writes it by hand for one message: one thread, HMAC-SM3, the mapping of
// mapping_by_hand.h, one append and one fdatasync for all that came together, then the answers and
// the deliveries. It has no cases, retries, order, audit or search: the limit to measure against.
//
//     gateway_by_hand PORT_FILE SINK_PORT LOG KEY_FILE
#include "security/keys.h"
#include "tests/bench/gateways/wire.h"
#include "tests/bench/mapping_by_hand.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

namespace luqiao::gateways {
namespace {

constexpr std::size_t kSinkLinks = 32;

class Gateway {
public:
    Gateway(int listener, std::uint16_t sink, const std::string& log, security::SigningKey key)
        : listener_(listener), key_(std::move(key)) {
        log_ = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (log_ < 0) die("log");
        accepting_.file = listener;
        watch(epoll_, accepting_);
        for (std::size_t index = 0; index < kSinkLinks; ++index) {
            sinks_.push_back(std::make_unique<Link>());
            sinks_.back()->file = connect_to(sink);
            watch(epoll_, *sinks_.back());
            idle_.push_back(sinks_.back().get());
        }
    }

    [[noreturn]] void run() {
        for (;;) {
            epoll_event events[128];
            const int count = ::epoll_wait(epoll_, events, 128, -1);
            for (int index = 0; index < count; ++index) {
                auto* link = static_cast<Link*>(events[index].data.ptr);
                if (link == &accepting_) {
                    accept_all();
                } else {
                    read_from(*link);
                }
            }
            commit();
            while (!idle_.empty() && !waiting_.empty()) deliver_next();
        }
    }

private:
    void accept_all() {
        for (;;) {
            const int file = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (file < 0) return;
            prepare(file);
            clients_.push_back(std::make_unique<Link>());
            clients_.back()->file = file;
            watch(epoll_, *clients_.back());
        }
    }

    void read_from(Link& link) {
        if (!link.fill()) {
            ::close(link.file);
            link.file = -1;
            return;
        }
        while (const auto message = next_message(link.in)) {
            if (message->first.starts_with("HTTP/")) {
                settle(link, *message);
            } else {
                take(link, *message);
            }
            link.in.erase(0, message->size);
        }
    }

    void take(Link& link, const Message& message) {
        const std::string_view target = message.first.substr(5, message.first.rfind(' ') - 5);
        const std::string nonce(field(message.head, "x-nonce"));
        const Status signed_well = key_.verify(
            {"POST", target, {}, field(message.head, "x-timestamp"), nonce, message.body},
            field(message.head, "x-sign"));
        if (!signed_well || !nonces_.insert(nonce).second) return answer(link, "401 Unauthorized");
        const auto mapped = mapper_.run(simdjson::padded_string(message.body), false);
        if (!mapped) return answer(link, "422 Unprocessable Content");
        fmt::format_to(std::back_inserter(batch_), "M {} {} {}\n", nonce, message.body.size(),
                       mapped->size());
        batch_.append(message.body).append(*mapped);
        accepted_.push_back({&link, nonce, std::string(*mapped)});
    }

    static void answer(Link& link, std::string_view status, std::string_view body = "{}") {
        fmt::format_to(std::back_inserter(link.out),
                       "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: "
                       "{}\r\n\r\n{}",
                       status, body.size(), body);
        (void)link.flush();
    }

    /// What the sink said: the next flush takes it along.
    void settle(Link& link, const Message& message) {
        if (!message.first.starts_with("HTTP/1.1 200")) die("the sink refused");
        batch_ += "D\n";
        idle_.push_back(&link);
    }

    void commit() {
        if (accepted_.empty()) return;
        for (std::size_t done = 0; done < batch_.size();) {
            const ssize_t wrote = ::write(log_, batch_.data() + done, batch_.size() - done);
            if (wrote < 0) die("write");
            done += static_cast<std::size_t>(wrote);
        }
        if (::fdatasync(log_) != 0) die("fdatasync");
        batch_.clear();
        for (Accepted& one : accepted_) {
            answer(*one.from, "202 Accepted",
                   fmt::format(R"({{"message_id":"{}","case_number":"C{}"}})", one.id, ++number_));
            waiting_.push_back(std::move(one.mapped));
        }
        accepted_.clear();
    }

    void deliver_next() {
        Link& link = *idle_.back();
        idle_.pop_back();
        const std::string& body = waiting_.front();
        link.out = fmt::format(
            "POST /apply HTTP/1.1\r\nHost: sink\r\nContent-Type: application/json\r\n"
            "Content-Length: {}\r\n\r\n{}",
            body.size(), body);
        waiting_.pop_front();
        if (!link.flush()) die("sink");
    }

    struct Accepted {
        Link* from;
        std::string id;
        std::string mapped;
    };

    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    int listener_;
    int log_ = -1;
    security::SigningKey key_;
    Link accepting_;
    std::vector<std::unique_ptr<Link>> clients_;
    std::vector<std::unique_ptr<Link>> sinks_;
    std::vector<Link*> idle_;
    std::deque<std::string> waiting_;
    std::vector<Accepted> accepted_;
    std::string batch_;
    std::unordered_set<std::string> nonces_;
    std::uint64_t number_ = 0;
    mapping::bench::HandWritten mapper_;
};

}  // namespace
}  // namespace luqiao::gateways

int main(int argc, char** argv) {
    using namespace luqiao;
    if (argc != 5) return 2;
    auto key = security::read_signing_key("hmac-sm3", gateways::whole_file(argv[4]));
    if (!key) return 2;
    gateways::Gateway(gateways::listen_on_free_port(argv[1]),
                      static_cast<std::uint16_t>(std::atoi(argv[2])), argv[3], *std::move(key))
        .run();
}
