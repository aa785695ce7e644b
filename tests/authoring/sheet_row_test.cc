#include "authoring/sheet_row.h"

#include <gtest/gtest.h>

namespace luqiao::authoring {
namespace {

struct Split {
    const char* name;
    const char* line;
    /// kind | target | arrow | source | chain | table | required | clauses | examples | remark
    const char* cells;
};

std::string shown(const SheetCells& cells) {
    std::string out;
    for (const SheetColumn column :
         {SheetColumn::Kind, SheetColumn::Target, SheetColumn::Arrow, SheetColumn::Source,
          SheetColumn::Chain, SheetColumn::Table, SheetColumn::Required, SheetColumn::Clauses,
          SheetColumn::Examples, SheetColumn::Remark}) {
        if (column != SheetColumn::Kind) out += '~';
        out += cell(cells, column);
    }
    return out;
}

const Namespaces kNamespaces{"w"};

class SheetRowLine : public testing::TestWithParam<Split> {};

TEST_P(SheetRowLine, IsCutIntoItsColumns) {
    EXPECT_EQ(shown(split_line(GetParam().line, kNamespaces)), GetParam().cells);
}

TEST_P(SheetRowLine, IsTheSameLineAgain) {
    const SheetCells cells = split_line(GetParam().line, kNamespaces);
    const std::string line = join_line(cells);
    EXPECT_EQ(shown(split_line(line, kNamespaces)), GetParam().cells) << line;
    EXPECT_TRUE(spilled_cells(cells, line, kNamespaces).empty()) << line;
}

INSTANTIATE_TEST_SUITE_P(
    Lines,
    SheetRowLine,
    testing::Values(
        Split{"Plain", "a.b <-> X.Y", "字段~a.b~<->~X.Y~~~~~~"},
        Split{"Chain", "a <-> X : trim | upper", "字段~a~<->~X~trim | upper~~~~~"},
        Split{"Table", "a <- X : trim | code(sex.gb) | nfc ; req",
              "字段~a~<-~X~trim | code | nfc~sex.gb~是~~~"},
        Split{"TwoTables", "a <-> X : code(a.b) | code(c.d)",
              "字段~a~<->~X~code(a.b) | code(c.d)~~~~~"},
        Split{"Clauses", "a <-> X ; fit 60 gb18030 reject ; req when b = c ; bad flag",
              "字段~a~<->~X~~~when b = c~fit 60 gb18030 reject ; bad flag~~"},
        Split{"Examples", R"(a <=> X : day ; eg "1;#" = 1, "x" = bad  # 日 | day)",
              R"(字段~a~<=>~X~day~~~~"1;#" = 1, "x" = bad~日 | day)"},
        // Found by fuzzing: the first character behind the wide sign lost a byte.
        Split{"WideRemark", "a <-> X ＃：日", "字段~a~<->~X~~~~~~：日"},
        Split{"TwoExamples", "a <-> X ; eg 1 = 2 ; req ; bad flag ; req ; eg 3 = 4",
              "字段~a~<->~X~~~是~bad flag ; req~1 = 2, 3 = 4~"},
        Split{"Constant", R"(const("a : b -> c") -> X)",
              R"x(字段~const("a : b -> c")~->~X~~~~~~)x"},
        Split{"Tuple", R"((a, b) <-> X : split("/", 2))",
              R"x(字段~(a, b)~<->~X~split("/", 2)~~~~~)x"},
        Split{"Namespace", "a <-> w:X.w:Y : trim", "字段~a~<->~w:X.w:Y~trim~~~~~"},
        Split{"FieldNamedAsNamespace", "a <-> w : trim", "字段~a~<->~w~trim~~~~~"},
        Split{"TightChain", "a <-> X:trim", "字段~a~<->~X~trim~~~~~"},
        Split{"Each", "each a.l <-> X.L key k ; max 9 ; bad drop  # 列表",
              "列表 each~a.l~<->~X.L~~~~key k ; max 9 ; bad drop~~列表"},
        Split{"EachWithoutKey", "each l <-> L ; max 9", "列表 each~l~<->~L~~~~max 9~~"},
        Split{"EachKeyedSegment", "each l <-> L.key ; max 9", "列表 each~l~<->~L.key~~~~max 9~~"},
        Split{"Columns", "each l <-> cols(1..3) ; max 3", "列表 each~l~<->~cols(1..3)~~~~max 3~~"},
        Split{"When", "when a = b and not c present", "如果 when~a = b and not c present~~~~~~~~"},
        Split{"ElseWhen", "else when a = b", "否则 else~when a = b~~~~~~~~"},
        Split{"Else", "else", "否则 else~~~~~~~~~"},
        Split{"End", "end", "结束 end~~~~~~~~~"},
        Split{"FieldNamedEnd", "end <-> X", "字段~end~<->~X~~~~~~"},
        Split{"Check", R"(check a < b else "先后" at a)",
              R"(检查 check~a < b else "先后" at a~~~~~~~~)"},
        Split{"Use", "use  a, b  # 表", "代码表 use~a, b~~~~~~~~表"},
        Split{"Codec", "codec day = date(yyyyMMdd)", "别名 codec~day = date(yyyyMMdd)~~~~~~~~"},
        Split{"Remark", "  #  说明 # 二", "注释~说明 # 二~~~~~~~~"},
        Split{"Blank", "   ", "空行~~~~~~~~~"},
        Split{"Unknown", "wonder a, b", "其他~wonder a, b~~~~~~~~"},
        Split{"Unreadable", "a <-> \"X # b", "其他~a <-> \"X # b~~~~~~~~"}),
    [](const auto& one) { return one.param.name; });

struct Spill {
    const char* name;
    SheetColumn column;
    const char* text;
};

class SheetCell : public testing::TestWithParam<Spill> {};

TEST_P(SheetCell, IsRefusedWhenItRunsOverItsColumn) {
    SheetCells cells = split_line("a <-> X : trim ; req ; fit 9 gbk cut ; eg \"1\" = 1", {});
    cell(cells, GetParam().column) = GetParam().text;
    const auto spilled = spilled_cells(cells, join_line(cells), {});
    ASSERT_FALSE(spilled.empty()) << join_line(cells);
}

INSTANTIATE_TEST_SUITE_P(
    Cells,
    SheetCell,
    testing::Values(Spill{"RemarkInTarget", SheetColumn::Target, "a # b"},
                    Spill{"ArrowInTarget", SheetColumn::Target, "a <- b"},
                    Spill{"ChainInSource", SheetColumn::Source, "X : upper"},
                    Spill{"ClauseInChain", SheetColumn::Chain, "trim ; bad flag"},
                    Spill{"ClauseInTable", SheetColumn::Table, "a) ; bad (flag"},
                    Spill{"RequiredInClauses", SheetColumn::Clauses, "bad flag ; eg 1 = 2"},
                    Spill{"OpenString", SheetColumn::Examples, "\"1 = 2"},
                    Spill{"NoArrow", SheetColumn::Arrow, "="},
                    Spill{"KeywordInTarget", SheetColumn::Target, "when a"}),
    [](const auto& one) { return one.param.name; });

TEST(SheetRow, TakesWhatAnAnalystWouldWrite) {
    SheetCells cells;
    cell(cells, SheetColumn::Target) = "a";
    cell(cells, SheetColumn::Arrow) = "<->";
    cell(cells, SheetColumn::Source) = "X";
    cell(cells, SheetColumn::Table) = "sex.gb";
    cell(cells, SheetColumn::Required) = "当 b = c";
    EXPECT_EQ(join_line(cells), "a <-> X : code(sex.gb) ; req when b = c");
    cell(cells, SheetColumn::Chain) = "trim";
    cell(cells, SheetColumn::Required) = "否";
    EXPECT_EQ(join_line(cells), "a <-> X : trim | code(sex.gb)");
    EXPECT_TRUE(spilled_cells(cells, join_line(cells), {}).empty());
    SheetCells remark;
    cell(remark, SheetColumn::Remark) = "说明";
    EXPECT_EQ(join_line(remark), "# 说明");
    EXPECT_TRUE(spilled_cells(remark, "# 说明", {}).empty());
    SheetCells end;
    cell(end, SheetColumn::Kind) = "结束";
    EXPECT_EQ(join_line(end), "end");
}

TEST(SheetRow, TellsTheColumnOfAPlace) {
    const std::string line =
        "a.b <-> X : trim | code(s.g) ; fit 9 gbk cut ; req ; eg \"1\" = x # r";
    const auto at = [&](const std::string& piece) {
        return column_at(line, {}, static_cast<int>(line.find(piece)) + 1);
    };
    EXPECT_EQ(at("a.b"), SheetColumn::Target);
    EXPECT_EQ(at("<->"), SheetColumn::Arrow);
    EXPECT_EQ(at("X"), SheetColumn::Source);
    EXPECT_EQ(at("trim"), SheetColumn::Chain);
    EXPECT_EQ(at("code"), SheetColumn::Chain);
    EXPECT_EQ(at("s.g"), SheetColumn::Table);
    EXPECT_EQ(at("gbk"), SheetColumn::Clauses);
    EXPECT_EQ(at("req"), SheetColumn::Required);
    EXPECT_EQ(at("\"1\""), SheetColumn::Examples);
    EXPECT_EQ(at("# r"), SheetColumn::Remark);
    EXPECT_EQ(column_at("when a = b", {}, 6), SheetColumn::Target);
    EXPECT_EQ(column_at("each l <-> L ; max 9", {}, 16), SheetColumn::Clauses);
}

}  // namespace
}  // namespace luqiao::authoring
