#include "authoring/text_table.h"

#include "mapping/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <unicode/uchar.h>

namespace luqiao::authoring {
namespace {

std::size_t cells_of(UChar32 point) {
    const int category = u_charType(point);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK) return 0;
    const int width = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t cells = 0;
    while (!text.empty()) {
        const char32_t point = mapping::take_character(text);
        if (point == mapping::kNoCharacter) {
            text.remove_prefix(1);
            ++cells;
        } else {
            cells += cells_of(static_cast<UChar32>(point));
        }
    }
    return cells;
}

std::string padded(std::string_view text, std::size_t width) {
    const std::size_t used = display_width(text);
    return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out;
}

std::string csv_cell(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

TextTable::TextTable(std::vector<std::string> head) {
    rows_.push_back(std::move(head));
}

void TextTable::add(std::vector<std::string> row) {
    for (std::string& cell : row) cell = one_line(cell);
    row.resize(rows_[0].size());
    rows_.push_back(std::move(row));
}

std::string TextTable::render() const {
    if (rows_.size() == 1) return {};
    std::vector<std::size_t> widths(rows_[0].size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], display_width(row[column]));
        }
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (column > 0) line += "  ";
            line += padded(row[column], widths[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

}  // namespace luqiao::authoring
