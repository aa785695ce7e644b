// What all gateways are measured with, so that each gets the same bytes and the same load.
//
//     gateway_bench conf FOLDER [BYTES [PARTIES]]
//                                       Luqiao's configuration for the message of
//                                       mapping_message.h, with what the other gateways need beside
//                                       it; a remark of BYTES; an item for each of PARTIES
//     gateway_bench sink PORT_FILE      a department that takes everything at once; GET /count and
//                                       GET /last tell what it got
//     gateway_bench load PORTS PATH SINK_PORT KEY_FILE BODY_FILES COUNT CONNECTIONS
//                                       signed requests, one under way per connection; one line of
//                                       JSON when the sink has got them all. PORTS and BODY_FILES
//                                       are taken in turn, a comma between them
//     gateway_bench postgres URL_FILE   a PostgreSQL of its own, until it is ended
#include "base/id.h"
#include "security/keys.h"
#include "tests/bench/gateways/wire.h"
#include "tests/bench/mapping_by_hand.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

namespace luqiao::gateways {
namespace {

using Clock = std::chrono::steady_clock;

// ---- conf ---------------------------------------------------------------------------------------

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// What a remark holds in the shipped form of the message.
constexpr std::string_view kRemark = "材料齐全，申请人已到窗口核验原件";

/// The message with one attachment: its kind is the one item that is applied for.
std::string message(std::string_view item, std::size_t remark) {
    std::string out = mapping::bench::message();
    out = out.substr(0, out.find("},{", out.find("\"cl\":["))) + "}]}";
    out = replaced(out, "\"lx\":\"10\"", fmt::format("\"lx\":\"{}\"", item));
    return remark == 0 ? out : replaced(out, kRemark, std::string(remark, 'r'));
}

constexpr const char* kServer = R"(node = "bench"
data = "data"
keys = "keys"
lease_time = "1m"
[http]
adapter = "http"
listen = "127.0.0.1"
port = @PORT@
threads = 1
body_max = 16777216
)";
constexpr const char* kParty = R"(code = "{0}"
kind = "{1}"
label_zh = "{0}"
purpose = "bench"
clearance = "C1"
services = ["bench"]
concurrency = 64
[identity]
app_key = "{0}"
keys = ["{0}.key"]
algorithm = "hmac-sm3"
)";
constexpr const char* kService = R"(code = "bench"
version = 1
label_zh = "bench"
form = "f"
items_list = "files"
item_field = "kind"
number_prefix = "B"
)";
constexpr const char* kItem = R"([[item]]
code = "{}"
group = "permit"
label_zh = "bench"
party = "{}"
dispatch = "sti.apply"
forward = "2wd"
)";

/// `remark` bytes of remark, 0: as it is; an item for each of `parties`, at most 90.
int write_conf(const std::filesystem::path& folder, std::size_t remark, std::size_t parties) {
    const auto put = [&](const std::filesystem::path& name, const std::string& text) {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name, std::ios::binary) << text;
    };
    put("conf/luqiao.toml", kServer);
    put("conf/parties/portal.toml",
        fmt::format(kParty, "portal", "channel") +
            "[[submit]]\nmap = \"portal.apply\"\nmeaning = \"application\"\n");
    std::string service = kService;
    for (std::size_t index = 0; index < parties; ++index) {
        const std::string party = index == 0 ? "sti" : fmt::format("sti{}", index);
        const std::string item = std::to_string(10 + index);
        put("conf/parties/" + party + ".toml",
            fmt::format(kParty, party, "department") +
                "[push]\nadapter = \"http\"\nurl = \"http://127.0.0.1:@SINK@/apply\"\n");
        service += fmt::format(kItem, item, party);
        put(index == 0 ? "body.json" : "body-" + item + ".json", message(item, remark));
    }
    put("conf/services/bench.toml", service);
    for (const mapping::SourceFile& one : mapping::bench::sources()) {
        if (one.path.find("xml.m") != std::string::npos) continue;
        const auto named = [](const std::string& text) {
            return replaced(replaced(text, "json.m", "sti.apply"), "in.m", "portal.apply");
        };
        const std::string text = remark == 0 ? one.text
                                             : replaced(one.text, "remark text(200)",
                                                        fmt::format("remark text({})", remark));
        put("conf/" + named(one.path), named(text));
    }
    put("fields.json", mapping::bench::fields_json());
    put("codes.json", mapping::bench::codes_json());
    mapping::bench::HandWritten by_hand;
    const auto expected = by_hand.run(simdjson::padded_string(message("10", 0)), false);
    if (!expected) return 1;
    put("expected.json", std::string(*expected));
    const auto secret = security::generate_hmac_secret();
    if (!secret) return 1;
    put("keys/portal.key", *secret);
    return 0;
}

