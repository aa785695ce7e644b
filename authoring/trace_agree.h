// authoring/trace_agree.h - whether what a trace found is what the translator gave, and on what
// day.
#pragma once

#include "mapping/record.h"
#include "mapping/wire.h"

#include <optional>

#include "authoring/trace.h"

namespace luqiao::authoring {

/// The date on which code tables are judged; nothing when the map or the record has none.
std::optional<Date> as_of(const mapping::Program& program, const mapping::Record& record);

/// The record that decode() made has the values of `mine`; the entries of items that it lacks are
/// marked as dropped.
void agree_on_record(const mapping::Record& mine, const mapping::Record& decoded, Trace& out);

/// Two messages of one format hold the same. A fixed field is padded, and an empty value may read
/// as none.
bool is_same_message(const mapping::Format& format,
                     const mapping::WireScope& scope,
                     const mapping::WireRow& mine,
                     const mapping::WireRow& written);

}  // namespace luqiao::authoring
