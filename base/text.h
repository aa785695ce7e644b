// base/text.h - a sentence in both languages of the product, and small helpers for UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao {

/// One sentence for people: Chinese first, English beside it.
struct Text {
    std::string zh;
    std::string en;
    bool operator==(const Text&) const = default;
};

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Number of code points of well-formed UTF-8.
std::size_t code_points(std::string_view text);

/// The first `count` code points of well-formed UTF-8.
std::string_view prefix_code_points(std::string_view text, std::size_t count);

/// A personal value as it may be shown: first character, then stars; two or fewer: all stars.
std::string masked(std::string_view text);

/// 0-9 a-z of ASCII: 'A' as 'a', other characters as they are.
char ascii_lower(char c);
/// Letters of ASCII have no case here.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Pieces of `text` between `separator`; empty pieces are kept; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` without spaces, tabs, CR and LF at both ends.
std::string_view trimmed(std::string_view text);

/// Bytes inserted, left out, replaced or swapped with a neighbour; for did-you-mean.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one candidate nearest to `word` within max(1, size/4) edits; "": none, or two as near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace luqiao
