#include "mapping/code_table.h"

#include "tests/mapping/codec_call.h"
#include "tests/places.h"

#include <filesystem>

namespace luqiao::mapping {
namespace {

/// Findings as "M130 3:2" (code line:column), in the order they were found.
std::vector<std::string> findings_of(std::string_view csv) {
    Diagnostics findings;
    CodeTable::parse("t", csv, "t.csv", findings);
    findings.sort();
    std::vector<std::string> out;
    for (const Diagnostic& finding : findings.list()) {
        out.push_back(fmt::format("{} {}:{}", finding.code, finding.at.line, finding.at.column));
        EXPECT_NE(finding.message.zh, "");
        EXPECT_NE(finding.message.en, "");
    }
    return out;
}

CodeTable table_of(std::string_view csv) {
    Diagnostics findings;
    auto table = CodeTable::parse("t", csv, "t.csv", findings);
    for (const Diagnostic& finding : findings.list()) ADD_FAILURE() << render(finding);
    return std::move(*table);
}

std::string canonical(const CodeTable::Row* row) {
    return row == nullptr ? "none" : row->codes[0];
}

TEST(CodeTable, TranslatesBetweenSystems) {
    const CodeTable table = table_of(
        "code,gbt2261,mrz,label_zh,label_en\nmale,1,M,男,male\nfemale,2,F,女,female\nother,9,,"
        "未说明,other\n");
    EXPECT_EQ(table.systems(), (std::vector<std::string>{"code", "gbt2261", "mrz"}));
    EXPECT_EQ(table.system("mrz"), 2u);
    EXPECT_EQ(table.system("label_zh"), std::nullopt);
    EXPECT_EQ(canonical(table.decode(1, "1")), "male");
    EXPECT_EQ(canonical(table.decode(1, "7")), "none");
    EXPECT_EQ(canonical(table.decode(2, "")), "none");
    EXPECT_EQ(*table.encode(2, "female"), "F");
    EXPECT_EQ(table.encode(2, "other"), nullptr);
    EXPECT_EQ(table.encode(2, "unheard"), nullptr);
    EXPECT_EQ(table.find("female")->label.zh, "女");
    EXPECT_TRUE(table.is_one_to_one(1));
}

TEST(CodeTable, ReadsAlternativesAndWritesTheFirst) {
    const CodeTable table = table_of("code,old\nXKX|XKK|RKS,983\nunknown,0|9\n");
    EXPECT_EQ(canonical(table.decode(0, "RKS")), "XKX");
    EXPECT_EQ(canonical(table.find("RKS")), "none");
    EXPECT_EQ(canonical(table.find("XKX")), "XKX");
    EXPECT_EQ(canonical(table.decode(1, "9")), "unknown");
    EXPECT_EQ(*table.encode(1, "unknown"), "0");
    EXPECT_FALSE(table.is_one_to_one(1));
    EXPECT_FALSE(table.is_one_to_one(0));
}

TEST(CodeTable, ReadsASharedCodeAsThePreferredRow) {
    const CodeTable table =
        table_of("code,hrss,essc,prefer\n414,08,08,hrss essc\n411,08,08,\n412,08,07,\n");
    EXPECT_EQ(canonical(table.decode(1, "08")), "414");
    EXPECT_EQ(*table.encode(1, "411"), "08");
    EXPECT_FALSE(table.is_one_to_one(1));
    EXPECT_EQ(canonical(table_of("code,a,prefer\nx,1,\ny,1,*\n").decode(1, "1")), "y");
}

TEST(CodeTable, LetsTheDateTellReusedCodesApart) {
    const CodeTable table =
        table_of("code,done,valid_from,valid_to\nissued,0,,2019-12-31\ngranted,0,2020-01-01,\n");
    const auto on = [&table](const char* date) {
        return canonical(table.decode(1, "0", parse_date(date).value_or({})));
    };
    EXPECT_EQ(on("2019-12-31"), "issued");
    EXPECT_EQ(on("2020-01-01"), "granted");
    EXPECT_EQ(canonical(table.decode(1, "0")), "issued");
}

TEST(CodeTable, IsValidOnItsFirstAndItsLastDay) {
    const CodeTable table = table_of("code,valid_from,valid_to\nx,2020-01-01,2020-12-31\n");
    const auto valid = [&table](const char* date) {
        return CodeTable::valid_on(*table.find("x"), parse_date(date).value_or({}));
    };
    EXPECT_FALSE(valid("2019-12-31"));
    EXPECT_TRUE(valid("2020-01-01"));
    EXPECT_TRUE(valid("2020-12-31"));
    EXPECT_FALSE(valid("2021-01-01"));
}

TEST(CodeTable, ReadsQuotesBomAndWindowsLineEnds) {
    const CodeTable table = table_of(
        "\xEF\xBB\xBF"
        "code,name\r\n\r\ntwn,\"Taiwan, \"\"China\"\"\"\r\nx,\"two\nlines\"\r\n\"y\",z");
    EXPECT_EQ(*table.encode(1, "twn"), "Taiwan, \"China\"");
    EXPECT_EQ(*table.encode(1, "x"), "two\nlines");
    EXPECT_EQ(*table.encode(1, "y"), "z");
    EXPECT_EQ(table.rows()[0].line, 3);
    EXPECT_EQ(table.rows()[2].line, 6);
}

TEST(CodeTable, NamesThePlaceOfEveryMistake) {
    struct Row {
        const char* name;
        std::string_view csv;
        std::vector<std::string> findings;
    };
    const std::string many_columns = "a" + [] {
        std::string text;
        for (int index = 0; index < 64; ++index) text += fmt::format(",c{}", index);
        return text;
    }() + "\n";
    const std::string long_cell = "code\n" + std::string(5'000, 'x') + "\n";
    const Row rows[] = {
        {"empty", "", {"M131 1:1"}},
        {"a header alone", "code,a\n", {"M131 1:1"}},
        {"upper-case column", "code,Alpha\nx,1\n", {"M131 1:6"}},
        {"a column twice", "code,a,a\nx,1,1\n", {"M131 1:8"}},
        {"a label first", "label_zh,code\n甲,x\n", {"M131 1:1"}},
        {"a cell missing", "code,a\nx\ny,1\n", {"M131 2:1"}},
        {"a cell too many", "code,a\nx,1,2\n", {"M131 2:1"}},
        {"an open quote", "code,a\nx,\"1\n", {"M131 2:3"}},
        {"text after a quote", "code,a\nx,\"1\"2\n", {"M131 2:6"}},
        {"a quote inside", "code,a\nx,1\"2\n", {"M131 2:4"}},
        {"no canonical code", "code,a\n,1\n", {"M132 2:1"}},
        {"a canonical code twice", "code,a\nx,1\nx,2\n", {"M132 3:1"}},
        {"an alternative that is another's code", "code,a\nx|y,1\ny,2\n", {"M132 3:1"}},
        {"a day that does not exist", "code,valid_to\nx,2025-02-30\n", {"M133 2:3"}},
        {"valid to before from",
         "code,valid_from,valid_to\nx,2025-02-02,2025-02-01\n",
         {"M133 2:14"}},
        {"a shared code", "code,名\nx,1\n", {"M131 1:6"}},
        {"a code of two rows", "code,a,label_zh\nx,1,甲\ny,1,乙\n", {"M130 3:3"}},
        {"two preferred", "code,a,prefer\nx,1,a\ny,1,*\n", {"M130 3:3"}},
        {"two rows overlap by a day",
         "code,a,valid_from,valid_to\nx,1,,2020-01-01\ny,1,2020-01-01,\n",
         {"M130 3:3"}},
        {"prefer of no system", "code,abc,prefer\nx,1,abd\n", {"M131 2:5"}},
        {"blanks around a code", "code,a\nx, 1\n", {"M131 2:3"}},
        {"an empty alternative", "code,a\nx,1|\n", {"M131 2:3"}},
        {"not UTF-8", "code,a\nx,\xD6\xD0\n", {"M131 2:3"}},
        {"65 columns", many_columns, {"M131 1:245"}},
        {"a long cell", long_cell, {"M131 2:5001"}},
    };
    for (const Row& row : rows) EXPECT_EQ(findings_of(row.csv), row.findings) << row.name;
}

TEST(CodeTable, ShowsTheLineAndTheMend) {
    Diagnostics findings;
    CodeTable::parse("country", "alpha3,numeric\nXKX,983\nXKK,983\n", "codes/country.csv",
                     findings);
    ASSERT_EQ(findings.list().size(), 1u);
    EXPECT_EQ(render(findings.list()[0]),
              "codes/country.csv:3:5 warning M130 numeric 的代码 \"983\" 同时属于第 2 行和第 3 行 "
              "(code \"983\" of numeric belongs to line 2 and to line 3)\n"
              " 3 | XKK,983\n"
              "   |     ^^^ (codes/country.csv:2)\n"
              "    = fix: 在其中一行的 prefer 列写 numeric（或 *） "
              "(write numeric (or *) in column prefer of one of them)");
}

TEST(ShippedTables, AreAllWithoutFindings) {
    const std::filesystem::path folder = std::filesystem::path(places::source()) / "conf/codes";
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".csv") continue;
        EXPECT_FALSE(shipped_table(entry.path().stem().string()).rows().empty());
        ++count;
    }
    EXPECT_GE(count, 10);
}

TEST(Countries, HaveTheirCodesInEverySystem) {
    struct Row {
        const char* canonical;
        const char* alpha2;
        const char* numeric;
        const char* mrz;
        const char* label;
    };
    const Row rows[] = {
        {"DEU", "DE", "276", "D", "德国"},         {"XKX", "XK", "983", "RKS", "科索沃"},
        {"TWN", "TW", "158", "TWN", "中国台湾省"}, {"HKG", "HK", "344", "HKG", "中国香港"},
        {"MAC", "MO", "446", "MAC", "中国澳门"},   {"AFG", "AF", "004", "AFG", "阿富汗"},
        {"NAM", "NA", "516", "NAM", "纳米比亚"},
    };
    const CodeTable& table = shipped_table("country");
    for (const Row& row : rows) {
        EXPECT_EQ(*table.encode(*table.system("alpha2"), row.canonical), row.alpha2);
        EXPECT_EQ(*table.encode(*table.system("numeric"), row.canonical), row.numeric);
        EXPECT_EQ(*table.encode(*table.system("mrz"), row.canonical), row.mrz);
        EXPECT_EQ(table.find(row.canonical)->label.zh, row.label);
    }
    for (const char* code : {"XKX", "XKK", "RKS"})
        EXPECT_EQ(canonical(table.decode(0, code)), "XKX");
    EXPECT_GE(table.rows().size(), 250u);
}

}  // namespace
}  // namespace luqiao::mapping
