// broker/blob_files.h - the file calls of the attachment folder: each may fail, and a test may
// stand before any that changes something (a power cut, a kill, a full disk).
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// A call that is about to change something. Names are "party/file".
struct BlobStep {
    enum class Kind : std::uint8_t { Create, Write, Truncate, Flush, Rename, Remove, FlushFolder };
    Kind kind;
    std::string name;  ///< of FlushFolder the party
    std::string to = {};
    std::uint64_t offset = 0;  ///< of Write; the size for Truncate
    std::string_view bytes = {};
};

/// Called before each such call; an error is the call's.
using BlobHook = std::function<Status(const BlobStep& step)>;

/// What a name stands for.
struct BlobInfo {
    std::uint64_t number = 0;  ///< of the file itself, whatever it is called
    std::uint64_t size = 0;
    Instant held{};  ///< last change, or what `touch` said
};

class BlobFolder;

/// An open file; closed with the object.
class BlobFile {
public:
    BlobFile(BlobFile&& other) noexcept;
    BlobFile& operator=(BlobFile&& other) noexcept;
    ~BlobFile();

    /// @return fewer bytes than asked for only at the end
    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const;
    Status write(std::uint64_t offset, std::string_view bytes);
    Status truncate(std::uint64_t size);
    /// On stable storage when it returns. After an error nothing that was written is sure.
    Status flush();
    Status touch(Instant at);
    [[nodiscard]] Result<BlobInfo> info() const;
    /// Against every other that opened the file, here or in another process; until it is closed.
    /// @return false: another has it
    Result<bool> lock();

private:
    friend class BlobFolder;
    BlobFile(int descriptor, std::string name, const BlobHook& hook)
        : descriptor_(descriptor), name_(std::move(name)), hook_(&hook) {}
    int descriptor_ = -1;
    std::string name_;
    const BlobHook* hook_;
};

/// Folders of parties below one folder. Links are never followed.
/// @errors NotFound  StoreFull  StoreFailed
class BlobFolder {
public:
    /// Makes the folder when it is missing.
    static Result<BlobFolder> open(const std::string& path, BlobHook hook);

    Status make_party(const std::string& party) const;
    [[nodiscard]] std::optional<BlobInfo> look(const std::string& name) const;
    [[nodiscard]] Result<BlobFile> open_for_reading(const std::string& name) const;
    /// Makes it when it is missing.
    [[nodiscard]] Result<BlobFile> open_for_writing(const std::string& name) const;
    Status rename(const std::string& from, const std::string& to) const;
    /// A name that stands for nothing is removed already.
    Status remove(const std::string& name) const;
    Status flush_party(const std::string& party) const;
    [[nodiscard]] Result<std::vector<std::string>> parties() const;
    [[nodiscard]] Result<std::vector<std::string>> files(const std::string& party) const;

    BlobFolder(BlobFolder&& other) noexcept;
    BlobFolder& operator=(BlobFolder&&) = delete;
    ~BlobFolder();

private:
    BlobFolder(int descriptor, BlobHook hook) : descriptor_(descriptor), hook_(std::move(hook)) {}
    [[nodiscard]] Result<BlobFile> open(const std::string& name, int flags) const;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& name) const;
    int descriptor_ = -1;
    BlobHook hook_;
};

}  // namespace luqiao::broker