// ---- sink ---------------------------------------------------------------------------------------

[[noreturn]] void run_sink(const std::string& port_file) {
    const int listener = listen_on_free_port(port_file);
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    Link accepting{listener, {}, {}};
    watch(epoll, accepting);
    std::vector<std::unique_ptr<Link>> links;
    std::uint64_t count = 0;
    std::string last;
    const auto answer = [](Link& link, std::string_view body) {
        fmt::format_to(std::back_inserter(link.out),
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "Content-Length: {}\r\n\r\n{}",
                       body.size(), body);
    };
    for (;;) {
        epoll_event events[128];
        const int ready = ::epoll_wait(epoll, events, 128, -1);
        for (int index = 0; index < ready; ++index) {
            auto* link = static_cast<Link*>(events[index].data.ptr);
            if (link == &accepting) {
                const int file = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
                if (file < 0) continue;
                prepare(file);
                links.push_back(std::make_unique<Link>(Link{file, {}, {}}));
                watch(epoll, *links.back());
                continue;
            }
            if (!link->fill()) {
                ::close(link->file);
                continue;
            }
            while (const auto message = next_message(link->in)) {
                if (message->first.starts_with("GET /count")) {
                    answer(*link, std::to_string(count));
                } else if (message->first.starts_with("GET /last")) {
                    answer(*link, last);
                } else {
                    ++count;
                    last = message->body;
                    answer(*link, "{}");
                }
                link->in.erase(0, message->size);
            }
            (void)link->flush();
        }
    }
}

// ---- load ---------------------------------------------------------------------------------------

std::uint64_t sink_count(std::uint16_t port) {
    Link link{connect_to(port), {}, {}};
    link.out = "GET /count HTTP/1.1\r\nHost: sink\r\n\r\n";
    std::optional<Message> got;
    while (link.flush() && link.fill() && !(got = next_message(link.in))) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    ::close(link.file);
    return got ? std::strtoull(std::string(got->body).c_str(), nullptr, 10) : 0;
}

struct Loading {
    std::vector<std::uint16_t> ports;
    std::string path;
    std::uint16_t sink = 0;
    std::string key_file;
    std::vector<std::string> bodies;
    std::size_t count = 0;
    std::size_t connections = 0;
};

/// The heads of all requests, made and signed before the clock starts.
std::vector<std::string> signed_heads(const Loading& load) {
    const auto key = security::read_signing_key("hmac-sm3", whole_file(load.key_file));
    if (!key) die("key");
    std::vector<std::string> out;
    out.reserve(load.count);
    for (std::size_t index = 0; index < load.count; ++index) {
        const std::string& body = load.bodies[index % load.bodies.size()];
        const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
        const std::string at = std::to_string(now.time_since_epoch().count());
        const std::string nonce = to_string(make_id<MessageId>(now, security::random_id_bytes));
        const auto sign = key->sign({"POST", load.path, {}, at, nonce, body});
        if (!sign) die("sign");
        out.push_back(
            fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        "X-App-Key: portal\r\nX-Timestamp: {}\r\nX-Nonce: {}\r\nX-Sign: {}\r\n"
                        "Idempotency-Key: {}\r\nContent-Length: {}\r\n\r\n",
                        load.path, at, nonce, *sign, nonce, body.size()));
    }
    return out;
}

