// app/process.h - child processes, free ports and temporary folders, for the demo and for tests.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace luqiao::app {

/// One child process. Ended by its id, and by nothing else, when the object goes.
class Process {
public:
    /// Starts `arguments[0]` with stdout and stderr appended to `log`. The child dies with its
    /// parent.
    /// @param settings  "NAME=value": what its environment has beside, or instead of, ours
    /// @errors Unavailable
    static Result<Process> start(const std::vector<std::string>& arguments,
                                 const std::filesystem::path& log,
                                 const std::vector<std::string>& settings = {});

    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    ~Process();

    [[nodiscard]] pid_t id() const { return id_; }
    [[nodiscard]] bool running();
    /// SIGTERM, then waits at most `seconds`, then SIGKILL. @return the exit code; -1 when killed
    int terminate(int seconds = 20);
    /// Waits until it ends by itself. @return the exit code; -1 when killed
    int wait() { return reap(true); }
    /// SIGKILL at once, as a power cut would.
    void kill();

private:
    explicit Process(pid_t id) : id_(id) {}
    int reap(bool block);

    pid_t id_ = -1;
    int exit_code_ = -1;
};

/// Distinct TCP ports on the loopback interface that were free a moment ago; where the kernel
/// leaves room below the ports of outgoing connections, from there.
Result<std::vector<std::uint16_t>> free_ports(std::size_t count);

/// A fresh folder below the system's temporary folder; removed with everything in it unless kept.
class TemporaryFolder {
public:
    static Result<TemporaryFolder> create(const std::string& prefix);
    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
    bool kept_ = false;
};

/// The running program's own file.
std::filesystem::path own_binary();

}  // namespace luqiao::app
