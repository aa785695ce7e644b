#include "base/log.h"

#include "base/json.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace luqiao::log {
namespace {

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "luqiao", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern(R"({"at":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::Debug: return spdlog::level::debug;
        case Level::Info: return spdlog::level::info;
        case Level::Warning: return spdlog::level::warn;
        case Level::Error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

void set_level(Level level) {
    logger().set_level(to_spdlog(level));
}

void write(Level level,
           std::string_view event,
           std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    if (!logger().should_log(to_spdlog(level))) return;
    std::string line = R"("event":)" + json_quoted(event);
    for (const auto& [name, value] : fields)
        line += "," + json_quoted(name) + ":" + json_quoted(value);
    logger().log(to_spdlog(level), "{}", line);
}

}  // namespace luqiao::log
