// A workbook is read back: untouched byte for byte, edited as edited, spoiled not at all.
#include "tests/authoring/sheet_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::authoring {
namespace {

using testing::ElementsAre;

constexpr const char* kImportMap = kSampleMap;
constexpr const char* kPath = kSamplePath;

/// The line (from 1) of the map that holds `piece`.
std::size_t line_with(const std::string& piece) {
    const auto lines = lines_of(text_of(sample_rules(), kPath));
    for (std::size_t line = 0; line < lines.size(); ++line) {
        if (lines[line].find(piece) != std::string::npos) return line + 1;
    }
    ADD_FAILURE() << "no line with " << piece;
    return 1;
}

TEST(SheetImport, GivesEveryShippedMapBackByteForByte) {
    for (const auto& [name, program] : shipped_rules().bundle->programs()) {
        const Imported back = imported(exported(shipped_rules(), name), shipped_rules());
        ASSERT_TRUE(back.import) << name << "\n" << back.places();
        EXPECT_EQ(back.import->after, text_of(shipped_rules(), "maps/" + name + ".map")) << name;
        EXPECT_EQ(back.places(), "") << name;
    }
}

TEST(SheetImport, KeepsOddSpacingCarriageReturnsAndAMissingLastEnd) {
    std::string text = text_of(sample_rules(), kPath);
    text.insert(text.find("\ncodec"), "   ");
    text.insert(text.find("\n# 一条"), "\n\n\t# _x0041_ tab\tand & < > \"quotes\"  ");
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
        text.replace(at, 1, "\r\n");
    }
    text.resize(text.size() - 2);
    const Rules rules = with_map(sample_rules(), kPath, text);
    const Imported back = imported(exported(rules, kImportMap), rules);
    ASSERT_TRUE(back.import) << back.places();
    EXPECT_EQ(back.import->after, text);
}

TEST(SheetImport, TakesEditsInTheMapsOwnColumns) {
    const std::size_t sex = line_with("<-> xb");
    const std::string bytes = exported(sample_rules(), kImportMap, [&](Workbook& book) {
        cell_of(book, sex, SheetColumn::Clauses) = "unmapped flag";
        cell_of(book, sex, SheetColumn::Required) = "是";
        cell_of(book, sex, SheetColumn::Remark) = "性别";
    });
    const Imported back = imported(bytes, sample_rules());
    ASSERT_TRUE(back.import) << back.places();
    const auto lines = lines_of(back.import->after);
    const std::string expected =
        "applicant.sex           <-> xb              : code(sex.gbt2261)        ; req ; unmapped "
        "flag "
        "; eg \"1\" = male, \"7\" = bad  # 性别";
    EXPECT_EQ(lines[sex - 1], expected);
    EXPECT_EQ(back.changes().size(), 2u);
    EXPECT_TRUE(back.import->lines[sex - 1].changed);
    EXPECT_EQ(back.import->lines[sex - 1].row, static_cast<int>(sex) + 1);
}

TEST(SheetImport, TakesNewAndDeletedRows) {
    const std::size_t number = line_with("<-> zj");
    const std::string bytes = exported(sample_rules(), kImportMap, [&](Workbook& book) {
        auto& rows = book.pages[0].rows;
        auto added = rows[number];
        added[static_cast<std::size_t>(SheetColumn::Id)].text.clear();
        added[static_cast<std::size_t>(SheetColumn::Hash)].text.clear();
        added[static_cast<std::size_t>(SheetColumn::Target)].text = "salary";
        added[static_cast<std::size_t>(SheetColumn::Source)].text = "gz";
        rows.insert(rows.begin() + static_cast<long>(number) + 1, added);
        rows.erase(rows.begin() + static_cast<long>(number) - 1);  // the nationality
    });
    EXPECT_THAT(imported(bytes, sample_rules()).changes(),
                ElementsAre(testing::StartsWith("-12 applicant.nationality"),
                            "+13 salary                  <-> gz"));
}

