// base keep: what no row covers is carried through a write-back.
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kBaseForm = R"(form f v1
name text(20)
sex  code(sex)
list files key id max 5
  id   text(9)
  name text(9)
end
list notes max 5
  text text(9)
end
)";
const std::string kBaseFields = R"(xm text
xb text
bz text
group qt
  dh text
  dz text
end
list cl max 9
  bs text
  mc text
  ly text
end
list bw max 9
  nr text
end
)";
const std::string kBaseRows = R"(base keep
name <-> xm
sex  <-> qt.dz : code(sex.gbt2261)
each files <-> cl key id ; max 5
  id   <-> bs
  name <-> mc
end
each notes <-> bw ; max 5
  text <-> nr
end
)";

std::string kept(const Map& map, const std::string& record, const std::string& base) {
    const auto read = from_json(map.program().form, record);
    if (!read) return read.error().message;
    const Encoded out = encode(map.program(), *read, base);
    return out.issues.rejected() ? shown(out.issues) : out.bytes;
}

struct Kept {
    std::string name;
    std::string record;
    std::string base;
    std::string gives;
};

class KeptJson : public testing::TestWithParam<Kept> {};

TEST_P(KeptJson, HasWhatNoRowCovers) {
    const Map map(kBaseForm, "format p.m v1\nkind json\nunknown ignore\n" + kBaseFields, kBaseRows);
    EXPECT_EQ(kept(map, GetParam().record, GetParam().base), GetParam().gives);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    KeptJson,
    testing::ValuesIn(std::vector<Kept>{
        {"FieldWithoutARow", R"({"name":"乙"})", R"({"bz":"注","xm":"甲"})",
         R"({"bz":"注","xm":"乙"})"},
        {"FieldTheFormatDoesNotKnow", R"({"name":"乙"})",
         R"({ "x": { "y": [1, 2.50, null] } , "xm":"甲"})",
         R"({"x":{ "y": [1, 2.50, null] },"xm":"乙"})"},
        {"CoveredFieldThatIsGone", "{}", R"({"xm":"甲","bz":"注"})", R"({"bz":"注"})"},
        {"NewField", R"({"name":"乙"})", R"({"bz":"注"})", R"({"bz":"注","xm":"乙"})"},
        {"InsideAGroup", R"({"sex":"male"})", R"({"qt":{"dh":"1","dz":"2","z":true}})",
         R"({"qt":{"dh":"1","dz":"1","z":true}})"},
        {"InsideAGroupThatIsNotWritten", "{}", R"({"qt":{"dh":"1","dz":"2"}})",
         R"({"qt":{"dh":"1"}})"},
        {"GroupOfCoveredFieldsAlone", "{}", R"({"qt":{"dz":"2"}})", "{}"},
        {"ItemsByKey", R"({"files":[{"id":"b","name":"y"},{"id":"c","name":"z"}]})",
         R"({"cl":[{"bs":"a","ly":"1"},{"bs":"b","mc":"x","ly":"2","u":0}]})",
         R"({"cl":[{"bs":"b","mc":"y","ly":"2","u":0},{"bs":"c","mc":"z"}]})"},
        {"ItemsWithoutAKey", R"({"notes":[{"text":"n"}]})", R"({"bw":[{"nr":"m","u":0}]})",
         R"({"bw":[{"nr":"n"}]})"},
        {"ItemsThatAreGone", "{}", R"({"cl":[{"bs":"a"}],"bz":"注"})", R"({"bz":"注"})"},
        {"EscapedKeys", R"({"name":"乙"})", R"({"a\"b\u4e00":1})", R"({"a\"b一":1,"xm":"乙"})"},
        {"BaseThatCannotBeRead", R"({"name":"乙"})", R"({"xm":"甲","xm":"甲"})",
         "E1001 error /xm, byte 17 "},
    }),
    [](const auto& test) { return test.param.name; });

class KeptXml : public testing::TestWithParam<Kept> {};

