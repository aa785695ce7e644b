#include "tests/broker/recorded_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

namespace luqiao::broker {
namespace {

RecordedDisk* g_disk = nullptr;

/// SQLite's file, followed in memory by the real one.
struct ShimFile {
    sqlite3_file base;
    char name[96];
    bool is_recorded;  ///< not the wal-index, nor temporary files
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

ShimFile& shim(sqlite3_file* file) {
    return *reinterpret_cast<ShimFile*>(file);
}
sqlite3_vfs& real_vfs(sqlite3_vfs* vfs) {
    return *static_cast<sqlite3_vfs*>(vfs->pAppData);
}
std::string name_of(const char* path) {
    return std::filesystem::path(path).filename();
}

int shim_close(sqlite3_file* file) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods == nullptr ? SQLITE_OK : real->pMethods->xClose(real);
}

int shim_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    DiskFault::What what{};
    if (shim(file).is_recorded && g_disk->strikes(DiskCall::Read, what)) {
        errno = EIO;
        return SQLITE_IOERR_READ;
    }
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xRead(real, out, size, offset);
}

/// A disk takes a long write in pieces: its power can go, and its space end, between any two.
constexpr int kPiece = 4'096;

int write_piece(ShimFile& self, const void* bytes, int size, sqlite3_int64 offset) {
    sqlite3_file* real = self.real();
    DiskFault::What what{};
    const bool fails = g_disk->strikes(DiskCall::Write, what);
    const int done = !fails ? size : what == DiskFault::What::ShortWrite ? size / 2 : 0;
    if (done > 0) {
        const int got = real->pMethods->xWrite(real, bytes, done, offset);
        if (got != SQLITE_OK) return got;
        g_disk->add({DiskEvent::Kind::Write, self.name, static_cast<std::uint64_t>(offset),
                     std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(done))});
    }
    if (!fails) return SQLITE_OK;
    errno = what == DiskFault::What::Error ? EIO : ENOSPC;
    return what == DiskFault::What::Error ? SQLITE_IOERR_WRITE : SQLITE_FULL;
}

int shim_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    ShimFile& self = shim(file);
    sqlite3_file* real = self.real();
    if (!self.is_recorded) return real->pMethods->xWrite(real, bytes, size, offset);
    for (int done = 0; done < size; done += kPiece) {
        const int got = write_piece(self, static_cast<const char*>(bytes) + done,
                                    std::min(kPiece, size - done), offset + done);
        if (got != SQLITE_OK) return got;
    }
    return SQLITE_OK;
}

int shim_truncate(sqlite3_file* file, sqlite3_int64 size) {
    ShimFile& self = shim(file);
    sqlite3_file* real = self.real();
    DiskFault::What what{};
    if (self.is_recorded && g_disk->strikes(DiskCall::Truncate, what)) {
        errno = EIO;
        return SQLITE_IOERR_TRUNCATE;
    }
    const int got = real->pMethods->xTruncate(real, size);
    if (got == SQLITE_OK && self.is_recorded) {
        g_disk->add({DiskEvent::Kind::Truncate, self.name, static_cast<std::uint64_t>(size), {}});
    }
    return got;
}

int shim_sync(sqlite3_file* file, int flags) {
    ShimFile& self = shim(file);
    sqlite3_file* real = self.real();
    if (!self.is_recorded) return real->pMethods->xSync(real, flags);
    g_disk->flushing();
    DiskFault::What what{};
    if (g_disk->strikes(DiskCall::Flush, what)) {
        g_disk->add({DiskEvent::Kind::FlushFailed, self.name, 0, {}});
        errno = EIO;
        return SQLITE_IOERR_FSYNC;
    }
    const int got = real->pMethods->xSync(real, flags);
    if (got == SQLITE_OK) g_disk->add({DiskEvent::Kind::Flush, self.name, 0, {}});
    return got;
}

// What is only handed on.
int shim_size(sqlite3_file* file, sqlite3_int64* size) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xFileSize(real, size);
}
int shim_lock(sqlite3_file* file, int how) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xLock(real, how);
}
int shim_unlock(sqlite3_file* file, int how) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xUnlock(real, how);
}
int shim_reserved(sqlite3_file* file, int* is_held) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xCheckReservedLock(real, is_held);
}
int shim_control(sqlite3_file* file, int operation, void* argument) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xFileControl(real, operation, argument);
}
int shim_sector(sqlite3_file* file) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xSectorSize(real);
}
int shim_device(sqlite3_file* file) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xDeviceCharacteristics(real);
}
int shim_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xShmMap(real, region, size, extend, out);
}
int shim_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xShmLock(real, offset, count, flags);
}
void shim_shm_barrier(sqlite3_file* file) {
    sqlite3_file* real = shim(file).real();
    real->pMethods->xShmBarrier(real);
}
int shim_shm_unmap(sqlite3_file* file, int remove) {
    sqlite3_file* real = shim(file).real();
    return real->pMethods->xShmUnmap(real, remove);
}

