// tests/bench/mapping_bench.cc - one message of 1.6 KB, 40 fields, 6 code tables, 5 dates and a
// list of 5, through compiled maps and through code written by hand for exactly this message.
//
// The hand-written side reads with simdjson on demand, fields in any order, checks the same things
// (types, lengths, codes, dates, required fields, unknown fields) and writes straight. Outputs are
// compared before anything is timed. Figures are only of use as a ratio.
#include "mapping/translator.h"
#include "tests/bench/mapping_by_hand.h"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>

namespace luqiao::mapping {
namespace {

using namespace bench;

struct Setup {
    Setup() {
        Diagnostics findings;
        bundle = Bundle::compile(sources(), findings);
        for (const Diagnostic& finding : findings.list()) {
            if (finding.severity == Severity::Error) std::puts(render(finding).c_str());
        }
        if (findings.has_errors()) std::abort();
        for (const bool is_xml : {false, true}) {
            std::string by_hand;
            const bool accepted = hand.run(simdjson::padded_string(bytes), is_xml, by_hand);
            Encoded encoded = translate(is_xml);
            if (accepted && encoded.bytes == by_hand) continue;
            std::printf("outputs differ:\n%s\n%s\n", by_hand.c_str(), encoded.bytes.c_str());
            for (const Issue& issue : encoded.issues.list) std::puts(to_json(issue).c_str());
            std::abort();
        }
    }

    [[nodiscard]] Encoded translate(bool is_xml) const {
        Decoded decoded = decode(*bundle->find("in.m"), bytes);
        if (decoded.issues.rejected()) return {{}, std::move(decoded.issues)};
        return encode(*bundle->find(is_xml ? "xml.m" : "json.m"), decoded.record);
    }

    std::string bytes = message();
    std::shared_ptr<const Bundle> bundle;
    HandWritten hand;
};

Setup& setup() {
    static Setup one;
    return one;
}

void by_maps(benchmark::State& state, bool is_xml) {
    const Setup& both = setup();
    for (auto _ : state) benchmark::DoNotOptimize(both.translate(is_xml));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(both.bytes.size()));
}

void by_hand(benchmark::State& state, bool is_xml) {
    Setup& both = setup();
    std::string out;
    // The message arrives without padding: the copy is part of the work on both sides.
    for (auto _ : state) {
        const simdjson::padded_string padded(both.bytes);
        benchmark::DoNotOptimize(both.hand.run(padded, is_xml, out));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(both.bytes.size()));
}

void by_maps_decode(benchmark::State& state) {
    const Setup& both = setup();
    const Program& program = *both.bundle->find("in.m");
    for (auto _ : state) benchmark::DoNotOptimize(decode(program, both.bytes));
}

void by_maps_encode(benchmark::State& state) {
    const Setup& both = setup();
    const Program& program = *both.bundle->find("json.m");
    const Decoded decoded = decode(*both.bundle->find("in.m"), both.bytes);
    for (auto _ : state) benchmark::DoNotOptimize(encode(program, decoded.record));
}

BENCHMARK_CAPTURE(by_hand, json_to_json, false);
BENCHMARK_CAPTURE(by_maps, json_to_json, false);
BENCHMARK_CAPTURE(by_hand, json_to_xml, true);
BENCHMARK_CAPTURE(by_maps, json_to_xml, true);
BENCHMARK(by_maps_decode);
BENCHMARK(by_maps_encode);

}  // namespace
}  // namespace luqiao::mapping

BENCHMARK_MAIN();
