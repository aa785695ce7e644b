#include "adapters/manifest_target.h"

#include "tests/adapters/department_database.h"
#include "tests/adapters/manifest_codes.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <unistd.h>

namespace luqiao::adapters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ManifestWanted kDayOfHrss{"hrss", *parse_date("2025-10-13"), "received"};
constexpr std::string_view kTwo = "manifest,hrss,2025-10-13,received,2\nkey,sm3\na,\nb,66c7\n";
constexpr std::string_view kOne = "manifest,hrss,2025-10-13,received,1\nkey,sm3\nc,\n";
constexpr const char* kToFile = "to = \"file\"\nfolder = \"folder\"\n";
constexpr const char* kToTable = "to = \"table\"\ndatabase = \"front.db\"\n";

class ManifestTarget : public testing::Test {
protected:
    ManifestTarget() : root_(testing::TempDir() + "manifest_target_" + std::to_string(::getpid())) {
        std::filesystem::create_directories(root_);
    }
    ~ManifestTarget() override { std::filesystem::remove_all(root_); }

    Status put(const std::string& toml, std::string_view csv) {
        Diagnostics findings;
        const auto document = parse_toml(toml, "p.toml", findings);
        const Section section = Section::check(manifest_target_spec(), *document, findings);
        EXPECT_THAT(findings.list(), IsEmpty());
        return put_manifest(section.text("to"), section, root_, kDayOfHrss, csv);
    }
    std::string file(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(root_ / "folder" / name).rdbuf();
        return out.str();
    }

    std::filesystem::path root_;
};

TEST_F(ManifestTarget, IsAFileThatALaterOneReplaces) {
    EXPECT_EQ(put(kToFile, kTwo).error().code, Errc::Unavailable)
        << "an unmounted share is not made";
    EXPECT_FALSE(std::filesystem::exists(root_ / "folder"));
    std::filesystem::create_directories(root_ / "folder");
    for (const std::string_view csv : {kTwo, kOne}) {
        ASSERT_TRUE(put(kToFile, csv));
        EXPECT_EQ(file("luqiao_hrss_2025-10-13_received.csv"), csv);
    }
    ASSERT_TRUE(put(std::string(kToFile) + "name = \"{of}-{date}.txt\"\n", kTwo));
    EXPECT_EQ(file("received-2025-10-13.txt"), kTwo);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(root_ / "folder")) {
        ++files;
    }
    EXPECT_EQ(files, 2U) << "nothing unfinished is left";
}

TEST_F(ManifestTarget, IsRowsThatALaterOneReplaces) {
    EXPECT_FALSE(put(kToTable, kTwo)) << "no database";
    DepartmentDatabase front(root_ / "front.db");
    const auto missing = put(kToTable, kTwo);
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("\"LUQIAO_OURS\""));
    front.run("CREATE TABLE luqiao_ours (day TEXT, direction TEXT, msgid TEXT, sm3 TEXT, taken)");
    front.run(
        "INSERT INTO luqiao_ours VALUES ('2025-10-13', 'sent', 's', NULL, 1), "
        "('2025-10-12', 'received', 'r', NULL, 1)");
    ASSERT_TRUE(put(kToTable, kTwo));
    const std::string ask = "SELECT msgid, sm3 FROM luqiao_ours WHERE taken IS NULL ORDER BY msgid";
    EXPECT_EQ(front.ask(ask), "a|-;b|66c7");
    ASSERT_TRUE(put(kToTable, kOne));
    EXPECT_EQ(front.ask(ask), "c|-");
    EXPECT_EQ(front.ask("SELECT count(*) FROM luqiao_ours"), "3") << "other days stay";
}

TEST_F(ManifestTarget, OfRowsIsWholeOrNotAtAll) {
    DepartmentDatabase front(root_ / "front.db");
    front.run(
        "CREATE TABLE LUQIAO_OURS (DAY TEXT, DIRECTION TEXT, MSGID TEXT CHECK (MSGID <> 'b'), "
        "SM3)");
    ASSERT_TRUE(put(kToTable, kOne));
    const auto refused = put(kToTable, kTwo);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Refused);
    EXPECT_EQ(front.ask("SELECT MSGID FROM LUQIAO_OURS"), "c") << "the one before is still there";
}

TEST(ManifestTargetSettings, SayWhatIsWrong) {
    const std::string give = "[give]\n";
    EXPECT_THAT(manifest_codes(give + std::string(manifest_target_spec().example)), IsEmpty());
    EXPECT_THAT(manifest_codes(give + kToTable), IsEmpty());
    EXPECT_THAT(manifest_codes(give), ElementsAre("C112"));
    EXPECT_THAT(manifest_codes(give + "to = \"http\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + "to = \"file\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + "to = \"table\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + kToFile + "daily = [\"all\"]\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + kToFile + "daily_after = \"24h\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + kToFile + "name = \"{of}.csv\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes(give + kToFile + "tbale = \"A\"\n"), ElementsAre("C110"));
    const std::string file_of_theirs = "source = \"file\"\nfolder = \"folder\"\n";
    EXPECT_THAT(manifest_codes(file_of_theirs + give + kToFile), IsEmpty())
        << "one folder, other names";
    EXPECT_THAT(
        manifest_codes(file_of_theirs + give + kToFile + "name = \"{party}_{date}_{of}.csv\"\n"),
        ElementsAre("C404"));
    const std::string table_of_theirs = "source = \"table\"\ndatabase = \"front.db\"\n";
    EXPECT_THAT(manifest_codes(table_of_theirs + give + kToTable), IsEmpty());
    EXPECT_THAT(manifest_codes(table_of_theirs + give + kToTable + "table = \"luqiao_manifest\"\n"),
                ElementsAre("C404"));
}

}  // namespace
}  // namespace luqiao::adapters
