// luqiao-sim: runs seeds of the simulation. Data on stdout, talk on stderr; 1: an invariant broke.
#include "tests/sim/materials.h"
#include "tests/sim/run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <random>

namespace luqiao::sim {
namespace {

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    std::size_t cases = 20;
    std::uint64_t fresh = 0;
    bool trace = false;
};

struct Total {
    std::uint64_t runs = 0, failed = 0, events = 0, cases = 0, acknowledged = 0, arrivals = 0;
    std::uint64_t questions = 0, withdrawn = 0, repeated = 0, redriven = 0, held_by_dead = 0,
                  twice = 0;
    Duration simulated{0};
    Tally faults;
};

Report run(std::uint64_t seed, const Options& options) {
    std::function<void(const std::string&)> told;
    if (options.trace) told = [](const std::string& line) { fmt::print("{}\n", line); };
    return Run(draw_plan(seed, options.cases), Plant::None, told).go();
}

void add(Total& total, const Report& report) {
    ++total.runs;
    if (!report.violations.empty()) ++total.failed;
    total.events += report.events;
    total.cases += report.cases;
    total.acknowledged += report.acknowledged;
    total.arrivals += report.arrivals;
    total.repeated += report.repeated;
    total.redriven += report.redriven;
    total.questions += report.questions;
    total.withdrawn += report.withdrawn;
    total.held_by_dead += report.held_by_dead;
    total.simulated += report.simulated;
    for (const auto& [name, number] : report.faults) total.faults[name] += number;
}

void take(Total& total, std::uint64_t seed, const Options& options) {
    Report report = run(seed, options);
    if (seed % 100 == 7) {  // one in a hundred twice: a run is its seed and nothing else
        ++total.twice;
        if (run(seed, options).trace != report.trace) {
            report.violations.emplace_back("the same seed ran differently");
        }
    }
    add(total, report);
    for (const std::string& what : report.violations) {
        fmt::print("seed {} cases {}: {}\n", seed, options.cases, what);
    }
    if (!report.violations.empty()) {
        fmt::print(stderr, "replay: luqiao-sim --seed {} --cases {} --trace\n", seed,
                   options.cases);
    }
}

void print(const Total& total) {
    fmt::print("runs {} ({} twice)  failed {}\n", total.runs, total.twice, total.failed);
    fmt::print("simulated days {:.1f}  events {}\n",
               static_cast<double>(total.simulated.count()) / 86'400'000.0, total.events);
    fmt::print(
        "cases {}  acknowledged messages {}  arrivals {} ({} again)  sent again by operators {}  "
        "cases held up by a dead letter or a lie {}  questions {}  items withdrawn {}\n",
        total.cases, total.acknowledged, total.arrivals, total.repeated, total.redriven,
        total.held_by_dead, total.questions, total.withdrawn);
    std::uint64_t sum = 0;
    for (const auto& [name, number] : total.faults) {
        fmt::print("  {:<44} {}\n", name, number);
        sum += number;
    }
    fmt::print("faults {}\n", sum);
}

int main_of(int count, char** words) {
    CLI::App app("Deterministic simulation of the broker: same seed, same run");
    Options options;
    app.add_option("--seed", options.seed, "the first seed");
    app.add_option("--seeds", options.seeds, "how many seeds, one after the other");
    app.add_option("--cases", options.cases, "applications in each run");
    app.add_option("--fresh", options.fresh, "instead: so many seeds that nobody has run yet");
    app.add_flag("--trace", options.trace, "every event on stdout");
    CLI11_PARSE(app, count, words);
    Total total;
    if (options.fresh > 0) {
        std::random_device device;
        for (std::uint64_t index = 0; index < options.fresh; ++index) {
            const std::uint64_t seed = device();
            fmt::print("fresh seed {} --cases {}\n", seed, options.cases);
            take(total, seed, options);
        }
    } else {
        for (std::uint64_t index = 0; index < options.seeds; ++index) {
            take(total, options.seed + index, options);
        }
    }
    print(total);
    return total.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace luqiao::sim

int main(int count, char** words) {
    return luqiao::sim::main_of(count, words);
}
