// mapping/format.h - one message format of one party: kind, charset, fields and where each stands.
#pragma once

#include "base/diagnostic.h"
#include "base/text.h"
#include "mapping/type.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

enum class FormatKind : std::uint8_t { Json, Xml, Csv, Fixed, Table, Thrift };
enum class Charset : std::uint8_t { Utf8, Gb18030, Gbk };

/// What the format says an empty value means.
enum class Empty : std::uint8_t { Absent, Cleared, Value };

/// How the value itself is written: JSON string or number or boolean; Thrift wire type.
enum class WireType : std::uint8_t { Text, Int, Number, Bool, I32, I64, Double };

/// A field of the party's message.
struct WireField {
    static constexpr std::size_t kNoGroup = SIZE_MAX;

    std::string path;  ///< as rows name it: "SQR.XB"; inside a list relative to the item
    WireType type = WireType::Text;
    bool required = false;         ///< in a group marked `?`: when the group has any value at all
    std::size_t group = kNoGroup;  ///< index in WireScope::groups of the innermost one marked `?`
    std::size_t bytes_max = 0;     ///< longest value in bytes of the format's charset; 0: no limit
    Text label;
    Position at;

    // Where it stands; which of these count depends on the format's kind.
    std::vector<std::string>
        segments;  ///< Json, Xml: element names from the scope down; Table: {table, column}
    bool is_attribute = false;   ///< Xml: the last segment is an attribute
    bool is_self = false;        ///< Json: the item itself is a scalar; Xml: the item's own text
    std::size_t offset = 0;      ///< Fixed: byte offset; Csv: column number
    std::size_t width = 0;       ///< Fixed: bytes
    std::int16_t thrift_id = 0;  ///< Thrift: field id in its struct
    std::vector<std::int16_t> thrift_path;  ///< Thrift: ids of the enclosing structs
};

struct WireList;

/// A group marked `?`: an alternative of the message. It is there when one of its fields is.
struct OptionalGroup {
    std::string prefix;  ///< of its fields' paths: "SQR."
};

struct WireScope {
    std::vector<WireField> fields;
    std::vector<OptionalGroup> groups;
    std::vector<WireList> lists;
};

/// A repeated part: JSON array, repeated XML element (the last of `segments`), child table, Thrift
/// list.
struct WireList {
    std::string path;
    std::vector<std::string> segments;
    std::int16_t thrift_id = 0;
    std::vector<std::int16_t> thrift_path;
    std::size_t items_max = 0;
    Position at;
    WireScope scope;
};

/// `ns p = "uri"`. Names without a prefix are in no namespace, or in that of `ns default = "uri"`.
struct Namespace {
    std::string prefix;  ///< empty: of `default`
    std::string uri;
};

struct Format {
    std::string name;  ///< "psb.residence_apply"
    int version = 1;
    Text label;
    FormatKind kind = FormatKind::Json;
    Charset charset = Charset::Utf8;
    Empty empty = Empty::Absent;  ///< "" , an empty element, an all-blank fixed field
    Empty null = Empty::Cleared;  ///< JSON null, xsi:nil, SQL NULL
    bool refuse_unknown = true;   ///< a field the format does not have is an issue, else skipped
    std::string root;             ///< Xml: name of the document element
    /// Xml. Segments of fields and the root are written with these prefixes. Empty: the format does
    /// not look at namespaces, its names are local names.
    std::vector<Namespace> namespaces;
    std::string key;                  ///< path of the natural key field; empty: none
    std::size_t size_max = 1u << 20;  ///< bytes of one message
    std::size_t depth_max = 32;
    std::size_t record_bytes = 0;  ///< Fixed: length of a record without its line end
    bool crlf = false;             ///< Fixed, Csv: lines end with CR LF
    char delimiter = ',';          ///< Csv
    bool has_header = false;       ///< Csv: the first line holds the titles (segments of a field)
    WireScope root_scope;
};

std::string_view to_string(FormatKind kind);
std::string_view to_string(Charset charset);

}  // namespace luqiao::mapping
