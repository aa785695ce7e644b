// base/log.h - one JSON line per event on stderr. Arguments are data, never templates; no personal
// data.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace luqiao::log {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };

/// Everything below `level` is left out. Call once, before threads start.
void set_level(Level level);

/// {"at":"…","level":"info","event":"case.accepted","case":"…"}; `event` is a constant of the code,
/// values are escaped. Thread-safe. Never hand in names, document numbers or payloads.
void write(Level level,
           std::string_view event,
           std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {});

}  // namespace luqiao::log
