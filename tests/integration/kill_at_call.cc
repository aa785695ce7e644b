// tests/integration/kill_at_call.cc - loaded into a program by LD_PRELOAD, ends it at its N-th call
// that changes something outside: a file, a name in a folder, what a peer is sent.
//
//     LUQIAO_TEST_KILL_AT   N, counted over all threads; absent: nothing happens
//     LUQIAO_TEST_KILL_HOW  before | after | torn: half of the bytes go out, then it ends; it does
//                           so at the first write or send from N on
//     LUQIAO_TEST_KILL_OF   only calls with this in their title count: "send socket:8080>";
//                           absent: all
//     LUQIAO_TEST_KILL_LOG  the file that gets a line then: "torn pwrite64 /data/store.db-wal"
//
// Other threads do not come past a call of theirs meanwhile: what the outside sees is the state at
// that call, not some of what came after it.
#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <span>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

struct Plan {
    std::uint64_t at = 0;  ///< 0: never
    std::string_view how = "before";
    std::string_view of;
    const char* log = nullptr;
};
constinit Plan plan;  // read before main(); there are no other threads then
constinit std::atomic<std::uint64_t> calls{0};
constinit std::atomic<bool> is_ending{false};

__attribute__((constructor)) void read_plan() {
    const char* at = std::getenv("LUQIAO_TEST_KILL_AT");
    if (at == nullptr) return;
    if (const char* how = std::getenv("LUQIAO_TEST_KILL_HOW")) plan.how = how;
    if (const char* of = std::getenv("LUQIAO_TEST_KILL_OF")) plan.of = of;
    plan.log = std::getenv("LUQIAO_TEST_KILL_LOG");
    plan.at = std::strtoull(at, nullptr, 10);
}

