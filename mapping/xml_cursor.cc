#include "mapping/xml_cursor.h"

#include "base/scan.h"
#include "mapping/xml_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kAttributesMax = 64;
constexpr std::size_t kNameMax = 256;

bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/// Bytes of names as they occur in practice: ASCII letters, digits, . - _ : and all of non-ASCII.
constexpr bool is_name_byte_at(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_' ||
           byte == ':' || (static_cast<unsigned char>(byte) & 0x80u) != 0;
}

constexpr std::array<bool, 256> kNameBytes = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = is_name_byte_at(static_cast<char>(byte));
    }
    return table;
}();

bool is_name_byte(char byte) {
    return kNameBytes[static_cast<unsigned char>(byte)];
}

bool is_name_start(char byte) {
    return is_name_byte(byte) && byte != '-' && byte != '.' && !(byte >= '0' && byte <= '9');
}

/// XML 1.0 production [2] Char.
bool is_xml_char(std::uint32_t code) {
    return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

char* append_utf8(std::uint32_t code, char* out) {
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0u | (code >> 6u));
        put(0x80u | (code & 0x3Fu));
    } else if (code < 0x10000) {
        put(0xE0u | (code >> 12u));
        put(0x80u | ((code >> 6u) & 0x3Fu));
        put(0x80u | (code & 0x3Fu));
    } else {
        put(0xF0u | (code >> 18u));
        put(0x80u | ((code >> 12u) & 0x3Fu));
        put(0x80u | ((code >> 6u) & 0x3Fu));
        put(0x80u | (code & 0x3Fu));
    }
    return out;
}

}  // namespace

void XmlCursor::open(std::string_view text, Arena& arena, std::size_t depth_max) {
    source_ = text;
    at_ = 0;
    depth_max_ = depth_max;
    arena_ = &arena;
    open_.clear();
    attributes_.clear();
    bindings_.clear();
    ended_ = false;
    rooted_ = false;
    error_.reset();
}

XmlCursor::Event XmlCursor::fail(Errc code, std::string_view message) {
    if (!error_) error_ = Error{code, std::string(message), fmt::format("byte {}", at_)};
    return Event::Failed;
}

void XmlCursor::locate(std::string_view path) {
    if (error_ && !path.empty()) error_->where = std::string(path) + ", " + error_->where;
}

XmlCursor::Event XmlCursor::next() {
    if (error_) return Event::Failed;
    if (ended_) {
        ended_ = false;
        pop();
        return Event::End;
    }
    while (true) {
        if (at_ == source_.size()) {
            if (!open_.empty() || !rooted_)
                return fail(Errc::ParseFailed, "the document ends early");
            return Event::Eof;
        }
        if (open_.empty() && is_space(source_[at_])) {
            skip_space();
            continue;
        }
        if (source_[at_] != '<') return characters();
        const char second = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
        if (second == '/') return end_tag();
        if (second != '!' && second != '?') return start_tag();
        if (starts("<!--")) {
            at_ += 4;
            if (!skip_until("--")) return Event::Failed;
            if (!starts(">")) return fail(Errc::ParseFailed, "\"--\" inside a comment");
            ++at_;
        } else if (second == '?') {
            at_ += 2;
            if (!skip_until("?>")) return Event::Failed;
        } else if (starts("<![CDATA[")) {
            return cdata();
        } else {
            return fail(Errc::ParseFailed, "a document type is not accepted");
        }
    }
}

bool XmlCursor::skip_until(std::string_view end) {
    const std::size_t found = source_.find(end, at_);
    if (found == std::string_view::npos) {
        fail(Errc::ParseFailed, "a comment or instruction is not closed");
        return false;
    }
    for (; at_ < found; ++at_) {
        const char byte = source_[at_];
        if (static_cast<unsigned char>(byte) < 0x20 && !is_space(byte)) {
            fail(Errc::ParseFailed, "a control character");
            return false;
        }
    }
    at_ += end.size();
    return true;
}

void XmlCursor::skip_space() {
    while (at_ < source_.size() && is_space(source_[at_])) ++at_;
}

std::string_view XmlCursor::take_name() {
    const std::size_t begin = at_;
    if (at_ == source_.size() || !is_name_start(source_[at_])) {
        fail(Errc::ParseFailed, "a name was expected");
        return {};
    }
    while (at_ < source_.size() && is_name_byte(source_[at_])) ++at_;
    const std::string_view name = source_.substr(begin, at_ - begin);
    const std::size_t colon = name.find(':');
    if (name.size() > kNameMax) {
        fail(Errc::LimitExceeded, "a name is too long");
        return {};
    }
    if (colon != std::string_view::npos && (colon == 0 || colon + 1 == name.size() ||
                                            name.find(':', colon + 1) != std::string_view::npos)) {
        fail(Errc::ParseFailed, "a name has a misplaced colon");
        return {};
    }
    return name;
}

XmlCursor::Event XmlCursor::start_tag() {
    if (rooted_ && open_.empty()) return fail(Errc::ParseFailed, "a second document element");
    const std::size_t begin = at_++;
    const std::string_view full = take_name();
    if (error_) return Event::Failed;
    if (open_.size() >= depth_max_) return fail(Errc::LimitExceeded, "nested too deeply");
    rooted_ = true;
    open_.push_back(full);
    name_ = local_name(full);
    attributes_.clear();
    while (true) {
        const std::size_t before = at_;
        skip_space();
        const char byte = at_ < source_.size() ? source_[at_] : '\0';
        if (byte == '>' || (byte == '/' && starts("/>"))) {
            ended_ = byte == '/';
            const std::size_t end = at_ + (ended_ ? 2 : 1);
            at_ = begin;
            if (!resolve(full)) return Event::Failed;
            at_ = end;
            return Event::Start;
        }
        if (at_ == before) return fail(Errc::ParseFailed, "a space, / or > was expected");
        if (!attribute()) return Event::Failed;
    }
}

