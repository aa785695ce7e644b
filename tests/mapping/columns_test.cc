// Repeated column groups: each LIST <-> cols(1..3).
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kColumnsForm = R"(form f v1
note text(20)
list companions key name max 3   # 随行人员 | companions
  name  text(20)
  sex   code(sex)
  note  text(20)
end
)";
const std::string kColumnsFields =
    "CYXM1 text\nCYXB1 text\nCYXM2 text\nCYXB2 text\nCYXM3 text bytes 4\nCYXB3 text\n";
const std::string kColumnsRows = R"(each companions <-> cols(1..3) key name
  name <-> CYXM{n} ; req
  sex  <-> CYXB{n} : code(sex.gbt2261)
end
)";

struct Kind {
    std::string name;
    std::string format;
    std::string message;     ///< with two companions, the second column empty
    std::string written;     ///< the same, closed up
    std::string group = {};  ///< what stands before the fields' names
};

class ColumnsOfKind : public testing::TestWithParam<Kind> {};

TEST_P(ColumnsOfKind, ReadAndWriteItems) {
    std::string rows = kColumnsRows;
    for (const std::string field : {"CYXM{n}", "CYXB{n}"}) {
        rows.insert(rows.find(field), GetParam().group);
    }
    const Map map(kColumnsForm, GetParam().format, rows);
    const Decoded decoded = map.decode(GetParam().message);
    EXPECT_EQ(shown(decoded.issues), "");
    const std::string canonical =
        R"({"companions":[{"name":"甲","sex":"male"},{"name":"丙","sex":"female"}]})";
    EXPECT_EQ(to_json(decoded.record), canonical);
    const Encoded encoded = map.encode(canonical);
    EXPECT_EQ(shown(encoded.issues), "");
    EXPECT_EQ(encoded.bytes, GetParam().written);
    EXPECT_EQ(to_json(map.decode(encoded.bytes).record), canonical);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ColumnsOfKind,
    testing::ValuesIn(std::vector<Kind>{
        {"Json", "format p.m v1\nkind json\n" + kColumnsFields,
         R"({"CYXM1":"甲","CYXB1":"1","CYXM3":"丙","CYXB3":"2"})",
         R"({"CYXM1":"甲","CYXB1":"1","CYXM2":"丙","CYXB2":"2"})"},
        {"Xml", "format p.m v1\nkind xml\nroot D\n" + kColumnsFields,
         "<D><CYXM3>丙</CYXM3><CYXB3>2</CYXB3><CYXM2/><CYXM1>甲</CYXM1><CYXB1>1</CYXB1></D>",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?><D><CYXM1>甲</CYXM1><CYXB1>1</CYXB1>"
         "<CYXM2>丙</CYXM2><CYXB2>2</CYXB2></D>"},
        {"Csv", "format p.m v1\nkind csv\nheader\n" + kColumnsFields,
         "CYXM1,CYXB1,CYXM2,CYXB2,CYXM3,CYXB3\n甲,1,,,丙,2\n",
         "CYXM1,CYXB1,CYXM2,CYXB2,CYXM3,CYXB3\n甲,1,丙,2,,\n"},
        {"Fixed",
         "format p.m v1\nkind fixed\ncharset gb18030\nrecord 9\nCYXM1 text @ 0+2\nCYXB1 text @ "
         "2+1\nCYXM2 text @ 3+2\nCYXB2 text @ 5+1\nCYXM3 text @ 6+2\nCYXB3 text @ 8+1\n",
         "\xBC\xD7"
         "1   "
         "\xB1\xFB"
         "2\n",
         "\xBC\xD7"
         "1"
         "\xB1\xFB"
         "2   \n"},
        {"Table", "format p.m v1\nkind table\ngroup T\n" + kColumnsFields + "end\n",
         R"({"T":[{"CYXM1":"甲","CYXB1":"1","CYXM2":null,"CYXM3":"丙","CYXB3":"2"}]})",
         R"({"T":[{"CYXM1":"甲","CYXB1":"1","CYXM2":"丙","CYXB2":"2"}]})", "T."},
    }),
    [](const auto& test) { return test.param.name; });

const std::string kJson = "format p.m v1\nkind json\nbz text\n" + kColumnsFields;

TEST(Columns, MayHaveLeadingZerosAndStandInGroups) {
    const Map map(kColumnsForm, "format p.m v1\nkind json\ngroup cy\n xm01 text\n xm02 text\nend\n",
                  "each companions <-> cols(01..02)\n  name <-> cy.xm{n}\nend\n");
    EXPECT_EQ(to_json(map.decode(R"({"cy":{"xm02":"甲"}})").record),
              R"({"companions":[{"name":"甲"}]})");
}

TEST(Columns, NameTheColumnAndTheItemOfAnIssue) {
    const Map map(kColumnsForm, kJson, kColumnsRows);
    const Decoded decoded = map.decode(R"({"CYXM1":"甲","CYXB3":"7","CYXM3":"五个字"})");
    EXPECT_EQ(shown(decoded.issues),
              "E1003 error /CYXM3 companions[1].name; E3001 error /CYXB3 companions[1].sex");
    EXPECT_EQ(shown(map.decode(R"({"CYXB2":"1"})").issues),
              "E2003 error /CYXM2 companions[0].name");
}

TEST(Columns, RefuseOrDropItemsBeyondTheRange) {
    const std::string two = R"({"companions":[{"name":"甲"},{"name":"乙"},{"name":"丙"}]})";
    const auto rows = [](const std::string& clause) {
        return "each companions <-> cols(1..2)" + clause + "\n  name <-> CYXM{n}\nend\n";
    };
    EXPECT_EQ(shown(Map(kColumnsForm, kJson, rows("")).encode(two).issues),
              "E1003 error  companions");
    const Encoded out = Map(kColumnsForm, kJson, rows(" ; over drop")).encode(two);
    EXPECT_EQ(shown(out.issues), "E1003 warning  companions");
    EXPECT_EQ(out.bytes, R"({"CYXM1":"甲","CYXM2":"乙"})");
}

TEST(Columns, KeepToTheMaximumWhenReading) {
    const Map map(kColumnsForm, kJson,
                  "each companions <-> cols(1..3) ; max 1\n  name <-> CYXM{n}\nend\n");
    EXPECT_EQ(shown(map.decode(R"({"CYXM1":"甲","CYXM3":"乙"})").issues),
              "E1003 error /CYXM3 companions");
}

TEST(Columns, LeaveTheColumnOfADroppedItemToTheNext) {
    const Map map(kColumnsForm, kJson,
                  "each companions <-> cols(1..3) ; bad drop\n  name <-> CYXM{n}\n"
                  "  sex -> CYXB{n} : code(sex.gbt2261) ; req\nend\n");
    const Encoded out = map.encode(R"({"companions":[{"name":"甲"},{"name":"乙","sex":"male"}]})");
    EXPECT_EQ(shown(out.issues), "E2003 warning /CYXB1 companions[0].sex");
    EXPECT_EQ(out.bytes, R"({"CYXM1":"乙","CYXB1":"1"})");
}

TEST(Columns, TakeValuesOfTheMessageIntoEachItem) {
    const Map map(kColumnsForm, kJson,
                  "note <-> bz\neach companions <-> cols(1..3)\n  name <-> CYXM{n}\n"
                  "  note <- bz\nend\n");
    EXPECT_EQ(to_json(map.decode(R"({"bz":"x","CYXM2":"甲"})").record),
              R"({"note":"x","companions":[{"name":"甲","note":"x"}]})");
}

}  // namespace
}  // namespace luqiao::mapping
