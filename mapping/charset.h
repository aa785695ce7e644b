// mapping/charset.h - GB18030-2022 and GBK to and from UTF-8, one table pinned by ICU.
#pragma once

#include "base/result.h"
#include "mapping/format.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::mapping {

/// @errors CharsetError at "byte N": the first byte that is not valid in `charset`
Result<std::string> to_utf8(std::string_view bytes, Charset charset);

/// @errors NotEncodable at "character N": the first character that `charset` does not have
Result<std::string> from_utf8(std::string_view text, Charset charset);

/// Bytes that `text` (UTF-8) takes in `charset`; nothing when it has a character that `charset`
/// lacks.
std::optional<std::size_t> encoded_size(std::string_view text, Charset charset);

/// The longest prefix of `text` (whole characters) that takes at most `bytes_max` bytes in
/// `charset`.
std::string_view fit(std::string_view text, std::size_t bytes_max, Charset charset);

}  // namespace luqiao::mapping
