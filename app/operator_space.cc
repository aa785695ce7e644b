#include "app/operator_space.h"

#include <fmt/format.h>

namespace luqiao::app {
namespace {

using broker::Condition;

constexpr std::uint64_t kMiB = 1ULL << 20U;

/// What ends it.
Text remedy(bool is_shared) {
    return is_shared ? Text{"清理数据库或调高 store_size_max（重启生效，先确认服务器磁盘够用）",
                            "make the database smaller, or raise store_size_max (at a restart; see "
                            "first that the server's disk has room)"}
                     : Text{"清出或扩大存储所在磁盘", "free or add space on the disk of the store"};
}

Condition low(const broker::Space& space, bool is_shared) {
    const std::string since = to_rfc3339(*space.since);
    const Text end = remedy(is_shared);
    return {"disk_low",
            true,
            {{"free", std::to_string(space.free)},
             {"reserve", std::to_string(space.reserve)},
             {"since", since}},
            {fmt::format("存储空间自 {} 起低于保留（剩余 {} MiB，保留 {} MiB）：不收新报文（503），"
                         "投递和查询照常；{}，够用后自行恢复",
                         since, space.free / kMiB, space.reserve / kMiB, end.zh),
             fmt::format("the store has {} MiB left since {}, below its reserve of {} MiB: no new "
                         "messages are taken (503), deliveries and reads go on; {}; it goes on by "
                         "itself then",
                         space.free / kMiB, since, space.reserve / kMiB, end.en)}};
}

Condition full(Instant full_since, bool is_shared) {
    const std::string since = to_rfc3339(full_since);
    return {
        "store_full",
        true,
        {{"since", since}},
        {fmt::format("存储自 {} 起报磁盘已满：新报文写不进（503，发送方会重发），投递结果也记不下，"
                     "已受理的不丢；清出或扩大{}，写成一次即自行解除",
                     since, is_shared ? "数据库服务器的磁盘" : "存储所在磁盘"),
         fmt::format("the store says since {} that its disk is full: new messages are not kept "
                     "(503, senders repeat them), outcomes of deliveries are not either, what was "
                     "accepted is safe; free or add space on {}; it is over once something is "
                     "written",
                     since, is_shared ? "the database server's disk" : "the disk of the store")}};
}

}  // namespace

StoreRoom room_of(const broker::Pipeline& pipeline, const broker::Store& store) {
    return {pipeline.space(pipeline.now()), pipeline.full_since(), store.is_shared()};
}

std::vector<Condition> conditions_of(const StoreRoom& room) {
    std::vector<Condition> out;
    if (room.full_since) out.push_back(full(*room.full_since, room.is_shared));
    if (room.space.is_low()) out.push_back(low(room.space, room.is_shared));
    return out;
}

void write_room(JsonWriter& json, const StoreRoom& room) {
    const broker::Space& space = room.space;
    if (space.reserve == 0) return;
    json.key("disk").begin_object().field("free", space.free).field("reserve", space.reserve);
    json.field("accepts", !space.is_low());
    if (space.is_low()) {
        json.field("code", info(Errc::StoreFull).id).field("since", to_rfc3339(*space.since));
    }
    json.end_object();
}

}  // namespace luqiao::app
