#include "app/process.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <optional>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace luqiao::app {
namespace {

constexpr auto kPollStep = std::chrono::milliseconds(20);

/// This process's environment, with `settings` instead of its own values for their names.
std::vector<std::string> environment_with(const std::vector<std::string>& settings) {
    std::vector<std::string> out = settings;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string_view text = *one;
        const std::string_view name = text.substr(0, text.find('=') + 1);
        const auto is_same = [&](const std::string& setting) { return setting.starts_with(name); };
        if (std::none_of(settings.begin(), settings.end(), is_same)) out.emplace_back(text);
    }
    return out;
}

/// Text as exec wants it: mutable, with a null pointer behind the last.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (std::string& one : texts) out.push_back(one.data());
    out.push_back(nullptr);
    return out;
}

[[noreturn]] void run_child(char* const* argv, char* const* envp, const char* log, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // the parent went before prctl
    const int out = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (out >= 0) {
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
    }
    if (in >= 0) ::dup2(in, STDIN_FILENO);
    ::execve(argv[0], argv, envp);
    ::_exit(127);
}

constexpr std::uint16_t kFirstPort = 10'240;
constexpr std::size_t kTriesAPort = 64;

/// From here on the kernel gives ports to outgoing connections: one of those that was free a moment
/// ago may be taken before somebody listens on it.
std::uint16_t first_outgoing_port() {
    std::uint16_t first = 0;
    std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
    return first;
}

/// @param port  0: the kernel chooses. @return which; none: it is taken
std::optional<std::uint16_t> bind_to(int handle, unsigned port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(handle, generic, size) != 0 || ::getsockname(handle, generic, &size) != 0) {
        return std::nullopt;
    }
    return ntohs(address.sin_port);
}

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& arguments,
                               const std::filesystem::path& log,
                               const std::vector<std::string>& settings) {
    std::vector<std::string> words = arguments;
    std::vector<std::string> environment = environment_with(settings);
    const std::vector<char*> argv = pointers_to(words);
    const std::vector<char*> envp = pointers_to(environment);
    const std::string log_name = log.string();
    const pid_t parent = ::getpid();
    const pid_t id = ::fork();
    if (id < 0) return fail(Errc::Unavailable, "fork: {}", std::generic_category().message(errno));
    if (id == 0) run_child(argv.data(), envp.data(), log_name.c_str(), parent);
    return Process(id);
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)), exit_code_(other.exit_code_) {}

Process& Process::operator=(Process&& other) noexcept {
    if (this != &other) {
        kill();
        id_ = std::exchange(other.id_, -1);
        exit_code_ = other.exit_code_;
    }
    return *this;
}

Process::~Process() {
    kill();
}

int Process::reap(bool block) {
    int status = 0;
    if (id_ < 0 || ::waitpid(id_, &status, block ? 0 : WNOHANG) != id_) return exit_code_;
    id_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return exit_code_;
}

bool Process::running() {
    reap(false);
    return id_ > 0;
}

int Process::terminate(int seconds) {
    if (id_ < 0) return exit_code_;
    ::kill(id_, SIGTERM);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (running() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(kPollStep);
    }
    kill();
    return exit_code_;
}

void Process::kill() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    reap(true);
}

Result<std::vector<std::uint16_t>> free_ports(std::size_t count) {
    const std::uint16_t end = first_outgoing_port();
    std::uniform_int_distribution<unsigned> any(kFirstPort,
                                                std::max<unsigned>(kFirstPort + 1U, end) - 1U);
    std::random_device random;
    std::vector<int> sockets;  // held until all are known, so that they differ
    std::vector<std::uint16_t> ports;
    for (std::size_t tries = 0; ports.size() < count && tries < kTriesAPort * count; ++tries) {
        const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (handle < 0) break;
        sockets.push_back(handle);
        const bool is_low = end > kFirstPort && tries < kTriesAPort * count / 2;
        if (const auto port = bind_to(handle, is_low ? any(random) : 0)) ports.push_back(*port);
    }
    for (const int handle : sockets) ::close(handle);
    if (ports.size() != count) {
        return fail(Errc::Unavailable, "no free port on the loopback interface");
    }
    return ports;
}

Result<TemporaryFolder> TemporaryFolder::create(const std::string& prefix) {
    // mkdtemp writes letters of its own over the last six.
    std::string name = (std::filesystem::temp_directory_path() / (prefix + "-XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) {
        return fail(Errc::Unavailable, "mkdtemp: {}", std::generic_category().message(errno));
    }
    return TemporaryFolder(name);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), kept_(other.kept_) {}

TemporaryFolder::~TemporaryFolder() {
    if (path_.empty() || kept_) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path own_binary() {
    return std::filesystem::read_symlink("/proc/self/exe");
}

}  // namespace luqiao::app
