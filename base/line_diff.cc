#include "base/line_diff.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace luqiao {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kCellsMax = 20'000'000;  ///< of the table of common lines

Lines lines_of(std::string_view text) {
    Lines out = split(text, '\n');
    if (out.back().empty()) out.pop_back();
    return out;
}

/// One run of lines that differ: [from, to) of either text.
struct Hunk {
    std::size_t a_from;
    std::size_t a_to;
    std::size_t b_from;
    std::size_t b_to;
};

/// Longest common subsequence of the parts between the first and the last difference.
class Matcher {
public:
    Matcher(const Lines& a, const Lines& b) : a_(a), b_(b) {
        const std::size_t shorter = std::min(a.size(), b.size());
        while (head_ < shorter && a[head_] == b[head_]) ++head_;
        std::size_t tail = 0;
        while (tail < shorter - head_ && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
        a_end_ = a.size() - tail;
        b_end_ = b.size() - tail;
    }

    std::vector<Hunk> run() {
        const std::size_t rows = a_end_ - head_;
        const std::size_t columns = b_end_ - head_;
        if (rows == 0 && columns == 0) return {};
        if (rows * columns > kCellsMax) return {{head_, a_end_, head_, b_end_}};
        width_ = columns + 1;
        common_.assign((rows + 1) * width_, 0);
        for (std::size_t i = rows; i-- > 0;) {
            for (std::size_t j = columns; j-- > 0;) {
                at(i, j) = a_[head_ + i] == b_[head_ + j] ? at(i + 1, j + 1) + 1
                                                          : std::max(at(i + 1, j), at(i, j + 1));
            }
        }
        return walk(rows, columns);
    }

private:
    std::uint32_t& at(std::size_t i, std::size_t j) { return common_[i * width_ + j]; }

    std::vector<Hunk> walk(std::size_t rows, std::size_t columns) {
        std::vector<Hunk> out;
        std::size_t i = 0;
        std::size_t j = 0;
        while (i < rows || j < columns) {
            if (i < rows && j < columns && a_[head_ + i] == b_[head_ + j]) {
                ++i;
                ++j;
                continue;
            }
            Hunk hunk{head_ + i, head_ + i, head_ + j, head_ + j};
            while ((i < rows || j < columns) &&
                   !(i < rows && j < columns && a_[head_ + i] == b_[head_ + j])) {
                if (j == columns || (i < rows && at(i + 1, j) >= at(i, j + 1))) {
                    ++i;
                } else {
                    ++j;
                }
            }
            hunk.a_to = head_ + i;
            hunk.b_to = head_ + j;
            out.push_back(hunk);
        }
        return out;
    }

    const Lines& a_;
    const Lines& b_;
    std::size_t head_ = 0;
    std::size_t a_end_ = 0;
    std::size_t b_end_ = 0;
    std::size_t width_ = 0;
    std::vector<std::uint32_t> common_;
};

std::string range(std::size_t from, std::size_t to) {
    return to - from == 1 ? std::to_string(from + 1) : fmt::format("{},{}", from + 1, to - from);
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after) {
    const Lines a = lines_of(before);
    const Lines b = lines_of(after);
    std::string out;
    for (const Hunk& hunk : Matcher(a, b).run()) {
        out += fmt::format("@@ -{} +{} @@\n", range(hunk.a_from, hunk.a_to),
                           range(hunk.b_from, hunk.b_to));
        for (std::size_t i = hunk.a_from; i < hunk.a_to; ++i) out += fmt::format("-{}\n", a[i]);
        for (std::size_t j = hunk.b_from; j < hunk.b_to; ++j) out += fmt::format("+{}\n", b[j]);
    }
    return out;
}

}  // namespace luqiao
