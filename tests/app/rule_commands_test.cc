// diff, explain, fmt, prove, test and doc through the program.
#include "app/git_folder.h"
#include "tests/app/rule_program.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using nlohmann::json;

TEST(DiffCommand, TellsWhatChangedAndExitsTenWhenAsked) {
    const RuleProgram program;
    std::filesystem::copy(program.conf(), program.folder() / "after",
                          std::filesystem::copy_options::recursive);
    const Ran same = program.run({"diff", "conf", "after", "--exit-code"});
    EXPECT_EQ(same.exit_code, 0) << same.out;
    std::string map = program.read("after/maps/p.m.map");
    map.replace(map.find("xm : trim"), 9, "xm : trim | upper");
    program.write("after/maps/p.m.map", map);
    const Ran ran = program.run({"diff", "conf", "after", "--exit-code", "--json"});
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_NE(ran.out.find("applicant.surname"), std::string::npos) << ran.out;
    EXPECT_TRUE(ran.json().is_object()) << ran.out;
    EXPECT_EQ(program.run({"diff", "conf", "after"}).exit_code, 0) << "10 only when asked";
    EXPECT_EQ(program.run({"diff", "conf"}).exit_code, 2);
    EXPECT_EQ(program.run({"diff", "conf", "nowhere"}).exit_code, 2);
}

class InGit : public testing::Test {
protected:
    void SetUp() override {
        git({"init", "-q"});
        git({"add", "conf"});
        git({"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "first"});
    }
    void git(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "git");
        const Ran ran = program_.run_other(arguments);
        ASSERT_EQ(ran.exit_code, 0) << ran.err;
    }
    RuleProgram program_;
};

TEST_F(InGit, DiffComparesWithARevision) {
    std::string map = program_.read("conf/maps/p.m.map");
    map.replace(map.find("xm : trim"), 9, "xm : trim | upper");
    program_.write("conf/maps/p.m.map", map);
    const Ran ran = program_.run({"diff", "conf", "--base", "HEAD", "--exit-code"});
    EXPECT_EQ(ran.exit_code, 10) << ran.err;
    EXPECT_NE(ran.out.find("applicant.surname"), std::string::npos) << ran.out;
    EXPECT_EQ(program_.run({"diff", "conf", "--base", "no-such-revision"}).exit_code, 3);
}

TEST_F(InGit, GitFolderHasTheFilesOfTheRevisionAndGoesWithTheObject) {
    program_.write("conf/maps/p.m.map", "changed\n");
    std::filesystem::path files;
    {
        const auto folder = GitFolder::at(program_.conf(), "HEAD");
        ASSERT_TRUE(folder) << folder.error().message;
        files = folder->files();
        EXPECT_TRUE(std::filesystem::exists(files / "forms/f.form"));
        EXPECT_GT(std::filesystem::file_size(files / "maps/p.m.map"), 100U) << "not the changed";
    }
    EXPECT_FALSE(std::filesystem::exists(files));
}

TEST_F(InGit, GitFolderTakesNoOptionForARevision) {
    const auto folder = GitFolder::at(program_.conf(), "--output=x");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, Errc::BadValue);
    EXPECT_FALSE(std::filesystem::exists(program_.conf() / "x"));
}

TEST(GitFolder, FailsOutsideOfARepository) {
    const RuleProgram program;
    const auto folder = GitFolder::at(program.conf(), "HEAD");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, Errc::Unavailable);
}

