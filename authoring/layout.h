// authoring/layout.h - lines of cells set in columns: what the formatter does with white space.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace luqiao::authoring {

/// A column of a file, in display cells from 0.
///
/// Where it starts: where more than half of its cells started already and fit, when that is in
/// [least, most]; else at `usual`, or so far to the right that nine of ten cells fit. A cell that
/// finds its place taken moves to the right, alone.
struct Stop {
    std::size_t least = 0;
    std::size_t usual = 0;
    std::size_t most = 0;
};

struct Cell {
    static constexpr std::size_t kFlow = SIZE_MAX;

    std::string text;
    std::size_t stop = kFlow;  ///< number of its Stop; kFlow: right behind the cell before
    std::size_t gap = 1;       ///< spaces before it, at least
    std::size_t was = 0;       ///< where it started before
};

/// One line; stops grow from left to right. Without cells it is a blank line.
struct LaidLine {
    std::size_t indent = 0;
    std::vector<Cell> cells;
};

/// The text of each line, without line ends.
std::vector<std::string> lay_out(const std::vector<LaidLine>& lines,
                                 const std::vector<Stop>& stops);

}  // namespace luqiao::authoring
