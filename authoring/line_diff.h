// authoring/line_diff.h - what two texts have in common, line by line, and merging three of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::authoring {

using Lines = std::vector<std::string>;
/// Pairs of indices, growing on both sides.
using LinePairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// The longest common subsequence; of parts that differ by more than 4 million pairs of lines only
/// what stands in common at both ends.
LinePairs common_lines(const Lines& left, const Lines& right);

/// "- old" and "+ new" lines with two lines around each place, as in a patch.
struct LineChange {
    enum class Kind : std::uint8_t { Kept, Removed, Added };
    Kind kind = Kind::Kept;
    std::size_t line = 0;  ///< in the left text when removed, else in the right one
    std::string text;
};
std::vector<LineChange> line_changes(const Lines& left, const Lines& right);

/// One line of a merge: from `mine`, or from `theirs`.
struct MergedLine {
    std::string text;
    std::optional<std::size_t> mine;  ///< index in `mine`
};

/// A stretch that both changed, each differently: [first, last) in each.
struct MergeConflict {
    std::pair<std::size_t, std::size_t> mine;
    std::pair<std::size_t, std::size_t> theirs;
};

struct Merge {
    std::vector<MergedLine> lines;
    std::vector<MergeConflict> conflicts;  ///< none: `lines` is the merge
};

/// Three-way merge: what only one of the two changed since `base` is taken.
Merge merge_lines(const Lines& base, const Lines& mine, const Lines& theirs);

}  // namespace luqiao::authoring
