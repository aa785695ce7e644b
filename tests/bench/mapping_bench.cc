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
#include <fstream>

namespace luqiao::mapping {
namespace {

using namespace bench;

std::shared_ptr<const Bundle> compiled(const std::vector<SourceFile>& files) {
    Diagnostics findings;
    auto bundle = Bundle::compile(files, findings);
    for (const Diagnostic& finding : findings.list()) {
        if (finding.severity == Severity::Error) std::puts(render(finding).c_str());
    }
    if (findings.has_errors()) std::abort();
    return bundle;
}

struct Setup {
    Setup() {
        for (const bool is_xml : {false, true}) {
            const auto by_hand = hand.run(padded, is_xml);
            translate(is_xml);
            if (by_hand && encoded.bytes == *by_hand) continue;
            std::printf("outputs differ:\n%s\n%s\n", std::string(by_hand.value_or("")).c_str(),
                        encoded.bytes.c_str());
            for (const Issue& issue : encoded.issues.list)
                std::puts(mapping::to_json(issue).c_str());
            std::abort();
        }
    }

    const std::string& translate(bool is_xml) {
        decode(*in, bytes, decoded);
        if (decoded.issues.rejected()) std::abort();
        encode(is_xml ? *to_xml : *to_json, decoded.record, encoded);
        return encoded.bytes;
    }

    std::string bytes = message();
    simdjson::padded_string padded{bytes};
    std::shared_ptr<const Bundle> bundle = compiled(sources());
    const Program* in = bundle->find("in.m");
    const Program* to_json = bundle->find("json.m");
    const Program* to_xml = bundle->find("xml.m");
    HandWritten hand;
    Decoded decoded{Record(in->form), {}, {}};
    Encoded encoded;
};

Setup& setup() {
    static Setup one;
    return one;
}

void count_bytes(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void by_maps(benchmark::State& state, bool is_xml) {
    Setup& both = setup();
    for (auto _ : state) benchmark::DoNotOptimize(both.translate(is_xml).data());
    count_bytes(state, both.bytes.size());
}

void by_hand(benchmark::State& state, bool is_xml) {
    Setup& both = setup();
    for (auto _ : state) benchmark::DoNotOptimize(both.hand.run(both.padded, is_xml));
    count_bytes(state, both.bytes.size());
}

void decode_only(benchmark::State& state) {
    Setup& both = setup();
    for (auto _ : state) {
        decode(*both.in, both.bytes, both.decoded);
        benchmark::DoNotOptimize(both.decoded.record.root().slots.data());
    }
    count_bytes(state, both.bytes.size());
}

void encode_only(benchmark::State& state) {
    Setup& both = setup();
    decode(*both.in, both.bytes, both.decoded);
    for (auto _ : state) {
        encode(*both.to_json, both.decoded.record, both.encoded);
        benchmark::DoNotOptimize(both.encoded.bytes.data());
    }
}

/// XML of the same fields, as by_maps/json_to_xml writes it.
void xml_to(benchmark::State& state, bool is_xml) {
    Setup& both = setup();
    const std::string bytes = both.translate(true);
    const std::string wanted = both.translate(is_xml);
    const auto run = [&] {
        decode(*both.to_xml, bytes, both.decoded);
        encode(is_xml ? *both.to_xml : *both.to_json, both.decoded.record, both.encoded);
    };
    run();
    if (both.encoded.bytes != wanted) std::abort();
    for (auto _ : state) {
        run();
        benchmark::DoNotOptimize(both.encoded.bytes.data());
    }
    count_bytes(state, bytes.size());
}

/// A list of as many items as make up the size, through the same rows both ways.
void by_size(benchmark::State& state) {
    static const auto bundle = compiled(list_sources());
    const Program& program = *bundle->find("list.m");
    const std::string bytes = list_message(static_cast<std::size_t>(state.range(0)));
    Decoded decoded{Record(program.form), {}, {}};
    Encoded encoded;
    const auto run = [&] {
        decode(program, bytes, decoded);
        encode(program, decoded.record, encoded);
    };
    run();
    if (encoded.bytes != bytes) std::abort();
    for (auto _ : state) {
        run();
        benchmark::DoNotOptimize(encoded.bytes.data());
    }
    count_bytes(state, bytes.size());
}

void compile_200_maps(benchmark::State& state) {
    const std::vector<SourceFile> files = many_sources(200, 60);
    for (auto _ : state) benchmark::DoNotOptimize(compiled(files));
}

BENCHMARK_CAPTURE(by_hand, json_to_json, false);
BENCHMARK_CAPTURE(by_maps, json_to_json, false);
BENCHMARK_CAPTURE(by_hand, json_to_xml, true);
BENCHMARK_CAPTURE(by_maps, json_to_xml, true);
BENCHMARK_CAPTURE(xml_to, json, false);
BENCHMARK_CAPTURE(xml_to, xml, true);
BENCHMARK(decode_only);
BENCHMARK(encode_only);
BENCHMARK(by_size)->Arg(1 << 10)->Arg(10 << 10)->Arg(100 << 10)->Arg(1 << 20)->Arg(10 << 20);
BENCHMARK(compile_200_maps)->Unit(benchmark::kMillisecond);

/// Writes what the peers need into a folder: the messages, and what each output must be.
int dump(const std::string& folder) {
    Setup& both = setup();
    const auto put = [&folder](const char* name, const std::string& text) {
        std::ofstream(folder + "/" + name, std::ios::binary) << text;
    };
    put("in.json", both.bytes);
    put("out.json", both.translate(false));
    put("out.xml", both.translate(true));
    put("fields.json", fields_json());
    put("codes.json", codes_json());
    return 0;
}

}  // namespace
}  // namespace luqiao::mapping

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--dump") return luqiao::mapping::dump(argv[2]);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
