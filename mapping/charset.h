// mapping/charset.h - GB18030-2022 and GBK to and from UTF-8, by one table of our own.
//
// Run-time libraries disagree about two dozen GB18030 characters: the same FE59 is U+9FB4 in one
// and the private U+E81E in another. Here the tables are read from ICU once and then pinned:
//
//   reading   the 24 private-use characters of GB18030-2005 become their Unicode characters
//             (A6D9 -> U+FE10, FE59 -> U+9FB4, FE51 -> U+20087); GBK is read alike, and 80 is the
//             euro
//   writing   GB18030: the 18 of GB18030-2022 as two bytes, the other six as four
//             GBK: only what code page 936 has, so that an old system can show it; 䶮 is refused
#pragma once

#include "base/result.h"
#include "mapping/format.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::mapping {

class Arena;

/// @errors CharsetError at "byte N" (from 0): the first byte that is not valid in `charset`
Result<std::string> to_utf8(std::string_view bytes, Charset charset);

/// The same without an allocation of its own: a view of `bytes` when they are UTF-8 already (or
/// plain ASCII), else of the arena.
Result<std::string_view> to_utf8(std::string_view bytes, Charset charset, Arena& arena);

/// Never substitutes. `text` is UTF-8.
/// @errors NotEncodable at "character N" (from 1): the first character that `charset` does not have
Result<std::string> from_utf8(std::string_view text, Charset charset);

/// Appends `text` in `charset` to `out`; on an error `out` is as it was.
Status append_encoded(std::string& out, std::string_view text, Charset charset);

/// Bytes that `text` (UTF-8) takes in `charset`; nothing when it has a character that `charset`
/// lacks.
std::optional<std::size_t> encoded_size(std::string_view text, Charset charset);

/// The longest prefix of `text` (whole characters) that takes at most `bytes_max` bytes in
/// `charset`; it also ends before the first character that `charset` lacks.
std::string_view fit(std::string_view text, std::size_t bytes_max, Charset charset);

/// Whether a character may occur in text of `repertoire`. Control characters never may, but for
/// tab, line feed and carriage return.
bool in_repertoire(char32_t character, Repertoire repertoire);

/// Most bytes one character of `repertoire` takes in `charset`; nothing when `charset` lacks some
/// of its characters.
std::optional<std::size_t> character_size_max(Repertoire repertoire, Charset charset);

}  // namespace luqiao::mapping
