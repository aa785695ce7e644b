// broker/sqlite_gather.h - a layer under SQLite that writes adjacent pieces of a file in one call.
//
// SQLite hands a WAL frame to the file system as 24 bytes and then a page, and a checkpoint page by
// page. Most of what a write costs is the call and the search for the cached page, so pieces that
// follow one another are held and written together:
//
//     write at the end of what is held, room left      held
//     any other write                                  what is held, then hold this
//     read, flush, truncate, size, close               what is held, then the call
//
// So the file gets the same bytes in the same order, and before a flush it has them all. Nobody
// else sees a difference: SQLite lets a reader look at frames only after their commit was flushed.
// An error of a held piece is the error of the call that writes it, which for a commit is its
// flush; what was held is then dropped, as SQLite takes the whole transaction for failed.
//
// The flush that a commit of the WAL asks for may be postponed and then done on another thread, so
// that the next transaction is written meanwhile. A checkpoint never builds on a postponed flush:
// it flushes the WAL itself.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <mutex>

namespace luqiao::broker {

/// The flushes of one connection's WAL.
class WalFlush {
public:
    /// Of a connection that has used its WAL; valid as long as that is open. nullptr: it has none
    static WalFlush* of(sqlite3* connection);

    /// What the writer's commit asks for from now on is owed, not done. The writer's thread.
    void postpone(bool on) { postponed_ = on; }
    /// Does what is owed, on any thread. @return false: what is on the disk is not known; so it is
    /// for every later flush, until all of the WAL was written back
    bool pay();
    [[nodiscard]] bool has_failed() const { return failed_; }
    /// From now on the writer writes all of the WAL back: its own flushes are done although one
    /// failed. The writer's thread, as `end_mending`.
    void begin_mending() { is_mending_ = true; }
    void end_mending(bool is_mended);

    // ---- the layer's side
    explicit WalFlush(sqlite3_file* file) : file_(file) {}
    int commit_asks(int flags);

private:
    int flush(int flags);  ///< under guard_

    sqlite3_file* file_;
    bool postponed_ = false;   ///< of the writer's thread
    bool is_mending_ = false;  ///< of the writer's thread
    std::mutex guard_;         ///< one flush at a time
    std::atomic<bool> failed_{false};
    std::atomic<bool> is_owed_{false};
    std::atomic<int> flags_{SQLITE_SYNC_NORMAL};
};

/// The name of the layer for sqlite3_open_v2; registers it at the first call. It stands on whatever
/// is SQLite's default when a file is opened. Thread-safe.
const char* gathering_vfs();

}  // namespace luqiao::broker
