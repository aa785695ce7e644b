// mapping/code_index.h - code -> rows of one column of a code table: flat, open addressing, built
// once when the table is compiled.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Immutable after the last `add`. Codes of up to eight bytes, nearly all, are compared as one
/// word.
class CodeIndex {
public:
    /// `rows` mean `code`, the preferred first; at least one. Each code once.
    void add(std::string_view code, std::span<const std::uint32_t> rows);

    /// The rows of `code`, the preferred first; empty: unmapped.
    [[nodiscard]] std::span<const std::uint32_t> find(std::string_view code) const;

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::uint64_t head;  ///< the first bytes of the code
        std::uint32_t code;  ///< where the whole code begins in codes_
        std::uint32_t size;
        std::uint32_t rows;  ///< where its rows begin in rows_
        std::uint32_t count;
    };
    void rehash(std::size_t places);
    void place(std::size_t entry);
    [[nodiscard]] bool is(const Entry& entry, std::uint64_t head, std::string_view code) const;

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> places_;  ///< hash -> entry + 1; 0: free
    std::vector<std::uint32_t> rows_;
    std::string codes_;
};

}  // namespace luqiao::mapping