TEST(SheetImport, TakesMovedRows) {
    const std::string bytes = exported(sample_rules(), kImportMap, [&](Workbook& book) {
        std::swap(book.pages[0].rows[10], book.pages[0].rows[11]);
    });
    const Imported back = imported(bytes, sample_rules());
    ASSERT_TRUE(back.import) << back.places();
    const auto before = lines_of(back.import->before);
    const auto after = lines_of(back.import->after);
    EXPECT_EQ(after[9], before[10]);
    EXPECT_EQ(after[10], before[9]);
}

TEST(SheetImport, TakesClearedRowsAsDeleted) {
    const std::string bytes = exported(sample_rules(), kImportMap, [&](Workbook& book) {
        for (std::size_t column = 1; column < static_cast<std::size_t>(SheetColumn::Id); ++column)
            cell_of(book, 13, static_cast<SheetColumn>(column)).clear();
    });
    EXPECT_THAT(imported(bytes, sample_rules()).changes(),
                ElementsAre(testing::StartsWith("-13 applicant.document_no")));
}

TEST(SheetImport, PointsFindingsOfTheCompilerToCells) {
    const std::size_t sex = line_with("<-> xb");
    const std::string bytes = exported(sample_rules(), kImportMap, [&](Workbook& book) {
        cell_of(book, sex, SheetColumn::Table) = "sex.gbt2262";
        cell_of(book, sex, SheetColumn::Target) = "applicant.sexx";
    });
    const Imported back = imported(bytes, sample_rules());
    ASSERT_TRUE(back.import) << back.places();
    std::vector<mapping::SourceFile> files = sample_rules().files;
    for (mapping::SourceFile& file : files) {
        if (file.path == kPath) file.text = back.import->after;
    }
    Diagnostics findings;
    mapping::Bundle::compile(files, findings);
    Imported shown;
    shown.findings = on_cells(*back.import, findings);
    const std::string row = std::to_string(sex + 1);
    EXPECT_THAT(shown.places(), testing::HasSubstr("M101 映射!C" + row));
    EXPECT_THAT(shown.places(), testing::HasSubstr("M101 映射!I" + row));
}

struct Spoiled {
    const char* name;
    const char* expected;  ///< code and place
    std::function<std::string(const std::string&)> spoil;
};

class SheetRefusal : public testing::TestWithParam<Spoiled> {};

TEST_P(SheetRefusal, NamesCodeSheetAndCell) {
    const std::string bytes = exported(sample_rules(), kImportMap);
    const Imported back = imported(GetParam().spoil(bytes), sample_rules());
    EXPECT_FALSE(back.import);
    EXPECT_EQ(back.places(), std::string(GetParam().expected) + "\n");
    for (const Diagnostic& one : back.findings.list()) {
        EXPECT_FALSE(one.message.zh.empty());
        EXPECT_FALSE(one.message.en.empty());
        EXPECT_EQ(one.at.file, "a.xlsx");
    }
}

std::function<std::string(const std::string&)> cell_as(const std::string& cell,
                                                       const std::string& xml) {
    return [=](const std::string& bytes) {
        return with_cell(bytes, cell, "<c r=\"" + cell + "\" " + xml + "</c>");
    };
}

std::function<std::string(const std::string&)> part_as(const std::string& part,
                                                       const std::string& from,
                                                       const std::string& to) {
    return [=](const std::string& bytes) { return with_part(bytes, part, from, to); };
}

const char* const kSheet = "xl/worksheets/sheet1.xml";

