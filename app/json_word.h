// app/json_word.h - a text, or a flag, of a JSON object that somebody sent or kept.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace luqiao::app {

/// Empty: the object has no such member, or it is no text.
inline std::string word_of(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// False: it has no such member, or it is no flag.
inline bool is_set(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace luqiao::app
