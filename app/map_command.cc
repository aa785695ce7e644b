#include "app/configuration.h"
#include "app/rule_commands.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace luqiao::app {
namespace {

Result<std::string> input(const std::filesystem::path& path) {
    if (!path.empty() && path != "-") return read_file(path);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int finish(const mapping::Issues& issues, std::string_view output) {
    for (const mapping::Issue& issue : issues.list)
        fmt::print(stderr, "{}\n", mapping::to_json(issue));
    if (issues.rejected()) return kFindings;
    std::fwrite(output.data(), 1, output.size(), stdout);
    if (!output.ends_with('\n')) std::fputc('\n', stdout);
    return kDone;
}

}  // namespace

int map_command(const MapOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Program* program = find_map(*configuration.realm->bundle, options.rule);
    if (program == nullptr) return kNotFound;
    const auto bytes = input(options.in);
    if (!bytes) {
        fmt::print(stderr, "{}: {}\n", bytes.error().where, bytes.error().message);
        return kCannotReach;
    }
    if (!options.reverse) {
        const mapping::Decoded decoded = mapping::decode(*program, *bytes);
        return finish(decoded.issues, mapping::to_json(decoded.record));
    }
    const auto record = mapping::from_json(program->form, *bytes);
    if (!record) {
        fmt::print(stderr, "{} {} ({})\n", info(record.error().code).id, record.error().message,
                   record.error().where);
        return kFindings;
    }
    const mapping::Encoded encoded = mapping::encode(*program, *record);
    return finish(encoded.issues, encoded.bytes);
}

}  // namespace luqiao::app
