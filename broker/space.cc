#include "broker/space.h"

#include <cerrno>
#include <sys/statvfs.h>
#include <system_error>
#include <utility>

namespace luqiao::broker {
namespace {

/// A busy node writes 10 MB in that time.
constexpr Duration kAskEvery{100};

}  // namespace

SpaceWatch::SpaceWatch(FreeBytes free, std::uint64_t reserve) : free_(std::move(free)) {
    last_.reserve = free_ ? reserve : 0;
}

Space SpaceWatch::look(Instant now) {
    const std::lock_guard lock(mutex_);
    if (last_.reserve == 0) return last_;
    const bool is_fresh = asked_ && *asked_ <= now && now < *asked_ + kAskEvery;
    if (is_fresh) return last_;
    asked_ = now;
    const auto free = free_();
    if (!free) return last_;
    last_.free = *free;
    const std::uint64_t enough = last_.reserve + (last_.is_low() ? last_.reserve / 16 : 0);
    if (last_.free >= enough) {
        last_.since.reset();
    } else if (!last_.is_low()) {
        last_.since = now;
    }
    return last_;
}

void FullWatch::note(const Status& written, Instant at) {
    const std::lock_guard lock(mutex_);
    if (!written && written.error().code == Errc::StoreFull) {
        if (!since_) since_ = at;
    } else if (written && since_ && at > *since_) {
        since_.reset();
    }
}

std::optional<Instant> FullWatch::since() const {
    const std::lock_guard lock(mutex_);
    return since_;
}

Result<std::uint64_t> free_bytes(const std::string& folder) {
    struct statvfs about {};
    if (::statvfs(folder.c_str(), &about) != 0) {
        return fail(Errc::StoreFailed, "the disk's room: {}",
                    std::generic_category().message(errno));
    }
    return std::uint64_t{about.f_bavail} * std::uint64_t{about.f_frsize};
}

}  // namespace luqiao::broker
