#include "app/configuration.h"
#include "app/golden_files.h"
#include "app/rule_commands.h"

#include <fmt/format.h>

#include <cstdio>

#include "authoring/suggest.h"

namespace luqiao::app {
namespace {

using authoring::GoldenCase;

/// The case as the file gives it: bytes of the party, or a record when it is to be written.
GoldenCase given(const CaseAddOptions& options, std::string content) {
    GoldenCase golden;
    golden.map = options.map;
    golden.name = options.name;
    (options.reverse ? golden.canonical : golden.in) = std::move(content);
    return golden;
}

/// Whether we write messages of the map: a service sends with it.
bool is_outgoing(const broker::Realm& realm, const std::string& map) {
    for (const auto& [code, versions] : realm.services) {
        for (const broker::Service& service : versions) {
            for (const broker::ItemRule& item : service.items) {
                if (item.dispatch == map || item.supplement == map || item.withdraw == map) {
                    return true;
                }
            }
            for (const broker::Observer& observer : service.observers) {
                if (observer.map == map) return true;
            }
        }
    }
    return false;
}

}  // namespace

int case_add_command(const CaseAddOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    const mapping::Program* const program = find_map(bundle, options.map);
    if (program == nullptr) return kNotFound;
    if (!authoring::is_case_name(options.name)) {
        fmt::print(
            stderr,
            "案例名只用小写字母、数字和 - _ . | a case is named in lower case letters, digits "
            "and - _ .\n");
        return kBadUsage;
    }
    auto content = read_file(options.file);
    if (!content) {
        fmt::print(stderr, "{}: {}\n", content.error().where, content.error().message);
        return kCannotReach;
    }
    const authoring::CaseResult result = freeze(*program, given(options, *std::move(content)));
    if (!result.differences.empty()) {
        fmt::print(stderr, "{}", render(result.actual, result));
        return kFindings;
    }
    const std::filesystem::path folder = configuration.folder / result.actual.folder();
    if (std::filesystem::exists(folder) && !options.force) {
        fmt::print(stderr,
                   "案例已存在，覆盖请加 --force | the case exists: --force replaces it: {}\n",
                   result.actual.folder());
        return kConflict;
    }
    for (const mapping::Issue& issue : result.issues.list)
        fmt::print(stderr, "{}\n", mapping::to_json(issue));
    const Status written = write_case(configuration.folder, bundle, result.actual);
    if (!written) {
        fmt::print(stderr, "{}: {}\n", written.error().where, written.error().message);
        return kCannotReach;
    }
    fmt::print(stderr,
               "已固定 {}；案例随规则发布，只能用虚构数据 | frozen; cases are published with the "
               "rules: invented data only\n",
               result.actual.folder());
    return kDone;
}

int case_suggest_command(const CaseSuggestOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    const mapping::Program* const program = find_map(bundle, options.map);
    if (program == nullptr) return kNotFound;
    const bool outgoing = is_outgoing(*configuration.realm, options.map);
    std::size_t written = 0;
    for (const GoldenCase& golden : authoring::suggest(*program, {options.seed, outgoing})) {
        fmt::print("{}{}\n", golden.folder(), golden.issues ? "  (issues.json)" : "");
        const bool exists = std::filesystem::exists(configuration.folder / golden.folder());
        if (!options.write || (exists && !options.force)) continue;
        const Status status = write_case(configuration.folder, bundle, golden);
        if (!status) {
            fmt::print(stderr, "{}: {}\n", status.error().where, status.error().message);
            return kCannotReach;
        }
        ++written;
    }
    fmt::print(stderr, "写入 {} 个案例，请逐个核对 | {} cases written: look at each\n", written,
               written);
    return kDone;
}

}  // namespace luqiao::app
