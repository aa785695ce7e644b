// `luqiao check --fix`.
#include "tests/app/rule_program.h"

#include <gtest/gtest.h>

namespace luqiao::app {
namespace {

constexpr const char* kMap = "conf/maps/p.m.map";

struct Mending {
    const char* name;
    const char* rows;
    const char* mended;
};

class CheckFix : public testing::TestWithParam<Mending> {};

TEST_P(CheckFix, MendsAndHasNothingLeftToDo) {
    const RuleProgram program;
    program.rows(GetParam().rows);
    EXPECT_NE(program.run({"check", "--fix"}).err, "");
    const std::string once = program.read(kMap);
    EXPECT_EQ(once, std::string("map p.m v1\nform f@1\nformat p.m@1\n") + GetParam().mended);
    const Ran again = program.run({"check", "--fix"});
    EXPECT_EQ(program.read(kMap), once);
    EXPECT_NE(again.err.find("mended 0 in 0 files"), std::string::npos) << again.err;
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    CheckFix,
    testing::Values(Mending{"SeveralEditsInOneFile",
                            "applicant.surnmae <-> xm\napplicant.given <-> ymm\n",
                            "applicant.surname <-> xm\napplicant.given <-> ym\n"},
                    Mending{"TwoEditsOfOneLine", "applicant.brith_date <-> csqr : date(yyyyMMdd)\n",
                            "applicant.birth_date <-> csrq : date(yyyyMMdd)\n"},
                    Mending{"EditsThatMeetOneAfterTheOther", "applicant.surnmae ＜-> xm\n",
                            "applicant.surname <-> xm\n"},
                    Mending{"WholeLine", "codec d = date(yyyyMMdd)\napplicant.surname <-> xm\n",
                            "applicant.surname <-> xm\n"},
                    Mending{"NothingThatIsAGuess", "sent.zzz <-> xm\n", "sent.zzz <-> xm\n"}),
    [](const auto& row) { return row.param.name; });

TEST(CheckFixCommand, ADryRunShowsTheLinesAndChangesNoFile) {
    const RuleProgram program;
    program.rows("applicant.surnmae <-> xm\n");
    const std::string before = program.read(kMap);
    const auto time = std::filesystem::last_write_time(program.folder() / kMap);
    const Ran ran = program.run({"check", "--fix", "--dry-run"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_NE(ran.out.find("-applicant.surnmae <-> xm\n+applicant.surname <-> xm\n"),
              std::string::npos)
        << ran.out;
    EXPECT_NE(ran.out.find((program.folder() / kMap).string()), std::string::npos) << ran.out;
    EXPECT_EQ(program.read(kMap), before);
    EXPECT_EQ(std::filesystem::last_write_time(program.folder() / kMap), time);
}

TEST(CheckFixCommand, KeepsTheModeOfTheFileAndTellsWhatIsLeft) {
    const RuleProgram program;
    program.rows("applicant.surnmae <-> xm\nsent.zzz <-> sj\n");
    const auto mode = std::filesystem::perms{0640};
    std::filesystem::permissions(program.folder() / kMap, mode);
    const Ran ran = program.run({"check", "--fix"});
    EXPECT_EQ(ran.exit_code, 1) << "sent.zzz is left";
    EXPECT_NE(ran.out.find("p.m.map:5:1 error M101"), std::string::npos) << ran.out;
    EXPECT_EQ(std::filesystem::status(program.folder() / kMap).permissions(), mode);
}

TEST(CheckFixCommand, MendsFilesOfAllKindsInOneRun) {
    const RuleProgram program;
    program.rows("applicant.surnmae <-> xm\n");
    std::string other = program.read("conf/maps/p.xml.map");
    other.replace(other.find("whole -> QM"), 11, "whole -> QMM");
    program.write("conf/maps/p.xml.map", other);
    const Ran ran = program.run({"check", "--fix"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
    EXPECT_NE(ran.err.find("in 2 files"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace luqiao::app
