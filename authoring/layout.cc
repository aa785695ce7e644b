#include "authoring/layout.h"

#include <algorithm>
#include <map>

#include "authoring/text_table.h"

namespace luqiao::authoring {
namespace {

/// A line as far as it is set.
struct Set {
    const LaidLine* line = nullptr;
    std::size_t next = 0;  ///< cell
    std::string text;
    std::size_t width = 0;

    [[nodiscard]] bool has_cell_at(std::size_t stop) const {
        return next < line->cells.size() && line->cells[next].stop == stop;
    }
    /// Where the next cell can start.
    [[nodiscard]] std::size_t need() const {
        return next == 0 ? line->indent : width + line->cells[next].gap;
    }
    void put(std::size_t column) {
        const Cell& cell = line->cells[next++];
        text += std::string(column - width, ' ') + cell.text;
        width = column + display_width(cell.text);
    }
    void flow() {
        while (has_cell_at(Cell::kFlow)) put(need());
    }
};

std::size_t column_of(const Stop& stop,
                      std::vector<std::size_t> needs,
                      const std::map<std::size_t, std::size_t>& was) {
    std::sort(needs.begin(), needs.end());
    for (const auto& [column, count] : was) {
        if (count * 2 <= needs.size() || column < stop.least || column > stop.most) continue;
        const auto fitting = std::upper_bound(needs.begin(), needs.end(), column) - needs.begin();
        if (static_cast<std::size_t>(fitting) * 2 > needs.size()) return column;
    }
    const std::size_t ninth = (needs.size() * 9 + 9) / 10;
    return std::min(std::max(needs[ninth - 1], stop.usual), std::max(stop.most, stop.usual));
}

}  // namespace

std::vector<std::string> lay_out(const std::vector<LaidLine>& lines,
                                 const std::vector<Stop>& stops) {
    std::vector<Set> sets;
    sets.reserve(lines.size());
    for (const LaidLine& line : lines) {
        sets.push_back({&line, 0, {}, 0});
        sets.back().flow();
    }
    for (std::size_t stop = 0; stop < stops.size(); ++stop) {
        std::vector<std::size_t> needs;
        std::map<std::size_t, std::size_t> was;
        for (const Set& set : sets) {
            if (!set.has_cell_at(stop)) continue;
            needs.push_back(set.need());
            ++was[set.line->cells[set.next].was];
        }
        if (needs.empty()) continue;
        const std::size_t column = column_of(stops[stop], std::move(needs), was);
        for (Set& set : sets) {
            if (!set.has_cell_at(stop)) continue;
            set.put(std::max(column, set.need()));
            set.flow();
        }
    }
    std::vector<std::string> out;
    out.reserve(sets.size());
    for (Set& set : sets) out.push_back(std::move(set.text));
    return out;
}

}  // namespace luqiao::authoring
