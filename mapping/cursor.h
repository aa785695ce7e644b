// mapping/cursor.h - reads the tokens of one line; the first thing that does not fit is reported.
#pragma once

#include "mapping/ast.h"
#include "mapping/lexer.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Every `take_…` moves on only when the next token fits. Every `expect_…` reports M100 when it
/// does not; after the first report of a line the rest of it is silent.
class Cursor {
public:
    Cursor(const Line& line, Report& report) : line_(line), report_(report) {}

    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
    [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::End; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] const Line& line() const { return line_; }
    [[nodiscard]] Report& report() { return report_; }

    Token next();
    bool take_symbol(std::string_view symbol);
    bool take_word(std::string_view word);

    bool expect_symbol(std::string_view symbol);
    bool expect_end();
    std::optional<std::string> expect_word(const Text& what);
    std::optional<std::string> expect_string(const Text& what);
    /// A whole number of 0..max. @errors M100, M102 when over `max`
    std::optional<std::size_t> expect_size(const Text& what, std::size_t max);
    /// `v1`
    std::optional<int> expect_version();
    /// A string, number or word; `country.alpha3` is one word.
    std::optional<LiteralSyntax> expect_literal();
    /// `applicant.birth_date`; a segment may be quoted, have a prefix `p:` or end in `{n}`, the
    /// last may be `@LX`. @errors M100, M102 segments
    std::optional<PathSyntax> expect_path();
    /// A dotted name without quotes: `psb.residence_apply`.
    std::optional<std::string> expect_dotted_name(const Text& what);

    /// Reports "expected …, got …" at the next token.
    void fail(const Text& expected, Fix fix = {});
    /// Reports M102: more than `max` of `what`.
    void over_limit(const Position& at, std::size_t max, const Text& what);
    /// The same where one of `words` should stand: the one that was meant becomes the fix.
    void fail_word(const Text& expected, const std::vector<std::string_view>& words);

    [[nodiscard]] Position at(const Token& token) const;
    /// From the token at index `first` to the last one taken.
    [[nodiscard]] Position since(std::size_t first) const;
    [[nodiscard]] std::size_t index() const { return index_; }
    /// The whole line.
    [[nodiscard]] Position whole() const;

    /// Appends `p:` to `text` when a glued prefix stands here: `p:XM`.
    bool take_prefix(std::string& text);

private:
    bool expect_segment(PathSyntax& out);

    const Line& line_;
    Report& report_;
    std::size_t index_ = 0;
    bool failed_ = false;
};

}  // namespace luqiao::mapping
