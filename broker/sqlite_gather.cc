#include "broker/sqlite_gather.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace luqiao::broker {
namespace {

/// SQLite's own layer for Unix cuts a call's size to 17 bits.
constexpr int kHeldMax = 0x1f000;

/// SQLite allocates szOsFile bytes and never constructs or destroys: plain data.
struct GatheringFile {
    sqlite3_file base;
    sqlite3_file* inner;
    char* held;  ///< kHeldMax bytes; none: this file is not gathered
    sqlite3_int64 held_at;
    int held_size;
    WalFlush* flush;  ///< of a WAL
};

GatheringFile& self(sqlite3_file* file) {
    return *reinterpret_cast<GatheringFile*>(file);
}
sqlite3_file* inner(sqlite3_file* file) {
    return self(file).inner;
}
sqlite3_vfs& below() {
    return *sqlite3_vfs_find(nullptr);
}

int write_held(GatheringFile& file) {
    const int size = file.held_size;
    if (size == 0) return SQLITE_OK;
    file.held_size = 0;
    return file.inner->pMethods->xWrite(file.inner, file.held, size, file.held_at);
}

int gather_write(sqlite3_file* base, const void* bytes, int size, sqlite3_int64 offset) {
    GatheringFile& file = self(base);
    const bool follows =
        offset == file.held_at + file.held_size && size <= kHeldMax - file.held_size;
    if (file.held == nullptr || size > kHeldMax || !follows) {
        const int got = write_held(file);
        if (got != SQLITE_OK) return got;
        if (file.held == nullptr || size > kHeldMax) {
            return file.inner->pMethods->xWrite(file.inner, bytes, size, offset);
        }
        file.held_at = offset;
    }
    std::memcpy(file.held + file.held_size, bytes, static_cast<std::size_t>(size));
    file.held_size += size;
    return SQLITE_OK;
}

int gather_close(sqlite3_file* base) {
    GatheringFile& file = self(base);
    const int written = write_held(file);
    const int closed = file.inner->pMethods->xClose(file.inner);
    delete file.flush;
    sqlite3_free(file.held);
    sqlite3_free(file.inner);
    return written != SQLITE_OK ? written : closed;
}

int gather_read(sqlite3_file* base, void* out, int size, sqlite3_int64 offset) {
    const int written = write_held(self(base));
    if (written != SQLITE_OK) return written;
    return inner(base)->pMethods->xRead(inner(base), out, size, offset);
}

int gather_truncate(sqlite3_file* base, sqlite3_int64 size) {
    const int written = write_held(self(base));
    if (written != SQLITE_OK) return written;
    return inner(base)->pMethods->xTruncate(inner(base), size);
}

int gather_sync(sqlite3_file* base, int flags) {
    const int written = write_held(self(base));
    if (written != SQLITE_OK) return written;
    if (WalFlush* const flush = self(base).flush) return flush->commit_asks(flags);
    return inner(base)->pMethods->xSync(inner(base), flags);
}

int gather_size(sqlite3_file* base, sqlite3_int64* size) {
    const int written = write_held(self(base));
    if (written != SQLITE_OK) return written;
    return inner(base)->pMethods->xFileSize(inner(base), size);
}

/// Version 2: without the mapped reads of version 3, which the store turns off.
constexpr sqlite3_io_methods kMethods{
    .iVersion = 2,
    .xClose = gather_close,
    .xRead = gather_read,
    .xWrite = gather_write,
    .xTruncate = gather_truncate,
    .xSync = gather_sync,
    .xFileSize = gather_size,
    .xLock = [](sqlite3_file* file,
                int how) { return inner(file)->pMethods->xLock(inner(file), how); },
    .xUnlock = [](sqlite3_file* file,
                  int how) { return inner(file)->pMethods->xUnlock(inner(file), how); },
    .xCheckReservedLock =
        [](sqlite3_file* file, int* held) {
            return inner(file)->pMethods->xCheckReservedLock(inner(file), held);
        },
    .xFileControl =
        [](sqlite3_file* file, int operation, void* argument) {
            return inner(file)->pMethods->xFileControl(inner(file), operation, argument);
        },
    .xSectorSize =
        [](sqlite3_file* file) { return inner(file)->pMethods->xSectorSize(inner(file)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* file) {
            return inner(file)->pMethods->xDeviceCharacteristics(inner(file));
        },
    .xShmMap =
        [](sqlite3_file* file, int region, int size, int extend, void volatile** out) {
            return inner(file)->pMethods->xShmMap(inner(file), region, size, extend, out);
        },
    .xShmLock =
        [](sqlite3_file* file, int offset, int count, int flags) {
            return inner(file)->pMethods->xShmLock(inner(file), offset, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* file) { inner(file)->pMethods->xShmBarrier(inner(file)); },
    .xShmUnmap = [](sqlite3_file* file,
                    int remove) { return inner(file)->pMethods->xShmUnmap(inner(file), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int gather_open(sqlite3_vfs*, const char* path, sqlite3_file* base, int flags, int* out_flags) {
    sqlite3_vfs& vfs = below();
    auto* file = new (base) GatheringFile{};
    file->inner = static_cast<sqlite3_file*>(sqlite3_malloc(vfs.szOsFile));
    if (file->inner == nullptr) return SQLITE_NOMEM;
    std::memset(file->inner, 0, static_cast<std::size_t>(vfs.szOsFile));
    const int got = vfs.xOpen(&vfs, path, file->inner, flags, out_flags);
    if (file->inner->pMethods == nullptr) {  // then SQLite does not close it
        sqlite3_free(file->inner);
        file->inner = nullptr;
        return got;
    }
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
        file->held = static_cast<char*>(sqlite3_malloc(kHeldMax));  // none: it goes without
    }
    if ((flags & SQLITE_OPEN_WAL) != 0) file->flush = new (std::nothrow) WalFlush(file->inner);
    file->base.pMethods = &kMethods;
    return got;
}

/// A copy of the default: what is not replaced (time, randomness, libraries) works on its own data.
sqlite3_vfs make_vfs() {
    sqlite3_vfs vfs = *sqlite3_vfs_find("unix");
    vfs.pNext = nullptr;
    vfs.zName = "luqiao-gathering";
    vfs.szOsFile = static_cast<int>(sizeof(GatheringFile));
    vfs.xOpen = gather_open;
    vfs.xDelete = [](sqlite3_vfs*, const char* path, int flush_folder) {
        return below().xDelete(&below(), path, flush_folder);
    };
    vfs.xAccess = [](sqlite3_vfs*, const char* path, int flags, int* result) {
        return below().xAccess(&below(), path, flags, result);
    };
    vfs.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* result) {
        return below().xFullPathname(&below(), path, size, result);
    };
    return vfs;
}

}  // namespace

WalFlush* WalFlush::of(sqlite3* connection) {
    sqlite3_file* file = nullptr;
    const int got = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (got != SQLITE_OK || file == nullptr || file->pMethods != &kMethods) return nullptr;
    return self(file).flush;
}

bool WalFlush::pay() {
    const std::lock_guard lock(guard_);
    if (failed_) return false;
    return !is_owed_ || flush(flags_) == SQLITE_OK;
}

int WalFlush::commit_asks(int flags) {
    if (postponed_) {  // without the guard: a flush that is under way holds nobody up
        flags_ = flags;
        is_owed_ = true;
        return SQLITE_OK;
    }
    // The kernel tells a lost write once, to whoever flushes first: all who come later hear of it.
    const std::lock_guard lock(guard_);
    return failed_ && !is_mending_ ? SQLITE_IOERR_FSYNC : flush(flags);
}

void WalFlush::end_mending(bool is_mended) {
    is_mending_ = false;
    if (is_mended) failed_ = false;
}

int WalFlush::flush(int flags) {
    is_owed_ = false;  // first: what is written from now on may miss this flush
    const int got = file_->pMethods->xSync(file_, flags);
    if (got != SQLITE_OK) failed_ = true;
    return got;
}

const char* gathering_vfs() {
    static sqlite3_vfs vfs = make_vfs();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    (void)registered;
    return vfs.zName;
}

}  // namespace luqiao::broker