INSTANTIATE_TEST_SUITE_P(
    Cells,
    SheetRefusal,
    testing::Values(
        Spoiled{"Formula", "M210 映射!F10", cell_as("F10", "t=\"str\"><f>\"a\"</f><v>a</v>")},
        Spoiled{"Number", "M212 映射!C10", cell_as("C10", "><v>12</v>")},
        Spoiled{"Truth", "M212 映射!C10", cell_as("C10", "t=\"b\"><v>1</v>")},
        Spoiled{"Scientific", "M213 映射!L10", cell_as("L10", "><v>1.5E+3</v>")},
        Spoiled{"ScientificText", "M213 映射!L10",
                cell_as("L10", "t=\"inlineStr\"><is><t>3.702E+17</t></is>")},
        Spoiled{"CutNumber", "M214 映射!L10", cell_as("L10", "><v>3.7020219900102E+17</v>")},
        Spoiled{"CutText", "M214 映射!L10",
                cell_as("L10", "t=\"inlineStr\"><is><t>\"370202199001020000\" = a</t></is>")},
        Spoiled{"IsoDate", "M215 映射!L10", cell_as("L10", "t=\"d\"><v>2025-10-09</v>")},
        Spoiled{"ErrorValue", "M216 映射!G10", cell_as("G10", "t=\"e\"><v>#N/A</v>")},
        Spoiled{"LineBreak", "M218 映射!M10",
                cell_as("M10", "t=\"inlineStr\"><is><t>a_x000A_b</t></is>")},
        Spoiled{"Kind", "M220 映射!B10", cell_as("B10", "t=\"inlineStr\"><is><t>循环</t></is>")},
        Spoiled{"Spill", "M221 映射!F10",
                cell_as("F10", "t=\"inlineStr\"><is><r><t>x</t></r><r><t>m # x</t></r></is>")},
        Spoiled{"UnknownColumn", "M206 映射!P1",
                part_as(kSheet,
                        "</row>",
                        "<c r=\"P1\" t=\"inlineStr\"><is><t>意见</t></is></c></row>")},
        Spoiled{"Outside", "M206 映射!R10",
                part_as(kSheet,
                        "<row r=\"11\"",
                        "<row r=\"10\"><c r=\"R10\" t=\"inlineStr\"><is><t>?</t></is></c></row>"
                        "<row r=\"11\"")},
        Spoiled{"Merged", "M211 映射!C10",
                part_as(kSheet,
                        "</sheetData>",
                        "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"C10:D10\"/>"
                        "</mergeCells>")},
        Spoiled{"HiddenRow", "M217 映射!A10",
                part_as(kSheet, "<row r=\"10\"", "<row hidden=\"1\" r=\"10\"")},
        Spoiled{"MissingColumn", "M206 映射", cell_as("F1", "t=\"inlineStr\"><is><t></t></is>")},
        Spoiled{"UnknownId", "M207 映射!N10",
                cell_as("N10", "t=\"inlineStr\"><is><t>900</t></is>")},
        Spoiled{"IdTwice", "M207 映射!N10",
                [](const std::string& bytes) {
                    return with_cell(bytes, "N10",
                                     "<c r=\"N10\" t=\"inlineStr\"><is><t>8</t></is></c>");
                }},
        Spoiled{"ForeignRow", "M207 映射!N10",
                cell_as("O10", "t=\"inlineStr\"><is><t>0123456789abcdef</t></is>")},
        Spoiled{"BaseTouched", "M204 底稿",
                [](const std::string& bytes) {
                    return with_part(bytes, "xl/sharedStrings.xml", "-&gt; xm  ", "-&gt; xn  ");
                }}),
    [](const auto& one) { return one.param.name; });

TEST(SheetImport, TellsAllRefusalsAtOnce) {
    std::string bytes = exported(sample_rules(), kImportMap);
    bytes = with_cell(bytes, "C11", "<c r=\"C11\"><v>7</v></c>");
    bytes = with_cell(bytes, "F12", "<c r=\"F12\"><f>A1</f><v>7</v></c>");
    bytes = with_cell(bytes, "L13", "<c r=\"L13\"><v>1E+20</v></c>");
    EXPECT_EQ(imported(bytes, sample_rules()).places(),
              "M212 映射!C11\nM210 映射!F12\nM214 映射!L13\n");
}

