// Several fields on one side of a row.
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kTuplesForm = "form f v1\nname text(40)\nkind code(kind)\nnumber text(20) C3\n";
const std::string kTuplesFormat =
    "format p.m v1\nkind json\nxing text bytes 8\nming text\nzjlx text\n"
    "zj text\n";

TEST(WireTuple, IsCutForTheFieldsAndPutTogetherAgain) {
    const Map map(kTuplesForm, kTuplesFormat, "name <-> (xing, ming) : split(\"·\", 2) | trim\n");
    const Encoded out = map.encode(R"({"name":"安娜·穆勒"})");
    EXPECT_EQ(shown(out.issues), "");
    EXPECT_EQ(out.bytes, R"({"xing":"安娜","ming":"穆勒"})");
    EXPECT_EQ(map.decode(out.bytes).record.text("name"), "安娜·穆勒");
    EXPECT_EQ(shown(map.encode(R"({"name":"安娜"})").issues), "E2004 error /xing name");
}

TEST(WireTuple, IsAbsentWhenNoneOfItsFieldsIsThere) {
    const Map map(kTuplesForm, kTuplesFormat,
                  "name <-> (xing, ming) : split(\"·\", 2) ; req ; bad flag\n");
    EXPECT_EQ(shown(map.decode("{}").issues), "E2003 error /xing name");
    EXPECT_EQ(map.encode("{}").bytes, "");
    const Map loose(kTuplesForm, kTuplesFormat, "name <-> (xing, ming) : split(\"·\", 2)\n");
    EXPECT_EQ(loose.encode("{}").bytes, "{}");
    EXPECT_EQ(to_json(loose.decode(R"({"xing":null})").record), R"({"name":null})");
}

TEST(WireTuple, NamesTheFieldThatIsWrong) {
    const Map map(kTuplesForm, kTuplesFormat, "name <-> (xing, ming) : split(\"·\", 2)\n");
    EXPECT_EQ(shown(map.decode(R"({"xing":"安","ming":1})").issues), "E2002 error /ming name");
    EXPECT_EQ(shown(map.decode(R"({"xing":"安安安安","ming":"x"})").issues),
              "E1003 error /xing name");
    EXPECT_EQ(shown(map.encode(R"({"name":"安安安安·x"})").issues), "E1003 error /xing name");
}

TEST(Tuples, StandOnBothSides) {
    const Map map(kTuplesForm, kTuplesFormat, "(kind, number) <-> (zjlx, zj) : split(\"/\", 2)\n");
    EXPECT_EQ(to_json(map.decode(R"({"zjlx":"passport","zj":"C01"})").record),
              R"({"kind":"passport","number":"C01"})");
    EXPECT_EQ(map.encode(R"({"kind":"passport","number":"C01"})").bytes,
              R"({"zjlx":"passport","zj":"C01"})");
}

}  // namespace
}  // namespace luqiao::mapping
