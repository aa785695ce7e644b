#include "mapping/lexer.h"

#include "mapping/values.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace luqiao::mapping {
namespace {

bool is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

/// What an author with a Chinese input method types for an ASCII sign.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kFullWidth{{
    {"，", ","},
    {"：", ":"},
    {"；", ";"},
    {"（", "("},
    {"）", ")"},
    {"“", "\""},
    {"”", "\""},
    {"＝", "="},
    {"。", "."},
    {"｜", "|"},
    {"＃", "#"},
    {"、", ","},
    {"＜", "<"},
    {"＞", ">"},
    {"！", "!"},
    {"\u3000", " "},
}};

/// Longest first, so that the first match is the longest.
constexpr std::array<std::string_view, 26> kSymbols{
    "<->", "<=>", "<-", "->", "<=", ">=", "!=", "..", "<", ">", "=", ":", ";",
    ",",   ".",   "(",  ")",  "@",  "|",  "!",  "?",  "+", "{", "}", "*", "/"};

class LineLexer {
public:
    LineLexer(std::string_view text, int number, Report& report)
        : text_(text), number_(number), report_(report) {}

    std::optional<Line> run() {
        Line line{number_, {}, {}};
        while (true) {
            while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) advance(1);
            if (at_ == text_.size()) break;
            if (text_[at_] == '#') {
                line.label = to_label(text_.substr(at_ + 1));
                break;
            }
            std::optional<Token> token = next();
            if (!token) return std::nullopt;
            if (token->text == " " && token->kind == TokenKind::Symbol) continue;
            if (token->is_symbol("#")) {
                line.label = to_label(text_.substr(at_));
                line.tokens.push_back({TokenKind::End, {}, token->column, 1});
                return line;
            }
            line.tokens.push_back(std::move(*token));
        }
        line.tokens.push_back({TokenKind::End, {}, column_, 1});
        return line;
    }

private:
    void advance(std::size_t bytes) {
        for (const std::size_t end = at_ + bytes; at_ < end; ++at_) {
            if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) ++column_;
        }
    }

    Token take(TokenKind kind, std::size_t bytes) {
        Token token{kind, std::string(text_.substr(at_, bytes)), column_, 1};
        advance(bytes);
        token.length = column_ - token.column;
        return token;
    }

    [[nodiscard]] char peek(std::size_t ahead) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    /// What was meant is clear: it is reported, and the line is read on as if it stood there.
    std::optional<Token> full_width(std::string_view wide, std::string_view ascii) {
        const Text message{fmt::format("全角符号“{}”不能用在字符串之外", wide),
                           fmt::format("full-width {} outside a string", wide)};
        const Position at = report_.at(number_, column_, 1);
        Fix fix = write_instead(at, std::string(ascii));
        if (ascii == " ") fix.text = {"改写为半角空格", "write an ordinary space"};
        if (ascii == "\"") return quotes(message, std::move(fix));
        report_.error("M100", at, message, std::move(fix));
        Token token{TokenKind::Symbol, std::string(ascii), column_, 1};
        advance(wide.size());
        return token;
    }

    /// “text”: both quotes are mended together.
    std::optional<Token> quotes(const Text& message, Fix fix) {
        constexpr std::string_view kClosing = "”";
        const std::string_view rest = text_.substr(at_ + kClosing.size());
        const std::size_t size = rest.find(kClosing);
        if (size == std::string_view::npos || rest.substr(0, size).find('"') != rest.npos) {
            return fail(1, message, std::move(fix));
        }
        Token token{TokenKind::String, std::string(rest.substr(0, size)), column_, 1};
        const int length = static_cast<int>(code_points(token.text)) + 2;
        fix.edits.push_back({report_.at(number_, column_ + length - 1, 1), "\""});
        report_.error("M100", report_.at(number_, column_, length), message, std::move(fix));
        advance(2 * kClosing.size() + size);
        token.length = length;
        return token;
    }

    std::optional<Token> next() {
        const char first = peek(0);
        if (first == '"') return string();
        if (!is_ascii(first)) {
            for (const auto& [wide, ascii] : kFullWidth) {
                if (text_.substr(at_).starts_with(wide)) return full_width(wide, ascii);
            }
        }
        if (is_digit(first) || (first == '-' && is_digit(peek(1)))) return number();
        if (is_name_letter(first) || !is_ascii(first)) return take(TokenKind::Word, word_size(0));
        for (const std::string_view symbol : kSymbols) {
            if (text_.substr(at_).starts_with(symbol)) {
                return take(TokenKind::Symbol, symbol.size());
            }
        }
        return fail(1, {"此处不能使用该字符", "this character has no meaning here"}, {});
    }

    /// Bytes of the word that starts at `from` (its first character is already accepted).
    [[nodiscard]] std::size_t word_size(std::size_t from) const {
        std::size_t size = from + 1;
        for (; at_ + size < text_.size(); ++size) {
            const char c = peek(size);
            if (is_name_letter(c) || is_digit(c)) continue;
            if (c == '-' && (is_name_letter(peek(size + 1)) || is_digit(peek(size + 1)))) continue;
            if (is_ascii(c) || starts_full_width(size)) break;
        }
        return size;
    }

    [[nodiscard]] bool starts_full_width(std::size_t ahead) const {
        for (const auto& [wide, ascii] : kFullWidth) {
            if (text_.substr(at_ + ahead).starts_with(wide)) return true;
        }
        return false;
    }

    std::optional<Token> number() {
        std::size_t size = peek(0) == '-' ? 1 : 0;
        while (is_digit(peek(size))) ++size;
        if (peek(size) == '.' && is_digit(peek(size + 1))) {
            ++size;
            while (is_digit(peek(size))) ++size;
            return take(TokenKind::Number, size);
        }
        const std::size_t as_word = word_size(size - 1);
        if (as_word > size && peek(0) != '-') return take(TokenKind::Word, as_word);
        return take(TokenKind::Number, size);
    }

    std::optional<Token> string() {
        Token token{TokenKind::String, {}, column_, 1};
        std::size_t size = 1;
        for (;; ++size) {
            if (at_ + size >= text_.size()) {
                return fail(1, {"字符串没有结束的引号", "the string is not closed"},
                            Text{"加上 \"", "add \""});
            }
            char c = peek(size);
            if (c == '"') break;
            if (c == '\\') {
                c = peek(++size);
                if (c == 'n') {
                    c = '\n';
                } else if (c == 't') {
                    c = '\t';
                } else if (c != '"' && c != '\\') {
                    return fail(1, {"未知的转义符", "unknown escape in the string"},
                                Text{R"(只能用 \" \\ \n \t)", R"(only \" \\ \n \t are known)"});
                }
            } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
                return fail(1, {"字符串中有控制字符", "control character in the string"}, {});
            }
            token.text.push_back(c);
        }
        advance(size + 1);
        token.length = column_ - token.column;
        return token;
    }

    std::nullopt_t fail(int length, Text message, Fix fix) {
        report_.error("M100", report_.at(number_, column_, length), std::move(message),
                      std::move(fix));
        return std::nullopt;
    }

    std::string_view text_;
    int number_;
    Report& report_;
    std::size_t at_ = 0;
    int column_ = 1;
};

