#include "app/configuration.h"
#include "app/golden_files.h"
#include "app/rule_commands.h"
#include "base/json.h"

#include <fmt/format.h>

#include <cstdio>

#include "authoring/coverage.h"

namespace luqiao::app {
namespace {

std::string_view word(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return "error";
}

void write_json(const Diagnostics& findings, const std::string& hash) {
    JsonWriter json;
    json.begin_object().field("bundle", hash).key("findings").begin_array();
    for (const Diagnostic& one : findings.list()) {
        json.begin_object()
            .field("code", one.code)
            .field("severity", word(one.severity))
            .field("file", one.at.file)
            .field("line", one.at.line)
            .field("column", one.at.column)
            .key("message")
            .begin_object()
            .field("zh", one.message.zh)
            .field("en", one.message.en)
            .end_object()
            .field("fix", one.fix.text.en)
            .end_object();
    }
    json.end_array().end_object();
    fmt::print("{}\n", json.text());
}

/// M190 for rows that neither an example nor a golden case shows; findings about the cases' files.
void check_cases(const Configuration& configuration, Diagnostics& findings) {
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    const auto cases = load_cases(configuration.folder, bundle, findings);
    Diagnostics rows;
    for (const auto& [name, program] : bundle.programs()) {
        authoring::check_coverage(program, cases, rows);
    }
    add_excerpts(rows, configuration.folder);
    findings.append(rows);
    findings.sort();
}

}  // namespace

int check_command(const CheckOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    const auto& bundle = configuration.realm->bundle;
    Diagnostics findings = configuration.findings;
    if (!findings.has_errors()) check_cases(configuration, findings);
    if (options.json) {
        write_json(findings, bundle->hash());
    } else {
        std::size_t shown = 0;
        for (const Diagnostic& one : findings.list()) {
            if (one.severity == Severity::Note && !options.notes) continue;
            fmt::print("{}\n", render(one));
            ++shown;
        }
        fmt::print(stderr,
                   "{} 个映射，{} 个单位，{} 个事项，{} 条问题 | {} maps, {} parties, {} services, "
                   "{} findings, bundle {}\n",
                   bundle->programs().size(), configuration.realm->parties.size(),
                   configuration.realm->services.size(), shown, bundle->programs().size(),
                   configuration.realm->parties.size(), configuration.realm->services.size(), shown,
                   bundle->hash());
    }
    return findings.has_errors() ? kFindings : kDone;
}

}  // namespace luqiao::app
