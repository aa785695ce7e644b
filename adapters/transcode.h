// adapters/transcode.h - the two charsets of envelopes, UTF-8 and GB18030, strictly.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace luqiao::adapters {

enum class Charset : std::uint8_t { Utf8, Gb18030 };

/// "UTF-8" or "GB18030".
std::string_view name_of(Charset charset);

/// The charset of a label, without ASCII case. GB2312 and GBK are read as GB18030, which contains
/// both (GB 18030-2022).
std::optional<Charset> find_charset(std::string_view label);

/// The label of `<?xml … encoding="…"?>` at the start of `bytes`, or "".
std::string_view xml_encoding(std::string_view bytes);

/// @errors CharsetError: at the first byte that is no character
Result<std::string> to_utf8(std::string_view bytes, Charset charset);

/// @param text well-formed UTF-8  @errors CharsetError: `text` is not UTF-8
Result<std::string> from_utf8(std::string_view text, Charset charset);

}  // namespace luqiao::adapters
