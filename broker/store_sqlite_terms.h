// broker/store_sqlite_terms.h - the terms of a case in one column: 16 hexadecimal digits each.
#pragma once

#include "base/result.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

using Terms = std::vector<std::uint64_t>;

inline constexpr std::size_t kTermDigits = 16;

inline std::string to_column(const Terms& terms) {
    std::string out;
    out.reserve(terms.size() * kTermDigits);
    for (const std::uint64_t term : terms) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            out += "0123456789abcdef"[term >> static_cast<unsigned>(shift) & 0xfU];
        }
    }
    return out;
}

/// @errors Corruption
inline Result<Terms> from_column(std::string_view column) {
    Terms out;
    out.reserve(column.size() / kTermDigits);
    for (; column.size() >= kTermDigits; column.remove_prefix(kTermDigits)) {
        std::uint64_t term = 0;
        const char* const end = column.data() + kTermDigits;
        if (std::from_chars(column.data(), end, term, 16).ptr != end) break;
        out.push_back(term);
    }
    if (!column.empty()) return fail(Errc::Corruption, "a case has a damaged list of terms");
    return out;
}

inline bool has_term(const Terms& terms, std::uint64_t term) {
    return std::find(terms.begin(), terms.end(), term) != terms.end();
}

}  // namespace luqiao::broker
