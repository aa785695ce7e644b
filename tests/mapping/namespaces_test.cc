// XML namespaces: by URI, whatever prefix the message uses.
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kNamespacesFormat = R"(format p.m v1
kind xml
ns w = "urn:work"
ns s = "urn:seal"
root w:D
group w:SQR
  w:XM text
  XB text @ w:XB
  LX text @ attribute s:LX
  BS text @ attribute BS
end
QZ text @ s:QZ
BZ text
)";
const std::string kDeclared =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<w:D xmlns:w=\"urn:work\" xmlns:s=\"urn:seal\">";

struct Message {
    std::string name;
    std::string bytes;
    std::string read;
};

class NamespacedMessage : public testing::TestWithParam<Message> {};

TEST_P(NamespacedMessage, IsReadByUri) {
    EXPECT_EQ(Wire(kNamespacesFormat).read(GetParam().bytes), GetParam().read);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    NamespacedMessage,
    testing::ValuesIn(std::vector<Message>{
        {"OwnPrefixes",
         "<w:D xmlns:w='urn:work' xmlns:s='urn:seal'><w:SQR s:LX='1' BS='2'><w:XM>a</w:XM>"
         "<w:XB>m</w:XB></w:SQR><s:QZ>q</s:QZ><BZ>b</BZ></w:D>",
         "w:SQR.w:XM=a w:SQR.XB=m w:SQR.LX=1 w:SQR.BS=2 QZ=q BZ=b"},
        {"OtherPrefixes", "<x:D xmlns:x='urn:work' xmlns:w='urn:seal'><w:QZ>q</w:QZ></x:D>",
         "QZ=q"},
        {"DefaultNamespace",
         "<D xmlns='urn:work'><SQR xmlns:t='urn:seal' t:LX='1' BS='2'><XM>a</XM></SQR></D>",
         "w:SQR.w:XM=a w:SQR.LX=1 w:SQR.BS=2"},
        {"DefaultTakenBack", "<D xmlns='urn:work'><BZ xmlns=''>b</BZ></D>", "BZ=b"},
        {"DeclaredInside", "<w:D xmlns:w='urn:work'><q:QZ xmlns:q='urn:seal'>q</q:QZ></w:D>",
         "QZ=q"},
        {"ScopeEnds",
         "<w:D xmlns:w='urn:work'><q:QZ xmlns:q='urn:seal'>q</q:QZ><q:BZ>x</q:BZ></w:D>",
         "E1001 w:D, byte 57"},
        {"UndeclaredElement", "<w:D xmlns:w='urn:work'><v:SQR/></w:D>", "E1001 w:D, byte 24"},
        {"UndeclaredAttribute", "<w:D xmlns:w='urn:work'><w:SQR v:LX='1'/></w:D>",
         "E1001 w:D, byte 24"},
        {"NoNamespace", "<D><SQR/></D>", "E1001 byte 0"},
        {"OtherNamespace", "<w:D xmlns:w='urn:other'/>", "E1001 byte 0"},
        {"NameOfAnotherNamespace", "<w:D xmlns:w='urn:work'><w:BZ>x</w:BZ><QZ>x</QZ></w:D>",
         "!E1004 w:D/w:BZ !E1004 w:D/QZ"},
        {"UnknownNamespace", "<w:D xmlns:w='urn:work' xmlns:o='urn:o'><o:BZ>x</o:BZ></w:D>",
         "!E1004 w:D/{urn:o}BZ"},
        {"SameAttributeByTwoPrefixes",
         "<w:D xmlns:w='urn:work' xmlns:a='urn:seal' xmlns:b='urn:seal'><w:SQR a:LX='1' "
         "b:LX='2'/></w:D>",
         "E1001 w:D, byte 62"},
        {"PrefixForNothing", "<w:D xmlns:w='urn:work' xmlns:v=''/>", "E1001 byte 0"},
        {"NilByUri",
         "<w:D xmlns:w='urn:work' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
         "<BZ i:nil='true'/></w:D>",
         "BZ:cleared"},
        {"NilOfAGroupClearsItsFields",
         "<w:D xmlns:w='urn:work' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
         "<w:SQR i:nil='true'/></w:D>",
         "w:SQR.w:XM:cleared w:SQR.XB:cleared"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Namespaces, AreDeclaredWhenWriting) {
    Wire wire(kNamespacesFormat);
    wire.read(
        "<x:D xmlns:x='urn:work' xmlns:y='urn:seal'><x:SQR y:LX='1'><x:XM>a</x:XM></x:SQR>"
        "<y:QZ>q</y:QZ><BZ>b</BZ></x:D>");
    EXPECT_EQ(*wire.rewrite(), kDeclared +
                                   "<w:SQR s:LX=\"1\"><w:XM>a</w:XM></w:SQR>"
                                   "<s:QZ>q</s:QZ><BZ>b</BZ></w:D>");
}

TEST(Namespaces, MayHaveADefaultOne) {
    Wire wire("format p.m v1\nkind xml\nns default = \"urn:work\"\nroot D\nXM text\n");
    EXPECT_EQ(wire.read("<w:D xmlns:w='urn:work'><w:XM>a</w:XM></w:D>"), "XM=a");
    EXPECT_EQ(*wire.rewrite(),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
              "<D xmlns=\"urn:work\"><XM>a</XM></D>");
    EXPECT_EQ(wire.read("<D><XM>a</XM></D>"), "E1001 byte 0");
}

TEST(Namespaces, DoNotMatterToAFormatThatHasNone) {
    Wire wire("format p.m v1\nkind xml\nroot D\nXM text\n");
    EXPECT_EQ(wire.read("<w:D xmlns:w='urn:work'><w:XM>a</w:XM></w:D>"), "XM=a");
    EXPECT_EQ(wire.read("<w:D><w:XM>a</w:XM></w:D>"), "E1001 byte 0");
}

TEST(Namespaces, HaveTheirOwnPrefixesInAMap) {
    const Map map("form f v1\nname text(9)\nkind text(9)\nseal text(9)\n", kNamespacesFormat,
                  "ns a = \"urn:work\"\nns b = \"urn:seal\"\n"
                  "name <-> a:SQR.a:XM\nkind <-> a:SQR.b:@LX\nseal <-> b:QZ:trim\n");
    const std::string bytes = kDeclared +
                              "<w:SQR s:LX=\"1\"><w:XM>a</w:XM></w:SQR>"
                              "<s:QZ>q</s:QZ></w:D>";
    EXPECT_EQ(to_json(map.decode(bytes).record), R"({"name":"a","kind":"1","seal":"q"})");
    EXPECT_EQ(map.encode(R"({"name":"a","kind":"1","seal":"q"})").bytes, bytes);
}

TEST(Namespaces, OfTheFormatNeedNoDeclarationInTheMap) {
    const Map map("form f v1\nname text(9)\n", kNamespacesFormat, "name <-> w:SQR.w:XM\n");
    EXPECT_EQ(map.encode(R"({"name":"a"})").bytes,
              kDeclared + "<w:SQR><w:XM>a</w:XM></w:SQR></w:D>");
}

}  // namespace
}  // namespace luqiao::mapping
