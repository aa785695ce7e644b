// mapping/block_reader.h - lines with blocks that `end` closes: what the parsers of forms and
// formats have in common.
#pragma once

#include "mapping/cursor.h"
#include "mapping/source.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Goes through the lines of one file. What is over a limit gets M102, and the rest is not read.
class BlockReader {
public:
    BlockReader(const std::vector<Line>& lines, Report& report) : lines_(lines), report_(report) {}

protected:
    /// How deep a block is nested (1: the file itself) and where it was opened.
    struct Block {
        std::size_t depth = 1;
        Position opener;
    };

    /// The first line, which begins with `word`; nothing, and a finding, when it does not.
    std::optional<Cursor> first_line(std::string_view word, const std::string& usage);

    /// Hands each line to `statement`, up to the `end` of this block or of the file.
    template <class Statement>
    void block(const Block& of, Statement&& statement) {
        while (index_ < lines_.size()) {
            Cursor cursor(lines_[index_++], report_);
            if (!cursor.take_word("end")) {
                statement(cursor);
                continue;
            }
            cursor.expect_end();
            if (of.depth > 1) return;
            nothing_open(cursor);
        }
        if (of.depth > 1 && !is_cut_off_) not_closed(of.opener);
    }

    /// True, and the rest of the file is left out: blocks nest too deeply.
    bool too_deep(const Cursor& cursor, std::size_t depth);
    /// False for the fields over the limit.
    bool may_have_field(const Cursor& cursor);
    /// `max 50` up to the end of the line. M180 when it is missing or 0.
    std::size_t list_max(Cursor& cursor, const Position& list);

    [[nodiscard]] bool is_cut_off() const { return is_cut_off_; }

    const std::vector<Line>& lines_;
    Report& report_;
    std::size_t index_ = 0;

private:
    void nothing_open(const Cursor& cursor);
    void not_closed(const Position& opener);

    std::size_t fields_ = 0;
    bool is_cut_off_ = false;  ///< a limit ended the reading; what is open stays open
};

}  // namespace luqiao::mapping
