#include "adapters/file.h"

#include "adapters/folder.h"
#include "base/hex.h"
#include "base/id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace luqiao::adapters {
namespace {

/// The creation time that a UUID version 7 carries (RFC 9562, 5.7).
std::optional<Instant> time_of(std::string_view id) {
    const auto parsed = parse_id<DeliveryId>(id);
    if (!parsed || (parsed->bytes[6] >> 4) != 7) return std::nullopt;
    std::int64_t milliseconds = 0;
    for (std::size_t index = 0; index < 6; ++index) {
        milliseconds = milliseconds << 8 | parsed->bytes[index];
    }
    return Instant(Duration(milliseconds));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

}  // namespace

std::string format_marker(const Marker& marker) {
    return fmt::format("count={}\nsm3={}\n", marker.count, marker.sm3);
}

Result<Marker> parse_marker(std::string_view text) {
    std::optional<std::size_t> count;
    std::optional<std::string> sm3;
    int line_number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++line_number;
        const std::string_view line = trimmed(raw);
        const std::size_t equals = line.find('=');
        const std::string_view key = line.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : line.substr(equals + 1);
        if (key == "count" && !count) {
            std::size_t number = 0;
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), number);
            if (error == std::errc{} && end == value.data() + value.size()) count = number;
        } else if (key == "sm3" && !sm3) {
            const auto bytes = from_hex(value);
            if (bytes && bytes->size() == 32) sm3 = to_hex(*bytes);
        } else if (!line.empty()) {
            return fail(Errc::ParseFailed, "a marker holds count= and sm3= once each")
                .at(fmt::format("line {}", line_number));
        }
    }
    if (!count) return fail(Errc::ParseFailed, "a marker needs count= and a number");
    if (!sm3) return fail(Errc::ParseFailed, "a marker needs sm3= and 64 hexadecimal digits");
    return Marker{*count, *sm3};
}

std::vector<FileRecord> split_records(std::string_view bytes, std::size_t header_lines) {
    std::vector<FileRecord> out;
    std::size_t line = 0;
    while (!bytes.empty()) {
        ++line;
        const std::size_t end = bytes.find('\n');
        const std::string_view record =
            end == std::string_view::npos ? bytes : bytes.substr(0, end + 1);
        bytes.remove_prefix(record.size());
        if (line > header_lines && record != "\n" && record != "\r\n") {
            out.push_back({line, record});
        }
    }
    return out;
}

Result<std::string> delivery_file_name(std::string_view pattern,
                                       std::string_view id,
                                       std::string_view format) {
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
    if (!plain || id.empty()) {
        return fail(Errc::Refused, "the message id cannot be part of a file name");
    }
    std::string name(pattern);
    if (name.find("{date}") != std::string::npos) {
        const auto made = time_of(id);
        if (!made) return fail(Errc::Refused, "{{date}} needs a message id that holds its time");
        std::string day = to_string(china_date(*made));
        std::erase(day, '-');
        replace_all(name, "{date}", day);
    }
    replace_all(name, "{format}", format);
    replace_all(name, "{id}", id);
    if (!is_file_name(name)) return fail(Errc::Refused, "\"{}\" is not a file name", name);
    return name;
}

const AdapterKind& file_adapter() {
    static const AdapterKind kind{.outlet_spec = file_outlet_spec(),
                                  .inlet_spec = file_inlet_spec(),
                                  .make_outlet = make_file_outlet,
                                  .make_inlet = make_file_inlet,
                                  .name = "file",
                                  .can_be_asked = [](const Section&) { return true; }};
    return kind;
}

}  // namespace luqiao::adapters
