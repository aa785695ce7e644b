#include "app/demo_world.h"

#include "app/files.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;
constexpr auto kReadyTime = std::chrono::seconds(60);
constexpr auto kReadyStep = std::chrono::milliseconds(20);

std::string text_in(const Setting& table, std::string_view key) {
    const auto& fields = std::get<Setting::Table>(table.value);
    const auto found = fields.find(key);
    const auto* text =
        found == fields.end() ? nullptr : std::get_if<std::string>(&found->second.value);
    return text == nullptr ? std::string{} : *text;
}

/// "http://host:1234/path" with another port, on the loopback interface.
std::string with_port(const std::string& url, std::uint16_t port) {
    const std::size_t host = url.find("//") + 2;
    const std::size_t path = url.find('/', host);
    return fmt::format("http://127.0.0.1:{}{}", port,
                       path == std::string::npos ? "/" : url.substr(path));
}

/// What this machine changes in one party's [push] or [receive] table.
void overlay_adapter(std::string& out,
                     const std::string& section,
                     const Setting& setting,
                     const fs::path& conf,
                     std::uint16_t port) {
    const std::string adapter = text_in(setting, "adapter");
    out += fmt::format("[{}]\n", section);
    if (const std::string url = text_in(setting, "url"); !url.empty()) {
        out += fmt::format("url = \"{}\"\n", with_port(url, port));
    }
    if (adapter == "thrift") out += fmt::format("host = \"127.0.0.1\"\nport = {}\n", port);
    if (adapter == "file") out += "create_folder = true\n";
    const bool receives = section.ends_with("receive");
    if (receives && (adapter == "table" || adapter == "file")) {
        out += "poll = \"100ms\"\nretry = \"200ms\"\n";
    }
    // A claim of a killed broker comes back after its lease.
    if (receives && adapter == "table") out += "lease = \"3s\"\n";
    const std::string script = text_in(setting, "create_script");
    if (!script.empty()) {
        out += fmt::format("create_script = \"{}\"\n",
                           (conf / "ddl" / fs::path(script).filename()).string());
    }
}

}  // namespace

Result<std::unique_ptr<DemoWorld>> DemoWorld::create(const fs::path& conf, const fs::path& binary) {
    const Configuration plain = load_configuration(conf, {});
    if (plain.findings.has_errors()) {
        return fail(Errc::InvalidArgument, "the configuration has errors: run luqiao check {}",
                    conf.string());
    }
    LQ_TRY(auto folder, TemporaryFolder::create("luqiao"));
    std::unique_ptr<DemoWorld> world(new DemoWorld(std::move(folder), fs::absolute(conf), binary));
    LQ_CHECK(world->write_overlay(plain));
    world->configuration_ = load_configuration(world->conf_, {world->overlay()});
    if (world->configuration_.findings.has_errors()) {
        return fail(Errc::InvalidArgument, "{}",
                    render(world->configuration_.findings.list().front()));
    }
    if (init_command({world->conf_, {world->overlay()}}) != kDone) {
        return fail(Errc::Unavailable, "the keys could not be made");
    }
    return world;
}

Status DemoWorld::write_overlay(const Configuration& plain) {
    LQ_TRY(const auto ports, free_ports(plain.realm->parties.size() + 2));
    broker_url_ = fmt::format("http://127.0.0.1:{}", ports[0]);
    thrift_port_ = ports[1];
    std::string out = fmt::format(
        "node = \"demo\"\ndata = \"{0}/data\"\nkeys = \"{0}/keys\"\nlease_time = \"30s\"\n",
        folder_.path().string());
    out += fmt::format(
        "[http]\nlisten = \"127.0.0.1\"\nport = {}\n[thrift]\nlisten = \"127.0.0.1\"\nport = {}\n",
        ports[0], ports[1]);
    std::size_t next = 2;
    for (const auto& [code, party] : plain.realm->parties) {
        const std::uint16_t port = ports[next++];
        out += fmt::format(
            "[parties.{0}.retry]\nfirst = \"200ms\"\nmost = \"1s\"\nattempts_max = 10000\n"
            "[parties.{0}.delivery]\nbreaker_first = \"200ms\"\nbreaker_most = \"1s\"\n",
            code);
        if (party.push) overlay_adapter(out, "parties." + code + ".push", *party.push, conf_, port);
        if (party.receive) {
            overlay_adapter(out, "parties." + code + ".receive", *party.receive, conf_, port);
        }
    }
    std::error_code failure;
    fs::create_directories(folder_.path() / "data", failure);
    for (const auto& [code, party] : plain.realm->parties) {
        const std::string database = party.push ? text_in(*party.push, "database") : std::string{};
        if (!database.empty()) {
            fs::create_directories((folder_.path() / "data" / database).parent_path(), failure);
        }
    }
    return write_file(overlay(), out);
}

fs::path DemoWorld::journal(const std::string& code) const {
    return folder_.path() / (code + ".journal");
}

std::vector<std::string> DemoWorld::simulated_parties() const {
    std::vector<std::string> out;
    for (const auto& [code, party] : configuration_.realm->parties) {
        if (party.push) out.push_back(code);
    }
    return out;
}

std::vector<std::string> DemoWorld::command(const std::string& verb) const {
    return {binary_.string(), verb};
}

Status DemoWorld::wait_ready(Process& process, const fs::path& ready, const std::string& name) {
    const auto end = std::chrono::steady_clock::now() + kReadyTime;
    while (!fs::exists(ready)) {
        if (!process.running()) {
            return fail(Errc::Unavailable, "{} ended while it started; see {}", name,
                        (folder_.path() / (name + ".log")).string());
        }
        if (std::chrono::steady_clock::now() > end) {
            return fail(Errc::Timeout, "{} did not start in time", name);
        }
        std::this_thread::sleep_for(kReadyStep);
    }
    return {};
}

Status DemoWorld::start_party(const std::string& code,
                              std::uint64_t seed,
                              const std::vector<std::string>& more) {
    const fs::path ready = folder_.path() / (code + ".ready");
    fs::remove(ready);
    std::vector<std::string> arguments = command("simulate");
    for (const std::string& one :
         {code, std::string("--conf"), conf_.string(), std::string("--with"), overlay().string(),
          std::string("--broker"), broker_url_, std::string("--broker-thrift"),
          std::to_string(thrift_port_), std::string("--journal"), journal(code).string(),
          std::string("--ready"), ready.string(), std::string("--seed"), std::to_string(seed)}) {
        arguments.push_back(one);
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    LQ_TRY(Process process, Process::start(arguments, folder_.path() / (code + ".log")));
    LQ_CHECK(wait_ready(process, ready, code));
    parties_.insert_or_assign(code, std::move(process));
    return {};
}

Status DemoWorld::start_broker(const std::vector<std::string>& settings) {
    const fs::path ready = folder_.path() / "broker.ready";
    fs::remove(ready);
    std::vector<std::string> arguments = command("serve");
    for (const std::string& one : {conf_.string(), std::string("--with"), overlay().string(),
                                   std::string("--ready"), ready.string()}) {
        arguments.push_back(one);
    }
    LQ_TRY(Process process, Process::start(arguments, folder_.path() / "broker.log", settings));
    LQ_CHECK(wait_ready(process, ready, "broker"));
    broker_ = std::move(process);
    return {};
}

void DemoWorld::kill_broker() {
    if (broker_) broker_->kill();
}

int DemoWorld::stop_broker() {
    return broker_ ? broker_->terminate() : 0;
}

void DemoWorld::stop() {
    if (broker_) broker_->terminate();
    for (auto& [code, process] : parties_) process.terminate(5);
}

}  // namespace luqiao::app
