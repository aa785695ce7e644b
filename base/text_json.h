// base/text_json.h - a sentence in both languages as JSON.
#pragma once

#include "base/json.h"
#include "base/text.h"

#include <string_view>

namespace luqiao {

/// "key":{"zh":…,"en":…} into the object being written.
inline void write_text(JsonWriter& json, std::string_view key, const Text& text) {
    json.key(key).begin_object().field("zh", text.zh).field("en", text.en).end_object();
}

}  // namespace luqiao
