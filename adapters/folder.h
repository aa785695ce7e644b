// adapters/folder.h - files of one exchange folder: read and written so that a crash, a symbolic
// link or a half-written file cannot do harm.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::adapters {

/// Which bytes a name stood for when it was read; a rewritten file differs.
struct FileStamp {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};

struct FileContent {
    std::string bytes;
    FileStamp stamp;
};

/// An open folder. Names have no '/', so nothing outside of it can be reached; links are never
/// followed.
///
/// @errors NotFound       there is no such file
///         LimitExceeded  larger than allowed; not read
///         Refused        a link, a device, a name that is no file name
///         Conflict       the file changes while it is read
///         Unavailable    the folder is gone, full, not writable: try again
///         OutcomeUnknown in place, but not known to be on the disk
class Folder {
public:
    static Result<Folder> open(const std::filesystem::path& path, bool create);
    /// The folder `name` inside this one, made when missing.
    [[nodiscard]] Result<Folder> inner(const std::string& name) const;

    /// Names of everything in it but "." and "..", sorted by bytes.
    [[nodiscard]] Result<std::vector<std::string>> list() const;
    [[nodiscard]] bool exists(const std::string& name) const;
    /// @errors NotFound, Unavailable
    [[nodiscard]] Result<FileStamp> stamp_of(const std::string& name) const;
    [[nodiscard]] Result<FileContent> read(const std::string& name, std::size_t size_max) const;
    /// NAME.tmp, fsync, rename to NAME, fsync of the folder.
    [[nodiscard]] Status write(const std::string& name, std::string_view bytes) const;
    /// Renames into `target`, as NAME or, when that is taken, NAME.1, NAME.2, …; gives the new
    /// name.
    [[nodiscard]] Result<std::string> move_to(const std::string& name, const Folder& target) const;

    Folder(Folder&& other) noexcept;
    Folder& operator=(Folder&& other) noexcept;
    ~Folder();

private:
    explicit Folder(int descriptor) : descriptor_(descriptor) {}
    [[nodiscard]] Status sync() const;
    int descriptor_ = -1;
};

/// Whether `name` may name a file here: 1 to 200 bytes, no '/', no control character, not hidden.
bool is_file_name(std::string_view name);

}  // namespace luqiao::adapters
