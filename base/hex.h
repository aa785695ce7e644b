// base/hex.h - bytes as lowercase hexadecimal text and back.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace luqiao {

std::string to_hex(std::string_view bytes);

/// Upper and lower case are read. @errors InvalidArgument: odd length or another character
Result<std::string> from_hex(std::string_view text);

}  // namespace luqiao
