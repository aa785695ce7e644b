// What a row says shall happen to a value that is unmapped, bad, absent or too long.
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

const std::string kActsForm = R"(form f v1
sex  code(sex)
day  date C1
name text(20)
list files max 9
  sex  code(sex)
  day  date C1
  name text(20)
end
)";
const std::string kActsFormat = R"(format p.m v1
kind json
xb text
rq text
xm text bytes 4
list cl max 9
  xb text
  rq text
  xm text bytes 4
end
)";
const std::string kActsRows =
    "sex <-> xb : code(sex.gbt2261)UNMAPPED\nday <-> rq : date(yyyyMMdd)BAD\n"
    "name <-> xmOVER\n";

std::string rows(const std::string& unmapped, const std::string& bad, const std::string& over) {
    std::string out = kActsRows;
    out.replace(out.find("UNMAPPED"), 8, unmapped.empty() ? "" : " ; unmapped " + unmapped);
    out.replace(out.find("BAD"), 3, bad.empty() ? "" : " ; bad " + bad);
    out.replace(out.find("OVER"), 4, over.empty() ? "" : " ; over " + over);
    return out;
}

struct Act {
    std::string name;
    std::string unmapped;
    std::string bad;
    std::string over;
    std::string record;
    std::string issues;
};

class ActWhenReading : public testing::TestWithParam<Act> {};

TEST_P(ActWhenReading, DecidesAboutFieldAndMessage) {
    const Map map(kActsForm, kActsFormat,
                  rows(GetParam().unmapped, GetParam().bad, GetParam().over));
    const Decoded got = map.decode(R"({"xb":"9","rq":"19901302","xm":"张三丰"})");
    EXPECT_EQ(to_json(got.record), GetParam().record);
    EXPECT_EQ(shown(got.issues), GetParam().issues);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ActWhenReading,
    testing::ValuesIn(std::vector<Act>{
        {"Reject", "", "", "", "{}",
         "E3001 error /xb sex; E2004 error /rq day; E1003 error /xm name"},
        {"RejectInWords", "reject", "reject", "reject", "{}",
         "E3001 error /xb sex; E2004 error /rq day; E1003 error /xm name"},
        {"Flag", "flag", "flag", "flag", "{}",
         "E3001 warning /xb sex; E2004 warning /rq day; E1003 warning /xm name"},
        {"Skip", "skip", "skip", "skip", "{}",
         "E3001 note /xb sex; E2004 note /rq day; E1003 note /xm name"},
        {"DefaultEachItsOwn", "default female", "default 1900-01-01", "default \"张\"",
         R"({"sex":"female","day":"1900-01-01","name":"张"})",
         "E3001 warning /xb sex; E2004 warning /rq day; E1003 warning /xm name"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Acts, OfUnmappedAndBadAreTwoThings) {
    const Map map("form f v1\nsex code(sex)\n", "format p.m v1\nkind json\nxb text\n",
                  "sex <-> xb : fixed(1) | code(sex.gbt2261) ; unmapped default male ; bad default "
                  "female\n");
    EXPECT_EQ(map.decode(R"({"xb":"9"})").record.text("sex"), "male");
    EXPECT_EQ(map.decode(R"({"xb":"99"})").record.text("sex"), "female");
}

TEST(Keep, QuarantinesTheTextAndTellsIt) {
    const Map map(kActsForm, kActsFormat, rows("keep", "keep", "keep"));
    const Decoded got = map.decode(R"({"xb":"9","rq":"19901302","xm":"张三丰"})");
    EXPECT_EQ(shown(got.issues),
              "E3001 warning /xb sex; E2004 warning /rq day; E1003 warning /xm name");
    EXPECT_FALSE(got.record.has("day"));
    const auto slot = map.program().form->find("day");
    ASSERT_TRUE(slot);
    EXPECT_EQ(got.record.root().slots[*slot].state, SlotState::Bad);
    EXPECT_EQ(got.record.root().slots[*slot].text(), "19901302");
    EXPECT_EQ(encode(map.program(), got.record).bytes, "{}") << "what is bad is not sent on";
}

TEST(Keep, OutlivesTheStore) {
    const Map map(kActsForm, kActsFormat, rows("keep", "keep", ""));
    const Decoded got = map.decode(R"({"xb":"9","rq":"19901302"})");
    const std::string json = R"({"sex":{"bad":"9","reason":"E3001"},)"
                             R"("day":{"bad":"19901302","reason":"E2004"}})";
    EXPECT_EQ(to_json(got.record), json);
    const auto back = from_json(map.program().form, json);
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), json);
    for (const std::string wrong : {R"({"day":{"worse":"x"}})", R"({"day":{"bad":1}})",
                                    R"({"day":{"bad":"x","reason":"E9"}})"}) {
        EXPECT_FALSE(from_json(map.program().form, wrong)) << wrong;
    }
}

TEST(Drop, LeavesTheItemOutWhateverWasWrong) {
    for (const std::string clause : {"unmapped", "bad", "over", "absent"}) {
        const std::string row = clause == "unmapped" ? "sex <-> xb : code(sex.gbt2261)"
                                : clause == "over"   ? "name <-> xm"
                                                     : "day <-> rq : date(yyyyMMdd)";
        const Map map(kActsForm, kActsFormat,
                      "each files <-> cl\n  " + row + " ; " + clause + " drop\nend\n");
        const std::string wrong = clause == "unmapped" ? R"({"xb":"9"})"
                                  : clause == "over"   ? R"({"xm":"张三丰"})"
                                  : clause == "bad"    ? R"({"rq":"1990"})"
                                                       : "{}";
        const Decoded got =
            map.decode("{\"cl\":[" + wrong + R"(,{"xb":"1","rq":"19900102","xm":"x"}]})");
        EXPECT_FALSE(got.issues.rejected()) << clause;
        EXPECT_EQ(got.issues.list.size(), 1u) << clause;
        EXPECT_EQ(got.record.root().lists[0].size(), 1u) << clause;
    }
}

TEST(Over, ActsWhenWritingToo) {
    const std::string record = R"({"name":"张三丰"})";
    const auto bytes = [&](const std::string& over) {
        const Encoded out = Map(kActsForm, kActsFormat, rows("", "", over)).encode(record);
        return shown(out.issues) + " " + out.bytes;
    };
    EXPECT_EQ(bytes(""), "E1003 error /xm name ");
    EXPECT_EQ(bytes("flag"), "E1003 warning /xm name {}");
    EXPECT_EQ(bytes("skip"), "E1003 note /xm name {}");
    EXPECT_EQ(bytes("default \"张\""), "E1003 warning /xm name {\"xm\":\"张\"}");
    EXPECT_EQ(bytes("default \"张三丰\""), "E1003 error /xm name ")
        << "the default itself is too long";
}

TEST(Absent, ActsInBothDirections) {
    const auto map = [](const std::string& act) {
        return Map(kActsForm, kActsFormat, "name <-> xm ; absent " + act + "\n");
    };
    EXPECT_EQ(shown(map("reject").decode("{}").issues), "E2003 error /xm name");
    EXPECT_EQ(shown(map("reject").encode("{}").issues), "E2003 error /xm name");
    EXPECT_EQ(shown(map("flag").decode("{}").issues), "E2003 warning /xm name");
    EXPECT_EQ(shown(map("flag").encode("{}").issues), "E2003 warning /xm name");
    EXPECT_EQ(shown(map("skip").encode("{}").issues), "");
    EXPECT_EQ(map("default \"张\"").decode("{}").record.text("name"), "张");
    EXPECT_EQ(map("default \"张\"").encode("{}").bytes, R"({"xm":"张"})");
    EXPECT_EQ(shown(map("reject").decode(R"({"xm":null})").issues), "") << "cleared is not absent";
}

TEST(Default, FillsAbsentOnly) {
    const Map map(kActsForm, kActsFormat, "day <-> rq : date(yyyyMMdd) ; default 1900-01-01\n");
    EXPECT_EQ(map.decode("{}").record.text("day"), "1900-01-01");
    const Decoded bad = map.decode(R"({"rq":"x"})");
    EXPECT_EQ(bad.record.text("day"), "");
    EXPECT_TRUE(bad.issues.rejected());
    EXPECT_EQ(map.decode(R"({"rq":null})").record.text("day"), "") << "cleared stays cleared";
}

TEST(List, DropsItemsBeyondTheMaximum) {
    const Map map(kActsForm, kActsFormat,
                  "each files <-> cl ; max 2 ; over drop\n  name <-> xm\nend\n");
    const Decoded got = map.decode(R"({"cl":[{"xm":"a"},{"xm":"b"},{"xm":"c"}]})");
    EXPECT_EQ(shown(got.issues), "E1003 warning /cl/2 files");
    EXPECT_EQ(to_json(got.record), R"({"files":[{"name":"a"},{"name":"b"}]})");
    const Encoded out = map.encode(R"({"files":[{"name":"a"},{"name":"b"},{"name":"c"}]})");
    EXPECT_EQ(shown(out.issues), "E1003 warning /cl/2 files");
    EXPECT_EQ(out.bytes, R"({"cl":[{"xm":"a"},{"xm":"b"}]})");
}

const std::string kAlternatives = R"(format p.m v1
kind json
lx text !
group qf ?
  rq text !
  bz text
end
group yq ?
  dao text !
end
)";

