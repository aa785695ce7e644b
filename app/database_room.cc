#include "app/database_room.h"

#include <utility>

namespace luqiao::app {
namespace {

constexpr Duration kLookEvery{10'000};
constexpr std::uint64_t kUnknown = UINT64_MAX;

}  // namespace

DatabaseRoom::DatabaseRoom(broker::DatabaseBytes bytes, std::uint64_t size_max)
    : bytes_(std::move(bytes)), size_max_(size_max), used_(kUnknown) {}

Status DatabaseRoom::look() {
    LQ_TRY(used_, bytes_());
    return {};
}

Result<std::uint64_t> DatabaseRoom::free() const {
    const std::uint64_t used = used_;
    if (used == kUnknown) return fail(Errc::Unavailable, "the database was not asked yet");
    return size_max_ - std::min(size_max_, used);
}

Result<std::unique_ptr<DatabaseRoom>> open_database_room(const StoreSettings& settings) {
    if (!settings.is_shared() || settings.size_max == 0) return std::unique_ptr<DatabaseRoom>();
    LQ_TRY(const auto options, database_options(settings, {}));
    auto room = std::make_unique<DatabaseRoom>(broker::postgres_bytes(options), settings.size_max);
    (void)room->look();
    return room;
}

std::unique_ptr<Periodic> start_looking(DatabaseRoom* room, const broker::Pipeline& pipeline) {
    if (room == nullptr) return nullptr;
    return std::make_unique<Periodic>(
        pipeline, Periodic::Pace{.first = kLookEvery, .every = kLookEvery, .again = kLookEvery},
        [room](Instant, const std::stop_token&) { return room->look(); });
}

}  // namespace luqiao::app