TEST(SheetImport, FindsDatesByTheNumberFormat) {
    std::string bytes = exported(sample_rules(), kImportMap);
    auto entries = unpacked(bytes);
    std::string& styles = entries.at("xl/styles.xml");
    const std::size_t end = styles.find("</cellXfs>");
    const std::size_t begin = styles.find("<cellXfs");
    int count = 0;
    for (std::size_t at = begin; (at = styles.find("<xf ", at)) < end; ++at) ++count;
    styles.insert(end, "<xf numFmtId=\"14\"/>");
    bytes = with_cell(packed(entries), "L10",
                      "<c r=\"L10\" s=\"" + std::to_string(count) + "\"><v>45939</v></c>");
    EXPECT_EQ(imported(bytes, sample_rules()).places(), "M215 映射!L10\n");
}

TEST(SheetImport, RefusesChangesInSheetsForReading) {
    const auto edit = [](Workbook& book) { book.pages[2].rows[3][1].text = "改"; };
    EXPECT_EQ(imported(exported(sample_rules(), kImportMap, edit), sample_rules()).places(),
              "M222 表单!B4\n");
    const auto add = [](Workbook& book) {
        book.pages.push_back({"意见", false, true, {{9}}, {{{"a"}}}, {}});
    };
    EXPECT_EQ(imported(exported(sample_rules(), kImportMap, add), sample_rules()).places(),
              "M206 意见\n");
}

TEST(SheetImport, WarnsOfALabelThatIsNotTakenOver) {
    const auto edit = [](Workbook& book) { cell_of(book, 9, SheetColumn::TargetLabel) = "别的"; };
    const Imported back = imported(exported(sample_rules(), kImportMap, edit), sample_rules());
    ASSERT_TRUE(back.import);
    EXPECT_EQ(back.places(), "M222 映射!D10\n");
    EXPECT_EQ(back.import->after, back.import->before);
}

class SheetRebase : public testing::Test {
protected:
    /// The map changed after the export: one more line behind `piece`.
    static Rules moved_on(const std::string& piece, const std::string& line) {
        std::string text = text_of(sample_rules(), kPath);
        text.insert(text.find('\n', text.find(piece)) + 1, line + "\n");
        return with_map(sample_rules(), kPath, text);
    }
    static std::string edited() {
        return exported(sample_rules(), kImportMap, [](Workbook& book) {
            cell_of(book, line_with("<-> zj"), SheetColumn::Remark) = "邮箱";
        });
    }
};

TEST_F(SheetRebase, IsAskedForWhenTheMapChangedSinceTheExport) {
    const Rules now = moved_on("<-> xb", "# 新");
    EXPECT_EQ(imported(edited(), now).places(), "M205\n");
}

TEST_F(SheetRebase, KeepsBothChanges) {
    const Rules now = moved_on("<-> xb", "# 新");
    const Imported back = imported(edited(), now, {.rebase = true});
    ASSERT_TRUE(back.import) << back.places();
    EXPECT_THAT(back.import->after, testing::HasSubstr("\n# 新\n"));
    EXPECT_THAT(back.import->after, testing::HasSubstr("<-> zj  # 邮箱"));
    EXPECT_EQ(back.changes().size(), 2u);
}

TEST_F(SheetRebase, RefusesTheSameLines) {
    std::string text = text_of(sample_rules(), kPath);
    const std::size_t at = text.find("<-> zj");
    text.insert(text.find('\n', at), "  # anders");
    const Rules now = with_map(sample_rules(), kPath, text);
    const std::string row = std::to_string(line_with("<-> zj") + 1);
    EXPECT_EQ(imported(edited(), now, {.rebase = true}).places(), "M223 映射!A" + row + "\n");
}

TEST_F(SheetRebase, IsOverruledByForce) {
    const Rules now = moved_on("<-> xb", "# 新");
    const Imported back = imported(edited(), now, {.force = true});
    ASSERT_TRUE(back.import) << back.places();
    EXPECT_THAT(back.import->after, testing::Not(testing::HasSubstr("# 新")));
}

}  // namespace
}  // namespace luqiao::authoring
