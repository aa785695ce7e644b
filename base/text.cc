#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace luqiao {
namespace {

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

/// Length of the well-formed sequence at the head of `text`, or 0.
std::size_t sequence_length(std::string_view text) {
    const auto octet = [text](std::size_t index) -> std::uint32_t {
        return static_cast<unsigned char>(text[index]);
    };
    const std::uint32_t lead = octet(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t index = 1; index < length; ++index) {
        if (!is_continuation(text[index])) return 0;
    }
    const std::uint32_t second = octet(1);
    const bool bad_second = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                            (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return bad_second ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

std::string_view prefix_code_points(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size()) {
        if (!is_continuation(text[end])) {
            if (count == 0) break;
            --count;
        }
        ++end;
    }
    return text.substr(0, end);
}

std::string masked(std::string_view text) {
    const std::size_t total = code_points(text);
    std::string out;
    if (total <= 2) return out.append(total, '*');
    out = prefix_code_points(text, 1);
    out.append(std::min<std::size_t>(total - 1, 8), '*');
    return out;
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const std::size_t end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> before(width);
    std::vector<std::size_t> above(width);
    std::vector<std::size_t> row(width);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = above[j] + (a[i] == b[j] ? 0 : 1);
            row[j + 1] = std::min({replaced, row[j] + 1, above[j + 1] + 1});
            const bool is_swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
            if (is_swapped) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
    }
    return row.back();
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::size_t best = std::max<std::size_t>(1, word.size() / 4) + 1;
    if (word.size() < 2) return {};  // another letter is another word
    std::string_view found;
    for (const std::string_view candidate : candidates) {
        const std::size_t a = word.size();
        const std::size_t b = candidate.size();
        if (candidate == found || std::max(a, b) - std::min(a, b) > best) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance > best || (distance == best && found.empty())) continue;
        // Two at the same distance: either may have been meant, and neither is said.
        found = distance == best ? std::string_view{} : candidate;
        best = distance;
    }
    return found;
}

}  // namespace luqiao