struct Sender : Link {
    Clock::time_point begun;
};

int run_load(const Loading& load) {
    const std::vector<std::string> heads = signed_heads(load);
    const std::uint64_t before = sink_count(load.sink);
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<Sender> senders(load.connections);
    std::vector<double> took;
    took.reserve(load.count);
    std::size_t next = 0;
    std::size_t refused = 0;
    std::string problem;
    const auto send = [&](Sender& sender) {
        if (next == heads.size()) return;
        sender.out = heads[next] + load.bodies[next % load.bodies.size()];
        ++next;
        sender.begun = Clock::now();
        if (!sender.flush()) die("send");
    };
    const auto start = Clock::now();
    for (std::size_t index = 0; index < senders.size(); ++index) {
        Sender& sender = senders[index];
        sender.file = connect_to(load.ports[index % load.ports.size()]);
        watch(epoll, sender, EPOLLIN | EPOLLOUT | EPOLLET);
        send(sender);
    }
    while (took.size() < load.count) {
        epoll_event events[128];
        const int ready = ::epoll_wait(epoll, events, 128, -1);
        for (int index = 0; index < ready; ++index) {
            auto& sender = static_cast<Sender&>(*static_cast<Link*>(events[index].data.ptr));
            if (!sender.flush() || !sender.fill()) die("the gateway closed");
            const auto answer = next_message(sender.in);
            if (!answer) continue;
            if (!answer->first.starts_with("HTTP/1.1 202") && ++refused == 1) {
                problem = std::string(answer->first) + " " + std::string(answer->body);
            }
            took.push_back(
                std::chrono::duration<double, std::milli>(Clock::now() - sender.begun).count());
            sender.in.erase(0, answer->size);
            send(sender);
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    while (sink_count(load.sink) - before < load.count - refused) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const double whole = std::chrono::duration<double>(Clock::now() - start).count();
    std::sort(took.begin(), took.end());
    if (refused > 0) fmt::print(stderr, "{} refused: {}\n", refused, problem);
    const auto rate = static_cast<double>(load.count);
    fmt::print(R"({{"accepted_per_second":{:.0f},"delivered_per_second":{:.0f},)"
               R"("p50_ms":{:.2f},"p99_ms":{:.2f},"refused":{}}})"
               "\n",
               rate / seconds, rate / whole, took[took.size() / 2], took[took.size() * 99 / 100],
               refused);
    return refused == 0 ? 0 : 1;
}

// ---- postgres -----------------------------------------------------------------------------------

int run_postgres(const std::string& url_file) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    const auto server = tests::PostgresServer::start();
    if (!server) die("postgres");
    std::ofstream(url_file) << (*server)->url((*server)->make_database());
    int signal = 0;
    sigwait(&ends, &signal);
    return 0;
}

std::vector<std::string> parts_of(std::string_view list) {
    std::vector<std::string> out;
    for (const std::string_view part : split(list, ',')) out.emplace_back(part);
    return out;
}

}  // namespace
}  // namespace luqiao::gateways

int main(int argc, char** argv) {
    using namespace luqiao::gateways;
    const std::string verb = argc > 2 ? argv[1] : "";
    const auto number = [&](int index, std::size_t otherwise) {
        return argc > index ? static_cast<std::size_t>(std::atoll(argv[index])) : otherwise;
    };
    if (verb == "conf") return write_conf(argv[2], number(3, 0), number(4, 1));
    if (verb == "sink") run_sink(argv[2]);
    if (verb == "postgres") return run_postgres(argv[2]);
    if (verb != "load" || argc != 9) return 2;
    Loading load;
    load.path = argv[3];
    load.sink = static_cast<std::uint16_t>(number(4, 0));
    load.key_file = argv[5];
    load.count = number(7, 0);
    load.connections = number(8, 1);
    for (const std::string& port : parts_of(argv[2]))
        load.ports.push_back(static_cast<std::uint16_t>(std::stoi(port)));
    for (const std::string& file : parts_of(argv[6])) load.bodies.push_back(whole_file(file));
    return run_load(load);
}
