// What an empty value and a null are, by kind of format and by what the format says.
#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

struct Nothing {
    std::string name;
    std::string kind;     ///< the format behind its first line, with EMPTY and NULL
    std::string absent;   ///< not sent at all
    std::string empty;    ///< `""`, an empty element, blanks
    std::string null;     ///< null, xsi:nil; empty: the kind has none
    std::string cleared;  ///< what a cleared field is written as, where it can be told
};

const Nothing kKinds[] = {
    {"Json", "kind json\nDECLARED\nxm text\nbz text\n", R"({"bz":"b"})", R"({"xm":"","bz":"b"})",
     R"({"xm":null,"bz":"b"})", R"({"xm":null,"bz":"b"})"},
    {"Xml", "kind xml\nroot D\nDECLARED\nxm text\nbz text\n", "<D><bz>b</bz></D>",
     "<D><xm></xm><bz>b</bz></D>",
     "<D xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><xm i:nil='true'/><bz>b</bz></D>",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><D><xm "
     "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/><bz>b</bz></D>"},
    {"Csv", "kind csv\nheader\nDECLARED\nxm text\nbz text\n", "bz\nb\n", "xm,bz\n,b\n", "", ""},
    {"Fixed", "kind fixed\nrecord 3\nDECLARED\nxm text @ 0+2\nbz text @ 2+1\n", "", "  b\n", "",
     ""},
    {"Table", "kind table\nDECLARED\ngroup T\n xm text\n bz text\nend\n", R"({"T":[{"bz":"b"}]})",
     R"({"T":[{"xm":"","bz":"b"}]})", R"({"T":[{"xm":null,"bz":"b"}]})", ""},
};

Map map_of(const Nothing& one, const std::string& declared) {
    std::string format = "format p.m v1\n" + one.kind;
    const std::string group = one.name == "Table" ? "T." : "";
    format.replace(format.find("DECLARED\n"), 9, declared);
    return {"form f v1\nname text(9)\nnote text(9)\n", format,
            "name <-> " + group + "xm\nnote <-> " + group + "bz\n"};
}

std::string read(const Map& map, const std::string& message) {
    const Decoded got = map.decode(message);
    return got.issues.rejected() ? shown(got.issues) : to_json(got.record);
}

const std::string kAbsent = R"({"note":"b"})";
const std::string kCleared = R"({"name":null,"note":"b"})";
const std::string kValue = R"({"name":"","note":"b"})";

class NothingSent : public testing::TestWithParam<Nothing> {};

TEST_P(NothingSent, IsAbsentAlways) {
    if (GetParam().absent.empty()) return;  // every field of a fixed record is sent
    for (const std::string declared : {"empty absent\n", "empty cleared\n", "empty value\n"}) {
        EXPECT_EQ(read(map_of(GetParam(), declared), GetParam().absent), kAbsent) << declared;
    }
}

TEST_P(NothingSent, EmptyIsWhatTheFormatSays) {
    const std::string& empty = GetParam().empty;
    EXPECT_EQ(read(map_of(GetParam(), ""), empty), kAbsent) << "unless it says otherwise";
    EXPECT_EQ(read(map_of(GetParam(), "empty absent\n"), empty), kAbsent);
    EXPECT_EQ(read(map_of(GetParam(), "empty cleared\n"), empty), kCleared);
    EXPECT_EQ(read(map_of(GetParam(), "empty value\n"), empty), kValue);
}

TEST_P(NothingSent, NullIsWhatTheFormatSays) {
    const std::string& null = GetParam().null;
    if (null.empty()) return;  // CSV and fixed records know no null
    EXPECT_EQ(read(map_of(GetParam(), ""), null), kCleared) << "unless it says otherwise";
    EXPECT_EQ(read(map_of(GetParam(), "null cleared\n"), null), kCleared);
    EXPECT_EQ(read(map_of(GetParam(), "null absent\n"), null), kAbsent);
}

TEST_P(NothingSent, ClearedIsWrittenSoThatItIsReadBack) {
    if (GetParam().cleared.empty()) return;
    const Map map = map_of(GetParam(), "");
    const Encoded out = map.encode(kCleared);
    EXPECT_EQ(out.bytes, GetParam().cleared);
    EXPECT_EQ(read(map, out.bytes), kCleared);
}

INSTANTIATE_TEST_SUITE_P(Kinds, NothingSent, testing::ValuesIn(kKinds), [](const auto& test) {
    return test.param.name;
});

}  // namespace
}  // namespace luqiao::mapping
