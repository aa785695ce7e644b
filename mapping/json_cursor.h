// mapping/json_cursor.h - walks JSON text (RFC 8259) token by token over simdjson's structural
// index: every byte is checked, nothing is copied that need not be.
#pragma once

#include "base/result.h"
#include "mapping/record.h"

#include <cstring>
#include <memory>
#include <optional>
#include <simdjson.h>
#include <string_view>

namespace luqiao::mapping {

/// simdjson's first stage validates UTF-8 and strings and finds the tokens; the walk itself is
/// ours, because the tree and on-demand interfaces accept duplicate keys, turn numbers into
/// doubles and leave skipped values unchecked. Keeps its buffers from message to message.
///
/// A step that fails records the first error and gives nothing; the caller unwinds.
class JsonCursor {
public:
    /// Bytes that must be readable behind the text.
    static constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING;

    /// Copies `bytes` into `arena` with padding and indexes them. A byte order mark is skipped.
    /// @errors CharsetError, ParseFailed
    Status open(std::string_view bytes, Arena& arena, std::size_t depth_max);

    /// First byte of the current token; 0 behind the last one.
    [[nodiscard]] char peek() const { return at_ < count_ ? text_[index_[at_]] : '\0'; }
    [[nodiscard]] bool at_end() const { return at_ >= count_; }
    /// Byte offset of the current token.
    [[nodiscard]] std::size_t offset() const { return at_ < count_ ? index_[at_] : size_; }

    /// Takes the token when it is `token`.
    bool take(char token) {
        if (peek() != token) return false;
        ++at_;
        return true;
    }
    /// Takes one of { and [ and counts the depth. Fails on another token and below the depth limit.
    bool enter(char open);
    /// After a value: true when another follows, false at `close`, which is taken. Check failed().
    bool more(char close) { return take(',') || ended(close); }
    /// After an object or array whose end was taken although nothing stood in it.
    bool leave() {
        --depth_;
        return true;
    }
    /// Takes `"key" :`. The view is into the text, or into the arena when it had escapes.
    std::optional<std::string_view> key();
    /// What stands behind the quote of a key that is not taken yet, kPadding bytes at least;
    /// nullptr when the token is no string. For a caller that knows which key to expect.
    [[nodiscard]] const char* key_bytes() const {
        return peek() == '"' ? text_ + index_[at_] + 1 : nullptr;
    }
    /// Takes a key that the caller has recognised by key_bytes, and its colon.
    bool take_known_key() {
        ++at_;
        return take(':') || fail(Errc::ParseFailed, "a colon was expected");
    }
    std::optional<std::string_view> string();
    /// The same with what was seen on the way: whether the value is plain.
    std::optional<Slot> string_slot();
    /// Takes a string that is neither empty nor escaped, the common case. False: it is something
    /// else, and nothing was taken.
    bool take_text(Slot& into) {
        if (peek() != '"') return false;
        const char* const text = text_ + index_[at_] + 1;
        const char* const next = text_ + index_[at_ + 1];
        if (next - text < 2 || next[-1] != '"') return false;
        const std::string_view inner(text, static_cast<std::size_t>(next - text) - 1);
        const Marks seen = marks_padded(inner);
        if (seen.special && std::memchr(inner.data(), '\\', inner.size()) != nullptr) return false;
        ++at_;
        into = value_slot(inner);
        into.note(seen);
        return true;
    }
    /// The text from byte `begin` to the end of the object or array that was taken last.
    [[nodiscard]] std::string_view since(std::size_t begin) const {
        return {text_ + begin, index_[at_ - 1] + 1 - begin};
    }
    /// Takes a number and gives it as written.
    std::optional<std::string_view> number();
    /// Takes true, false or null.
    std::optional<std::string_view> word();
    /// Takes any value and checks it.
    bool skip();

    bool fail(Errc code, std::string_view message);
    /// Puts a JSON pointer before the byte offset of the error: "/sqr/csrq, byte 120".
    void locate(std::string_view pointer);
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] const Error& error() const { return *error_; }

private:
    [[nodiscard]] std::string_view token() const {
        const auto is_blank = [](char byte) {
            return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
        };
        // simdjson puts the size of the text behind the last index.
        const std::size_t begin = index_[at_];
        std::size_t end = index_[at_ + 1];
        while (end > begin && is_blank(text_[end - 1])) --end;
        return {text_ + begin, end - begin};
    }
    bool ended(char close);
    std::optional<std::string_view> unescaped(std::string_view inner);
    Status grow(std::size_t size);
    Error index_error(simdjson::error_code code, std::string_view bytes) const;

    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
    const char* text_ = nullptr;
    const std::uint32_t* index_ = nullptr;
    std::size_t size_ = 0;
    std::size_t count_ = 0;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t depth_max_ = 32;
    Arena* arena_ = nullptr;
    std::optional<Error> error_;
};

/// Whether `text` is a number as RFC 8259 writes it.
bool is_json_number(std::string_view text);

}  // namespace luqiao::mapping
