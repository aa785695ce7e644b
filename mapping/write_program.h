// mapping/write_program.h - the path trie of a JSON or XML format as a flat list of segments:
// literal, slot, list.
#pragma once

#include "mapping/format.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

struct PathNode;

/// One segment. Its literals stand in WriteProgram::literals, kLiteralSlack bytes from the end at
/// least.
///
///     JSON   Value  `,"key":"` text `"`     Open `,"key":{`   Close `}`   List `,"key":[`
///     XML    Value  `<NAME>` text `</NAME>` Open `<NAME>`     Close `</NAME>`
struct WriteOp {
    /// Node: an XML element with attributes or with text and elements; it is written by the trie.
    enum class Kind : std::uint8_t { Value, Open, Close, List, Node };

    Kind kind = Kind::Value;
    bool bare = false;  ///< JSON: without quotes
    std::uint16_t before_size = 0;
    std::uint16_t after_size = 0;
    std::uint16_t slot = 0;    ///< Value: of the row; List: which list of the row
    std::uint32_t before = 0;  ///< where the literals begin
    std::uint32_t after = 0;
    std::uint32_t items = 0;  ///< List: the scope of its items
    const PathNode* node = nullptr;
};

struct WriteProgram {
    static constexpr std::size_t kLiteralSlack = 16;

    std::string literals;
    std::vector<std::vector<WriteOp>> scopes;  ///< [0] the message

    [[nodiscard]] std::string_view before(const WriteOp& op) const {
        return std::string_view(literals).substr(op.before, op.before_size);
    }
    [[nodiscard]] std::string_view after(const WriteOp& op) const {
        return std::string_view(literals).substr(op.after, op.after_size);
    }
};

/// Whether a value of this type stands in JSON without quotes.
bool is_bare(WireType type);

/// For formats of other kinds: empty.
WriteProgram make_write_program(const PathNode& root, FormatKind kind);

}  // namespace luqiao::mapping
