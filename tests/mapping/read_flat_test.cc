// tests/mapping/read_flat_test.cc - fixed-width records and CSV.
#include "mapping/charset.h"
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kFixed = R"(format p.m v1
kind fixed
charset gb18030
record 20
empty absent
XM  text @ 0+8
ZJ  text @ 8+10
XB  text @ 18+1
)";

std::string gb(std::string_view text) {
    return *from_utf8(text, Charset::Gb18030);
}

TEST(ReadFixed, CutsByBytesOfTheCharset) {
    Wire wire(kFixed);
    EXPECT_EQ(wire.read(gb("张三    C01X00T47 1 ") + "\n"), "XM=张三 ZJ=C01X00T47 XB=1");
    EXPECT_EQ(wire.read(gb("𠮷三  C01X00T47 1 ")), "XM=𠮷三 ZJ=C01X00T47 XB=1");
    EXPECT_EQ(wire.read(gb("Ñ三  C01X00T47 1 ") + "\r\n"), "XM=Ñ三 ZJ=C01X00T47 XB=1");
}

TEST(ReadFixed, TakesABlankFieldAsTheFormatSays) {
    EXPECT_EQ(Wire(kFixed).read(std::string(20, ' ')), "");
    Wire cleared(
        "format p.m v1\nkind fixed\nrecord 4\nempty cleared\nA text @ 0+2\nB text @ 2+2\n");
    EXPECT_EQ(cleared.read("  x \n"), "A:cleared B=x");
}

TEST(ReadFixed, RefusesRecordsOfAnotherLength) {
    Wire wire(kFixed);
    EXPECT_EQ(wire.read(std::string(19, ' ')), "E1001 byte 19");
    EXPECT_EQ(wire.read(std::string(21, ' ')), "E1001 byte 20");
    EXPECT_EQ(wire.read(""), "E1001 byte 0");
    EXPECT_EQ(wire.read(std::string(20, ' ') + "\n" + std::string(20, ' ')), "E1001 byte 21");
}

/// A blank at the end would be read back as padding: it is refused, of ASCII text as of any other.
TEST(WriteFixed, RefusesTextThatEndsInABlank) {
    const Map map("form f v1\nname text(10)\n",
                  "format p.m v1\nkind fixed\ncharset gb18030\nrecord 8\nXM text @ 0+8\n",
                  "name <-> XM\n");
    EXPECT_EQ(map.encode(R"({"name":"AB"})").bytes, "AB      \n");
    for (const char* name : {"AB ", "甲 "}) {
        const Encoded encoded = map.encode(std::string(R"({"name":")") + name + "\"}");
        EXPECT_EQ(shown(encoded.issues), "E2005 error byte 0 name") << name;
        EXPECT_EQ(encoded.bytes, "") << name;
    }
}

TEST(ReadFixed, NamesAFieldWithBytesOutsideTheCharset) {
    Wire wire(kFixed);
    EXPECT_EQ(wire.read(std::string(7, ' ') + "\x81" + std::string(12, ' ')), "XM:bad(E1002)");
}

TEST(ReadFixed, ReadsOneItemPerRecordWhenTheFormatIsAList) {
    Wire wire(R"(format p.m v1
kind fixed
record 4
list jl max 3
  A text @ 0+2
  B text @ 2+2
end
)");
    EXPECT_EQ(wire.read("a b \nc d \n"), "jl[0].A=a jl[0].B=b jl[1].A=c jl[1].B=d");
    EXPECT_EQ(*wire.rewrite(), "a b \nc d \n");
    EXPECT_EQ(wire.read("a b \nc d"), "E1001 byte 8");
    EXPECT_EQ(wire.read("a b \na b \na b \na b \n"),
              "jl[0].A=a jl[0].B=b jl[1].A=a jl[1].B=b jl[2].A=a jl[2].B=b !E1003 byte 15");
}

TEST(WriteFixed, FillsWithBlanksAndEndsTheLine) {
    Wire wire(kFixed);
    const std::string record = gb("张三    C01X00T47 1 ");
    wire.read(record);
    EXPECT_EQ(*wire.rewrite(), record + "\n");
    Wire crlf("format p.m v1\nkind fixed\nrecord 3 crlf\nA text @ 1+2\n");
    crlf.read(" x ");
    EXPECT_EQ(*crlf.rewrite(), " x \r\n");
}

const std::string kCsv = R"(format p.m v1
kind csv
charset gb18030
unknown reject
XM  text @ 1
ZJ  text @ 2
BZ  text @ 3
)";

TEST(ReadCsv, FollowsRfc4180) {
    Wire wire(kCsv);
    EXPECT_EQ(wire.read("a,b,c\r\n"), "XM=a ZJ=b BZ=c");
    EXPECT_EQ(wire.read("a,,c"), "XM=a BZ=c");
    EXPECT_EQ(wire.read("\"a,1\",\"say \"\"hi\"\"\",\"two\nlines\"\n"),
              "XM=a,1 ZJ=say \"hi\" BZ=two\nlines");
    EXPECT_EQ(wire.read(gb("张三,丅") + ",\n"), "XM=张三 ZJ=丅");
    EXPECT_EQ(wire.read("\"\",b\n"), "ZJ=b");
}

TEST(ReadCsv, RefusesWhatIsNotOneRecord) {
    Wire wire(kCsv);
    EXPECT_EQ(wire.read("a,b,c\na,b,c\n"), "E1001 byte 6");
    EXPECT_EQ(wire.read("\"a,b"), "E1001 byte 1");
    EXPECT_EQ(wire.read("\"a\"x,b"), "E1001 byte 3");
    EXPECT_EQ(wire.read("a\"b,c"), "E1001 byte 1");
    EXPECT_EQ(wire.read("a,b,c,d"), "XM=a ZJ=b BZ=c !E1004 column 4");
    EXPECT_EQ(wire.read("\x81"), "E1002 byte 0");
}

TEST(ReadCsv, FindsColumnsByTheirTitles) {
    Wire wire(R"(format p.m v1
kind csv
header
list jl max 2
  XM  text @ "姓名"
  ZJ  text @ "证件"
end
)");
    EXPECT_EQ(wire.read("证件,姓名\nz,x\nz2,x2\n"),
              "jl[0].XM=x jl[0].ZJ=z jl[1].XM=x2 jl[1].ZJ=z2");
    EXPECT_EQ(*wire.rewrite(), "姓名,证件\nx,z\nx2,z2\n");
    EXPECT_EQ(wire.read("姓名,备注\nx,y\n"), "jl[0].XM=x !E1004 备注");
    EXPECT_EQ(wire.read("姓名,姓名\nx,y\n"), "E1001 column 2");
    EXPECT_EQ(wire.read("姓名\n"), "");
}

TEST(WriteCsv, QuotesWhatMustBeQuoted) {
    Wire wire(kCsv);
    wire.read("\"a,1\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
    EXPECT_EQ(*wire.rewrite(), "\"a,1\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
    wire.read(gb("张三,,x"));
    EXPECT_EQ(*wire.rewrite(), gb("张三,,x\n"));
}

}  // namespace
}  // namespace luqiao::mapping
