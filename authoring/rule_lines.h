// authoring/rule_lines.h - the lines of a form, format or map as cells for the formatter.
#pragma once

#include "mapping/lexer.h"

#include <string>
#include <string_view>
#include <vector>

#include "authoring/layout.h"

namespace luqiao::authoring {

enum class RuleKind { Form, Format, Map };

/// A file cut into lines of cells, one for each line of the source that stays.
struct RuleLines {
    std::vector<LaidLine> lines;
    std::vector<Stop> stops;
    std::vector<std::size_t> sources;  ///< which line of the source each is, from 0
};

/// `source`: all lines as written. `lexed`: those of them with tokens.
///
/// Works on tokens alone, so that what it does not know passes through: a token is written as its
/// author wrote it, remarks stay at their line, blank lines stay (one for several). Knows of the
/// language which words open and close a block, and the shape of rows and fields.
RuleLines rule_lines(RuleKind kind,
                     const std::vector<std::string_view>& source,
                     const std::vector<mapping::Line>& lexed);

}  // namespace luqiao::authoring
