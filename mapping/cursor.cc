#include "mapping/cursor.h"

#include <fmt/format.h>

#include <charconv>

namespace luqiao::mapping {
namespace {

Text shown(const Token& token) {
    switch (token.kind) {
        case TokenKind::End: return {"行尾", "the end of the line"};
        case TokenKind::String:
            return {fmt::format("字符串“{}”", token.text),
                    fmt::format("the string \"{}\"", token.text)};
        case TokenKind::Word:
        case TokenKind::Number:
        case TokenKind::Symbol: return {fmt::format("“{}”", token.text), token.text};
    }
    return {};
}

}  // namespace

const Token& Cursor::peek(std::size_t ahead) const {
    const std::size_t last = line_.tokens.size() - 1;
    return line_.tokens[std::min(index_ + ahead, last)];
}

Token Cursor::next() {
    Token token = peek();
    if (token.kind != TokenKind::End) ++index_;
    return token;
}

bool Cursor::take_symbol(std::string_view symbol) {
    if (!peek().is_symbol(symbol)) return false;
    ++index_;
    return true;
}

bool Cursor::take_word(std::string_view word) {
    if (!peek().is_word(word)) return false;
    ++index_;
    return true;
}

bool Cursor::expect_symbol(std::string_view symbol) {
    if (take_symbol(symbol)) return true;
    fail({fmt::format("“{}”", symbol), std::string(symbol)});
    return false;
}

bool Cursor::expect_end() {
    if (at_end()) return true;
    fail({"行尾", "the end of the line"});
    return false;
}

std::optional<std::string> Cursor::expect_word(const Text& what) {
    if (peek().kind == TokenKind::Word) return next().text;
    fail(what);
    return std::nullopt;
}

std::optional<std::string> Cursor::expect_string(const Text& what) {
    if (peek().kind == TokenKind::String) return next().text;
    fail(what);
    return std::nullopt;
}

std::optional<std::size_t> Cursor::expect_size(const Text& what, std::size_t max) {
    const Token& token = peek();
    std::size_t value = 0;
    const char* const end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(token.text.data(), end, value);
    const bool is_whole = token.kind == TokenKind::Number && stop == end;
    if (!is_whole || error == std::errc::invalid_argument) {
        fail(what);
        return std::nullopt;
    }
    if (error != std::errc{} || value > max) {
        if (!failed_) {
            report_.error("M102", at(token),
                          {fmt::format("{}超过上限{}", what.zh, max),
                           fmt::format("{} is over the limit of {}", what.en, max)});
        }
        failed_ = true;
        return std::nullopt;
    }
    ++index_;
    return value;
}

std::optional<int> Cursor::expect_version() {
    const Token& token = peek();
    int value = 0;
    const char* const end = token.text.data() + token.text.size();
    if (token.kind == TokenKind::Word && token.text.size() >= 2 && token.text[0] == 'v') {
        const auto [stop, error] = std::from_chars(token.text.data() + 1, end, value);
        if (stop == end && error == std::errc{} && value >= 1) {
            ++index_;
            return value;
        }
    }
    fail({"版本号，例如v1", "a version such as v1"});
    return std::nullopt;
}

std::optional<LiteralSyntax> Cursor::expect_literal() {
    const std::size_t first = index_;
    LiteralSyntax out;
    switch (peek().kind) {
        case TokenKind::String: out.value = {Literal::Kind::Text, next().text}; break;
        case TokenKind::Number: out.value = {Literal::Kind::Number, next().text}; break;
        case TokenKind::Word:
            out.value = {Literal::Kind::Word, next().text};
            while (peek().is_symbol(".") &&
                   (peek(1).kind == TokenKind::Word || peek(1).kind == TokenKind::Number)) {
                ++index_;
                out.value.text += "." + next().text;
            }
            break;
        case TokenKind::Symbol:
        case TokenKind::End:
            fail({"字面值（字符串、数字或代码）", "a literal (string, number or code)"});
            return std::nullopt;
    }
    out.at = since(first);
    return out;
}

/// A colon between two words without blanks is a prefix: `p:XM`; before a chain there is a blank.
bool Cursor::take_prefix(std::string& text) {
    const Token& prefix = peek();
    const Token& colon = peek(1);
    const Token& local = peek(2);
    const bool is_glued = prefix.kind == TokenKind::Word && colon.is_symbol(":") &&
                          colon.column == prefix.column + prefix.length &&
                          local.column == colon.column + 1 &&
                          (local.kind == TokenKind::Word || local.is_symbol("@"));
    if (!is_glued) return false;
    text += prefix.text + ":";
    index_ += 2;
    return true;
}

bool Cursor::expect_segment(PathSyntax& out) {
    if (take_prefix(out.text)) out.has_prefix = true;
    if (take_symbol("@")) out.is_attribute = true;
    const Token& token = peek();
    if (token.kind != TokenKind::Word && token.kind != TokenKind::String) {
        fail({"字段路径", "the path of a field"});
        return false;
    }
    out.text += next().text;
    if (!take_symbol("{")) return true;
    if (!take_word("n")) {
        fail({"“n”", "n"}, "{n}");
        return false;
    }
    out.is_column = true;
    out.text += "{n}";
    return expect_symbol("}");
}

std::optional<PathSyntax> Cursor::expect_path() {
    const std::size_t first = index_;
    PathSyntax out;
    std::size_t segments = 0;
    do {
        if (++segments > kSegmentsMax) {
            over_limit(at(peek()), kSegmentsMax, {"段的路径", "segments in a path"});
            return std::nullopt;
        }
        if (!out.text.empty()) out.text += '.';
        if (!expect_segment(out)) return std::nullopt;
    } while (!out.is_attribute && take_symbol("."));
    out.at = since(first);
    return out;
}

std::optional<std::string> Cursor::expect_dotted_name(const Text& what) {
    std::optional<std::string> name = expect_word(what);
    while (name && take_symbol(".")) {
        const std::optional<std::string> part = expect_word(what);
        if (!part) return std::nullopt;
        *name += "." + *part;
    }
    return name;
}

void Cursor::fail(const Text& expected, Fix fix) {
    if (!failed_) {
        const Text got = shown(peek());
        report_.error("M100", at(peek()),
                      {fmt::format("此处应为{}，实际为{}", expected.zh, got.zh),
                       fmt::format("expected {}, got {}", expected.en, got.en)},
                      std::move(fix));
    }
    failed_ = true;
}

void Cursor::fail_word(const Text& expected, const std::vector<std::string_view>& words) {
    const Token& token = peek();
    const std::string_view meant =
        token.kind == TokenKind::Word ? nearest(token.text, words) : std::string_view{};
    fail(expected, meant.empty() ? Fix{} : write_instead(at(token), std::string(meant)));
}

void Cursor::over_limit(const Position& at, std::size_t max, const Text& what) {
    if (!failed_) {
        report_.error(
            "M102", at,
            {fmt::format("超过{}{}", max, what.zh), fmt::format("more than {} {}", max, what.en)});
    }
    failed_ = true;
}

Position Cursor::at(const Token& token) const {
    return report_.at(line_.number, token.column, token.length);
}

Position Cursor::since(std::size_t first) const {
    const Token& from = line_.tokens[first];
    const Token& to = line_.tokens[index_ > first ? index_ - 1 : first];
    return report_.at(line_.number, from.column, to.column + to.length - from.column);
}

Position Cursor::whole() const {
    const Token& from = line_.tokens.front();
    const Token& to = line_.tokens[line_.tokens.size() - 2];
    return report_.at(line_.number, from.column, to.column + to.length - from.column);
}

}  // namespace luqiao::mapping
