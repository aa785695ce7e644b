#include "mapping/charset.h"
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace luqiao::mapping {
namespace {

const std::string kXmlFormat = R"(format p.m v1
kind xml
root DATA
empty absent
null cleared
limit 8192 bytes 6 deep
LSH        text
group SQR
  XM       text
  ZJ       text
  ZJLX     text @ attribute LX
  group DZ
    XX     text
  end
end
list CLLB @ CLLB.CL max 3
  LX       text @ attribute LX
  ZY       text
end
list BZ max 2
  W        text @ self
end
)";

struct XmlCase {
    std::string name;
    std::string body;  ///< put into <DATA>…</DATA> unless it opens with <DATA or <?
    std::string holds;
};

std::string document(const std::string& body) {
    const bool is_whole = body.rfind("<DATA", 0) == 0 || body.rfind("<?", 0) == 0 ||
                          body.rfind("<!", 0) == 0 || body.empty();
    return is_whole ? body : "<DATA>" + body + "</DATA>";
}

class ReadXml : public testing::TestWithParam<XmlCase> {};

TEST_P(ReadXml, GivesSlotsAndIssues) {
    EXPECT_EQ(Wire(kXmlFormat).read(document(GetParam().body)), GetParam().holds);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ReadXml,
    testing::ValuesIn(std::vector<XmlCase>{
        {"EmptyRoot", "<DATA/>", ""},
        {"AnyOrder", "<SQR><ZJ>2</ZJ><XM>1</XM></SQR><LSH>3</LSH>", "LSH=3 SQR.XM=1 SQR.ZJ=2"},
        {"Attribute", "<SQR LX='14'/>", "SQR.ZJLX=14"},
        {"Namespaces", "<DATA xmlns='urn:a' xmlns:b='urn:b'><b:LSH>3</b:LSH></DATA>", "LSH=3"},
        {"Declaration", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DATA><LSH>3</LSH></DATA>\n",
         "LSH=3"},
        {"References", "<LSH>&lt;&amp;&gt;&quot;&apos;&#20013;&#x20BB7;</LSH>", "LSH=<&>\"'中𠮷"},
        {"CData", "<LSH>a<![CDATA[<b>&amp;]]>c</LSH>", "LSH=a<b>&amp;c"},
        {"Comment", "<LSH>a<!-- x -->b</LSH>", "LSH=ab"},
        {"LineEnds", "<LSH>a\r\nb\rc</LSH>", "LSH=a\nb\nc"},
        {"EmptyElement", "<LSH/><SQR><XM></XM></SQR>", ""},
        {"BlankElement", "<LSH>\n  </LSH>", ""},
        {"InnerBlanksStay", "<LSH> a </LSH>", "LSH= a "},
        {"Nil", "<LSH xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>",
         "LSH:cleared"},
        {"NilWithoutPrefixIsUnknown", "<LSH nil='true'/>", "!E1004 DATA/LSH/@nil"},
        {"List", "<CLLB><CL LX='14'><ZY>a</ZY></CL><CL><ZY>b</ZY></CL></CLLB>",
         "CLLB[0].LX=14 CLLB[0].ZY=a CLLB[1].ZY=b"},
        {"SelfList", "<BZ>x</BZ><LSH>1</LSH><BZ>y</BZ>", "LSH=1 BZ[0].W=x BZ[1].W=y"},
        {"TooManyItems", "<BZ>x</BZ><BZ>y</BZ><BZ>z</BZ><BZ>z</BZ>",
         "BZ[0].W=x BZ[1].W=y !E1003 DATA/BZ"},
        {"UnknownElement", "<X><Y>1</Y></X><LSH>1</LSH>", "LSH=1 !E1004 DATA/X"},
        {"UnknownInItem", "<CLLB><CL/><CL><QQ/></CL></CLLB>", "!E1004 DATA/CLLB/CL[2]/QQ"},
        {"TextInGroup", "<SQR>x</SQR>", "!E1004 DATA/SQR/text()"},
        {"DuplicateElement", "<LSH>1</LSH><LSH>2</LSH>", "E1001 DATA/LSH, byte 23"},
        {"DuplicateGroup", "<SQR/><SQR/>", "E1001 DATA/SQR, byte 18"},
        {"DuplicateAttribute", "<SQR LX='1' LX='2'/>", "E1001 DATA, byte 24"},
        {"OtherRoot", "<?xml version='1.0'?><OTHER/>", "E1001 byte 0"},
        {"DocumentType", "<!DOCTYPE DATA [<!ENTITY x 'y'>]><DATA/>", "E1001 byte 0"},
        {"InnerDocumentType", "<!DOCTYPE a>", "E1001 byte 0"},
        {"UndeclaredEntity", "<LSH>&nbsp;</LSH>", "E1001 DATA/LSH, byte 11"},
        {"OpenReference", "<LSH>a & b</LSH>", "E1001 DATA/LSH, byte 13"},
        {"ControlByReference", "<LSH>&#1;</LSH>", "E1001 DATA/LSH, byte 11"},
        {"NulByReference", "<LSH>&#0;</LSH>", "E1001 DATA/LSH, byte 11"},
        {"SurrogateByReference", "<LSH>&#xD842;</LSH>", "E1001 DATA/LSH, byte 11"},
        {"HugeReference", "<LSH>&#99999999999;</LSH>", "E1001 DATA/LSH, byte 11"},
        {"ControlCharacter", "<LSH>a\x01</LSH>", "E1001 DATA/LSH, byte 12"},
        {"WrongEnd", "<LSH>a</LHS>", "E1001 DATA/LSH, byte 12"},
        {"NotClosed", "<DATA><LSH>a</LSH>", "E1001 DATA, byte 18"},
        {"SecondRoot", "<DATA/><DATA/>", "E1001 byte 7"},
        {"TextBehind", "<DATA/>x", "E1001 byte 7"},
        {"CDataEndInText", "<LSH>a]]></LSH>", "E1001 DATA/LSH, byte 11"},
        {"LessInAttribute", "<SQR LX='a<b'/>", "E1001 DATA, byte 16"},
        {"NoQuotes", "<SQR LX=14/>", "E1001 DATA, byte 14"},
        {"TooDeep", "<X><X><X><X><X><X/></X></X></X></X></X>", "E1003 DATA/X, byte 23"},
        {"Nothing", "", "E1001 byte 0"},
        {"TooLarge", "<LSH>" + std::string(9000, 'x') + "</LSH>", "E1003 byte 8192"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(ReadXmlMessage, DecodesTheFormatsCharset) {
    Wire wire("format p.m v1\nkind xml\ncharset gb18030\nroot DATA\nXM text\n");
    const std::string name = "O'Connor-Ñúñez Łukasz 𠮷 张";
    for (const std::string declaration :
         {R"(<?xml version="1.0" encoding="GB18030"?>)", R"(<?xml version="1.0" encoding="gbk"?>)",
          R"(<?xml version='1.0' encoding='GB2312'?>)", ""}) {
        const auto bytes =
            from_utf8(declaration + "<DATA><XM>" + name + "</XM></DATA>", Charset::Gb18030);
        EXPECT_EQ(wire.read(*bytes), "XM=" + name) << declaration;
    }
    EXPECT_EQ(wire.read("<DATA><XM>\x81</XM></DATA>"), "E1002 byte 10");
}

TEST(ReadXmlMessage, SaysWhenTheDeclarationContradictsTheFormat) {
    Wire wire("format p.m v1\nkind xml\ncharset gb18030\nroot DATA\nXM text\n");
    const auto bytes = from_utf8(
        R"(<?xml version="1.0" encoding="UTF-8"?><DATA><XM>张</XM></DATA>)", Charset::Gb18030);
    EXPECT_EQ(wire.read(*bytes), "XM=张 !E1002 byte 0");
}

TEST(ReadXmlMessage, SurvivesManyCommentsAroundTheRoot) {
    std::string bytes;
    for (int round = 0; round < 100'000; ++round) bytes += "<?a?> ";
    Wire wire("format p.m v1\nkind xml\nroot DATA\nlimit 1048576 bytes\nXM text\n");
    EXPECT_EQ(wire.read(bytes + "<DATA><XM>1</XM></DATA>"), "XM=1");
}

TEST(WriteXml, IsReadBackByItselfAndByPugixml) {
    Wire wire(kXmlFormat);
    const std::string body =
        "<LSH>a&lt;&amp;&gt;\"'&#13;\n中𠮷</LSH><SQR LX='1&quot;2&#10;3'><XM>x</XM></SQR>"
        "<CLLB><CL LX='14'><ZY>a</ZY></CL><CL/></CLLB><BZ>x</BZ>";
    const std::string holds = wire.read(document(body));
    const auto bytes = wire.rewrite();
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DATA>"
              "<LSH>a&lt;&amp;&gt;\"'&#13;\n中𠮷</LSH><SQR LX=\"1&quot;2&#10;3\"><XM>x</XM></SQR>"
              "<CLLB><CL LX=\"14\"><ZY>a</ZY></CL><CL/></CLLB><BZ>x</BZ></DATA>");
    EXPECT_EQ(wire.read(*bytes), holds);
    pugi::xml_document tree;
    ASSERT_TRUE(tree.load_buffer(bytes->data(), bytes->size(), pugi::parse_full));
    EXPECT_STREQ(tree.child("DATA").child_value("LSH"), "a<&>\"'\r\n中𠮷");
    EXPECT_STREQ(tree.child("DATA").child("SQR").attribute("LX").value(), "1\"2\n3");
}

TEST(WriteXml, KeepsATextOfBlanks) {
    Wire wire("format p.m v1\nkind xml\nroot DATA\nA text\n");
    EXPECT_EQ(wire.read("<DATA><A><![CDATA[  ]]></A></DATA>"), "A=  ");
    EXPECT_EQ(wire.read(*wire.rewrite()), "A=  ");
}

TEST(WriteXml, MarksAClearedFieldAsTheFormatSays) {
    Wire nil("format p.m v1\nkind xml\nroot DATA\nnull cleared\nA text\nB text\n");
    nil.read(
        "<DATA xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><A "
        "xsi:nil='1'/><B>x</B></DATA>");
    const auto bytes = nil.rewrite();
    EXPECT_NE(bytes->find("<A xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                          "xsi:nil=\"true\"/><B>x</B>"),
              std::string::npos);
    EXPECT_EQ(nil.read(*bytes), "A:cleared B=x");
    Wire empty("format p.m v1\nkind xml\nroot DATA\nempty cleared\nA text\n");
    empty.read("<DATA><A></A></DATA>");
    EXPECT_NE(empty.rewrite()->find("<DATA><A/></DATA>"), std::string::npos);
}

TEST(WriteXml, DeclaresAndUsesTheFormatsCharset) {
    Wire wire("format p.m v1\nkind xml\ncharset gb18030\nroot DATA\nXM text\n");
    wire.read(*from_utf8("<DATA><XM>Ñ𠮷张</XM></DATA>", Charset::Gb18030));
    EXPECT_EQ(*wire.rewrite(),
              *from_utf8("<?xml version=\"1.0\" encoding=\"GB18030\"?><DATA><XM>Ñ𠮷张</XM></DATA>",
                         Charset::Gb18030));
}

}  // namespace
}  // namespace luqiao::mapping
