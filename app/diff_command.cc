#include "app/configuration.h"
#include "app/git_folder.h"
#include "app/golden_files.h"
#include "app/map_uses.h"
#include "app/rule_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <tuple>

#include "authoring/diff.h"

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;
using authoring::DiffSample;

/// The golden cases of a configuration: each message, and each record that is written.
void add_cases(const Configuration& configuration, std::vector<DiffSample>& out) {
    Diagnostics ignored;
    for (const authoring::GoldenCase& one :
         load_cases(configuration.folder, *configuration.realm->bundle, ignored)) {
        if (one.in) out.push_back({one.map, one.name, *one.in});
        if (one.canonical) out.push_back({one.map, one.name, *one.canonical, true});
    }
}

/// Files below `folder`: MAP/NAME, or MAP.EXT as in conf/samples.
Status add_samples(const fs::path& folder,
                   const mapping::Bundle& bundle,
                   std::vector<DiffSample>& out) {
    std::error_code failure;
    std::vector<fs::path> files;
    for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        if (entry->is_regular_file()) files.push_back(entry->path());
    }
    if (failure) return fail(Errc::Unavailable, "{}", failure.message()).at(folder.string());
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
        const fs::path relative = path.lexically_relative(folder);
        const std::string map =
            relative.has_parent_path() ? relative.begin()->string() : relative.stem().string();
        if (bundle.find(map) == nullptr) continue;
        LQ_TRY(std::string bytes, read_file(path));
        out.push_back({map, relative.string(), std::move(bytes)});
    }
    return {};
}

bool load(const fs::path& folder, const DiffOptions& options, std::optional<Configuration>& out) {
    out = load_configuration(folder, options.overlays);
    if (!out->findings.has_errors()) return true;
    fmt::print(stderr, "{} 有错误，请先运行 luqiao check | {} has errors: run luqiao check\n",
               folder.string(), folder.string());
    return false;
}

int compare(const DiffOptions& options, const fs::path& before, const fs::path& after) {
    std::optional<Configuration> old;
    std::optional<Configuration> now;
    if (!load(before, options, old) || !load(after, options, now)) return kBadUsage;
    const authoring::RuleSet left{*old->realm->bundle, map_uses(*old->realm)};
    const authoring::RuleSet right{*now->realm->bundle, map_uses(*now->realm)};
    std::vector<DiffSample> samples;
    add_cases(*old, samples);
    add_cases(*now, samples);
    for (const fs::path& folder : options.samples) {
        if (const Status done = add_samples(folder, left.bundle, samples); !done) {
            fmt::print(stderr, "{}: {}\n", done.error().where, done.error().message);
            return kCannotReach;
        }
    }
    // A case that both have is run once.
    const auto key = [](const DiffSample& one) {
        return std::tie(one.map, one.name, one.is_canonical, one.bytes);
    };
    std::sort(samples.begin(), samples.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    samples.erase(std::unique(samples.begin(), samples.end(),
                              [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                  samples.end());

    authoring::DiffReport report{left.bundle.hash(), right.bundle.hash(), samples.size(),
                                 authoring::diff_rules(left, right)};
    for (authoring::DiffFinding& one : authoring::diff_samples(left, right, samples)) {
        report.findings.push_back(std::move(one));
    }
    authoring::sort(report);
    if (options.json) {
        fmt::print("{}\n", authoring::to_json(report));
    } else {
        fmt::print("{}", authoring::to_table(report));
    }
    return options.exit_code && !report.findings.empty() ? kChangesExist : kDone;
}

}  // namespace

int diff_command(const DiffOptions& options) {
    if (options.base.empty()) {
        if (options.folders.size() == 2) {
            return compare(options, options.folders[0], options.folders[1]);
        }
        fmt::print(stderr,
                   "请给出两个配置文件夹，或一个和 --base | "
                   "name two configuration folders, or one and --base\n");
        return kBadUsage;
    }
    if (options.folders.size() > 1) {
        fmt::print(stderr, "--base 只需一个文件夹 | --base takes one folder\n");
        return kBadUsage;
    }
    const fs::path after = options.folders.empty() ? fs::path("conf") : options.folders[0];
    const auto before = GitFolder::at(after, options.base);
    if (!before) {
        fmt::print(stderr, "{}: {}\n", before.error().where, before.error().message);
        return before.error().code == Errc::BadValue ? kBadUsage : kCannotReach;
    }
    return compare(options, before->files(), after);
}

}  // namespace luqiao::app
