// `luqiao map`: columns, tuples and lets; party to party; over a party's earlier message.
#include "tests/app/rule_program.h"

#include <gtest/gtest.h>

namespace luqiao::app {
namespace {

using nlohmann::json;

constexpr const char* kRecord =
    R"({"applicant":{"surname":"LI","given":"SI"},"files":[{"kind":"photo"},{"kind":"form"}]})";

TEST(MapCommand, WritesColumnsTuplesAndLets) {
    const RuleProgram program;
    program.write("record.json", kRecord);
    const Ran ran = program.run({"map", "p.xml", "--reverse", "--in", "record.json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    for (const char* text :
         {"<QM>LI SI</QM>", "<XM>LI/SI</XM>", "<CL1>photo</CL1>", "<CL2>form</CL2>"}) {
        EXPECT_NE(ran.out.find(text), std::string::npos) << text << " in " << ran.out;
    }
    program.write("out.xml", ran.out);
    const Ran back = program.run({"map", "p.xml", "--in", "out.xml"});
    EXPECT_EQ(back.exit_code, 0) << back.err;
    EXPECT_EQ(back.json(), json::parse(kRecord)) << back.out;
}

TEST(MapCommand, GoesFromOnePartyToAnother) {
    const RuleProgram program;
    program.write("in.json", R"({"xm":"LI","ym":"SI","cl":[{"lx":"photo"}]})");
    const Ran ran = program.run({"map", "p.m", "--to", "p.xml", "--in", "in.json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_NE(ran.out.find("<XM>LI/SI</XM>"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("<CL1>photo</CL1>"), std::string::npos) << ran.out;

    const Ran shown =
        program.run({"map", "p.m", "--to", "p.xml", "--in", "in.json", "--explain", "--json"});
    const json document = shown.json();
    ASSERT_TRUE(document.is_array()) << shown.out;
    ASSERT_EQ(document.size(), 2U) << "one per map";
    EXPECT_EQ(document[0]["map"], "p.m");
    EXPECT_EQ(document[1]["map"], "p.xml");
}

TEST(MapCommand, ExplainsEveryRowOfColumnsTuplesAndLets) {
    const RuleProgram program;
    program.write("in.xml", "<R><XM>LI/SI</XM><CL1>photo</CL1><CL2>form</CL2></R>");
    const Ran read = program.run({"map", "p.xml", "--in", "in.xml", "--explain"});
    EXPECT_EQ(read.exit_code, 0) << read.err;
    for (const char* text : {"XM", "split", "CL1", "CL2", "photo", "form"}) {
        EXPECT_NE(read.out.find(text), std::string::npos) << text << " in " << read.out;
    }
    EXPECT_EQ(read.out.find("LI/SI"), std::string::npos) << "masked: " << read.out;
    program.write("record.json", kRecord);
    const Ran written =
        program.run({"map", "p.xml", "--reverse", "--in", "record.json", "--explain", "--reveal"});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    EXPECT_NE(written.out.find("LI SI"), std::string::npos) << written.out;
    EXPECT_NE(written.out.find("LI/SI"), std::string::npos) << written.out;
}

TEST(MapCommand, KeepsWhatNoRowKnowsOfTheEarlierMessage) {
    const RuleProgram program;
    std::string map = program.read("conf/maps/p.m.map");
    map.replace(map.find("format p.m@1\n"), 13, "format p.m@1\nbase keep\n");
    program.write("conf/maps/p.m.map", map);
    program.write("base.json", R"({"theirs":{"a":[1,2]},"xm":"OLD"})");
    program.write("record.json", R"({"applicant":{"surname":"LI"}})");
    const Ran ran =
        program.run({"map", "p.m", "--reverse", "--in", "record.json", "--base", "base.json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.json()["theirs"]["a"][1], 2) << ran.out;
    EXPECT_EQ(ran.json()["xm"], "LI") << ran.out;
}

TEST(MapCommand, TellsEveryIssueAndRejects) {
    const RuleProgram program;
    program.write("in.json", R"({"csrq":"19900230","sj":"x","zj":"110101199001011238"})");
    const Ran ran = program.run({"map", "p.m", "--in", "in.json"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_TRUE(ran.out.empty()) << ran.out;
    for (const char* text : {"applicant.birth_date", "sent", "applicant.document_no"}) {
        EXPECT_NE(ran.err.find(text), std::string::npos) << text << " in " << ran.err;
    }
    EXPECT_EQ(ran.err.find("110101199001011238"), std::string::npos) << "masked: " << ran.err;
    EXPECT_EQ(program.run({"map", "p.nothing", "--in", "in.json"}).exit_code, 5);
    EXPECT_EQ(program.run({"map", "p.m", "--in", "nowhere.json"}).exit_code, 3);
}

}  // namespace
}  // namespace luqiao::app
