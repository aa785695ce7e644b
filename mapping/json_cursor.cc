#include "mapping/json_cursor.h"

#include "mapping/values.h"

#include <algorithm>
#include <cstring>

namespace luqiao::mapping {
namespace {

std::size_t digits(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

/// Offset of the first byte that is not well-formed UTF-8.
std::size_t first_bad_byte(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::size_t end = std::min(at + 4, bytes.size());
        std::size_t length = 1;
        while (at + length <= end && !simdjson::validate_utf8(bytes.data() + at, length)) ++length;
        if (at + length > end) return at;
        at += length;
    }
    return at;
}

}  // namespace

bool is_json_number(std::string_view text) {
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    const std::size_t whole = digits(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits(text, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

Status JsonCursor::grow(std::size_t size) {
    if (stage_ && stage_->capacity() >= size) return {};
    const std::size_t capacity = std::max<std::size_t>(size, 16u << 10);
    const auto code = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, 1, stage_);
    if (code != simdjson::SUCCESS) {
        return luqiao::fail(Errc::LimitExceeded, "no memory for {} bytes of JSON", size);
    }
    return {};
}

Status JsonCursor::open(std::string_view bytes, Arena& arena, std::size_t depth_max) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (bytes.substr(0, kMark.size()) == kMark) bytes.remove_prefix(kMark.size());
    error_.reset();
    arena_ = &arena;
    at_ = 0;
    depth_ = 0;
    depth_max_ = depth_max;
    LQ_CHECK(grow(bytes.size()));
    char* copy = arena.take(bytes.size() + kPadding);
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    std::memset(copy + bytes.size(), 0, kPadding);
    text_ = copy;
    size_ = bytes.size();
    const auto code = stage_->stage1(reinterpret_cast<const std::uint8_t*>(copy), size_,
                                     simdjson::stage1_mode::regular);
    if (code != simdjson::SUCCESS) return index_error(code, bytes);
    index_ = stage_->structural_indexes.get();
    count_ = stage_->n_structural_indexes;
    return {};
}

Error JsonCursor::index_error(simdjson::error_code code, std::string_view bytes) const {
    if (code == simdjson::UTF8_ERROR) {
        return luqiao::fail(Errc::CharsetError, "not UTF-8")
            .at(fmt::format("byte {}", first_bad_byte(bytes)));
    }
    if (code == simdjson::EMPTY) {
        return luqiao::fail(Errc::ParseFailed, "there is no JSON value").at("byte 0");
    }
    return luqiao::fail(Errc::ParseFailed, "a string is not closed or holds a control character")
        .at(fmt::format("byte {}", size_));
}

bool JsonCursor::fail(Errc code, std::string_view message) {
    if (!error_) error_ = Error{code, std::string(message), fmt::format("byte {}", offset())};
    return false;
}

void JsonCursor::locate(std::string_view pointer) {
    if (error_ && !pointer.empty()) error_->where = std::string(pointer) + ", " + error_->where;
}

bool JsonCursor::enter(char open) {
    if (!take(open)) return fail(Errc::ParseFailed, "an object or array was expected");
    if (++depth_ > depth_max_) {
        --at_;
        return fail(Errc::LimitExceeded, "nested too deeply");
    }
    return true;
}

/// Behind a value that no comma follows.
bool JsonCursor::ended(char close) {
    if (take(close)) {
        --depth_;
        return false;
    }
    return fail(Errc::ParseFailed, "a comma or the end of the object or array was expected");
}

std::optional<Slot> JsonCursor::string_slot() {
    if (peek() != '"') {
        fail(Errc::ParseFailed, "a string was expected");
        return std::nullopt;
    }
    const std::string_view raw = token();
    if (raw.size() < 2 || raw.back() != '"') {
        fail(Errc::ParseFailed, "a string is not closed");
        return std::nullopt;
    }
    std::string_view text = raw.substr(1, raw.size() - 2);
    const Marks seen = marks_padded(text);
    if (seen.special && std::memchr(text.data(), '\\', text.size()) != nullptr) {
        const auto plain = unescaped(text);
        if (!plain) return std::nullopt;
        text = *plain;
    }
    ++at_;
    Slot slot = value_slot(text);
    slot.note(seen);
    return slot;
}

std::optional<std::string_view> JsonCursor::string() {
    const auto slot = string_slot();
    if (!slot) return std::nullopt;
    return slot->text();
}

/// The unescaped text is never longer; simdjson writes up to a register beyond its end.
std::optional<std::string_view> JsonCursor::unescaped(std::string_view inner) {
    char* room = arena_->take(inner.size() + kPadding);
    auto* target = reinterpret_cast<std::uint8_t*>(room);
    const std::uint8_t* end =
        stage_->parse_string(reinterpret_cast<const std::uint8_t*>(inner.data()), target);
    // simdjson lets a lone low surrogate through.
    if (end == nullptr || !simdjson::validate_utf8(room, static_cast<std::size_t>(end - target))) {
        fail(Errc::ParseFailed, "a string has a wrong escape");
        return std::nullopt;
    }
    return std::string_view{room, static_cast<std::size_t>(end - target)};
}

std::optional<std::string_view> JsonCursor::key() {
    const auto name = string();
    if (!name) return std::nullopt;
    if (!take(':')) {
        fail(Errc::ParseFailed, "a colon was expected");
        return std::nullopt;
    }
    return name;
}

std::optional<std::string_view> JsonCursor::number() {
    const std::string_view text = at_end() ? std::string_view{} : token();
    if (!is_json_number(text)) {
        fail(Errc::ParseFailed, "a JSON value was expected");
        return std::nullopt;
    }
    ++at_;
    return text;
}

std::optional<std::string_view> JsonCursor::word() {
    const std::string_view text = at_end() ? std::string_view{} : token();
    if (text != "true" && text != "false" && text != "null") {
        fail(Errc::ParseFailed, "a JSON value was expected");
        return std::nullopt;
    }
    ++at_;
    return text;
}

bool JsonCursor::skip() {
    switch (peek()) {
        case '"': return string().has_value();
        case 't':
        case 'f':
        case 'n': return word().has_value();
        case '[':
            if (!enter('[')) return false;
            if (take(']')) return leave();
            do {
                if (!skip()) return false;
            } while (more(']'));
            return !failed();
        case '{':
            if (!enter('{')) return false;
            if (take('}')) return leave();
            do {
                if (!key() || !skip()) return false;
            } while (more('}'));
            return !failed();
        default: return number().has_value();
    }
}

}  // namespace luqiao::mapping
