#include "app/check_fix.h"
#include "app/check_report.h"
#include "app/configuration.h"
#include "app/golden_files.h"
#include "app/rule_commands.h"
#include "base/line_diff.h"

#include <fmt/format.h>

#include <cstdio>
#include <unistd.h>

#include "authoring/coverage.h"

namespace luqiao::app {
namespace {

Language language_of(const CheckOptions& options) {
    if (options.language == "zh") return Language::Zh;
    return options.language == "en" ? Language::En : Language::Both;
}

/// What --fix did or would do, on standard error; the lines of a dry run on standard output.
int mend_files(const CheckOptions& options) {
    const auto changed = options.dry_run ? fixes_of_a_copy(options.conf) : fix_files(options.conf);
    if (!changed) {
        fmt::print(stderr, "{}: {}\n", changed.error().where, changed.error().message);
        return kCannotReach;
    }
    std::size_t count = 0;
    for (const FixedFile& file : *changed) {
        count += file.fixes;
        fmt::print(stderr, "{}: {}\n", file.path.string(), file.fixes);
        if (!options.dry_run) continue;
        const std::string name = file.path.string();
        fmt::print("--- {}\n+++ {}\n{}", name, name, line_diff(file.before, file.after));
    }
    fmt::print(stderr, "{} {} 处，{} 个文件 | {} {} in {} files\n",
               options.dry_run ? "可改" : "已改", count, changed->size(),
               options.dry_run ? "would mend" : "mended", count, changed->size());
    return kDone;
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

void print_findings(const CheckOptions& options,
                    const Configuration& configuration,
                    const Diagnostics& findings) {
    const bool colour = ::isatty(STDOUT_FILENO) == 1;
    std::size_t shown = 0;
    for (const Diagnostic& one : findings.list()) {
        if (one.severity == Severity::Note && !options.notes) continue;
        fmt::print("{}\n", render(one, {language_of(options), colour}));
        ++shown;
    }
    const broker::Realm& realm = *configuration.realm;
    const Text summary{fmt::format("{} 个映射，{} 个单位，{} 个事项，{} 条问题，规则包 {}",
                                   realm.bundle->programs().size(), realm.parties.size(),
                                   realm.services.size(), shown, realm.bundle->hash()),
                       fmt::format("{} maps, {} parties, {} services, {} findings, bundle {}",
                                   realm.bundle->programs().size(), realm.parties.size(),
                                   realm.services.size(), shown, realm.bundle->hash())};
    fmt::print(stderr, "{}\n", in_language(summary, language_of(options)));
}

}  // namespace

int check_command(const CheckOptions& options) {
    if (options.fix) {
        const int done = mend_files(options);
        if (done != kDone || options.dry_run) return done;
    }
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    Diagnostics findings = configuration.findings;
    if (!findings.has_errors()) check_cases(configuration, findings);
    if (options.json) {
        fmt::print("{}\n", findings_as_json(findings, configuration.realm->bundle->hash()));
    } else if (options.sarif) {
        fmt::print("{}\n", findings_as_sarif(findings, language_of(options)));
    } else {
        print_findings(options, configuration, findings);
    }
    return findings.has_errors() ? kFindings : kDone;
}

}  // namespace luqiao::app
