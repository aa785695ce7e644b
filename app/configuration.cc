#include "app/configuration.h"

#include "adapters/manifest_source.h"
#include "adapters/registry.h"
#include "app/hash_key.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kFileSizeMax = 16u << 20;

/// Files of one folder with one ending, sorted, so that every run reads alike.
std::vector<fs::path> files_of(const fs::path& folder, std::string_view ending) {
    std::vector<fs::path> out;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        if (entry.is_regular_file() && entry.path().extension() == ending) {
            out.push_back(entry.path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// Reads `conf/` piece by piece; each piece adds its findings and goes on.
class Loader {
public:
    Loader(fs::path folder, const std::vector<fs::path>& overlays) : folder_(std::move(folder)) {
        over_.value = Setting::Table{};
        for (const fs::path& path : overlays) {
            const auto document = toml(path);
            if (document) overlay(over_, *document);
            if (!document) has_overlays_ = false;
        }
    }

    Configuration load(const std::vector<ServiceSource>& kept) {
        Configuration out;
        out.folder = folder_;
        out.server = server();
        if (out.server && !out.server->hash_key.empty()) hash_key(out.server->hash_key);
        calendar();
        parties(out.server ? out.server->nodes : 1);
        services(out);
        for (const ServiceSource& one : kept) keep(one);
        bundle(out);
        broker::check_realm(realm_, findings_);
        if (out.server) check_attachment_rights(out.server->attachments, realm_, findings_);
        findings_.sort();
        out.findings = std::move(findings_);
        out.realm = std::make_shared<const broker::Realm>(std::move(realm_));
        return out;
    }

private:
    std::string name_of(const fs::path& path) const {
        return path.lexically_relative(folder_.parent_path()).string();
    }

    void report(const fs::path& path, std::string zh, std::string en) {
        findings_.add("C001", {name_of(path), 1, 1, 1}, {std::move(zh), std::move(en)});
    }

    std::optional<std::string> text(const fs::path& path) {
        auto content = read_file(path);
        if (content) return *std::move(content);
        report(path, "无法读取文件：" + content.error().message,
               "cannot read: " + content.error().message);
        return std::nullopt;
    }

    std::optional<Setting> toml(const fs::path& path) {
        const auto content = text(path);
        return content ? parse_toml(*content, name_of(path), findings_) : std::nullopt;
    }

    std::optional<ServerSettings> server() {
        auto document = toml(folder_ / "luqiao.toml");
        // Without what lies over it, it may name the store of somebody else.
        if (!document || !has_overlays_) return std::nullopt;
        Setting mine = over_;
        std::get<Setting::Table>(mine.value).erase("parties");
        overlay(*document, mine);
        return read_server_settings(*document, findings_);
    }

    /// Rows that need a key which cannot be read do not compile; others do.
    void hash_key(const fs::path& path) {
        auto key = read_hash_key(path);
        if (key) {
            hasher_ = *std::move(key);
            return;
        }
        findings_.add(Diagnostic{"C002",
                                 Severity::Warning,
                                 {name_of(folder_ / "luqiao.toml"), 1, 1, 1},
                                 {"keyed_hash 的密钥读不到：" + key.error().message,
                                  "the key of keyed_hash cannot be read: " + key.error().message},
                                 {},
                                 {}});
    }

    void calendar() {
        for (const fs::path& path : files_of(folder_ / "calendar", ".csv")) {
            const std::string stem = path.stem().string();  // CN-2025
            const int year = stem.size() == 7 ? std::atoi(stem.c_str() + 3) : 0;
            if (year < 1900) {
                report(path, "日历文件名应为 CN-年份.csv", "a calendar file is named CN-YYYY.csv");
            } else if (const auto csv = text(path)) {
                realm_.calendar.add_year(year, *csv, name_of(path), findings_);
            }
        }
    }

    const Setting* party_overlay(const std::string& code) const {
        const auto& table = std::get<Setting::Table>(over_.value);
        const auto parties = table.find("parties");
        if (parties == table.end()) return nullptr;
        const auto* all = std::get_if<Setting::Table>(&parties->second.value);
        if (all == nullptr) return nullptr;
        const auto found = all->find(code);
        return found == all->end() ? nullptr : &found->second;
    }

    void parties(std::size_t nodes) {
        for (const fs::path& path : files_of(folder_ / "parties", ".toml")) {
            auto document = toml(path);
            if (!document) continue;
            if (const Setting* over = party_overlay(path.stem().string())) {
                overlay(*document, *over);
            }
            auto party = broker::parse_party(*document, findings_);
            if (!party) continue;
            check_adapter(party->push, true);
            check_on_unknown(*party);
            check_adapter(party->receive, false);
            if (party->reconcile) {
                adapters::check_manifest_source(
                    Section::check(adapters::manifest_source_spec(), *party->reconcile, findings_),
                    findings_);
            }
            party->flow = broker::share_of(party->flow, nodes);
            realm_.retry[party->code] = party->retry;
            std::string code = party->code;
            realm_.parties.emplace(std::move(code), *std::move(party));
        }
    }

    static const adapters::AdapterKind* adapter_of(const Setting& setting) {
        const auto& table = std::get<Setting::Table>(setting.value);
        const auto name = table.find("adapter");
        const auto* text =
            name == table.end() ? nullptr : std::get_if<std::string>(&name->second.value);
        return text == nullptr ? nullptr : adapters::find_adapter(*text);
    }

    /// A party that is to be queried must be able to answer.
    void check_on_unknown(const broker::Party& party) {
        if (party.retry.on_unknown != broker::OnUnknown::Query || !party.push) return;
        const adapters::AdapterKind* kind = adapter_of(*party.push);
        if (kind == nullptr || kind->make_outlet == nullptr) return;  // told already
        Diagnostics told;
        const Section section = Section::check(kind->outlet_spec, *party.push, told);
        if (kind->can_be_asked != nullptr && kind->can_be_asked(section)) return;
        findings_.add("C407", party.push->at,
                      {fmt::format("单位 {} 的 on_unknown 为 query，但适配器 {} 不能查询",
                                   party.code, kind->name),
                       fmt::format("on_unknown of party {} is query, and its adapter {} cannot ask",
                                   party.code, kind->name)});
    }

    void check_adapter(const std::optional<Setting>& setting, bool outgoing) {
        if (!setting) return;
        const adapters::AdapterKind* kind = adapter_of(*setting);
        const bool usable = kind != nullptr &&
                            (outgoing ? kind->make_outlet != nullptr : kind->make_inlet != nullptr);
        if (!usable) {
            findings_.add("C409", setting->at,
                          {"没有这种适配器", "there is no such adapter for this direction"});
            return;
        }
        Section::check(outgoing ? kind->outlet_spec : kind->inlet_spec, *setting, findings_);
    }

    void services(Configuration& out) {
        for (const fs::path& path : files_of(folder_ / "services", ".toml")) {
            auto content = text(path);
            if (!content) continue;
            const auto document = parse_toml(*content, name_of(path), findings_);
            if (!document) continue;
            if (auto service = broker::parse_service(*document, findings_)) {
                out.services.push_back({service->code, service->version, *std::move(content)});
                auto& versions = realm_.services[service->code];
                versions.push_back(*std::move(service));
                std::sort(versions.begin(), versions.end(),
                          [](const auto& a, const auto& b) { return a.version < b.version; });
            }
        }
    }

    /// A definition of the store: the folder says the same, or nothing, or it is wrong.
    void keep(const ServiceSource& kept) {
        const std::string file = broker::retired_file(kept.code, kept.version);
        const auto document = parse_toml(kept.text, file, findings_);
        auto service = document ? broker::parse_service(*document, findings_) : std::nullopt;
        if (!service) return;
        const broker::Service* offered = realm_.service(kept.code, kept.version);
        if (offered == nullptr) {
            realm_.retired[kept.code].push_back(*std::move(service));
        } else if (*offered != *service) {
            findings_.add(
                "C512", {name_of(folder_ / "services" / (kept.code + ".toml")), 1, 1, 1},
                {fmt::format("第 {} 版已启用，定义却变了；在办件要按原定义办完", kept.version),
                 fmt::format("version {} is in use and now says something else; its cases finish "
                             "on what it said",
                             kept.version)});
        }
    }

    void bundle(Configuration& out) {
        // Services and calendars are rules too: they are compiled elsewhere and count for the hash.
        const std::pair<std::string_view, std::string_view> kinds[] = {
            {"calendar", ".csv"},   {"codes", ".csv"}, {"forms", ".form"},
            {"formats", ".format"}, {"maps", ".map"},  {"services", ".toml"}};
        for (const auto& [name, ending] : kinds) {
            for (const fs::path& path : files_of(folder_ / name, ending)) {
                if (auto content = text(path)) {
                    out.sources.push_back(
                        {std::string(name) + "/" + path.filename().string(), *std::move(content)});
                }
            }
        }
        out.compile_options = outgoing();
        realm_.bundle = mapping::Bundle::compile(out.sources, findings_, out.compile_options);
    }

    /// Which maps write to whom, so that the compiler can hold every field against the clearance;
    /// and what services ask of applications.
    mapping::CompileOptions outgoing() const {
        mapping::CompileOptions options;
        options.digest = security::sm3_hex;
        options.hasher = hasher_;
        const auto add = [&](const std::string& map, const std::string& party) {
            const broker::Party* known = realm_.party(party);
            if (map.empty() || known == nullptr) return;
            const std::string& clearance = known->clearance;  // "C0".."C3", checked by parse_party
            const auto privacy =
                static_cast<mapping::Privacy>(clearance.size() == 2 ? clearance[1] - '0' : 0);
            mapping::Recipients& to = options.outgoing[map];
            const auto is_it = [&](const mapping::Recipient& one) { return one.party == party; };
            if (std::none_of(to.begin(), to.end(), is_it)) {
                to.push_back({party, privacy, known->purpose});
            }
        };
        const auto add_all = [&](const std::vector<broker::Service>& versions) {
            for (const broker::Service& service : versions) {
                for (const broker::ItemRule& item : service.items) {
                    add(item.dispatch, item.party);
                    add(item.supplement, item.party);
                    add(item.withdraw, item.party);
                }
                for (const broker::Observer& observer : service.observers) {
                    add(observer.map, observer.party);
                }
            }
        };
        for (const auto& [code, versions] : realm_.services) {
            add_all(versions);
            if (!versions.empty()) add_conditions(versions.back(), options);
        }
        for (const auto& [code, versions] : realm_.retired) add_all(versions);
        return options;
    }

    static void add_conditions(const broker::Service& service, mapping::CompileOptions& options) {
        for (const broker::ItemCondition& one : service.conditions.list) {
            Position at = one.at;  // as rules are named: below the folder
            at.file = "services/" + fs::path(at.file).filename().string();
            options.item_conditions.push_back(
                {service.form, service.items_list, service.item_field, one.items, one.check, at});
        }
    }

    fs::path folder_;
    Setting over_;
    bool has_overlays_ = true;  ///< all that were named could be read
    Diagnostics findings_;
    broker::Realm realm_;
    std::shared_ptr<const mapping::KeyedHasher> hasher_;
};

}  // namespace

Configuration load_configuration(const fs::path& folder,
                                 const std::vector<fs::path>& overlays,
                                 const std::vector<ServiceSource>& kept) {
    Configuration out = Loader(fs::weakly_canonical(folder), overlays).load(kept);
    for (const fs::path& path : overlays) out.overlays.push_back(fs::absolute(path));
    return out;
}

bool is_usable(const Configuration& configuration) {
    if (!configuration.findings.has_errors()) return true;
    fmt::print(
        stderr,
        "配置有错误，请先运行 luqiao check | the configuration has errors: run luqiao check\n");
    return false;
}

bool has_server(const Configuration& configuration) {
    if (configuration.server) return true;
    for (const Diagnostic& one : configuration.findings.list()) {
        if (one.severity == Severity::Error) fmt::print(stderr, "{}\n", render(one));
    }
    return false;
}

const mapping::Program* find_map(const mapping::Bundle& bundle, const std::string& name) {
    const mapping::Program* const program = bundle.find(name);
    if (program == nullptr) {
        fmt::print(stderr, "没有映射 {} | there is no map {}\n", name, name);
    }
    return program;
}

void add_excerpts(Diagnostics& findings, const fs::path& folder) {
    std::map<std::string, std::string> files;
    Diagnostics out;
    for (Diagnostic finding : findings.list()) {
        auto file = files.find(finding.at.file);
        if (file == files.end()) {
            std::error_code failure;
            const fs::path path = folder / finding.at.file;
            const bool is_file = fs::is_regular_file(path, failure);
            auto content = is_file ? read_file(path) : Result<std::string>(std::string());
            file = files.emplace(finding.at.file, content.value_or("")).first;
        }
        const auto lines = split(file->second, '\n');
        const auto line = static_cast<std::size_t>(finding.at.line);
        if (finding.excerpt.empty() && line >= 1 && line <= lines.size()) {
            finding.excerpt = std::string(lines[line - 1]);
        }
        out.add(std::move(finding));
    }
    findings = std::move(out);
}

Result<std::string> read_file(const fs::path& path) {
    std::error_code failure;
    const std::uintmax_t size = fs::file_size(path, failure);
    if (failure) return fail(Errc::NotFound, "{}", failure.message()).at(path.string());
    if (size > kFileSizeMax) {
        return fail(Errc::LimitExceeded, "larger than 16 MiB").at(path.string());
    }
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    if (!file) return fail(Errc::Unavailable, "cannot read").at(path.string());
    return std::move(content).str();
}

}  // namespace luqiao::app
