#include "app/configuration.h"
#include "app/golden_files.h"
#include "app/rule_commands.h"
#include "base/json.h"

#include <fmt/format.h>

#include <cstdio>

namespace luqiao::app {
namespace {

using authoring::CaseResult;
using authoring::GoldenCase;

struct Judged {
    GoldenCase golden;
    CaseResult result;
};

void write_json(const std::vector<Judged>& all, const std::string& hash) {
    JsonWriter json;
    json.begin_object().field("bundle", hash).key("cases").begin_array();
    for (const Judged& one : all) {
        json.begin_object()
            .field("map", one.golden.map)
            .field("name", one.golden.name)
            .field("ok", one.result.differences.empty())
            .key("differences")
            .begin_array();
        for (const authoring::Difference& difference : one.result.differences) {
            json.begin_object()
                .field("file", difference.file)
                .field("field", difference.field)
                .field("expected", difference.expected)
                .field("actual", difference.actual)
                .field("rule", difference.rule)
                .end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().end_object();
    fmt::print("{}\n", json.text());
}

bool is_wanted(const GoldenCase& golden, const TestOptions& options) {
    return (options.map.empty() || options.map == golden.map) &&
           (options.name.empty() || options.name == golden.name);
}

}  // namespace

int test_command(const TestOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    const auto& bundle = configuration.realm->bundle;
    if (!is_usable(configuration)) return kBadUsage;
    Diagnostics findings;
    std::vector<Judged> all;
    std::size_t failed = 0;
    for (GoldenCase& golden : load_cases(configuration.folder, *bundle, findings)) {
        if (!is_wanted(golden, options)) continue;
        CaseResult result = run_case(*bundle->find(golden.map), golden);
        if (!result.differences.empty()) {
            ++failed;
            if (!options.json) fmt::print("{}", render(golden, result));
            if (options.update) {
                const Status written = write_case(configuration.folder, *bundle, result.actual);
                if (!written)
                    findings.add("C420", {golden.folder(), 1, 1, 1},
                                 {written.error().message, written.error().message});
            }
        }
        all.push_back({std::move(golden), std::move(result)});
    }
    for (const Diagnostic& finding : findings.list()) fmt::print(stderr, "{}\n", render(finding));
    if (options.json) write_json(all, bundle->hash());
    if (all.empty() && (!options.map.empty() || !options.name.empty())) {
        fmt::print(stderr, "没有这样的案例 | there is no such case\n");
        return kNotFound;
    }
    fmt::print(stderr, "{} 个案例，{} 个不符{} | {} cases, {} differ{}\n", all.size(), failed,
               options.update ? "（已更新）" : "", all.size(), failed,
               options.update ? " (updated)" : "");
    const bool is_clean = (failed == 0 || options.update) && findings.list().empty();
    return is_clean ? kDone : kFindings;
}

}  // namespace luqiao::app
