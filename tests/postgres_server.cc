#include "tests/postgres_server.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace luqiao::tests {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";

std::string program(const char* name) {
    return std::string(kPrograms) + name;
}

/// postgres refuses to run as root.
void become_postgres() {
    if (::geteuid() != 0) return;
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr || ::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
        ::setuid(user->pw_uid) != 0) {
        ::_exit(126);
    }
}

/// The child; its output goes to `output`. Dies with us.
pid_t spawn(const std::vector<std::string>& arguments, int output) {
    std::vector<char*> words;
    for (const std::string& one : arguments) words.push_back(const_cast<char*>(one.c_str()));
    words.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setpgid(0, 0);
    become_postgres();
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after the change of user, which clears it
    if (::getppid() != parent) ::_exit(125);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (::chdir("/") != 0) ::_exit(124);
    ::setenv("LC_ALL", "C", 1);
    ::execv(words[0], words.data());
    ::_exit(127);
}

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
}

}  // namespace

int run_as_postgres(const std::vector<std::string>& arguments, std::string* output) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return -1;
    const pid_t child = spawn(arguments, pipe[1]);
    ::close(pipe[1]);
    std::array<char, 4096> chunk{};
    for (;;) {
        const ssize_t got = ::read(pipe[0], chunk.data(), chunk.size());
        if (got <= 0) break;
        if (output != nullptr) output->append(chunk.data(), static_cast<std::size_t>(got));
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PostgresServer::PostgresServer(fs::path folder) : folder_(std::move(folder)), port_(free_port()) {}

PostgresServer::~PostgresServer() {
    if (id_ > 0) {
        ::kill(id_, SIGQUIT);  // at once: nobody wants what it has
        int status = 0;
        ::waitpid(id_, &status, 0);
    }
    std::error_code failure;
    fs::remove_all(folder_, failure);
}

namespace {

/// A folder that the server's user owns.
Result<fs::path> make_folder() {
    std::string pattern = (fs::temp_directory_path() / "luqiao-pg-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return fail(Errc::Unavailable, "no temporary folder");
    if (const passwd* user = ::getpwnam("postgres"); ::geteuid() == 0 && user != nullptr) {
        if (::chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
            return fail(Errc::Unavailable, "the folder cannot be given to postgres");
        }
    }
    return fs::path(pattern);
}

}  // namespace

Status PostgresServer::initialise() {
    std::string said;
    const int code = run_as_postgres({program("initdb"), "-D", (folder_ / "data").string(), "-U",
                                      "luqiao", "-A", "trust", "-E", "UTF8", "--locale=C"},
                                     &said);
    return code == 0 ? Status{} : fail(Errc::Unavailable, "initdb ended with {}: {}", code, said);
}

/// Settings on the command line: pg_basebackup copies the files of the primary.
Status PostgresServer::launch() {
    const int log =
        ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    id_ = spawn({program("postgres"),
                 "-D",
                 (folder_ / "data").string(),
                 "-p",
                 std::to_string(port_),
                 "-c",
                 "listen_addresses=127.0.0.1",
                 "-c",
                 "unix_socket_directories=" + folder_.string(),
                 "-c",
                 "max_connections=100",
                 "-c",
                 "fsync=on",
                 "-c",
                 "full_page_writes=on",
                 "-c",
                 "synchronous_commit=on",
                 "-c",
                 "shared_buffers=128MB",
                 "-c",
                 "max_wal_size=2GB",
                 "-c",
                 "wal_level=replica",
                 "-c",
                 "wal_receiver_status_interval=1s",
                 "-c",
                 "log_min_messages=warning"},
                log);
    ::close(log);
    if (wait_until("SELECT 1", "1")) return {};
    std::ifstream said(folder_ / "log");
    return fail(Errc::Unavailable, "postgres does not answer: {}",
                std::string(std::istreambuf_iterator<char>(said), {}));
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::start(const std::string& standbys) {
    LQ_TRY(auto folder, make_folder());
    std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(folder)));
    LQ_CHECK(server->initialise());
    std::ofstream(server->folder_ / "data" / "postgresql.auto.conf", std::ios::app)
        << "synchronous_standby_names = '" << standbys << "'\n";
    std::ofstream(server->folder_ / "data" / "pg_hba.conf", std::ios::app)
        << "host replication all 127.0.0.1/32 trust\n";
    LQ_CHECK(server->launch());
    return server;
}

PostgresServer& PostgresServer::shared() {
    static const std::unique_ptr<PostgresServer> server = [] {
        auto started = start();
        if (!started) {
            fmt::print(stderr, "{}\n", started.error().message);
            std::abort();
        }
        return *std::move(started);
    }();
    return *server;
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::make_standby(const std::string& standbys) {
    LQ_TRY(auto folder, make_folder());
    std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(folder)));
    std::string said;
    const std::string from =
        fmt::format("host=127.0.0.1 port={} user=luqiao application_name=standby", port_);
    const int code =
        run_as_postgres({program("pg_basebackup"), "-D", (server->folder_ / "data").string(), "-d",
                         from, "-R", "-X", "stream", "-c", "fast"},
                        &said);
    if (code != 0) return fail(Errc::Unavailable, "pg_basebackup ended with {}: {}", code, said);
    std::ofstream(server->folder_ / "data" / "postgresql.auto.conf", std::ios::app)
        << "synchronous_standby_names = '" << standbys << "'\n";
    LQ_CHECK(server->launch());
    return server;
}

std::string PostgresServer::url(const std::string& database) const {
    return fmt::format("postgresql://luqiao@127.0.0.1:{}/{}", port_, database);
}

std::string PostgresServer::make_database() {
    static std::atomic<int> number{0};
    const std::string name = fmt::format("test_{}_{}", ::getpid(), ++number);
    (void)value("CREATE DATABASE " + name);
    return name;
}

std::string PostgresServer::value(const std::string& sql, const std::string& database) const {
    std::string out;
    const int code = run_as_postgres(
        {program("psql"), "-X", "-q", "-A", "-t", "-d", url(database), "-c", sql}, &out);
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return code == 0 ? out : std::string();
}

void PostgresServer::kill() {
    if (id_ <= 0) return;
    // The postmaster first, so that it starts no others; its children are in groups of their own.
    std::string said;
    std::vector<pid_t> children;
    if (std::ifstream list(fmt::format("/proc/{}/task/{}/children", id_, id_)); list) {
        for (pid_t child = 0; list >> child;) children.push_back(child);
    }
    ::kill(id_, SIGKILL);
    for (const pid_t child : children) ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = -1;
}

Status PostgresServer::promote() {
    const std::string done = value("SELECT pg_promote(true, 30)");
    if (done != "t") return fail(Errc::Unavailable, "the standby was not promoted");
    return {};
}

bool PostgresServer::wait_until(const std::string& sql, const std::string& expected) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < end) {
        if (value(sql) == expected) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // between two questions
    }
    return false;
}

}  // namespace luqiao::tests
