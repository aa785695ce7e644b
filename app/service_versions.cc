#include "app/service_versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace luqiao::app {
namespace {

constexpr std::string_view kVersionPrefix = "service/";
constexpr std::size_t kVersionPage = 500;

std::string name_of(const std::string& code, int version) {
    return fmt::format("{}{}@{}", kVersionPrefix, code, version);
}

/// "service/foreigner_work@2". An empty document: let go of.
std::optional<ServiceSource> to_source(std::string_view name, const std::string& text) {
    name.remove_prefix(kVersionPrefix.size());
    const std::size_t at = name.rfind('@');
    if (at == std::string_view::npos || text.empty()) return std::nullopt;
    ServiceSource out{std::string(name.substr(0, at)), 0, text};
    const std::string_view version = name.substr(at + 1);
    const auto read = std::from_chars(version.data(), version.data() + version.size(), out.version);
    if (read.ec != std::errc{}) return std::nullopt;
    return out;
}

Result<std::vector<ServiceSource>> kept_services(broker::Store& store) {
    LQ_TRY(const auto documents, store.kept(std::string(kVersionPrefix)));
    std::vector<ServiceSource> out;
    for (const auto& [name, text] : documents) {
        if (auto source = to_source(name, text)) out.push_back(*std::move(source));
    }
    return out;
}

/// Whether an open case began with it. Looks at open cases until it meets one.
Result<bool> is_needed(broker::Store& store, const ServiceSource& one) {
    broker::CaseQuery query;
    query.decided = false;
    query.limit = kVersionPage;
    while (true) {
        LQ_TRY(const auto page, store.search(query));
        for (const broker::FoundCase& found : page) {
            LQ_TRY(const auto stored, store.find_case(found.id));
            if (stored && stored->state.service == one.code &&
                stored->state.service_version == one.version) {
                return true;
            }
        }
        if (page.size() < kVersionPage) return false;
        query.before = page.back().id;
    }
}

/// Whether the rules would be good without this definition, as far as one finding can tell.
bool is_at_fault(const Diagnostics& findings, const ServiceSource& one) {
    const std::string file = broker::retired_file(one.code, one.version);
    const std::string offered = "/" + one.code + ".toml";
    return std::any_of(findings.list().begin(), findings.list().end(),
                       [&](const Diagnostic& finding) {
                           return finding.severity == Severity::Error &&
                                  (finding.at.file == file ||
                                   (finding.code == "C512" && finding.at.file.ends_with(offered)));
                       });
}

bool is_offered(const broker::Realm& realm, const ServiceSource& one) {
    const auto versions = realm.services.find(one.code);
    return versions != realm.services.end() &&
           std::any_of(versions->second.begin(), versions->second.end(),
                       [&](const broker::Service& each) { return each.version == one.version; });
}

}  // namespace

Result<Configuration> load_with_kept(const std::filesystem::path& folder,
                                     const std::vector<std::filesystem::path>& overlays,
                                     broker::Store& store,
                                     const broker::Realm* in_force) {
    LQ_TRY(std::vector<ServiceSource> kept, kept_services(store));
    Configuration out = load_configuration(folder, overlays, kept);
    std::vector<ServiceSource> needed;
    for (const ServiceSource& one : kept) {
        bool needs =
            !is_at_fault(out.findings, one) || (in_force != nullptr && is_offered(*in_force, one));
        if (!needs) {
            LQ_TRY(needs, is_needed(store, one));
        }
        if (needs) needed.push_back(one);
    }
    if (needed.size() == kept.size()) return out;
    return load_configuration(folder, overlays, needed);
}

Result<std::shared_ptr<const broker::Realm>> realm_at_start(const Configuration& configuration,
                                                            broker::Store& store) {
    LQ_TRY(const std::vector<ServiceSource> kept, kept_services(store));
    const auto& offered = configuration.services;
    const bool same = std::all_of(kept.begin(), kept.end(), [&](const ServiceSource& one) {
        return std::find(offered.begin(), offered.end(), one) != offered.end();
    });
    std::shared_ptr<const broker::Realm> realm = configuration.realm;
    if (!same) {
        LQ_TRY(const Configuration whole,
               load_with_kept(configuration.folder, configuration.overlays, store, nullptr));
        std::string findings;
        for (const Diagnostic& one : whole.findings.list()) {
            if (one.severity == Severity::Error) findings += render(one) + "\n";
        }
        if (!findings.empty()) return fail(Errc::Conflict, "{}", findings);
        realm = whole.realm;
    }
    LQ_CHECK(keep_services(store, configuration));
    return realm;
}

Status keep_services(broker::Store& store, const Configuration& configuration) {
    LQ_TRY(const std::vector<ServiceSource> kept, kept_services(store));
    for (const ServiceSource& one : configuration.services) {
        const bool is_kept = std::find(kept.begin(), kept.end(), one) != kept.end();
        if (!is_kept) LQ_CHECK(store.keep(name_of(one.code, one.version), one.text, {}));
    }
    return {};
}

}  // namespace luqiao::app
