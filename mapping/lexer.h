// mapping/lexer.h - the one line lexer of forms, formats and maps.
#pragma once

#include "mapping/source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace luqiao::mapping {

/// Word: `sex`, `utf-8`, `1990-01-02`, `姓名`. Number: `12`, `-3`, `3.50`. String: between quotes,
/// with \" \\ \n \t. Symbol: arrows, comparisons and punctuation. End: the end of the line.
enum class TokenKind : std::uint8_t { Word, Number, String, Symbol, End };

struct Token {
    TokenKind kind = TokenKind::End;
    std::string text;  ///< a string without its quotes and escapes
    int column = 1;    ///< from 1, in code points
    int length = 1;    ///< code points

    [[nodiscard]] bool is_symbol(std::string_view symbol) const {
        return kind == TokenKind::Symbol && text == symbol;
    }
    [[nodiscard]] bool is_word(std::string_view word) const {
        return kind == TokenKind::Word && text == word;
    }
};

/// A line that is not blank and not a remark alone.
struct Line {
    int number = 0;
    std::vector<Token> tokens;  ///< the last one is End
    Text label;                 ///< the remark: `# 中文 | English`
};

/// All lines of the file. A line with an error (M100) is left out; a file over a limit (M102) or
/// not in UTF-8 gives no lines.
std::vector<Line> lex(Report& report, std::string_view text);

/// "中文 | English" in its two parts; without a bar both are the whole.
Text to_label(std::string_view text);

}  // namespace luqiao::mapping
