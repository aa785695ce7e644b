#include "broker/blob_files.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr int kFileMode = 0600;
constexpr int kFolderMode = 0700;

/// The last call's error; `doing` and file names hold nothing personal.
Error failed(const char* doing, const std::string& name) {
    const int number = errno;
    const Errc code = number == ENOENT                       ? Errc::NotFound
                      : number == ENOSPC || number == EDQUOT ? Errc::StoreFull
                                                             : Errc::StoreFailed;
    return fail(code, "{} in the attachment folder: {}", doing,
                std::generic_category().message(number))
        .at(name);
}

Instant held_of(const struct stat& about) {
    return Instant{std::chrono::seconds(about.st_mtim.tv_sec) +
                   std::chrono::floor<Duration>(std::chrono::nanoseconds(about.st_mtim.tv_nsec))};
}

BlobInfo info_of(const struct stat& about) {
    return {about.st_ino, static_cast<std::uint64_t>(about.st_size), held_of(about)};
}

Status asked(const BlobHook& hook, const BlobStep& step) {
    return hook ? hook(step) : Status{};
}

}  // namespace

// ---- one file -------------------------------------------------------------------------------

BlobFile::BlobFile(BlobFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      hook_(other.hook_) {}

BlobFile& BlobFile::operator=(BlobFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(name_, other.name_);
    std::swap(hook_, other.hook_);
    return *this;
}

BlobFile::~BlobFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> BlobFile::read(std::uint64_t offset, std::span<char> into) const {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count = ::pread(descriptor_, into.data() + done, into.size() - done,
                                      static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("read", name_);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Status BlobFile::write(std::uint64_t offset, std::string_view bytes) {
    LQ_CHECK(asked(*hook_, {BlobStep::Kind::Write, name_, {}, offset, bytes}));
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("write", name_);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Status BlobFile::truncate(std::uint64_t size) {
    LQ_CHECK(asked(*hook_, {BlobStep::Kind::Truncate, name_, {}, size, {}}));
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("cut", name_);
    return {};
}

Status BlobFile::flush() {
    LQ_CHECK(asked(*hook_, {BlobStep::Kind::Flush, name_}));
    if (::fsync(descriptor_) != 0) return failed("flush", name_);
    return {};
}

Status BlobFile::touch(Instant at) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(at);
    const timespec when{whole.time_since_epoch().count(),
                        std::chrono::nanoseconds(at - whole).count()};
    const timespec times[2] = {when, when};
    if (::futimens(descriptor_, times) != 0) return failed("touch", name_);
    return {};
}

Result<BlobInfo> BlobFile::info() const {
    struct stat about {};
    if (::fstat(descriptor_, &about) != 0) return failed("look at", name_);
    return info_of(about);
}

Result<bool> BlobFile::lock() {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failed("lock", name_);
}

// ---- the folder -----------------------------------------------------------------------------

BlobFolder::BlobFolder(BlobFolder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), hook_(std::move(other.hook_)) {}

BlobFolder::~BlobFolder() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<BlobFolder> BlobFolder::open(const std::string& path, BlobHook hook) {
    if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) return failed("make", path);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open", path);
    return BlobFolder(descriptor, std::move(hook));
}

Status BlobFolder::make_party(const std::string& party) const {
    if (::mkdirat(descriptor_, party.c_str(), kFolderMode) == 0) {
        if (::fsync(descriptor_) != 0) return failed("flush", party);
        return {};
    }
    if (errno != EEXIST) return failed("make", party);
    return {};
}

std::optional<BlobInfo> BlobFolder::look(const std::string& name) const {
    struct stat about {};
    if (::fstatat(descriptor_, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (!S_ISREG(about.st_mode)) return std::nullopt;
    return info_of(about);
}

Result<BlobFile> BlobFolder::open(const std::string& name, int flags) const {
    const int descriptor =
        ::openat(descriptor_, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, kFileMode);
    if (descriptor < 0) return failed("open", name);
    return BlobFile(descriptor, name, hook_);
}

Result<BlobFile> BlobFolder::open_for_reading(const std::string& name) const {
    return open(name, O_RDONLY);
}

Result<BlobFile> BlobFolder::open_for_writing(const std::string& name) const {
    if (!look(name)) LQ_CHECK(asked(hook_, {BlobStep::Kind::Create, name}));
    return open(name, O_RDWR | O_CREAT);
}

Status BlobFolder::rename(const std::string& from, const std::string& to) const {
    LQ_CHECK(asked(hook_, {BlobStep::Kind::Rename, from, to}));
    if (::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()) != 0) {
        return failed("rename", from);
    }
    return {};
}

Status BlobFolder::remove(const std::string& name) const {
    LQ_CHECK(asked(hook_, {BlobStep::Kind::Remove, name}));
    if (::unlinkat(descriptor_, name.c_str(), 0) != 0 && errno != ENOENT) {
        return failed("remove", name);
    }
    return {};
}

Status BlobFolder::flush_party(const std::string& party) const {
    LQ_CHECK(asked(hook_, {BlobStep::Kind::FlushFolder, party}));
    LQ_TRY(const BlobFile folder, open(party, O_RDONLY | O_DIRECTORY));
    if (::fsync(folder.descriptor_) != 0) return failed("flush", party);
    return {};
}

Result<std::vector<std::string>> BlobFolder::list(const std::string& name) const {
    const int descriptor =
        ::openat(descriptor_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return failed("list", name);
    DIR* const folder = ::fdopendir(descriptor);
    if (folder == nullptr) {
        ::close(descriptor);
        return failed("list", name);
    }
    std::vector<std::string> out;
    while (const dirent* one = ::readdir(folder)) {
        if (one->d_name[0] != '.') out.emplace_back(one->d_name);
    }
    ::closedir(folder);
    std::sort(out.begin(), out.end());
    return out;
}

Result<std::vector<std::string>> BlobFolder::parties() const {
    return list(".");
}

Result<std::vector<std::string>> BlobFolder::files(const std::string& party) const {
    return list(party);
}

}  // namespace luqiao::broker
