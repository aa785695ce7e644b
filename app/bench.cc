// `luqiao bench`: how many durable submits a second go through HTTP, with signature, mapping and
// commit.
#include "app/command_line.h"
#include "app/demo_world.h"
#include "app/people.h"
#include "app/runtime.h"
#include "app/submitter.h"
#include "base/json.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace luqiao::app {
namespace {

using Moment = std::chrono::steady_clock::time_point;

struct BenchResult {
    std::size_t accepted = 0;
    std::size_t refused = 0;
    double seconds = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    std::size_t bytes = 0;
};

double at_percent(std::vector<double>& sorted, double part) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

/// Bodies are made before the clock starts: the load generator shares the machine with the broker.
std::vector<Submission> make_bodies(const Configuration& configuration, std::size_t count) {
    const mapping::Program* program = configuration.realm->bundle->find("portal.apply");
    std::vector<Submission> out;
    out.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        const mapping::Record record =
            invent_application(program->form, "portal", 7, index, system_now());
        out.push_back({"portal", "portal.apply", mapping::encode(*program, record).bytes});
    }
    return out;
}

Result<BenchResult> measure(DemoWorld& world, const BenchOptions& options) {
    LQ_TRY(Submitter submitter, Submitter::create(world.configuration(), world.broker_url()));
    const std::vector<Submission> bodies =
        make_bodies(world.configuration(), 8'000 * options.seconds);
    const Moment start = std::chrono::steady_clock::now();
    const Moment until = start + std::chrono::seconds(options.seconds);
    const SubmitReport report = submitter.run(
        [&](std::size_t index, Submission& out) {
            if (index >= bodies.size()) return false;
            out = bodies[index];
            return true;
        },
        options.connections, until);
    BenchResult result;
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.accepted = report.accepted.size();
    result.refused = report.refused.size();
    result.bytes = bodies.front().body.size();
    std::vector<double> times;
    for (const Submitted& one : report.accepted)
        times.push_back(std::chrono::duration<double, std::milli>(one.took).count());
    std::sort(times.begin(), times.end());
    result.p50_ms = at_percent(times, 0.50);
    result.p99_ms = at_percent(times, 0.99);
    return result;
}

}  // namespace

int bench_command(const BenchOptions& options) {
    auto world = DemoWorld::create(options.conf.conf);
    const Status started = world ? (*world)->start_broker() : Status{world.error()};
    auto result = started ? measure(**world, options) : Result<BenchResult>(started.error());
    if (!result) {
        fmt::print(stderr, "{} {}\n", info(result.error().code).id, result.error().message);
        return kCannotReach;
    }
    (*world)->stop();
    const double rate = static_cast<double>(result->accepted) / result->seconds;
    if (options.json) {
        JsonWriter json;
        json.begin_object()
            .field("accepted", std::uint64_t{result->accepted})
            .field("refused", std::uint64_t{result->refused});
        json.field("bytes", std::uint64_t{result->bytes})
            .field("connections", std::uint64_t{options.connections});
        json.key("per_second")
            .raw(fmt::format("{:.0f}", rate))
            .key("p50_ms")
            .raw(fmt::format("{:.2f}", result->p50_ms));
        json.key("p99_ms").raw(fmt::format("{:.2f}", result->p99_ms)).end_object();
        fmt::print("{}\n", json.text());
    } else {
        fmt::print(
            "{} connections, {} bytes, {:.1f} s: {:.0f} durable submits/s, p50 {:.2f} ms, p99 "
            "{:.2f} ms, {} refused\n",
            options.connections, result->bytes, result->seconds, rate, result->p50_ms,
            result->p99_ms, result->refused);
    }
    return result->refused == 0 ? kDone : kFindings;
}

}  // namespace luqiao::app
