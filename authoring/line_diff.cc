#include "authoring/line_diff.h"

#include <algorithm>

namespace luqiao::authoring {
namespace {

constexpr std::size_t kPairsMax = 4'000'000;

/// Lengths of the longest common subsequences of the ends of two stretches.
class Table {
public:
    Table(std::size_t rows, std::size_t columns)
        : columns_(columns + 1), cells_((rows + 1) * (columns + 1)) {}
    std::uint16_t& at(std::size_t row, std::size_t column) {
        return cells_[row * columns_ + column];
    }

private:
    std::size_t columns_;
    std::vector<std::uint16_t> cells_;
};

void middle(const Lines& left,
            const Lines& right,
            std::pair<std::size_t, std::size_t> from,
            std::pair<std::size_t, std::size_t> to,
            LinePairs& out) {
    const std::size_t rows = to.first - from.first;
    const std::size_t columns = to.second - from.second;
    if (rows == 0 || columns == 0 || rows > kPairsMax / columns) return;
    Table table(rows, columns);
    for (std::size_t row = rows; row-- > 0;) {
        for (std::size_t column = columns; column-- > 0;) {
            const bool same = left[from.first + row] == right[from.second + column];
            table.at(row, column) =
                same ? static_cast<std::uint16_t>(table.at(row + 1, column + 1) + 1)
                     : std::max(table.at(row + 1, column), table.at(row, column + 1));
        }
    }
    std::size_t row = 0;
    std::size_t column = 0;
    while (row < rows && column < columns) {
        if (left[from.first + row] == right[from.second + column]) {
            out.emplace_back(from.first + row++, from.second + column++);
        } else if (table.at(row + 1, column) >= table.at(row, column + 1)) {
            ++row;
        } else {
            ++column;
        }
    }
}

/// Lines [from, to) of one text.
struct Stretch {
    const Lines& lines;
    std::size_t from;
    std::size_t to;
};

bool same(const Stretch& left, const Stretch& right) {
    const auto at = [](const Lines& lines, std::size_t index) {
        return lines.begin() + static_cast<long>(index);
    };
    return std::equal(at(left.lines, left.from), at(left.lines, left.to),
                      at(right.lines, right.from), at(right.lines, right.to));
}

}  // namespace

LinePairs common_lines(const Lines& left, const Lines& right) {
    LinePairs out;
    const std::size_t shorter = std::min(left.size(), right.size());
    std::size_t head = 0;
    while (head < shorter && left[head] == right[head]) {
        out.emplace_back(head, head);
        ++head;
    }
    std::size_t tail = 0;
    while (tail < shorter - head &&
           left[left.size() - 1 - tail] == right[right.size() - 1 - tail]) {
        ++tail;
    }
    middle(left, right, {head, head}, {left.size() - tail, right.size() - tail}, out);
    for (; tail > 0; --tail) out.emplace_back(left.size() - tail, right.size() - tail);
    return out;
}

std::vector<LineChange> line_changes(const Lines& left, const Lines& right) {
    constexpr std::size_t kAround = 2;
    std::vector<LineChange> all;
    std::size_t from = 0;
    std::size_t to = 0;
    LinePairs pairs = common_lines(left, right);
    pairs.emplace_back(left.size(), right.size());
    for (const auto& [old_line, new_line] : pairs) {
        for (; from < old_line; ++from) {
            all.push_back({LineChange::Kind::Removed, from, left[from]});
        }
        for (; to < new_line; ++to) all.push_back({LineChange::Kind::Added, to, right[to]});
        if (to < right.size()) all.push_back({LineChange::Kind::Kept, to, right[to]});
        ++from;
        ++to;
    }
    std::vector<LineChange> out;
    for (std::size_t at = 0; at < all.size(); ++at) {
        const std::size_t first = at < kAround ? 0 : at - kAround;
        const std::size_t last = std::min(all.size(), at + kAround + 1);
        const bool is_near = std::any_of(
            all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(last),
            [](const LineChange& one) { return one.kind != LineChange::Kind::Kept; });
        if (is_near) out.push_back(all[at]);
    }
    return out;
}

Merge merge_lines(const Lines& base, const Lines& mine, const Lines& theirs) {
    constexpr std::size_t kNone = SIZE_MAX;
    std::vector<std::size_t> in_mine(base.size(), kNone);
    for (const auto& [from, to] : common_lines(base, mine)) in_mine[from] = to;
    std::vector<std::size_t> in_theirs(base.size(), kNone);
    for (const auto& [from, to] : common_lines(base, theirs)) in_theirs[from] = to;
    Merge out;
    std::size_t b = 0;
    std::size_t m = 0;
    std::size_t t = 0;
    const auto take_mine = [&](std::size_t last) {
        for (std::size_t line = m; line < last; ++line) out.lines.push_back({mine[line], line});
    };
    const auto stretch = [&](std::size_t b_to, std::size_t m_to, std::size_t t_to) {
        const bool mine_kept = same({base, b, b_to}, {mine, m, m_to});
        const bool theirs_kept = same({base, b, b_to}, {theirs, t, t_to});
        if (mine_kept && !theirs_kept) {
            for (std::size_t line = t; line < t_to; ++line) {
                out.lines.push_back({theirs[line], std::nullopt});
            }
        } else if (theirs_kept || same({mine, m, m_to}, {theirs, t, t_to})) {
            take_mine(m_to);
        } else {
            out.conflicts.push_back({{m, m_to}, {t, t_to}});
        }
    };
    for (std::size_t line = 0; line < base.size(); ++line) {
        if (in_mine[line] == kNone || in_theirs[line] == kNone) continue;
        stretch(line, in_mine[line], in_theirs[line]);
        out.lines.push_back({base[line], in_mine[line]});
        b = line + 1;
        m = in_mine[line] + 1;
        t = in_theirs[line] + 1;
    }
    stretch(base.size(), mine.size(), theirs.size());
    return out;
}

}  // namespace luqiao::authoring