/// The function of that name behind ours: a sanitizer's, or the C library's.
template <class Function>
Function* behind(Function* /*ours*/, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct Call {
    const char* name;
    int descriptor;
    const char* path = nullptr;  ///< of a call without a descriptor
    std::size_t bytes = 0;       ///< that it writes
};

/// Not the program's log, nor the pipes and events by which its threads wake each other.
bool is_outside(const Call& call) {
    if (call.path != nullptr) return true;
    struct stat about {};
    return call.descriptor > STDERR_FILENO && ::fstat(call.descriptor, &about) == 0 &&
           (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || S_ISSOCK(about.st_mode));
}

/// @return 0: it is no socket, or has none
int port_of(int descriptor, decltype(&::getsockname) ask) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (ask(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
}

/// "pwrite64 /data/store.db-wal", "send socket:8080>40112": our port and the peer's.
struct Title {
    explicit Title(const Call& call) {
        char target[PATH_MAX] = {};
        if (call.path != nullptr) {
            std::snprintf(target, sizeof target, "%s", call.path);
        } else if (const int port = port_of(call.descriptor, ::getsockname); port != 0) {
            std::snprintf(target, sizeof target, "socket:%d>%d", port,
                          port_of(call.descriptor, ::getpeername));
        } else {
            char link[64];
            std::snprintf(link, sizeof link, "/proc/self/fd/%d", call.descriptor);
            if (::readlink(link, target, sizeof target - 1) < 0) target[0] = '?';
        }
        std::snprintf(text, sizeof text, "%s %s", call.name, target);
    }
    char text[PATH_MAX + 32];
};

/// By calls to the kernel: those of the library are ours.
void note(const Title& title) {
    char line[sizeof title.text + 32];
    const int size = std::snprintf(line, sizeof line, "%s %s\n", plan.how.data(), title.text);
    const auto log = static_cast<int>(
        ::syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ::syscall(SYS_write, log, line, size);
}

[[noreturn]] void wait_for_the_end() {
    for (;;) ::pause();
}

/// @param act  makes the call with so many of its bytes
template <class Act>
auto at_call(const Call& call, Act act) {
    if (plan.at == 0 || !is_outside(call)) return act(call.bytes);
    if (is_ending) wait_for_the_end();
    const Title title(call);
    if (std::string_view(title.text).find(plan.of) == std::string_view::npos || ++calls < plan.at ||
        (plan.how == "torn" && call.bytes < 2)) {
        return act(call.bytes);
    }
    if (is_ending.exchange(true)) wait_for_the_end();
    if (plan.log != nullptr) note(title);
    if (plan.how == "after") act(call.bytes);
    if (plan.how == "torn") act(call.bytes / 2);
    ::syscall(SYS_kill, ::getpid(), SIGKILL);
    wait_for_the_end();
}

std::size_t size_of(std::span<const iovec> pieces) {
    std::size_t bytes = 0;
    for (const iovec& piece : pieces) bytes += piece.iov_len;
    return bytes;
}

std::vector<iovec> first_of(std::span<const iovec> pieces, std::size_t bytes) {
    std::vector<iovec> out(pieces.begin(), pieces.end());
    for (iovec& piece : out) {
        piece.iov_len = std::min(piece.iov_len, bytes);
        bytes -= piece.iov_len;
    }
    return out;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
    static auto* const next = behind(&write, "write");
    return at_call({"write", descriptor, nullptr, size},
                   [&](std::size_t bytes) { return next(descriptor, data, bytes); });
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
    static auto* const next = behind(&pwrite, "pwrite");
    return at_call({"pwrite", descriptor, nullptr, size},
                   [&](std::size_t bytes) { return next(descriptor, data, bytes, offset); });
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
    static auto* const next = behind(&pwrite64, "pwrite64");
    return at_call({"pwrite64", descriptor, nullptr, size},
                   [&](std::size_t bytes) { return next(descriptor, data, bytes, offset); });
}

ssize_t writev(int descriptor, const iovec* pieces, int count) {
    static auto* const next = behind(&writev, "writev");
    const std::span all(pieces, static_cast<std::size_t>(std::max(count, 0)));
    return at_call({"writev", descriptor, nullptr, size_of(all)}, [&](std::size_t bytes) {
        return next(descriptor, first_of(all, bytes).data(), count);
    });
}

ssize_t send(int descriptor, const void* data, size_t size, int flags) {
    static auto* const next = behind(&send, "send");
    return at_call({"send", descriptor, nullptr, size},
                   [&](std::size_t bytes) { return next(descriptor, data, bytes, flags); });
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    static auto* const next = behind(&sendmsg, "sendmsg");
    const std::span<const iovec> all(message->msg_iov, message->msg_iovlen);
    return at_call({"sendmsg", descriptor, nullptr, size_of(all)}, [&](std::size_t bytes) {
        auto pieces = first_of(all, bytes);
        msghdr part = *message;
        part.msg_iov = pieces.data();
        return next(descriptor, &part, flags);
    });
}

int fsync(int descriptor) {
    static auto* const next = behind(&fsync, "fsync");
    return at_call({"fsync", descriptor}, [&](std::size_t) { return next(descriptor); });
}

int fdatasync(int descriptor) {
    static auto* const next = behind(&fdatasync, "fdatasync");
    return at_call({"fdatasync", descriptor}, [&](std::size_t) { return next(descriptor); });
}

int ftruncate(int descriptor, off_t size) noexcept {
    static auto* const next = behind(&ftruncate, "ftruncate");
    return at_call({"ftruncate", descriptor}, [&](std::size_t) { return next(descriptor, size); });
}

int ftruncate64(int descriptor, off64_t size) noexcept {
    static auto* const next = behind(&ftruncate64, "ftruncate64");
    return at_call({"ftruncate64", descriptor},
                   [&](std::size_t) { return next(descriptor, size); });
}

int rename(const char* from, const char* to) noexcept {
    static auto* const next = behind(&rename, "rename");
    return at_call({"rename", -1, to}, [&](std::size_t) { return next(from, to); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    static auto* const next = behind(&renameat, "renameat");
    return at_call({"renameat", -1, to},
                   [&](std::size_t) { return next(from_folder, from, to_folder, to); });
}

int renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
    static auto* const next = behind(&renameat2, "renameat2");
    return at_call({"renameat2", -1, to},
                   [&](std::size_t) { return next(from_folder, from, to_folder, to, flags); });
}

int unlink(const char* path) noexcept {
    static auto* const next = behind(&unlink, "unlink");
    return at_call({"unlink", -1, path}, [&](std::size_t) { return next(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
    static auto* const next = behind(&unlinkat, "unlinkat");
    return at_call({"unlinkat", -1, path}, [&](std::size_t) { return next(folder, path, flags); });
}

}  // extern "C"
