#include "tests/app/rule_program.h"

#include "app/configuration.h"
#include "tests/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace luqiao::app {
namespace {

constexpr const char* kForm = R"(form f v1                        # 示例表 | sample form
sent          datetime      C0   # 申请时间 | sent at
group applicant                  # 申请人 | applicant
  surname     text(20, latin) C2 # 姓 | surname
  given       text(20, latin) C2 # 名 | given name
  birth_date  date          C2   # 出生日期 | date of birth
  document_no cn_id         C3   # 证件号码 | document number
end
list files key kind max 3        # 材料 | files
  kind        text(8, ascii)     # 种类 | kind
end
)";

constexpr const char* kFormat = R"(format p.m v1                    # 示例 | sample
kind json
sj    text  # 时间 | time
xm    text  # 姓 | surname
ym    text  # 名 | given name
csrq  text  # 出生日期 | date of birth
zj    text  # 证件号码 | document number
list cl max 3
  lx  text  # 种类 | kind
end
)";

constexpr const char* kXmlFormat = R"(format p.xml v1                  # 示例 | sample
kind xml
root R
QM    text  # 全名 | whole name
XM    text  # 姓名 | name
CL1   text  # 材料1 | file 1
CL2   text  # 材料2 | file 2
)";

constexpr const char* kXmlMap = R"(map p.xml v1
form f@1
format p.xml@1
let whole = concat(applicant.surname, " ", applicant.given)
whole -> QM ; eg "A B" = "A B"
(applicant.surname, applicant.given) <-> XM : split("/", 2)
each files <-> cols(1..2)
  kind <-> CL{n} ; eg "photo" = "photo"
end
)";

}  // namespace

RuleProgram::RuleProgram() {
    const std::filesystem::path shipped = places::source() + "/conf";
    std::filesystem::create_directories(conf());
    std::filesystem::copy(shipped / "luqiao.toml", conf());
    std::filesystem::copy(shipped / "calendar", conf() / "calendar");
    write("conf/forms/f.form", kForm);
    write("conf/formats/p.m.format", kFormat);
    write("conf/formats/p.xml.format", kXmlFormat);
    write("conf/maps/p.xml.map", kXmlMap);
    rows(
        R"(sent <-> sj : datetime(yyyyMMddHHmmss) ; lossy ok "whole seconds" ; eg "20250101080000" = "2025-01-01T08:00:00+08:00"
applicant.surname <-> xm : trim ; eg "LI" = LI
applicant.given <-> ym ; eg "SI" = SI
applicant.birth_date <-> csrq : date(yyyyMMdd) ; eg "19900102" = 1990-01-02
applicant.document_no <-> zj : cnid ; eg "11010119900101123X" = bad
each files <-> cl
  kind <-> lx ; eg "photo" = photo
end
)");
}

void RuleProgram::write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = folder() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string RuleProgram::read(const std::string& file) const {
    return read_file(folder() / file).value_or({});
}

void RuleProgram::rows(const std::string& rows) const {
    write("conf/maps/p.m.map", "map p.m v1\nform f@1\nformat p.m@1\n" + rows);
}

Ran RuleProgram::run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{places::binary() + "/luqiao"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_other(std::move(all));
}

Ran RuleProgram::run_other(std::vector<std::string> arguments) const {
    const std::filesystem::path out = folder() / "stdout";
    const std::filesystem::path err = folder() / "stderr";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder().c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    constexpr int kFresh = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kFresh, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kFresh, 0600);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t id = -1;
    const int failure = ::posix_spawnp(&id, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(failure, 0) << arguments[0];
    if (failure != 0) return {};
    int status = 0;
    ::waitpid(id, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out).value_or({}),
            read_file(err).value_or({})};
}

}  // namespace luqiao::app