constexpr sqlite3_io_methods kMethods{
    .iVersion = 2,  // without mmap, which the store turns off
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int shim_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    ShimFile& self = shim(file);
    self.base.pMethods = nullptr;
    self.name[0] = '\0';
    const std::string name = path == nullptr ? std::string() : name_of(path);
    name.copy(self.name, sizeof self.name - 1);
    self.name[std::min(name.size(), sizeof self.name - 1)] = '\0';
    self.is_recorded =
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    const bool is_new =
        self.is_recorded && (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(path);
    sqlite3_vfs& real = real_vfs(vfs);
    const int got = real.xOpen(&real, path, self.real(), flags, out_flags);
    if (self.real()->pMethods != nullptr) self.base.pMethods = &kMethods;
    if (got == SQLITE_OK && is_new) g_disk->add({DiskEvent::Kind::Create, name, 0, {}});
    return got;
}

int shim_delete(sqlite3_vfs* vfs, const char* path, int flush_folder) {
    DiskFault::What what{};
    if (g_disk->strikes(DiskCall::Delete, what)) {
        errno = EIO;
        return SQLITE_IOERR_DELETE;
    }
    sqlite3_vfs& real = real_vfs(vfs);
    const int got = real.xDelete(&real, path, flush_folder);
    if (got == SQLITE_OK) {
        using Kind = DiskEvent::Kind;
        g_disk->add({flush_folder != 0 ? Kind::DeleteFlushed : Kind::Delete, name_of(path), 0, {}});
    }
    return got;
}

/// A copy of the real VFS: what is not replaced works on its own data.
sqlite3_vfs& shim_vfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs* real = sqlite3_vfs_find("unix");
        sqlite3_vfs out = *real;
        out.pNext = nullptr;
        out.zName = "recorded";
        out.szOsFile = static_cast<int>(sizeof(ShimFile)) + real->szOsFile;
        out.pAppData = real;
        out.xOpen = shim_open;
        out.xDelete = shim_delete;
        out.xAccess = [](sqlite3_vfs* self, const char* path, int flags, int* result) {
            sqlite3_vfs& inner = real_vfs(self);
            return inner.xAccess(&inner, path, flags, result);
        };
        out.xFullPathname = [](sqlite3_vfs* self, const char* path, int size, char* result) {
            sqlite3_vfs& inner = real_vfs(self);
            return inner.xFullPathname(&inner, path, size, result);
        };
        return out;
    }();
    return vfs;
}

}  // namespace

RecordedDisk::RecordedDisk() {
    g_disk = this;
    sqlite3_vfs_register(&shim_vfs(), 1);
}

RecordedDisk::~RecordedDisk() {
    sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
    sqlite3_vfs_unregister(&shim_vfs());
    g_disk = nullptr;
}

void RecordedDisk::plan(DiskFault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    planned_ = true;
    seen_ = 0;
    failed_ = 0;
}

void RecordedDisk::repair() {
    const std::lock_guard lock(mutex_);
    planned_ = false;
}

int RecordedDisk::failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
}

void RecordedDisk::before_flush(std::function<void()> hook) {
    const std::lock_guard lock(mutex_);
    before_flush_ = std::move(hook);
}

void RecordedDisk::record(bool on) {
    const std::lock_guard lock(mutex_);
    recording_ = on;
}

void RecordedDisk::mark_step(std::uint64_t number) {
    add({DiskEvent::Kind::Step, {}, number, {}});
}

std::vector<DiskEvent> RecordedDisk::take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
}

bool RecordedDisk::strikes(DiskCall call, DiskFault::What& what) {
    const std::lock_guard lock(mutex_);
    if (!planned_ || fault_.call != call) return false;
    ++seen_;
    if (seen_ < fault_.kth || (seen_ > fault_.kth && !fault_.for_ever)) return false;
    ++failed_;
    what = fault_.what;
    return true;
}

void RecordedDisk::add(DiskEvent event) {
    const std::lock_guard lock(mutex_);
    if (recording_) events_.push_back(std::move(event));
}

void RecordedDisk::flushing() {
    std::function<void()> hook;
    {
        const std::lock_guard lock(mutex_);
        hook = before_flush_;
    }
    if (hook) hook();
}

}  // namespace luqiao::broker
