// broker/blobs.h - attachments on the disk: each file is named by the SM3 of its bytes, and is
// whole or not there.
//
//     PARTY/SM3         a complete attachment
//     PARTY/SM3.part    an upload under way
//     PARTY/SM3.state   how much of it is on stable storage, and the SM3 of just that
//     PARTY/SM3.going   about to be removed for age
//
// Each party has a folder of its own: what one uploaded cannot be named, found or read by way of
// another's digest (docs/adr/0028-attachments.md). An upload appends to .part; every 16 MiB, and
// when its connection ends, the bytes are flushed and .state is replaced. After a kill or a power
// cut the upload goes on from there, once the bytes before were held against the SM3 in .state. A
// complete one is flushed, held against its name, renamed, and the folder flushed.
#pragma once

#include "broker/blob_files.h"
#include "broker/ports.h"
#include "broker/space.h"
#include "security/digest.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace luqiao::broker {

struct BlobOptions {
    std::uint64_t size_max = 2ULL << 30U;  ///< bytes of one attachment
    std::uint64_t party_max = 256ULL
                              << 30U;  ///< bytes of all of one party, unfinished ones as said
    std::uint64_t disk_reserve = 0;    ///< bytes that no upload takes
    std::uint64_t checkpoint_every = 16ULL << 20U;  ///< bytes that a kill may take back
    Clock now;
    FreeBytes free_bytes = {};  ///< of the folder's disk; empty: it is not watched
    BlobHook hook = {};         ///< for tests
};

class Blobs;

/// An upload that this process alone has; dropped before finish(), it keeps what came.
class BlobUpload {
public:
    BlobUpload(const BlobUpload&) = delete;
    BlobUpload& operator=(const BlobUpload&) = delete;
    ~BlobUpload();

    /// @errors LimitExceeded: more than the length; StoreFull, StoreFailed: what came before is
    /// kept
    Status write(std::string_view bytes);
    /// Takes back what was written since the upload was opened.
    Status rewind();
    /// Of all bytes so far.
    [[nodiscard]] std::string sm3() const { return digest_.hex(); }
    /// Keeps what was written; with the last byte the attachment is complete.
    /// @errors BadValue: the bytes have another SM3 than the name; they are gone. StoreFull,
    /// StoreFailed
    Result<AttachmentState> finish();

private:
    friend class Blobs;
    struct State {
        std::uint64_t length = 0;
        std::uint64_t offset = 0;
        std::string sm3;  ///< of the first `offset` bytes
    };
    BlobUpload(Blobs& blobs, std::string party, std::string name, BlobFile file)
        : blobs_(blobs), party_(std::move(party)), name_(std::move(name)), file_(std::move(file)) {}
    Status begin(std::uint64_t offset, std::uint64_t length);
    Status verify(const State& state);
    Status checkpoint();
    Status write_state();
    void remember();
    Result<AttachmentState> complete();
    void give_up();  ///< nothing of it is sure any more

    Blobs& blobs_;
    std::string party_;
    std::string name_;  ///< "party/sm3"
    BlobFile file_;
    security::Sm3Stream digest_;
    security::Sm3Stream digest_at_begin_;
    std::uint64_t length_ = 0;
    std::uint64_t begin_ = 0;
    std::uint64_t at_ = 0;
    std::uint64_t kept_ = 0;  ///< what .state says
    bool is_over_ = false;
};

/// Thread-safe; several processes may share the folder. `party` is lowercase letters, digits, '_'
/// and '-', `sm3` 64 lowercase hexadecimal digits: anything else names nothing (InvalidArgument).
class Blobs {
public:
    /// Makes the folder when it is missing. @errors StoreFailed
    static Result<std::unique_ptr<Blobs>> open(const std::string& path, BlobOptions options);

    /// @return none: nothing of it is here
    Result<std::optional<AttachmentState>> look(const std::string& party,
                                                const std::string& sm3) const;
    /// The same, and keeps a complete one from being removed as unused for a while from now on.
    Result<std::optional<AttachmentState>> hold(const std::string& party, const std::string& sm3);

    /// Begins an upload or goes on with it at `offset`.
    /// @errors LimitExceeded  its size, or the party's room, would be too large
    ///         StoreFull      the disk's reserve would be touched
    ///         Conflict       another request has it, is at another offset, or said another length
    ///         StoreFailed
    Result<std::unique_ptr<BlobUpload>> append(const std::string& party,
                                               const std::string& sm3,
                                               std::uint64_t offset,
                                               std::uint64_t length);

    /// @errors NotFound: it is not here, or not complete
    Result<std::unique_ptr<AttachmentReader>> read(const std::string& party,
                                                   const std::string& sm3) const;

    /// Whether an attachment is still needed; `held` is when it was uploaded or named last.
    using IsNeeded =
        std::function<Result<bool>(const std::string& party, const std::string& sm3, Instant held)>;
    struct Swept {
        std::size_t attachments = 0;  ///< removed
        std::size_t uploads = 0;      ///< unfinished ones, removed
        std::uint64_t bytes = 0;
    };
    /// What is here, complete: as of the last sweep, with what was completed here since. Costs
    /// nothing.
    struct Totals {
        std::uint64_t attachments = 0;
        std::uint64_t bytes = 0;
        std::optional<Instant> counted_at;  ///< by a sweep; none: there was none yet
    };
    [[nodiscard]] Totals totals() const;

    /// Removes unfinished uploads that nobody went on with since `before`, and what was not held
    /// since then and is not needed. @errors those of `is_needed`; StoreFailed
    Result<Swept> sweep(Instant before, const IsNeeded& is_needed);

private:
    friend class BlobUpload;
    /// The digest of an upload so far, so that the next request need not read it all again. True of
    /// one file alone: a name may stand for another, empty one by then.
    struct Known {
        std::uint64_t file;
        std::uint64_t offset;
        security::Sm3Stream digest;
    };
    struct Usage {
        std::uint64_t bytes = 0;
        Instant at{};
    };

    Blobs(BlobFolder folder, BlobOptions options)
        : options_(std::move(options)), folder_(std::move(folder)) {}
    [[nodiscard]] std::optional<BlobUpload::State> state_of(const std::string& name) const;
    Status check_room(const std::string& party, std::uint64_t more, bool is_new);
    Result<std::uint64_t> usage(const std::string& party);
    void remember(const std::string& name, Known known);
    void count_completed(std::uint64_t bytes);
    std::optional<security::Sm3Stream> recall(const std::string& name,
                                              const BlobInfo& file,
                                              std::uint64_t offset);
    struct Sweep;

    const BlobOptions options_;
    const BlobFolder folder_;
    mutable std::mutex mutex_;
    std::map<std::string, Known> known_;
    std::map<std::string, Usage> usage_;
    Totals totals_;
};

}  // namespace luqiao::broker
