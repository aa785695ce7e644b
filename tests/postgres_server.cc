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
#include <pwd.h>
#include <sys/prctl.h>
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

PostgresServer::PostgresServer(fs::path folder) : folder_(std::move(folder)) {}

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
                 "-c",
                 "listen_addresses=",
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
    return fail(Errc::Unavailable, "postgres does not answer: {}", log_text());
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::start(const std::string& standbys) {
    LQ_TRY(auto folder, make_folder());
    std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(folder)));
    LQ_CHECK(server->initialise());
    std::ofstream(server->folder_ / "data" / "postgresql.auto.conf", std::ios::app)
        << "synchronous_standby_names = '" << standbys << "'\n";
    std::ofstream(server->folder_ / "data" / "pg_hba.conf", std::ios::app)
        << "local replication all trust\n";
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
        fmt::format("host={} user=luqiao application_name=standby", folder_.string());
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
    return fmt::format("postgresql:///{}?host={}&user=luqiao", database, folder_.string());
}

std::string PostgresServer::make_database() {
    static std::atomic<int> number{0};
    const std::string name = fmt::format("test_{}_{}", ::getpid(), ++number);
    std::string said;
    // Nobody can be connected to template0, which would refuse the copy.
    if (run_sql("CREATE DATABASE " + name + " TEMPLATE template0", "postgres", said) != 0) {
        fmt::print(stderr, "{}\n{}\n", said, log_text());
        std::abort();
    }
    return name;
}

int PostgresServer::run_sql(const std::string& sql,
                            const std::string& database,
                            std::string& output) const {
    return run_as_postgres(
        {program("psql"), "-X", "-q", "-A", "-t", "-d", url(database), "-c", sql}, &output);
}

std::string PostgresServer::log_text() const {
    std::ifstream said(folder_ / "log");
    return {std::istreambuf_iterator<char>(said), {}};
}

std::string PostgresServer::value(const std::string& sql, const std::string& database) const {
    std::string out;
    const int code = run_sql(sql, database, out);
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
        siginfo_t ended{};
        if (::waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid != 0) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // between two questions
    }
    return false;
}

}  // namespace luqiao::tests