TEST(ExplainCommand, FollowsAFieldIntoRowsTuplesAndLets) {
    const RuleProgram program;
    const Ran ran = program.run({"explain", "applicant.surname", "--json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(ran.json().is_object() || ran.json().is_array()) << ran.out;
    for (const char* text : {"xm", "XM", "QM", "concat", "split", "trim"}) {
        EXPECT_NE(ran.out.find(text), std::string::npos) << text << " in " << ran.out;
    }
    EXPECT_EQ(program.run({"explain", "姓"}).exit_code, 0) << "by its label";
    EXPECT_EQ(program.run({"explain", "applicant.nobody"}).exit_code, 5);
    EXPECT_NE(program.run({"explain", "applicant.surnmae"}).err.find("applicant.surname"),
              std::string::npos)
        << "did you mean";
}

TEST(FmtCommand, LaysFilesOutOnceAndIsThenStill) {
    const RuleProgram program;
    program.rows("applicant.surname    <->   xm :trim;req\n");
    const Ran check = program.run({"fmt", "conf", "--check"});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_NE((check.out + check.err).find("p.m.map"), std::string::npos) << check.out;
    EXPECT_NE(program.read("conf/maps/p.m.map").find(":trim;req"), std::string::npos)
        << "--check changes nothing";
    EXPECT_EQ(program.run({"fmt", "conf"}).exit_code, 0);
    const std::string once = program.read("conf/maps/p.m.map");
    EXPECT_EQ(once.find(":trim;req"), std::string::npos) << once;
    EXPECT_EQ(program.run({"check", "--json"}).json()["findings"][0]["code"], "M190")
        << "it still compiles";
    EXPECT_EQ(program.run({"fmt", "conf", "--check"}).exit_code, 0);
    EXPECT_EQ(program.run({"fmt", "conf"}).exit_code, 0);
    EXPECT_EQ(program.read("conf/maps/p.m.map"), once);
    EXPECT_EQ(program.run({"fmt", "nowhere"}).exit_code, 5);
}

TEST(ProveCommand, GivesOneDocument) {
    const RuleProgram program;
    const Ran ran = program.run({"prove", "p.m", "--json", "--samples", "20"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_TRUE(ran.json().is_object()) << ran.out;
}

TEST(ProveCommand, FindsACaseThatDiffers) {
    const RuleProgram program;
    program.write("in.json", R"({"xm":"LI","ym":"SI","csrq":"19900102"})");
    ASSERT_EQ(program.run({"case", "add", "in.json", "--map", "p.m", "--name", "one"}).exit_code,
              0);
    EXPECT_EQ(program.run({"prove", "p.m", "--samples", "20"}).exit_code, 0);
    std::string frozen = program.read("conf/cases/p.m/one/canonical.json");
    frozen.replace(frozen.find("\"LI\""), 4, "\"LO\"");
    program.write("conf/cases/p.m/one/canonical.json", frozen);
    const Ran ran = program.run({"prove", "p.m", "--samples", "20", "--json"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_EQ(ran.json()["findings"][0]["code"], "P120") << ran.out;
}

TEST(CheckCommand, NamesARowOfColumnsWithoutExampleOnce) {
    const RuleProgram program;
    std::string map = program.read("conf/maps/p.xml.map");
    const std::string example = " ; eg \"photo\" = \"photo\"";
    map.erase(map.find(example), example.size());
    program.write("conf/maps/p.xml.map", map);
    const auto findings = program.run({"check", "--json"}).json()["findings"];
    const auto lines = std::count_if(findings.begin(), findings.end(),
                                     [](const json& one) { return one["line"] == 8; });
    EXPECT_EQ(lines, 1) << findings.dump();
}

TEST(TestCommand, RunsWhatCaseAddFroze) {
    const RuleProgram program;
    program.write("in.json", R"({"xm":"LI","ym":"SI","csrq":"19900102"})");
    ASSERT_EQ(program.run({"case", "add", "in.json", "--map", "p.m", "--name", "first"}).exit_code,
              0);
    EXPECT_EQ(program.run({"case", "add", "in.json", "--map", "p.m", "--name", "first"}).exit_code,
              6)
        << "it exists";
    EXPECT_EQ(program.run({"test", "--json"}).exit_code, 0);
    std::string map = program.read("conf/maps/p.m.map");
    map.replace(map.find("ym ; eg \"SI\" = SI"), 17, "ym : lower");
    program.write("conf/maps/p.m.map", map);
    const Ran ran = program.run({"test"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_NE((ran.out + ran.err).find("applicant.given"), std::string::npos) << ran.out << ran.err;
}

TEST(DocCommand, PrintsThePageAndNamesThoseThatThereAre) {
    const RuleProgram program;
    EXPECT_NE(program.run({"doc", "diagnostics"}).out.find("### M101\n"), std::string::npos);
    const Ran none = program.run({"doc", "nothing"});
    EXPECT_EQ(none.exit_code, 5);
    EXPECT_NE(none.err.find("codecs, functions, diagnostics"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace luqiao::app
