// app/demo_world.h - a whole exchange on this machine: temporary folder, keys, broker and parties
// as processes.
#pragma once

#include "app/command_line.h"
#include "app/configuration.h"
#include "app/process.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace luqiao::app {

class DemoWorld {
public:
    /// Makes the folder, picks free loopback ports, writes the overlay that points everything
    /// there, and makes the keys. Starts nothing. @errors InvalidArgument: conf/ has findings
    /// Unavailable
    /// @param binary  the luqiao program to run
    static Result<std::unique_ptr<DemoWorld>> create(
        const std::filesystem::path& conf, const std::filesystem::path& binary = own_binary());

    /// Starts a simulated party and waits until it listens. `more` are further arguments of
    /// `simulate`.
    Status start_party(const std::string& code,
                       std::uint64_t seed,
                       const std::vector<std::string>& more);
    /// Starts the broker, or starts it again, and waits until it is ready.
    /// @param settings  "NAME=value" of its environment
    Status start_broker(const std::vector<std::string>& settings = {});
    /// Whether it has not ended, by itself or otherwise.
    [[nodiscard]] bool broker_running() { return broker_ && broker_->running(); }
    /// Ends the broker as a power cut would.
    void kill_broker();
    /// Ends the broker in order. @return its exit code
    int stop_broker();
    /// The broker's process; 0: none.
    [[nodiscard]] pid_t broker_id() const { return broker_ ? broker_->id() : 0; }
    /// Ends everything that is left, in order.
    void stop();

    [[nodiscard]] const Configuration& configuration() const { return configuration_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
    [[nodiscard]] std::filesystem::path overlay() const { return folder_.path() / "demo.toml"; }
    [[nodiscard]] std::filesystem::path journal(const std::string& code) const;
    [[nodiscard]] const std::string& broker_url() const { return broker_url_; }
    [[nodiscard]] std::vector<std::string> simulated_parties() const;
    void keep() { folder_.keep(); }

private:
    DemoWorld(TemporaryFolder folder, std::filesystem::path conf, std::filesystem::path binary)
        : folder_(std::move(folder)), conf_(std::move(conf)), binary_(std::move(binary)) {}
    Status write_overlay(const Configuration& plain);
    Status wait_ready(Process& process,
                      const std::filesystem::path& ready,
                      const std::string& name);
    std::vector<std::string> command(const std::string& verb) const;

    TemporaryFolder folder_;
    std::filesystem::path conf_;
    std::filesystem::path binary_;
    Configuration configuration_;
    std::string broker_url_;
    std::uint16_t thrift_port_ = 0;
    std::optional<Process> broker_;
    std::map<std::string, Process> parties_;
};

}  // namespace luqiao::app
