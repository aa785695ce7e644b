#include "adapters/http.h"

#include "base/text.h"

#include <algorithm>

namespace luqiao::adapters {
namespace {}  // namespace

bool same_header(std::string_view a, std::string_view b) {
    return equal_ignoring_case(a, b);
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [name](const auto& field) {
        return same_header(field.first, name);
    });
    if (found == fields_.end()) return std::nullopt;
    return found->second;
}

std::string media_type(std::string_view content_type) {
    std::string out(trimmed(content_type.substr(0, content_type.find(';'))));
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

std::string media_parameter(std::string_view content_type, std::string_view name) {
    const std::vector<std::string_view> pieces = split(content_type, ';');
    for (std::size_t index = 1; index < pieces.size(); ++index) {
        const std::size_t equals = pieces[index].find('=');
        if (equals == std::string_view::npos) continue;
        if (!same_header(trimmed(pieces[index].substr(0, equals)), name)) continue;
        std::string_view value = trimmed(pieces[index].substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        return std::string(value);
    }
    return {};
}

bool is_visible_ascii(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace luqiao::adapters