bool XmlCursor::attribute() {
    const std::string_view full = take_name();
    if (error_) return false;
    skip_space();
    if (!starts("=")) return fail(Errc::ParseFailed, "= was expected") != Event::Failed;
    ++at_;
    skip_space();
    if (!starts("\"") && !starts("'")) {
        return fail(Errc::ParseFailed, "a quote was expected") != Event::Failed;
    }
    const char quote = source_[at_++];
    const std::size_t end = source_.find(quote, at_);
    if (end == std::string_view::npos) {
        return fail(Errc::ParseFailed, "an attribute is not closed") != Event::Failed;
    }
    const auto value = unescape(source_.substr(at_, end - at_), true);
    if (!value) return false;
    at_ = end + 1;
    const std::string_view name = local_name(full);
    const std::string_view prefix = prefix_of(full);
    for (const Attribute& other : attributes_) {
        if (other.name == name && other.prefix == prefix) {
            return fail(Errc::ParseFailed, "an attribute occurs twice") != Event::Failed;
        }
    }
    if (attributes_.size() == kAttributesMax) {
        return fail(Errc::LimitExceeded, "too many attributes") != Event::Failed;
    }
    attributes_.push_back({prefix, name, *value, {}});
    return true;
}

XmlCursor::Event XmlCursor::end_tag() {
    const std::size_t begin = at_;
    at_ += 2;
    if (!open_.empty()) {  // nearly always the name that is expected, and nothing else
        const std::string_view name = open_.back();
        const std::size_t end = at_ + name.size();
        if (end < source_.size() && source_[end] == '>' &&
            std::memcmp(source_.data() + at_, name.data(), name.size()) == 0) {
            at_ = end + 1;
            pop();
            return Event::End;
        }
    }
    const std::string_view full = take_name();
    if (error_) return Event::Failed;
    skip_space();
    if (!starts(">")) return fail(Errc::ParseFailed, "> was expected");
    if (open_.empty() || open_.back() != full) {
        at_ = begin;
        return fail(Errc::ParseFailed, "an end tag does not fit its start tag");
    }
    ++at_;
    pop();
    return Event::End;
}

XmlCursor::Event XmlCursor::characters() {
    const std::size_t end = std::min(source_.find('<', at_), source_.size());
    const std::string_view raw = source_.substr(at_, end - at_);
    blank_ = is_space(raw[0]) && std::all_of(raw.begin(), raw.end(), is_space);
    if (open_.empty()) return fail(Errc::ParseFailed, "text outside the document element");
    if (!marks(raw).special || (blank_ && raw.find('\r') == std::string_view::npos)) {
        at_ = end;
        text_ = raw;
        return Event::Text;
    }
    if (raw.find("]]>") != std::string_view::npos) return fail(Errc::ParseFailed, "]]> in text");
    const auto text = unescape(raw, false);
    if (!text) return Event::Failed;
    at_ = end;
    text_ = *text;
    return Event::Text;
}

XmlCursor::Event XmlCursor::cdata() {
    if (open_.empty()) return fail(Errc::ParseFailed, "text outside the document element");
    constexpr std::size_t kOpening = 9;
    const std::size_t begin = at_ + kOpening;
    at_ = begin;
    if (!skip_until("]]>")) return Event::Failed;
    text_ = source_.substr(begin, at_ - 3 - begin);
    blank_ = false;
    return Event::Text;
}

/// Resolves references, checks characters, turns CR LF and CR into LF (XML 1.0 section 2.11).
std::optional<std::string_view> XmlCursor::unescape(std::string_view raw, bool is_attribute) {
    const auto special = [is_attribute](char byte) {
        return byte == '&' || static_cast<unsigned char>(byte) < 0x20 ||
               (is_attribute && byte == '<');
    };
    if (std::none_of(raw.begin(), raw.end(), special)) return raw;
    const std::size_t base = at_;
    char* const begin = arena_->take(raw.size());
    char* out = begin;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const char byte = raw[at];
        at_ = base + at;
        if (byte == '&') {
            const std::size_t end = raw.find(';', at);
            char* const after = end == std::string_view::npos
                                    ? nullptr
                                    : entity(raw.substr(at + 1, end - at - 1), out);
            if (after == nullptr) {
                fail(Errc::ParseFailed,
                     "an entity that is not one of the five, or a wrong character");
                return std::nullopt;
            }
            out = after;
            at = end;
        } else if (byte == '\r') {
            *out++ = is_attribute ? ' ' : '\n';
            if (at + 1 < raw.size() && raw[at + 1] == '\n') ++at;
        } else if (is_space(byte)) {
            *out++ = is_attribute ? ' ' : byte;
        } else if (special(byte)) {
            fail(Errc::ParseFailed, "a control character or < in a value");
            return std::nullopt;
        } else {
            *out++ = byte;
        }
    }
    at_ = base;
    return std::string_view(begin, static_cast<std::size_t>(out - begin));
}

/// A reference is never shorter than the UTF-8 of its character. nullptr: not accepted.
char* XmlCursor::entity(std::string_view name, char* out) {
    constexpr std::pair<std::string_view, char> kFive[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [word, byte] : kFive) {
        if (name == word) {
            *out++ = byte;
            return out;
        }
    }
    if (name.size() < 2 || name[0] != '#') return nullptr;
    const bool hex = name[1] == 'x';
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    const bool whole =
        !digits.empty() && error == std::errc{} && end == digits.data() + digits.size();
    return whole && is_xml_char(code) ? append_utf8(code, out) : nullptr;
}

}  // namespace luqiao::mapping
