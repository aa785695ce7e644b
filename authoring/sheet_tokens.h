// authoring/sheet_tokens.h - what splitting and joining of spreadsheet rows share: tokens with
// their text, and the kinds of lines.
#pragma once

#include "mapping/lexer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao::authoring {

/// Kinds of lines that have no keyword.
namespace sheet_kind {
inline constexpr std::string_view kRow = "字段";
inline constexpr std::string_view kRemark = "注释";
inline constexpr std::string_view kBlank = "空行";
inline constexpr std::string_view kOther = "其他";
}  // namespace sheet_kind
inline constexpr std::string_view kSheetYes = "是";

/// "列表 each" for "each"; 其他 for a word that is none.
std::string shown_kind(std::string_view keyword);
/// The keyword behind "列表 each", "列表" or "each", or one of sheet_kind; nothing: not known.
std::optional<std::string_view> kind_meant(std::string_view kind);
bool is_sheet_keyword(std::string_view word);

bool is_arrow(const mapping::Token& token);

/// `more` behind `text`, with `separator` between them unless `text` is empty.
inline void append_part(std::string& text, std::string_view separator, std::string_view more) {
    if (!text.empty()) text += separator;
    text += more;
}

/// A line's tokens with the text between two of them.
class SheetTokens {
public:
    /// `raw` outlives the object and has no line end.
    explicit SheetTokens(std::string_view raw);

    [[nodiscard]] bool empty() const { return line_.tokens.empty(); }
    /// Without the End.
    [[nodiscard]] std::size_t size() const { return line_.tokens.size() - 1; }
    [[nodiscard]] const mapping::Token& at(std::size_t index) const {
        return line_.tokens[std::min(index, size())];
    }
    /// What stands in tokens [from, to), as written.
    [[nodiscard]] std::string slice(std::size_t from, std::size_t to) const {
        if (from >= to) return {};
        const mapping::Token& last = at(to - 1);
        const std::size_t begin = offset(at(from).column);
        return std::string(raw_.substr(begin, offset(last.column + last.length) - begin));
    }
    /// Behind the `#`; nothing when there is none.
    [[nodiscard]] std::string remark() const {
        const std::string_view rest = raw_.substr(offset(line_.tokens.back().column));
        if (rest.empty()) return {};
        constexpr std::string_view kWide = "＃";  // a finding of its own, but read all the same
        return std::string(trimmed(rest.substr(rest.starts_with(kWide) ? kWide.size() : 1)));
    }
    /// The first such symbol in [from, to); `to`: none.
    [[nodiscard]] std::size_t find(std::string_view symbol,
                                   std::size_t from,
                                   std::size_t to) const {
        while (from < to && !at(from).is_symbol(symbol)) ++from;
        return from;
    }

private:
    [[nodiscard]] std::size_t offset(int column) const {
        return offsets_[std::min(static_cast<std::size_t>(column - 1), offsets_.size() - 1)];
    }

    std::string_view raw_;
    mapping::Line line_;
    std::vector<std::size_t> offsets_;  ///< of each code point
};

}  // namespace luqiao::authoring
