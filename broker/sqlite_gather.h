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
#pragma once

namespace luqiao::broker {

/// The name of the layer for sqlite3_open_v2; registers it at the first call. It stands on whatever
/// is SQLite's default when a file is opened. Thread-safe.
const char* gathering_vfs();

}  // namespace luqiao::broker
