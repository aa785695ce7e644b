// mapping/translator.h - runs a program: a party's bytes to a record, a record to a party's bytes.
#pragma once

#include "mapping/issue.h"
#include "mapping/program.h"
#include "mapping/record.h"

#include <string>
#include <string_view>

namespace luqiao::mapping {

struct Decoded {
    Record record;
    Issues issues;
    std::string natural_key;  ///< text of the format's `key` field; empty when it has none
};

struct Encoded {
    std::string bytes;  ///< meaningful only when issues do not reject
    Issues issues;
};

/// Reads `bytes` by the rows of `program`. Collects every issue of the message in one pass; a
/// message that cannot be parsed at all has one issue of class E1 with the position. Never throws.
///
/// Form checks and required fields are judged at the end, unless the map is `partial`.
Decoded decode(const Program& program, std::string_view bytes);
/// The same into `into`, whose memory is used again: once it is warm, a message takes no memory.
void decode(const Program& program, std::string_view bytes, Decoded& into);

/// Lineage: the row of `program` that filled a slot of a record that it decoded; its wire field is
/// RowRule::wire. nullptr: none did.
const RowRule* row_of(const Program& program, const Slot& slot);

/// Writes `record` by the rows of `program`, in the format's charset.
Encoded encode(const Program& program, const Record& record);
/// The same into `into`, whose memory is used again.
void encode(const Program& program, const Record& record, Encoded& into);

/// The same over `base`, an earlier message of the same format: in a map with `base keep` (JSON and
/// XML) what no row covers stays as the party wrote it, whether the format knows it or not. What a
/// row covers is as the record has it, and goes when the record has no value. In other maps `base`
/// is not looked at.
Encoded encode(const Program& program, const Record& record, std::string_view base);

}  // namespace luqiao::mapping
