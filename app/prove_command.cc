#include "app/check_report.h"
#include "app/configuration.h"
#include "app/golden_files.h"
#include "app/rule_commands.h"
#include "base/json.h"

#include <fmt/format.h>

#include <cstdio>

#include "authoring/prove.h"

namespace luqiao::app {
namespace {

using authoring::MapProof;
using authoring::Proof;

/// What all maps together come to.
struct Total {
    std::size_t exhaustive = 0;
    std::size_t sampled = 0;
    std::size_t one_way = 0;
    std::size_t lossy = 0;
    std::size_t constant = 0;
    std::size_t values = 0;
    std::size_t messages = 0;
    std::size_t cases = 0;

    void add(const MapProof& proof) {
        exhaustive += proof.count(Proof::Exhaustive);
        sampled += proof.count(Proof::Sampled);
        one_way += proof.count(Proof::OneWay);
        lossy += proof.count(Proof::Lossy);
        constant += proof.count(Proof::Constant);
        values += proof.values();
        messages += proof.messages;
    }
};

/// The cases of the map, each difference at the row that made it.
void run_cases(const mapping::Program& program,
               const std::vector<authoring::GoldenCase>& cases,
               Total& total,
               Diagnostics& findings) {
    for (const authoring::GoldenCase& golden : cases) {
        if (golden.map != program.name) continue;
        ++total.cases;
        const authoring::CaseResult result = run_case(program, golden);
        if (result.differences.empty()) continue;
        const std::string text = render(golden, result);
        findings.add("P120", {golden.folder(), 1, 1, 1}, {"案例不符\n" + text, "the case differs"});
    }
}

void write_json(const Total& total, const Diagnostics& findings, const std::string& hash) {
    JsonWriter json;
    json.begin_object()
        .field("bundle", hash)
        .field("exhaustive", std::uint64_t{total.exhaustive})
        .field("sampled", std::uint64_t{total.sampled})
        .field("one_way", std::uint64_t{total.one_way})
        .field("lossy", std::uint64_t{total.lossy})
        .field("constant", std::uint64_t{total.constant})
        .field("values", std::uint64_t{total.values})
        .field("messages", std::uint64_t{total.messages})
        .field("cases", std::uint64_t{total.cases})
        .key("findings")
        .begin_array();
    for (const Diagnostic& one : findings.list()) write_finding(json, one);
    json.end_array().end_object();
    fmt::print("{}\n", json.text());
}

void write_summary(const Total& total, std::size_t findings) {
    fmt::print(stderr,
               "{} 行穷举，{} 行抽样，共 {} 个取值；{} 行单向，{} 行有损，{} 行常量；{} "
               "份报文往返，{} 个案例；"
               "{} 条问题\n",
               total.exhaustive, total.sampled, total.values, total.one_way, total.lossy,
               total.constant, total.messages, total.cases, findings);
    fmt::print(stderr,
               "{} rows exhaustive, {} sampled, {} values; {} one-way, {} lossy, {} constant; {} "
               "messages there and back, {} cases; {} findings\n",
               total.exhaustive, total.sampled, total.values, total.one_way, total.lossy,
               total.constant, total.messages, total.cases, findings);
}

}  // namespace

int prove_command(const ProveOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    if (!options.map.empty() && find_map(bundle, options.map) == nullptr) return kNotFound;
    Diagnostics findings;
    const auto cases = load_cases(configuration.folder, bundle, findings);
    authoring::Prover prover({options.seed, options.samples, options.messages});
    Total total;
    for (const auto& [name, program] : bundle.programs()) {
        if (!options.map.empty() && options.map != name) continue;
        const MapProof proof = prover.prove(program);
        total.add(proof);
        findings.append(proof.findings);
        if (options.rows) fmt::print("{}", rows_text(program, proof));
        run_cases(program, cases, total, findings);
    }
    add_excerpts(findings, configuration.folder);
    if (options.json) {
        write_json(total, findings, bundle.hash());
    } else {
        for (const Diagnostic& one : findings.list()) fmt::print("{}\n", render(one));
    }
    write_summary(total, findings.list().size());
    return findings.list().empty() ? kDone : kFindings;
}

}  // namespace luqiao::app
