#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kJsonFormat = R"(format p.m v1
kind json
empty absent
null cleared
unknown reject
limit 4096 bytes 6 deep
id      text
n       int
x       number
b       bool
group g
  a     text
  group h
    c   text
  end
end
list cl max 3
  lx    text
  n     int
end
list tags max 4
  tag   text @ self
end
last    text
)";

struct JsonCase {
    std::string name;
    std::string bytes;
    std::string holds;
};

class ReadJson : public testing::TestWithParam<JsonCase> {};

TEST_P(ReadJson, GivesSlotsAndIssues) {
    EXPECT_EQ(Wire(kJsonFormat).read(GetParam().bytes), GetParam().holds);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ReadJson,
    testing::ValuesIn(std::vector<JsonCase>{
        {"Empty", "{}", ""},
        {"AnyOrder", R"({"last":"z","g":{"h":{"c":"3"},"a":"2"},"id":"1"})",
         "id=1 g.a=2 g.h.c=3 last=z"},
        {"WhiteSpace", " {\n\t\"id\" : \"1\" , \"n\" : 2 }\r\n", "id=1 n=2"},
        {"ByteOrderMark", "\xEF\xBB\xBF{\"id\":\"1\"}", "id=1"},
        {"EmptyText", R"({"id":""})", ""},
        {"Null", R"({"id":null,"g":{"a":null},"cl":null,"tags":null})", "id:cleared g.a:cleared"},
        {"NullGroup", R"({"g":null})", "g.a:cleared g.h.c:cleared"},
        {"ExactNumbers", R"({"n":12345678901234567890,"x":1.10,"b":true})",
         "n=12345678901234567890 x=1.10 b=true"},
        {"Exponent", R"({"x":-0.5e+10})", "x=-0.5e+10"},
        {"Escapes", R"({"id":"a\"\\\/\n\u4e2d\ud842\udfb7"})", "id=a\"\\/\n中𠮷"},
        {"PlainUnicode", R"({"id":"O'Connor-Ñúñez Łukasz 𠮷"})", "id=O'Connor-Ñúñez Łukasz 𠮷"},
        {"EscapedKey", R"({"\u0069d":"1"})", "id=1"},
        {"List", R"({"cl":[{"lx":"14","n":1},{"n":2}],"tags":["a","b"]})",
         "cl[0].lx=14 cl[0].n=1 cl[1].n=2 tags[0].tag=a tags[1].tag=b"},
        {"EmptyList", R"({"cl":[],"tags":[]})", ""},
        {"TooManyItems", R"({"cl":[{},{},{},{},{}],"last":"z"})", "last=z !E1003 /cl"},
        {"TextForNumber", R"({"n":"12"})", "n:bad(E2002)"},
        {"NumberForText", R"({"id":12})", "id:bad(E2002)"},
        {"FractionForInt", R"({"n":1.0})", "n:bad(E2002)"},
        {"BoolForText", R"({"id":true})", "id:bad(E2002)"},
        {"ObjectForText", R"({"id":{"x":[1,2]},"last":"z"})", "id:bad(E2002) last=z"},
        {"TextForGroup", R"({"g":"x"})", "!E2002 /g"},
        {"ObjectForList", R"({"cl":{"lx":"1"}})", "!E2002 /cl"},
        {"TextForItem", R"({"cl":["x"]})", "!E2002 /cl/0"},
        {"UnknownField", R"({"pasport":"x","g":{"zz":[{"q":1}]},"cl":[{"y":1}]})",
         "!E1004 /pasport !E1004 /g/zz !E1004 /cl/0/y"},
        {"UnknownFieldWithSlash", R"({"a/b~c":1})", "!E1004 /a~1b~0c"},
        {"DuplicateKey", R"({"id":"1","id":"2"})", "E1001 /id, byte 15"},
        {"DuplicateKeyByEscape", R"({"id":"1","i\u0064":"2"})", "E1001 /id, byte 20"},
        {"DuplicateGroup", R"({"g":{"a":"1"},"g":{"h":{}}})", "E1001 /g, byte 19"},
        {"DuplicateInItem", R"({"cl":[{"n":1},{"n":1,"n":2}]})", "E1001 /cl/1/n, byte 26"},
        {"SameKeyInTwoItems", R"({"cl":[{"n":1},{"n":2}]})", "cl[0].n=1 cl[1].n=2"},
        {"TooDeep", R"({"zz":[[[[[[1]]]]]]})", "E1003 /zz, byte 11"},
        {"NotUtf8", "{\"id\":\"\xFF\"}", "E1002 byte 7"},
        {"CutUtf8", "{\"id\":\"\xE4\xB8\"}", "E1002 byte 7"},
        {"LoneSurrogate", R"({"id":"\ud842"})", "E1001 /id, byte 6"},
        {"LoneLowSurrogate", R"({"id":"\udfb7"})", "E1001 /id, byte 6"},
        {"ControlCharacter", "{\"id\":\"a\nb\"}", "E1001 byte 12"},
        {"OpenString", R"({"id":"a)", "E1001 byte 8"},
        {"OpenObject", R"({"id":"a")", "E1001 byte 9"},
        {"TextBehind", R"({"id":"a"} x)", "E1001 byte 11"},
        {"TwoObjects", R"({}{})", "E1001 byte 2"},
        {"MissingComma", R"({"id":"a" "n":1})", "E1001 byte 10"},
        {"TrailingComma", R"({"id":"a",})", "E1001 byte 10"},
        {"MissingColon", R"({"id" "a"})", "E1001 byte 6"},
        {"LeadingZero", R"({"n":012})", "E1001 /n, byte 5"},
        {"PlusSign", R"({"n":+1})", "E1001 /n, byte 5"},
        {"NotANumber", R"({"x":NaN})", "E1001 /x, byte 5"},
        {"BadInSkippedValue", R"({"zz":[1,tru]})", "E1001 /zz, byte 9"},
        {"ArrayForMessage", "[]", "E1001 byte 0"},
        {"Nothing", "", "E1001 byte 0"},
        {"Blank", "  ", "E1001 byte 0"},
        {"TooLarge", "{\"id\":\"" + std::string(5000, 'x') + "\"}", "E1003 byte 4096"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(ReadJsonMessage, SkipsUnknownFieldsWhenTheFormatSaysSo) {
    Wire wire("format p.m v1\nkind json\nunknown ignore\na text\n");
    EXPECT_EQ(wire.read(R"({"x":{"a":"2","b":[1,{}]},"a":"1"})"), "a=1");
    EXPECT_EQ(wire.read(R"({"x":{"a":"2","b":[1,{]},"a":"1"})"), "E1001 /x, byte 22");
}

TEST(ReadJsonMessage, KeepsAnEmptyTextAsValueOrClearedWhenTheFormatSaysSo) {
    EXPECT_EQ(Wire("format p.m v1\nkind json\nempty value\na text\n").read(R"({"a":""})"), "a=");
    EXPECT_EQ(Wire("format p.m v1\nkind json\nempty cleared\nnull absent\na text\nb text\n")
                  .read(R"({"a":"","b":null})"),
              "a:cleared");
}

TEST(ReadJsonMessage, FindsEachOfManyFieldsInAnyOrder) {
    std::string format = "format p.m v1\nkind json\n";
    std::string forward;
    std::string backward;
    std::string holds;
    for (int field = 0; field < 200; ++field) {
        const std::string name = fmt::format("field_{}", field);
        format += name + " text\n";
        const std::string member = fmt::format(R"("{}":"{}")", name, field);
        forward += (field > 0 ? "," : "") + member;
        backward.insert(0, member + (field > 0 ? "," : ""));
        holds += fmt::format("{}{}={}", field > 0 ? " " : "", name, field);
    }
    Wire wire(format);
    EXPECT_EQ(wire.read("{" + forward + "}"), holds);
    EXPECT_EQ(wire.read("{" + backward + "}"), holds);
}

TEST(WriteJson, KeepsTheOrderOfTheFormatAndLeavesOutEmptyGroups) {
    Wire wire(kJsonFormat);
    wire.read(R"({"last":"z","tags":["a"],"cl":[{"n":1}],"b":false,"x":1.50,"n":-3,"id":"1"})");
    EXPECT_EQ(*wire.rewrite(),
              R"({"id":"1","n":-3,"x":1.50,"b":false,"cl":[{"n":1}],"tags":["a"],"last":"z"})");
    wire.read(R"({"g":{"h":{"c":"1"}},"id":null})");
    EXPECT_EQ(*wire.rewrite(), R"({"id":null,"g":{"h":{"c":"1"}}})");
    wire.read("{}");
    EXPECT_EQ(*wire.rewrite(), "{}");
}

TEST(WriteJson, EscapesWhatJsonMustEscape) {
    Wire wire(kJsonFormat);
    const std::string bytes = R"({"id":"a\"b\\c\n\u0001中"})";
    wire.read(bytes);
    EXPECT_EQ(*wire.rewrite(), bytes);
}

TEST(ReadTable, TakesOneRowOfTheMainTableAndManyOfAChildTable) {
    Wire wire(R"(format p.m v1
kind table
charset gbk
null absent
group ac01 @ AC01
  bh   text @ YWLSH
  xm   text @ AAC003
end
list ac02 @ AC02 max 2
  lx   text @ AAE140
end
)");
    EXPECT_EQ(wire.read(R"({"AC01":[{"YWLSH":"1","AAC003":null}],"AC02":[{"AAE140":"110"},{}]})"),
              "ac01.bh=1 ac02[0].lx=110");
    EXPECT_EQ(wire.read(R"({"AC01":[{"YWLSH":12}]})"), "ac01.bh=12");
    EXPECT_EQ(wire.read(R"({"AC01":[{},{}]})"), "E1001 byte 12");
    EXPECT_EQ(wire.read(R"({"AC01":[{"X":"1"}],"ZZ":[]})"), "!E1004 AC01[1].X !E1004 ZZ");
    EXPECT_EQ(wire.read(R"({"AC02":[{},{},{}]})"), "!E1003 AC02");
    EXPECT_EQ(wire.read(R"({"AC01":[{"YWLSH":"1","YWLSH":"2"}]})"), "E1001 byte 30");
    wire.read(
        R"({"AC02":[{"AAE140":"110"},{"AAE140":"210"}],"AC01":[{"AAC003":"中","YWLSH":"1"}]})");
    EXPECT_EQ(
        *wire.rewrite(),
        R"({"AC01":[{"YWLSH":"1","AAC003":"中"}],"AC02":[{"AAE140":"110"},{"AAE140":"210"}]})");
}

}  // namespace
}  // namespace luqiao::mapping
