// authoring/text_table.h - tables for terminals: East-Asian characters take two cells.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::authoring {

/// Terminal cells that well-formed UTF-8 takes: 2 for a wide or full-width character, 0 for a
/// combining mark, else 1 (Unicode UAX #11; ambiguous characters are narrow).
std::size_t display_width(std::string_view text);

/// `text` and then spaces up to `width` cells; longer text stays whole.
std::string padded(std::string_view text, std::size_t width);

/// Rows under a head, each column as wide as its widest cell, two spaces between. The last column
/// is not padded. Control characters are shown as `\n`, `\t` or `\x1b`.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> head);

    void add(std::vector<std::string> row);
    [[nodiscard]] std::size_t size() const { return rows_.size() - 1; }
    /// With a line end behind each row; empty when there are no rows under the head.
    [[nodiscard]] std::string render() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// `text` on one line: control characters as escapes.
std::string one_line(std::string_view text);

/// `text` as one CSV cell (RFC 4180), quoted when it must be.
std::string csv_cell(std::string_view text);

}  // namespace luqiao::authoring
