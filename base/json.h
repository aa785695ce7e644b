// base/json.h - writing JSON text (RFC 8259) without building a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace luqiao {

/// Appends `text` with JSON escapes and without the quotes. `text` is UTF-8.
void append_json_escaped(std::string& out, std::string_view text);

/// `text` as a JSON string with its quotes.
std::string json_quoted(std::string_view text);

/// Writes one JSON value piece by piece; commas and quotes take care of themselves.
///
///     JsonWriter json;
///     json.begin_object().key("id").value("A1").key("items").begin_array().value(1).end_array().end_object();
class JsonWriter {
public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(std::uint64_t number);
    JsonWriter& value(int number) { return value(std::int64_t{number}); }
    JsonWriter& value(unsigned number) { return value(std::uint64_t{number}); }
    JsonWriter& value(bool flag);
    JsonWriter& null();
    /// Inserts text that already is JSON.
    JsonWriter& raw(std::string_view json);

    /// key and value in one call
    template <class T>
    JsonWriter& field(std::string_view name, const T& content) {
        key(name);
        return value(content);
    }

    [[nodiscard]] const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

private:
    void separate();

    std::string out_;
    bool fresh_ = true;  ///< nothing stands before the next value on this level
};

}  // namespace luqiao