TEST(OptionalGroup, NeedsItsFieldsOnlyWhenItIsThere) {
    const Map map("form f v1\nkind code(kind)\nday date C1\nuntil date C1\nnote text(9)\n",
                  kAlternatives,
                  "kind <-> lx : code(kind.p)\nwhen kind = passport\n"
                  "  day <-> qf.rq : date(yyyyMMdd)\n  note <-> qf.bz\n"
                  "else when kind = photo\n  until <-> yq.dao : date(yyyyMMdd)\nend\n");
    EXPECT_EQ(shown(map.decode(R"({"lx":"14","qf":{"rq":"20250101"}})").issues), "");
    EXPECT_EQ(shown(map.decode(R"({"lx":"19","yq":{"dao":"20250101"}})").issues), "");
    EXPECT_EQ(shown(map.decode(R"({"lx":"14","qf":{"bz":"x"}})").issues), "E2003 error /qf/rq day");
    EXPECT_EQ(map.encode(R"({"kind":"photo","until":"2025-01-01","day":"2025-02-02"})").bytes,
              R"({"lx":"19","yq":{"dao":"20250101"}})");
    EXPECT_EQ(shown(map.encode(R"({"kind":"passport","note":"x"})").issues),
              "E2003 error /qf/rq day");
}

TEST(Null, OfAGroupIsThatOfItsFields) {
    const std::string form = "form f v1\nday date C1\nnote text(9)\n";
    const std::string rows = "day <-> qf.rq : date(yyyyMMdd)\nnote <-> qf.bz\n";
    const std::string fields = "group qf\n rq text\n bz text\nend\n";
    EXPECT_EQ(
        to_json(
            Map(form, "format p.m v1\nkind json\n" + fields, rows).decode(R"({"qf":null})").record),
        R"({"day":null,"note":null})");
    EXPECT_EQ(to_json(Map(form, "format p.m v1\nkind json\nnull absent\n" + fields, rows)
                          .decode(R"({"qf":null})")
                          .record),
              "{}");
}

}  // namespace
}  // namespace luqiao::mapping
