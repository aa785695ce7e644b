#include "adapters/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kFolderMode = 0750;
constexpr int kSameNameMax = 1000;
constexpr std::size_t kFileNameMax = 200;

/// A descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    [[nodiscard]] int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

private:
    int value_;
};

std::string reason(int error) {
    return std::generic_category().message(error);
}

Error trouble(std::string_view action, const std::string& name, int error) {
    Errc code = Errc::Unavailable;
    if (error == ENOENT) code = Errc::NotFound;
    if (error == ELOOP || error == ENAMETOOLONG || error == EINVAL || error == EISDIR) {
        code = Errc::Refused;
    }
    return fail(code, "cannot {} the file: {}", action, reason(error)).at(name);
}

FileStamp stamp(const struct stat& status) {
    return {status.st_ino, static_cast<std::uint64_t>(status.st_size),
            std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Status write_all(int descriptor, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return trouble("write", name, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= kFileNameMax && name.front() != '.' &&
           std::none_of(name.begin(), name.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte < 0x20 || byte == 0x7F || c == '/' || c == '\\';
           });
}

Folder::Folder(Folder&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Folder& Folder::operator=(Folder&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Folder::~Folder() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Folder> Folder::open(const std::filesystem::path& path, bool create) {
    if (create) {
        std::error_code ignored;  // what matters is whether it opens
        std::filesystem::create_directories(path, ignored);
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail(Errc::Unavailable, "the exchange folder cannot be opened: {}", reason(errno))
            .at(path.string());
    }
    return Folder(descriptor);
}

Result<Folder> Folder::inner(const std::string& name) const {
    if (::mkdirat(descriptor_, name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
        return fail(Errc::Unavailable, "cannot make a folder: {}", reason(errno)).at(name);
    }
    const int descriptor =
        ::openat(descriptor_, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return fail(Errc::Unavailable, "cannot open a folder: {}", reason(errno)).at(name);
    }
    return Folder(descriptor);
}

Result<std::vector<std::string>> Folder::list() const {
    Descriptor descriptor(::openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0) return trouble("list", ".", errno);
    const auto closer = [](DIR* stream) { ::closedir(stream); };
    const std::unique_ptr<DIR, decltype(closer)> stream(::fdopendir(descriptor.get()), closer);
    if (!stream) return trouble("list", ".", errno);
    descriptor.release();
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return trouble("list", ".", errno);
    std::sort(names.begin(), names.end());
    return names;
}

bool Folder::exists(const std::string& name) const {
    struct stat status {};
    return ::fstatat(descriptor_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<FileStamp> Folder::stamp_of(const std::string& name) const {
    struct stat status {};
    if (::fstatat(descriptor_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return trouble("look at", name, errno);
    }
    return stamp(status);
}

Result<FileContent> Folder::read(const std::string& name, std::size_t size_max) const {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    const Descriptor file(::openat(descriptor_, name.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return trouble("open", name, errno);
    struct stat before {};
    if (::fstat(file.get(), &before) != 0) return trouble("look at", name, errno);
    if (!S_ISREG(before.st_mode)) return fail(Errc::Refused, "not a regular file").at(name);
    const auto size = static_cast<std::uint64_t>(before.st_size);
    if (size > size_max) {
        return fail(Errc::LimitExceeded, "{} bytes are more than {}", size, size_max).at(name);
    }
    FileContent out{std::string(static_cast<std::size_t>(size) + 1, '\0'), stamp(before)};
    std::size_t filled = 0;
    while (filled < out.bytes.size()) {
        const ssize_t got =
            ::read(file.get(), out.bytes.data() + filled, out.bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return trouble("read", name, errno);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    out.bytes.resize(filled);
    struct stat after {};
    if (::fstat(file.get(), &after) != 0) return trouble("look at", name, errno);
    if (filled != size || stamp(after) != out.stamp) {
        return fail(Errc::Conflict, "the file changed while it was read").at(name);
    }
    return out;
}

Status Folder::sync() const {
    if (::fsync(descriptor_) == 0) return {};
    return fail(Errc::OutcomeUnknown, "the folder was not synced: {}", reason(errno));
}

Status Folder::write(const std::string& name, std::string_view bytes) const {
    const std::string temporary = name + ".tmp";
    ::unlinkat(descriptor_, temporary.c_str(), 0);  // left by a crash; nobody else writes this name
    Descriptor file(::openat(descriptor_, temporary.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (file.get() < 0) {
        Error error = trouble("create", temporary, errno);
        if (error.code == Errc::NotFound) error.code = Errc::Unavailable;  // the folder is gone
        return error;
    }
    LQ_CHECK(write_all(file.get(), bytes, temporary));
    if (::fsync(file.get()) != 0) return trouble("sync", temporary, errno);
    if (::close(file.release()) != 0) return trouble("close", temporary, errno);
    if (::renameat(descriptor_, temporary.c_str(), descriptor_, name.c_str()) != 0) {
        return trouble("rename", temporary, errno);
    }
    return sync();
}

Result<std::string> Folder::move_to(const std::string& name, const Folder& target) const {
    std::string to = name;
    for (int copy = 1;; ++copy) {
        if (::renameat2(descriptor_, name.c_str(), target.descriptor_, to.c_str(),
                        RENAME_NOREPLACE) == 0) {
            break;
        }
        if (errno != EEXIST || copy > kSameNameMax) return trouble("move", name, errno);
        to = fmt::format("{}.{}", name, copy);
    }
    LQ_CHECK(target.sync());
    LQ_CHECK(sync());
    return to;
}

}  // namespace luqiao::adapters
