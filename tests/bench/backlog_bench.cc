// What a long queue costs the SQLite store: memory while it grows, the time to open it, and the
// first questions of a turn.
//
//     backlog_bench fill FILE DELIVERIES    three per case, to three parties that take nothing
//     backlog_bench dead FILE DELIVERIES    one per case, given up: for gateways/curves.sh redrive
//     backlog_bench open FILE
//
// The cases are those of gateways/bench.cc's service, so that `luqiao serve` can take the file
// over.
#include "base/id.h"
#include "broker/store.h"
#include "security/digest.h"
#include "security/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBatch = 500;
constexpr std::size_t kBodyBytes = 300;
constexpr const char* kParties[]{"sti", "psb", "hrss"};

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Of this process, as the kernel counts it.
std::string resident() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            return fmt::format("{} MB", std::strtoul(line.c_str() + 6, nullptr, 10) / 1024);
        }
    }
    return "unknown";
}

Instant now() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

/// How a case of a store looks.
struct Shape {
    std::vector<std::string> parties;
    DeliveryState state = DeliveryState::Pending;
    std::uint32_t attempts = 0;
    const char* cause = "";
};

Unit application(std::uint64_t number, const Shape& shape) {
    Unit unit;
    const Instant at = now();
    const Entropy entropy = security::random_id_bytes;
    unit.state.id = make_id<CaseId>(at, entropy);
    unit.state.number = fmt::format("BL-{:012}", number);
    unit.state.service = "bench";
    unit.state.service_version = 1;
    unit.state.channel = "portal";
    unit.state.accepted_at = at;
    const std::string digest = security::sm3_hex(unit.state.number);
    unit.message = InboundMessage{.id = make_id<MessageId>(at, entropy),
                                  .case_id = unit.state.id,
                                  .party = "portal",
                                  .format = "portal.apply",
                                  .dedup_key = digest,
                                  .sm3 = digest,
                                  .nonce = {},
                                  .bundle = digest,
                                  .body = std::string(kBodyBytes, 'm'),
                                  .at = at};
    unit.record = "{}";
    Item item;
    item.code = "10";
    item.serial = unit.state.number + "-01";
    item.state = ItemState::Forwarding;
    unit.state.items.push_back(std::move(item));
    for (const std::string& party : shape.parties) {
        Delivery one;
        one.id = make_id<DeliveryId>(at, entropy);
        one.sequence = static_cast<std::uint32_t>(unit.state.deliveries.size()) + 1;
        one.party = party;
        one.map = party + ".apply";
        one.state = shape.state;
        one.attempts = shape.attempts;
        one.cause = shape.cause;
        one.telling.item = 0;
        one.telling.occurred_at = at;
        unit.created.push_back({.id = one.id,
                                .case_id = unit.state.id,
                                .case_number = unit.state.number,
                                .party = party,
                                .map = one.map,
                                .state = shape.state,
                                .due_at = at,
                                .attempts = shape.attempts,
                                .cause = shape.cause,
                                .bundle = digest,
                                .body = std::string(kBodyBytes, 'd')});
        unit.state.deliveries.push_back(std::move(one));
    }
    return unit;
}

int fill(Store& store, std::uint64_t deliveries, const Shape& shape) {
    const std::uint64_t cases = deliveries / shape.parties.size();
    std::uint64_t told = 10'000;
    const auto start = Clock::now();
    for (std::uint64_t number = 0; number < cases;) {
        std::vector<Unit> units;
        for (; units.size() < kBatch && number < cases; ++number) {
            units.push_back(application(number, shape));
        }
        const auto kept = store.commit(units);
        if (!kept) {
            fmt::print(stderr, "{}\n", kept.error().message);
            return 1;
        }
        if (number * shape.parties.size() < told && number < cases) continue;
        fmt::print("{:>9} deliveries  {:>6.0f} cases/s  {} resident\n",
                   number * shape.parties.size(),
                   static_cast<double>(number) * 1000 / milliseconds_since(start), resident());
        told *= 10;
    }
    return 0;
}

int ask(Store& store) {
    const auto timed = [](const char* what, auto call) {
        const auto start = Clock::now();
        const auto answer = call();
        fmt::print("{:<22}{:>9.1f} ms{}\n", what, milliseconds_since(start),
                   answer ? "" : "  failed");
    };
    std::map<std::string, std::size_t> capacity;
    for (const char* party : kParties) capacity[party] = 64;
    timed("counts", [&] { return store.counts(); });
    timed("nonces", [&] { return store.nonces(now() - std::chrono::minutes(10)); });
    timed("lapsed", [&] { return store.lapsed(now(), "bench"); });
    timed("due cases", [&] { return store.due_cases(now(), 64); });
    timed("next due", [&] { return store.next_due(now()); });
    timed("lease of 3 x 64",
          [&] { return store.lease(now(), now() + std::chrono::minutes(1), "bench", capacity); });
    fmt::print("{} resident\n", resident());
    return 0;
}

}  // namespace
}  // namespace luqiao::broker

int main(int argc, char** argv) {
    using namespace luqiao::broker;
    const std::string_view verb = argc > 2 ? argv[1] : "";
    const bool fills = argc == 4 && (verb == "fill" || verb == "dead");
    if (verb != "open" && !fills) return 2;
    const auto start = Clock::now();
    const auto store = open_sqlite_store(argv[2]);
    if (!store) {
        fmt::print(stderr, "{}\n", store.error().message);
        return 1;
    }
    fmt::print("opened in {:.0f} ms\n", milliseconds_since(start));
    if (verb == "open") return ask(**store);
    const Shape waiting{.parties = {std::begin(kParties), std::end(kParties)}};
    const Shape dead{
        .parties = {kParties[0]}, .state = DeliveryState::Dead, .attempts = 60, .cause = "E4001"};
    return fill(**store, std::strtoull(argv[3], nullptr, 10), verb == "dead" ? dead : waiting);
}
