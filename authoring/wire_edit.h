// authoring/wire_edit.h - a party's message with some of its fields changed, whatever the format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/rows.h"

namespace luqiao::authoring {

/// A wire field of a row and its new text; nothing: it is not sent. Of a list's items the first.
struct WireEdit {
    const RowPlace* place = nullptr;
    std::optional<std::string> text;
};

/// Nothing when the format cannot hold the message.
std::optional<std::string> edited(const mapping::Program& program,
                                  std::string_view bytes,
                                  const std::vector<WireEdit>& edits);

}  // namespace luqiao::authoring
