// authoring/format_rules.h - the formatter of forms, formats and maps.
#pragma once

#include "base/diagnostic.h"
#include "mapping/source.h"

#include <optional>
#include <string>

namespace luqiao::authoring {

/// The file with columns aligned by display width, two spaces per block, one blank line at most,
/// LF at every end. Same tokens and remarks as before; formatting the result changes nothing.
/// `source.path` tells the language by its ending (.form, .format, .map).
///
/// Nothing when the file cannot be read (M100, M102 in `findings`) or has another ending.
std::optional<std::string> format_rules(const mapping::SourceFile& source, Diagnostics& findings);

}  // namespace luqiao::authoring
