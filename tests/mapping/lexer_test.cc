#include "mapping/lexer.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

struct Lexed {
    std::vector<Line> lines;
    Diagnostics findings;
};

Lexed lex_text(const std::string& text) {
    const SourceFile source{"maps/t.map", text};
    Lexed out;
    Report report(source, out.findings);
    out.lines = lex(report, text);
    return out;
}

std::string shown(const Line& line) {
    std::string out;
    for (const Token& token : line.tokens) {
        if (token.kind == TokenKind::End) continue;
        static constexpr const char* kNames[] = {"w:", "n:", "s:", "", ""};
        out += (out.empty() ? "" : " ") + std::string(kNames[static_cast<int>(token.kind)]) +
               token.text;
    }
    return out;
}

struct TokenRow {
    const char* name;
    const char* text;
    const char* tokens;
};

class LexerTokens : public testing::TestWithParam<TokenRow> {};

TEST_P(LexerTokens, AreCutAsWritten) {
    const Lexed got = lex_text(GetParam().text);
    ASSERT_EQ(got.lines.size(), 1u) << GetParam().text;
    EXPECT_TRUE(got.findings.list().empty());
    EXPECT_EQ(shown(got.lines[0]), GetParam().tokens);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    LexerTokens,
    testing::Values(
        TokenRow{"Arrows", "a<->b <=> c<-d->e", "w:a <-> w:b <=> w:c <- w:d -> w:e"},
        TokenRow{"Comparisons", "a<=b>=c!=d<e>f=g", "w:a <= w:b >= w:c != w:d < w:e > w:f = w:g"},
        TokenRow{"HyphenInsideAWord", "utf-8 yyyy-MM-dd a-> b", "w:utf-8 w:yyyy-MM-dd w:a -> w:b"},
        TokenRow{"DateIsAWord", "1990-01-02", "w:1990-01-02"},
        TokenRow{"Numbers", "12 -3 3.50 010", "n:12 n:-3 n:3.50 n:010"},
        TokenRow{"Range", "int(0..100)", "w:int ( n:0 .. n:100 )"},
        TokenRow{"Offset", "@ 12+8", "@ n:12 + n:8"},
        TokenRow{"CodeThatBeginsWithADigit", "3702xx 2fa", "w:3702xx w:2fa"},
        TokenRow{"ChineseName", "姓名 <-> xm", "w:姓名 <-> w:xm"},
        TokenRow{"ChineseNameBeforeASign", "姓名.a:b", "w:姓名 . w:a : w:b"},
        TokenRow{"Escapes", R"("a\"b\\c\n\t")", "s:a\"b\\c\n\t"},
        TokenRow{"HashInsideAString", R"("#1" # remark)", "s:#1"},
        TokenRow{"FullWidthInsideAString", R"("，；")", "s:，；"},
        TokenRow{"Path", "case.items@1", "w:case . w:items @ n:1"}),
    [](const auto& row) { return row.param.name; });

TEST(Lexer, CountsColumnsInCodePoints) {
    const Lexed got = lex_text("姓名 <-> \"张\" : x");
    ASSERT_EQ(got.lines.size(), 1u);
    const std::vector<Token>& tokens = got.lines[0].tokens;
    EXPECT_EQ(tokens[0].column, 1);
    EXPECT_EQ(tokens[0].length, 2);
    EXPECT_EQ(tokens[1].column, 4);
    EXPECT_EQ(tokens[2].column, 8);
    EXPECT_EQ(tokens[2].length, 3);
    EXPECT_EQ(tokens[3].column, 12);
}

TEST(Lexer, SkipsBlankLinesAndKeepsNumbersAndLabels) {
    const Lexed got = lex_text("# only a remark\r\n\r\na  # 姓 | surname\r\nb # 名\n");
    ASSERT_EQ(got.lines.size(), 2u);
    EXPECT_EQ(got.lines[0].number, 3);
    EXPECT_EQ(got.lines[0].label, (Text{"姓", "surname"}));
    EXPECT_EQ(got.lines[1].label, (Text{"名", "名"}));
}

struct BadRow {
    const char* name;
    std::string text;
    const char* code;
    int column;
};

class LexerErrors : public testing::TestWithParam<BadRow> {};

TEST_P(LexerErrors, StandWhereTheErrorIs) {
    const Lexed got = lex_text(GetParam().text);
    ASSERT_EQ(got.findings.list().size(), 1u);
    EXPECT_EQ(got.findings.list()[0].code, GetParam().code);
    EXPECT_EQ(got.findings.list()[0].at.column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    LexerErrors,
    testing::Values(BadRow{"OpenString", "姓 \"abc", "M100", 3},
                    BadRow{"UnknownEscape", R"("a\x")", "M100", 1},
                    BadRow{"ControlInString", std::string("\"a\x01\""), "M100", 1},
                    BadRow{"FullWidthComma", "a，b", "M100", 2},
                    BadRow{"FullWidthAfterChinese", "姓名：b", "M100", 3},
                    BadRow{"NoMeaning", "a ~ b", "M100", 3},
                    BadRow{"NotUtf8", "a \xFF", "M100", 1},
                    BadRow{"ByteOrderMark", "\xEF\xBB\xBFmap", "M100", 1},
                    BadRow{"LongLine", std::string(kLineSizeMax + 1, 'a'), "M102", 1},
                    BadRow{"LargeFile", std::string(kFileSizeMax + 1, '\n'), "M102", 1},
                    BadRow{"ManyLines", std::string(kLinesMax + 1, '\n'), "M102", 1}),
    [](const auto& row) { return row.param.name; });

TEST(Lexer, TakesALineAndAFileOfTheLargestSize) {
    EXPECT_EQ(lex_text(std::string(kLineSizeMax, 'a')).lines.size(), 1u);
    EXPECT_TRUE(lex_text(std::string(kLinesMax, '\n')).findings.list().empty());
}

TEST(Report, StopsAfterTheLargestNumberOfFindings) {
    std::string text;
    for (std::size_t i = 0; i < kFindingsMax + 100; ++i) text += "~\n";
    const Lexed got = lex_text(text);
    ASSERT_EQ(got.findings.list().size(), kFindingsMax + 1);
    EXPECT_EQ(got.findings.list().back().code, "M102");
}

}  // namespace
}  // namespace luqiao::mapping
