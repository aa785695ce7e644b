// app/configuration.h - reads conf/ and compiles it; everything wrong is found in one run.
#pragma once

#include "app/server_settings.h"
#include "base/diagnostic.h"
#include "broker/realm.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace luqiao::app {

/// The definition of one version of a service, as its file says it.
struct ServiceSource {
    std::string code;
    int version = 0;
    std::string text;
    bool operator==(const ServiceSource&) const = default;
};

struct Configuration {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> overlays;
    std::optional<ServerSettings> server;
    std::shared_ptr<const broker::Realm> realm;  ///< usable only when there are no errors
    std::vector<mapping::SourceFile> sources;    ///< what the bundle was compiled of
    mapping::CompileOptions compile_options;     ///< and with
    std::vector<ServiceSource> services;         ///< those of the folder, not the kept ones
    Diagnostics findings;
};

/// Reads everything below `folder`; `overlays` are TOML files laid over luqiao.toml, and their
/// table `parties.CODE` over that party's file (ports and folders of one machine). Pure but for
/// reading files. `kept` are definitions that cases may have begun with (app/service_versions.h):
/// what the folder has no more becomes Realm::retired, what it says otherwise is C512.
Configuration load_configuration(const std::filesystem::path& folder,
                                 const std::vector<std::filesystem::path>& overlays,
                                 const std::vector<ServiceSource>& kept = {});

/// Whether the rules can be run; says on stderr when they cannot.
bool is_usable(const Configuration& configuration);
/// Whether the server's settings could be read; says on stderr why not.
bool has_server(const Configuration& configuration);
/// The map of that name; says on stderr when there is none.
const mapping::Program* find_map(const mapping::Bundle& bundle, const std::string& name);

/// Gives findings about files of the configuration their source lines.
void add_excerpts(Diagnostics& findings, const std::filesystem::path& folder);

/// The whole file. @errors NotFound, LimitExceeded (16 MiB)
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace luqiao::app