bool within_limits(Report& report, std::string_view text) {
    if (text.size() > kFileSizeMax) {
        report.error("M102", report.at(1, 1),
                     {fmt::format("文件{}字节，超过上限{}字节", text.size(), kFileSizeMax),
                      fmt::format("the file has {} bytes, at most {} are allowed", text.size(),
                                  kFileSizeMax)});
        return false;
    }
    if (report.lines().size() > kLinesMax) {
        report.error("M102", report.at(1, 1),
                     {fmt::format("文件超过{}行", kLinesMax),
                      fmt::format("the file has more than {} lines", kLinesMax)});
        return false;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
        report.error("M100", report.at(1, 1),
                     {"文件开头有字节顺序标记", "the file begins with a byte order mark"},
                     Text{"存为不带 BOM 的 UTF-8", "save as UTF-8 without BOM"});
        return false;
    }
    return true;
}

}  // namespace

Text to_label(std::string_view text) {
    const std::size_t bar = text.find('|');
    if (bar == std::string_view::npos) {
        return {std::string(trimmed(text)), std::string(trimmed(text))};
    }
    return {std::string(trimmed(text.substr(0, bar))), std::string(trimmed(text.substr(bar + 1)))};
}

std::vector<Line> lex(Report& report, std::string_view text) {
    std::vector<Line> lines;
    if (!within_limits(report, text)) return lines;
    int number = 0;
    for (const std::string_view one : report.lines()) {
        ++number;
        if (one.size() > kLineSizeMax) {
            report.error("M102", report.at(number, 1),
                         {fmt::format("一行超过{}字节", kLineSizeMax),
                          fmt::format("a line has at most {} bytes", kLineSizeMax)});
            continue;
        }
        if (!is_utf8(one)) {
            report.error("M100", report.at(number, 1),
                         {"该行不是有效的UTF-8", "the line is not valid UTF-8"},
                         Text{"把文件存为 UTF-8", "save the file as UTF-8"});
            continue;
        }
        std::optional<Line> line = LineLexer(one, number, report).run();
        if (line && line->tokens.size() > 1) lines.push_back(std::move(*line));
    }
    return lines;
}

}  // namespace luqiao::mapping
