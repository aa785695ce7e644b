// tests/broker/recorded_disk.h - a disk under SQLite that remembers every write and flush, fails
// when it is told to, and can be looked at as a power cut would have left it.
//
// While a RecordedDisk lives, it is SQLite's default VFS: the unmodified store writes through it to
// real files. Each call that changes something becomes a DiskEvent. DiskModel plays the events up
// to any of them and keeps what was flushed apart from what was only written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace luqiao::broker {

enum class DiskCall : std::uint8_t { Read, Write, Truncate, Flush, Delete };

/// One change of a file, in the order in which SQLite made them; a long write is several. `file` is
/// the name behind the folder: "store.db", "store.db-wal".
struct DiskEvent {
    enum class Kind : std::uint8_t {
        Create,
        Write,
        Truncate,
        Flush,
        FlushFailed,  ///< the kernel dropped what it could not write and calls it clean
        Delete,
        DeleteFlushed,  ///< and the folder with it
        Step,           ///< a step of the workload was acknowledged; `offset` is its number
    };
    Kind kind;
    std::string file;
    std::uint64_t offset = 0;  ///< of Write; the size for Truncate
    std::string bytes;         ///< of Write
};

/// What the disk does instead of the k-th call of a kind.
struct DiskFault {
    enum class What : std::uint8_t {
        Error,      ///< EIO, nothing was done
        NoSpace,    ///< ENOSPC, nothing was written
        ShortWrite  ///< half of the bytes were written, then there was no space
    };
    DiskCall call = DiskCall::Write;
    What what = What::Error;
    int kth = 1;
    bool for_ever = false;
};

class RecordedDisk {
public:
    RecordedDisk();
    RecordedDisk(const RecordedDisk&) = delete;
    RecordedDisk& operator=(const RecordedDisk&) = delete;
    ~RecordedDisk();

    /// From now on calls are counted; `fault` happens at the k-th of its kind.
    void plan(DiskFault fault);
    void repair();
    [[nodiscard]] int failed() const;  ///< calls that failed since plan()
    /// Runs inside each flush, before it, on the thread that flushes: a slow disk.
    void before_flush(std::function<void()> hook);

    void record(bool on);
    void mark_step(std::uint64_t number);
    [[nodiscard]] std::vector<DiskEvent> take_events();

    // For the VFS itself.
    bool strikes(DiskCall call, DiskFault::What& what);
    void add(DiskEvent event);
    void flushing();

private:
    mutable std::mutex mutex_;
    bool planned_ = false;
    bool recording_ = false;
    DiskFault fault_;
    int seen_ = 0;
    int failed_ = 0;
    std::function<void()> before_flush_;
    std::vector<DiskEvent> events_;
};

/// What becomes of that which was written and not flushed.
enum class Unflushed : std::uint8_t {
    Lost,
    Kept,
    Torn,  ///< each write on its own: lost, kept, or some of its sectors of 512 bytes
};

class DiskModel {
public:
    void apply(const DiskEvent& event);
    /// Writes the files into `folder` as a power cut at this moment leaves them.
    void write_to(const std::filesystem::path& folder, Unflushed fate, std::mt19937& random) const;

private:
    struct Change {
        bool is_truncate = false;
        std::uint64_t offset = 0;
        std::string bytes;
        bool forgotten = false;  ///< its flush failed: no later flush writes it
    };
    /// A file between its creation and its deletion; a name may have several until a flush decides.
    struct Life {
        bool named = false;    ///< its entry in the folder is durable
        bool deleted = false;  ///< and the deletion not durable yet
        std::string flushed;
        std::vector<Change> pending;
    };

    static void make(std::string& bytes, const Change& change);
    static void tear(std::string& bytes, const Change& change, std::mt19937& random);
    static void supersede(std::vector<Change>& forgotten, const Change& newer);
    static void flush(Life& life);
    void flush_folder();
    static std::string content(const Life& life, Unflushed fate, std::mt19937& random);

    std::map<std::string, std::vector<Life>> files_;  ///< by name, oldest life first
};

/// Plays `events`. From the first step on, at each of them that `is_wanted`, `folder` becomes in
/// turn each disk that a power cut there may leave, and `look` is called with its name; false ends
/// it. @return how many disks there were
std::size_t each_cut_disk(const std::vector<DiskEvent>& events,
                          const std::filesystem::path& folder,
                          const std::function<bool(const DiskEvent&)>& is_wanted,
                          const std::function<bool(const std::string&)>& look);

}  // namespace luqiao::broker
