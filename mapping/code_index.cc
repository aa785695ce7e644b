#include "mapping/code_index.h"

#include <cstring>

namespace luqiao::mapping {
namespace {

/// Up to eight bytes of `text`, the rest zeros.
std::uint64_t head_of(std::string_view text) {
    const char* const from = text.data();
    const std::size_t size = text.size();
    std::uint64_t word = 0;
    if (size >= 8) {
        std::memcpy(&word, from, 8);
        return word;
    }
    if (size >= 4) {
        std::uint32_t low = 0;
        std::uint32_t high = 0;
        std::memcpy(&low, from, 4);
        std::memcpy(&high, from + (size - 4), 4);
        return low | (std::uint64_t{high} << (8 * (size - 4)));
    }
    for (std::size_t at = 0; at < size; ++at) {
        word |= std::uint64_t{static_cast<std::uint8_t>(from[at])} << (8 * at);
    }
    return word;
}

std::size_t hash_of(std::uint64_t head, std::string_view text) {
    std::uint64_t tail = text.size();
    if (text.size() > 8) tail ^= head_of(text.substr(text.size() - 8)) * 0xC2B2AE3D27D4EB4Fu;
    const std::uint64_t mixed = (head ^ tail) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32u));
}

}  // namespace

bool CodeIndex::is(const Entry& entry, std::uint64_t head, std::string_view code) const {
    return entry.head == head && entry.size == code.size() &&
           (code.size() <= 8 ||
            std::memcmp(codes_.data() + entry.code, code.data(), code.size()) == 0);
}

void CodeIndex::place(std::size_t entry) {
    const Entry& one = entries_[entry];
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash_of(one.head, std::string_view(codes_).substr(one.code, one.size)) & mask;
    while (places_[at] != 0) at = (at + 1) & mask;
    places_[at] = static_cast<std::uint32_t>(entry + 1);
}

void CodeIndex::rehash(std::size_t places) {
    places_.assign(places, 0);
    for (std::size_t entry = 0; entry < entries_.size(); ++entry) place(entry);
}

void CodeIndex::add(std::string_view code, std::span<const std::uint32_t> rows) {
    entries_.push_back({head_of(code), static_cast<std::uint32_t>(codes_.size()),
                        static_cast<std::uint32_t>(code.size()),
                        static_cast<std::uint32_t>(rows_.size()),
                        static_cast<std::uint32_t>(rows.size())});
    codes_ += code;
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    if (entries_.size() * 2 > places_.size()) {
        rehash(places_.empty() ? 16 : places_.size() * 2);
    } else {
        place(entries_.size() - 1);
    }
}

std::span<const std::uint32_t> CodeIndex::find(std::string_view code) const {
    if (places_.empty()) return {};
    const std::uint64_t head = head_of(code);
    const std::size_t mask = places_.size() - 1;
    for (std::size_t at = hash_of(head, code) & mask; places_[at] != 0; at = (at + 1) & mask) {
        const Entry& entry = entries_[places_[at] - 1];
        if (is(entry, head, code)) return std::span(rows_).subspan(entry.rows, entry.count);
    }
    return {};
}

}  // namespace luqiao::mapping
