// Workbooks as other programs write them, and archives that mean harm.
#include "authoring/xlsx_read.h"

#include "tests/authoring/sheet_fixture.h"

#include <gtest/gtest.h>

#include <zip.h>

#include "authoring/xlsx_archive.h"

namespace luqiao::authoring {
namespace {

using Entries = std::map<std::string, std::string>;

constexpr const char* kSheetPart = "xl/worksheets/sheet1.xml";

/// The smallest workbook; `rows` stand in its one sheet.
Entries entries_with(const std::string& rows, const std::string& strings = "<si><t>s</t></si>") {
    const std::string relations =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
    const std::string office =
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    return {
        {"[Content_Types].xml", "<Types/>"},
        {"_rels/.rels", relations + "<Relationship Id=\"r1\" Type=\"" + office +
                            "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
        {"xl/workbook.xml",
         "<x:workbook xmlns:x=\"m\" xmlns:r=\"n\"><x:sheets><x:sheet name=\"甲\" sheetId=\"1\" "
         "r:id=\"r1\"/></x:sheets></x:workbook>"},
        {"xl/_rels/workbook.xml.rels",
         relations + "<Relationship Id=\"r1\" Type=\"" + office +
             "worksheet\" Target=\"/xl/worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"" +
             office + "sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"},
        {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"},
        {kSheetPart, "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}};
}

struct Read {
    std::optional<XlsxBook> book;
    std::string codes;
};

Read read(const std::string& bytes) {
    Diagnostics findings;
    SheetReport report("a.xlsx", findings);
    Read out{read_xlsx(bytes, report), {}};
    for (const Diagnostic& one : findings.list())
        out.codes += (out.codes.empty() ? "" : " ") + one.code;
    EXPECT_EQ(out.book.has_value(), out.codes.empty());
    return out;
}

std::string cells_of(const Read& read) {
    std::string out;
    if (!read.book) return read.codes;
    for (const XlsxRow& row : read.book->sheets.at(0).rows) {
        for (const XlsxCell& cell : row.cells) {
            out += column_letters(cell.column) + std::to_string(row.number) + "=" + cell.text + ";";
        }
    }
    return out;
}

TEST(XlsxRead, TakesEveryWayOfWritingAText) {
    const std::string rows =
        "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><t>in</t></is></c>"
        "<c r=\"AA2\" t=\"s\"><v>1</v></c></row>"
        "<row><c t=\"str\"><v>str</v></c><c t=\"s\"><v>2</v></c></row>";
    const std::string strings =
        "<si><t xml:space=\"preserve\"> a &amp; b </t></si>"
        "<si><r><rPr><b/></rPr><t>粗</t></r><r><t>细</t></r><rPh sb=\"0\" "
        "eb=\"1\"><t>cu</t></rPh></si>"
        "<si><t>_x0041__x005F_x0041_ _x00</t></si>";
    EXPECT_EQ(cells_of(read(packed(entries_with(rows, strings)))),
              "B2= a & b ;C2=in;AA2=粗细;A3=str;B3=A_x0041_ _x00;");
}

struct Archive {
    const char* name;
    const char* code;
    std::function<std::string()> bytes;
};

class XlsxArchiveRefusal : public testing::TestWithParam<Archive> {};

TEST_P(XlsxArchiveRefusal, HasItsCode) {
    EXPECT_EQ(read(GetParam().bytes()).codes, GetParam().code);
}

std::function<std::string()> with_entry(const std::string& name, const std::string& content) {
    return [=] {
        Entries entries = entries_with("");
        entries[name] = content;
        return packed(entries);
    };
}

/// The directory says that a part is small; inside it is larger.
std::string lying_size() {
    std::string bytes = packed(entries_with(std::string(5000, ' ')));
    const std::size_t entry = bytes.find(kSheetPart, bytes.find("PK\x01\x02"));
    EXPECT_NE(entry, std::string::npos);
    bytes[entry - 46 + 24] = 10;  // uncompressed size, low bytes (APPNOTE 4.3.12)
    bytes[entry - 46 + 25] = 0;
    return bytes;
}

std::string encrypted_entry() {
    std::string bytes = packed(entries_with(""));
    for (const char* mark : {"PK\x01\x02", "PK\x03\x04"}) {
        const std::size_t flags = mark[2] == 1 ? 8 : 6;
        for (std::size_t at = 0; (at = bytes.find(mark, at)) != std::string::npos; at += 4)
            bytes[at + flags] = static_cast<char>(bytes[at + flags] | 1);
    }
    return bytes;
}

std::string many_entries() {
    Entries entries = entries_with("");
    for (int at = 0; at < 300; ++at) entries["x/" + std::to_string(at)] = "";
    return packed(entries);
}

std::string deep() {
    std::string open;
    for (int at = 0; at < 40; ++at) open += "<a>";
    return packed(entries_with(open));
}

/// One long string, named by every cell: small in the archive, large in memory.
std::string many_times_one_string() {
    std::string rows;
    for (int row = 1; row <= 2500; ++row) {
        rows += "<row r=\"" + std::to_string(row) + "\"><c t=\"s\"><v>0</v></c></row>";
    }
    return packed(entries_with(rows, "<si><t>" + std::string(32'000, 'x') + "</t></si>"));
}

INSTANTIATE_TEST_SUITE_P(
    Archives,
    XlsxArchiveRefusal,
    testing::Values(
        Archive{"Empty", "M200", [] { return std::string(); }},
        Archive{"NoZip", "M200", [] { return std::string(2000, 'x'); }},
        Archive{"CutOff", "M200",
                [] {
                    const std::string bytes = packed(entries_with(""));
                    return bytes.substr(0, bytes.size() / 2);
                }},
        Archive{"LyingSize", "M200", lying_size},
        Archive{"NoParts", "M200",
                [] {
                    return packed({{"a.txt", "a"}});
                }},
        Archive{"EncryptedFile", "M201",
                [] {
                    return std::string("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") + std::string(600, '\0');
                }},
        Archive{"EncryptedEntry", "M201", encrypted_entry},
        Archive{"Bomb", "M202", with_entry("xl/bomb.xml", std::string(12u << 20, ' '))},
        Archive{"LargePart", "M202", with_entry("xl/large.xml", std::string(17u << 20, ' '))},
        Archive{"ManyEntries", "M202", many_entries},
        Archive{"Deep", "M202", deep},
        Archive{"ManyTimesOneString", "M202", many_times_one_string},
        Archive{"LongCell", "M202",
                [] {
                    return packed(entries_with("<row><c t=\"inlineStr\"><is><t>" +
                                               std::string(40'000, 'x') + "</t></is></c></row>"));
                }},
        Archive{"WayOut", "M203", with_entry("xl/../../etc/passwd", "x")},
        Archive{"Absolute", "M203", with_entry("/etc/passwd", "x")},
        Archive{"Backslash", "M203", with_entry("xl\\evil", "x")},
        Archive{"SameNameTwice", "M203", with_entry("XL/workbook.xml", "x")},
        Archive{"Macros", "M203", with_entry("xl/vbaProject.bin", "x")},
        Archive{"MacroType", "M203",
                with_entry("[Content_Types].xml",
                           "<Types><Override ContentType=\"application/vnd.ms-excel.sheet."
                           "macroEnabled.main+xml\"/></Types>")},
        Archive{"ExternalLinks", "M203", with_entry("xl/externalLinks/externalLink1.xml", "<a/>")},
        Archive{"Embedded", "M203", with_entry("xl/embeddings/oleObject1.bin", "x")},
        Archive{"Hyperlink", "M203",
                with_entry("xl/worksheets/_rels/sheet1.xml.rels",
                           "<Relationships><Relationship Id=\"a\" TargetMode=\"External\" "
                           "Target=\"http://127.0.0.1/\"/></Relationships>")},
        Archive{
            "Dtd", "M203",
            with_entry(kSheetPart, "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet>&b;</worksheet>")},
        Archive{"Entity", "M200", with_entry(kSheetPart, "<worksheet>&b;</worksheet>")},
        Archive{"BrokenXml", "M200", with_entry(kSheetPart, "<worksheet><a></worksheet>")},
        Archive{"NotUtf8", "M200", with_entry(kSheetPart, "<worksheet>\xFF</worksheet>")},
        Archive{"StringThatIsNot", "M200",
                [] { return packed(entries_with("<row><c t=\"s\"><v>7</v></c></row>")); }}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace luqiao::authoring