TEST_P(KeptXml, HasWhatNoRowCovers) {
    const Map map(
        kBaseForm,
        "format p.m v1\nkind xml\nunknown ignore\nns w = \"urn:w\"\nroot w:D\n" + kBaseFields,
        kBaseRows);
    const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    EXPECT_EQ(kept(map, GetParam().record, GetParam().base), head + GetParam().gives);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    KeptXml,
    testing::ValuesIn(std::vector<Kept>{
        {"ElementsBehindTheirNeighbours", R"({"name":"乙"})",
         "<w:D xmlns:w='urn:w'><u/><xm>甲</xm><v a='1'>t<b/></v><bz>注</bz></w:D>",
         "<w:D xmlns:w=\"urn:w\"><u/><xm>乙</xm><v a=\"1\">t<b/></v><bz>注</bz></w:D>"},
        {"CoveredElementThatIsGone", "{}", "<w:D xmlns:w='urn:w'><xm>甲</xm><bz>注</bz></w:D>",
         "<w:D xmlns:w=\"urn:w\"><bz>注</bz></w:D>"},
        {"InsideAGroup", R"({"sex":"male"})",
         "<w:D xmlns:w='urn:w'><qt x='1'><dh>1</dh><dz>2</dz></qt></w:D>",
         "<w:D xmlns:w=\"urn:w\"><qt x=\"1\"><dh>1</dh><dz>1</dz></qt></w:D>"},
        {"InsideAGroupThatIsNotWritten", "{}",
         "<w:D xmlns:w='urn:w'><qt><dz>2</dz><dh>1</dh></qt></w:D>",
         "<w:D xmlns:w=\"urn:w\"><qt><dh>1</dh></qt></w:D>"},
        {"ItemsByKey", R"({"files":[{"id":"b","name":"y"}]})",
         "<w:D xmlns:w='urn:w'><cl><bs>a</bs></cl><cl><bs>b</bs><ly>2</ly></cl></w:D>",
         "<w:D xmlns:w=\"urn:w\"><cl><bs>b</bs><ly>2</ly><mc>y</mc></cl></w:D>"},
        {"PrefixesOfTheBase", R"({"name":"乙"})",
         "<q:D xmlns:q='urn:w' xmlns:o='urn:o'><o:u o:k='1'><q:v/></o:u></q:D>",
         "<w:D xmlns:w=\"urn:w\"><o:u o:k=\"1\" xmlns:o=\"urn:o\" xmlns:q=\"urn:w\"><q:v/></o:u>"
         "<xm>乙</xm></w:D>"},
        {"DefaultNamespaceOfTheBase", "{}", "<D xmlns='urn:w'><u/></D>",
         "<w:D xmlns:w=\"urn:w\"><u xmlns=\"urn:w\"/></w:D>"},
        {"BlankValue", R"({"name":" "})", "<w:D xmlns:w='urn:w'><bz>注</bz></w:D>",
         "<w:D xmlns:w=\"urn:w\"><bz>注</bz><xm><![CDATA[ ]]></xm></w:D>"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(KeptXml, IsInTheCharsetOfTheFormat) {
    const Map map("form f v1\nname text(9)\n",
                  "format p.m v1\nkind xml\ncharset gb18030\nroot D\nxm text\nbz text\n",
                  "base keep\nname <-> xm\n");
    EXPECT_EQ(hex(kept(map, R"({"name":"甲"})", "<D><bz>\xB1\xFB</bz></D>")),
              hex("<?xml version=\"1.0\" encoding=\"GB18030\"?><D><bz>\xB1\xFB</bz>"
                  "<xm>\xBC\xD7</xm></D>"));
}

TEST(Base, IsNotLookedAtWithoutTheDeclaration) {
    const Map map("form f v1\nname text(9)\n", "format p.m v1\nkind json\nxm text\nbz text\n",
                  "name <-> xm\n");
    EXPECT_EQ(kept(map, R"({"name":"甲"})", R"({"bz":"注"})"), R"({"xm":"甲"})");
}

}  // namespace
}  // namespace luqiao::mapping
