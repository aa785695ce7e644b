// Opening, closing, and who may use which connection.
#include "broker/store_sqlite.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kSqliteReaders = 4;
/// A check after an unclean stop reads the whole file: beyond this the start would take seconds,
/// and SQLite's own checks at each page remain.
constexpr std::uintmax_t kCheckedBytesMax = 256ULL << 20U;

std::string said(int error) {
    return std::generic_category().message(error);
}

std::uintmax_t size_of(const std::string& path) {
    std::error_code none;
    const std::uintmax_t size = std::filesystem::file_size(path, none);
    return none ? 0 : size;
}

}  // namespace

Status create_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail(Errc::StoreFailed, "the store's file: {}", said(errno));
    ::close(file);
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? std::string(1, '.') : parent.string();
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail(Errc::StoreFailed, "its folder: {}", said(errno));
    const bool flushed = ::fsync(directory) == 0;
    ::close(directory);
    if (!flushed) return fail(Errc::StoreFailed, "the store's folder cannot be flushed");
    return {};
}

Result<FileLock> FileLock::take(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail(Errc::StoreFailed, "the store's lock: {}", said(errno));
    FileLock lock(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return fail(Errc::StoreBusy, "the store is open elsewhere");
        return fail(Errc::StoreFailed, "the store's lock: {}", said(errno));
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
    if (file_ >= 0) ::close(file_);
}

SqliteStore::SqliteStore(FileLock lock,
                         SqliteConnection writer,
                         WriteStatements sql,
                         AgeStatements age)
    : lock_(std::move(lock)),
      writer_(std::move(writer)),
      sql_(std::move(sql)),
      age_(std::move(age)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<Store>> SqliteStore::open(const std::string& path, std::size_t recent_most) {
    using Mode = SqliteConnection::Mode;
    // The lock comes first: closing the file while SQLite has it open would drop SQLite's locks.
    LQ_TRY(FileLock lock, FileLock::take(path + ".lock"));
    LQ_CHECK(create_private(path));
    const std::uintmax_t wal_bytes = size_of(path + "-wal");
    const bool unclean = wal_bytes > 0;  // a clean close removes the WAL

    LQ_TRY(SqliteConnection writer, SqliteConnection::open(path, Mode::ReadWrite));
    LQ_CHECK(configure(writer, Mode::ReadWrite));
    if (unclean) LQ_CHECK(write_back(writer));
    LQ_CHECK(prepare_schema(writer));
    if (unclean && wal_bytes + size_of(path) <= kCheckedBytesMax) LQ_CHECK(check_integrity(writer));
    writer.checkpoint_by_itself();
    LQ_TRY(const std::int64_t boot, count_boot(writer));
    LQ_TRY(WriteStatements sql, WriteStatements::prepare(writer));
    LQ_TRY(AgeStatements age, AgeStatements::prepare(writer));

    std::unique_ptr<SqliteStore> store(
        new SqliteStore(std::move(lock), std::move(writer), std::move(sql), std::move(age)));
    store->boot_ = boot;
    store->flush_ = store->writer_.wal_flush();
    if (store->flush_ == nullptr) return fail(Errc::StoreFailed, "the store has no WAL");
    for (std::size_t count = 0; count < kSqliteReaders; ++count) {
        LQ_TRY(SqliteConnection connection, SqliteConnection::open(path, Mode::ReadOnly));
        LQ_CHECK(configure(connection, Mode::ReadOnly));
        LQ_TRY(ReadStatements reads, ReadStatements::prepare(connection));
        LQ_TRY(FindStatements finds, FindStatements::prepare(connection));
        store->readers_.push_back(std::make_unique<SqliteReader>(
            SqliteReader{std::move(connection), std::move(reads), std::move(finds)}));
    }
    LQ_CHECK(store->read_heads());
    LQ_CHECK(store->recent_.load(store->writer_, recent_most));
    return std::unique_ptr<Store>(std::move(store));
}

Status SqliteStore::read_heads() {
    LQ_TRY(heads_.audit, audit_head());
    LQ_TRY(heads_.case_key, writer_.number("SELECT coalesce(max(key), 0) FROM cases"));
    return {};
}

SqliteStore::ReaderLease SqliteStore::reader() {
    std::unique_lock lock(reading_);
    reader_free_.wait(lock, [this] { return !readers_.empty(); });
    std::unique_ptr<SqliteReader> taken = std::move(readers_.back());
    readers_.pop_back();
    return {*this, std::move(taken)};
}

SqliteStore::ReaderLease::~ReaderLease() {
    {
        const std::lock_guard lock(store_.reading_);
        store_.readers_.push_back(std::move(reader_));
    }
    store_.reader_free_.notify_one();
}

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path) {
    return SqliteStore::open(path);
}

}  // namespace luqiao::broker
