// mapping/xml_cursor.h - pulls elements, attributes and text out of an XML 1.0 document, strictly:
// no DTD, no entities but the five, every name matched, every character checked.
#pragma once

#include "base/result.h"
#include "mapping/record.h"

#include <optional>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// One pass without a tree. Libraries that build a tree let undeclared entities, duplicate
/// attributes, control characters and character references to them through; here each is an error
/// with its byte offset. Names are resolved (Namespaces in XML 1.0): the local name and the URI, of
/// whatever prefix; a prefix that is not declared is an error.
class XmlCursor {
public:
    enum class Event : std::uint8_t { Start, Text, End, Eof, Failed };

    struct Attribute {
        std::string_view prefix;
        std::string_view name;
        std::string_view value;
        std::string_view space;  ///< URI of the prefix; empty without one
    };

    /// `text` is UTF-8 and lives as long as what is read from it; unescaped text goes to `arena`.
    /// The buffers are taken over from the last document.
    void open(std::string_view text, Arena& arena, std::size_t depth_max);

    /// The next event. An empty element gives Start and End; comments and processing instructions
    /// give nothing.
    Event next();

    [[nodiscard]] std::string_view name() const { return name_; }    ///< of Start, local
    [[nodiscard]] std::string_view space() const { return space_; }  ///< of Start; empty: none
    [[nodiscard]] std::string_view text() const { return text_; }    ///< of Text
    /// Text: whether it is white space that was not written as CDATA.
    [[nodiscard]] bool is_blank() const { return blank_; }
    [[nodiscard]] const std::vector<Attribute>& attributes() const { return attributes_; }
    [[nodiscard]] std::size_t depth() const { return open_.size(); }
    [[nodiscard]] std::size_t offset() const { return at_; }

    Event fail(Errc code, std::string_view message);
    /// Puts a path before the byte offset of the error: "BODY/CSRQ, byte 120".
    void locate(std::string_view path);
    [[nodiscard]] const Error& error() const { return *error_; }

private:
    [[nodiscard]] bool starts(std::string_view with) const {
        return source_.compare(at_, with.size(), with) == 0;
    }
    bool skip_until(std::string_view end);
    void skip_space();
    std::string_view take_name();
    Event start_tag();
    bool attribute();
    bool resolve(std::string_view full);
    bool bind(std::string_view prefix, std::string_view uri);
    [[nodiscard]] std::optional<std::string_view> space_of(std::string_view prefix) const;
    void pop();
    Event end_tag();
    Event characters();
    Event cdata();
    std::optional<std::string_view> unescape(std::string_view raw, bool is_attribute);
    char* entity(std::string_view name, char* out);

    std::string_view source_;
    std::size_t at_ = 0;
    std::size_t depth_max_ = 32;
    Arena* arena_ = nullptr;
    std::vector<std::string_view> open_;  ///< full names of the open elements
    struct Binding {
        std::string_view prefix;
        std::string_view uri;
        std::size_t depth;  ///< of the element that declares it
    };
    std::vector<Binding> bindings_;  ///< in force, the innermost last
    std::vector<Attribute> attributes_;
    std::string_view name_;
    std::string_view space_;
    std::string_view text_;
    bool blank_ = false;
    bool ended_ = false;  ///< the last start tag was an empty element
    bool rooted_ = false;
    std::optional<Error> error_;
};

}  // namespace luqiao::mapping
