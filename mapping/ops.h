// mapping/ops.h - the rows of a program as they run: flat, with everything resolved that a good
// value needs. What goes wrong is left to the rules themselves (decode.cc, encode.cc).
#pragma once

#include "mapping/program.h"

#include <cstdint>
#include <vector>

namespace luqiao::mapping {

/// How a value gets from one side to the other.
enum class Way : std::uint8_t {
    ByRule,   ///< not in short: a tuple, a constant, an expression, a direction the row has not
    Copy,     ///< as it is, when its type allows it
    Trim,     ///< reading: as it is, when it neither begins nor ends with a blank
    Same,     ///< as it is: a short whole number; writing: what is known to be of its type
    Code,     ///< through one column of a code table
    Dashed,   ///< yyyy-MM-dd
    Compact,  ///< yyyyMMdd
    Chain,    ///< by the codecs
};

/// One rule. `rule` is always there and says the same.
struct Op {
    enum class Kind : std::uint8_t { Row, When, Each, Check };

    Kind kind = Kind::Row;
    Way read = Way::ByRule;
    Way write = Way::ByRule;
    bool in_item = false;       ///< the canonical field is of the current item
    bool wire_in_item = false;  ///< the wire field is of the current item
    bool bare = false;          ///< the wire type is not text
    bool checked = false;       ///< reading: the chain gives values of the field's type alone
    bool quiet_read = false;    ///< an absent wire value has no consequence
    bool quiet_write = false;   ///< an absent canonical value has no consequence
    std::uint16_t number = 0;   ///< of the row, from 1; 0: beyond what Slot::row holds
    std::uint16_t slot = 0;     ///< canonical
    std::uint16_t wire = 0;
    std::uint16_t system = 0;     ///< Code
    std::uint32_t text_max = 0;   ///< longest plain text that the field takes unseen
    std::uint32_t read_max = 0;   ///< bytes that the format allows; plain or UTF-8
    std::uint32_t write_max = 0;  ///< the same with `fit`
    /// When: then, else; Each: the body; Each over columns: where its blocks begin in Ops::columns;
    /// 0: none
    std::uint32_t blocks[2] = {0, 0};
    const Type* type = nullptr;
    const CodeTable* table = nullptr;  ///< of the field's type
    const WireField* field = nullptr;
    const Rule* rule = nullptr;
};

/// All blocks of a program; [0] is empty, [kBody] the body.
struct Ops {
    static constexpr std::size_t kBody = 1;

    std::vector<std::vector<Op>> blocks;
    std::vector<std::uint32_t> columns;  ///< blocks of each `each … cols`, one per column
    std::vector<const RowRule*> rows;    ///< by number - 1: the lineage of a slot
};

Ops make_ops(const Program& program);

}  // namespace luqiao::mapping
