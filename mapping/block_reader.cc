#include "mapping/block_reader.h"

#include "mapping/parse_form.h"

#include <fmt/format.h>

namespace luqiao::mapping {

std::optional<Cursor> BlockReader::first_line(std::string_view word, const std::string& usage) {
    if (lines_.empty()) {
        report_.error("M100", report_.at(1, 1), {"文件是空的", "the file is empty"}, usage);
        return std::nullopt;
    }
    Cursor cursor(lines_[index_++], report_);
    if (cursor.take_word(word)) return cursor;
    cursor.fail({fmt::format("“{}”", usage), usage});
    return std::nullopt;
}

void BlockReader::nothing_open(const Cursor& cursor) {
    report_.error("M100", cursor.whole(),
                  {"没有对应的 group 或 list", "no group or list is open here"},
                  delete_line(report_, cursor.line().number));
}

void BlockReader::not_closed(const Position& opener) {
    report_.error("M100", opener, {"缺少对应的 end", "this block is not closed"}, add_end(report_));
}

bool BlockReader::too_deep(const Cursor& cursor, std::size_t depth) {
    if (depth < kDepthMax) return false;
    report_.error("M102", cursor.whole(),
                  {fmt::format("嵌套超过{}层", kDepthMax),
                   fmt::format("more than {} levels of nesting", kDepthMax)});
    index_ = lines_.size();
    is_cut_off_ = true;
    return true;
}

bool BlockReader::may_have_field(const Cursor& cursor) {
    if (++fields_ <= kFieldsMax) return true;
    if (fields_ == kFieldsMax + 1) {
        report_.error("M102", cursor.whole(),
                      {fmt::format("字段超过{}个", kFieldsMax),
                       fmt::format("more than {} fields", kFieldsMax)});
    }
    return false;
}

std::size_t BlockReader::list_max(Cursor& cursor, const Position& list) {
    std::size_t out = 0;
    if (cursor.take_word("max")) {
        const auto max = cursor.expect_size({"最多条数", "the largest number of items"}, kItemsMax);
        if (!max || !cursor.expect_end()) return max.value_or(0);
        out = *max;
    } else if (!cursor.expect_end()) {
        return 0;
    }
    if (out == 0) {
        report_.error("M180", list, {"列表没有 max", "the list has no max"},
                      Fix{{"加上 max 50", "add max 50"}, {insert_behind(list, " max 50")}});
    }
    return out;
}

}  // namespace luqiao::mapping
