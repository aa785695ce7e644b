// tests/fuzz/row_fuzz.cc - any line of a map as spreadsheet cells: the cells come back from the
// line that they make.
#include "base/text.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "authoring/sheet_row.h"

namespace luqiao::authoring {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void line(std::string_view text) {
    if (!is_utf8(text) || text.find_first_of("\n\r") != std::string_view::npos) return;
    const Namespaces namespaces{"w"};
    const SheetCells cells = split_line(text, namespaces);
    const std::string joined = join_line(cells);
    const SheetCells again = split_line(joined, namespaces);
    require(spilled_cells(cells, joined, namespaces).empty());
    require(content_of(again) == content_of(split_line(join_line(again), namespaces)));
    for (int column = 1; column < 12; ++column) {
        require(column_at(text, namespaces, column) < SheetColumn::Id);
    }
}

/// Cells as an analyst may type them, cut at line ends: either they come back, or it is told.
void cells(std::string_view text) {
    SheetCells out;
    std::size_t column = static_cast<std::size_t>(SheetColumn::Kind);
    for (const std::string_view piece : split(text, '\n')) {
        if (column == static_cast<std::size_t>(SheetColumn::Id)) break;
        out[column++] = trimmed(piece);
    }
    if (!is_utf8(text) || text.find('\r') != std::string_view::npos) return;
    const std::string joined = join_line(out);
    if (!spilled_cells(out, joined, {}).empty()) return;
    const SheetCells again = split_line(joined, {});
    require(content_of(again) == content_of(split_line(join_line(again), {})));
}

}  // namespace
}  // namespace luqiao::authoring

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        luqiao::authoring::line(text);
    } else {
        luqiao::authoring::cells(text);
    }
    return 0;
}
