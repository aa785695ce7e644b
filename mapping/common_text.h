// mapping/common_text.h - most text is of few kinds of character, of which a glance tells that
// nothing is to be done about them: sixteen bytes at a time.
#pragma once

#include <string_view>

namespace luqiao::mapping {

/// Whether `text` is well-formed UTF-8 of nothing but
///
///     U+0020-007E, U+00A0-02FF   ASCII, Latin letters, `·`
///     U+3001-3029, U+3030-303F   `、`, `。`, `《》`
///     U+4E00-9FFF                ideographs
///     U+FF01-FF3F, FF41-FF7F     `，`, `（）`, full-width letters and digits
///
/// all of which Repertoire::Any has and NFC leaves as they are, whatever stands beside them.
/// False: look at it character by character.
bool is_common_text(std::string_view text);

}  // namespace luqiao::mapping
