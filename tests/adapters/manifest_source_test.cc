#include "adapters/manifest_source.h"

#include "tests/adapters/department_database.h"
#include "tests/adapters/manifest_codes.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace luqiao::adapters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ManifestWanted kWanted{"hrss", *parse_date("2025-10-13"), "received"};

class ManifestSource : public testing::Test {
protected:
    ManifestSource() : root_(testing::TempDir() + "manifest_source_" + std::to_string(::getpid())) {
        std::filesystem::create_directories(root_ / "folder");
    }
    ~ManifestSource() override { std::filesystem::remove_all(root_); }

    static Section section(const std::string& toml) {
        Diagnostics findings;
        const auto document = parse_toml(toml, "p.toml", findings);
        Section out = Section::check(manifest_source_spec(), *document, findings);
        EXPECT_THAT(findings.list(), IsEmpty());
        return out;
    }
    Result<std::optional<std::string>> fetch(const std::string& toml) {
        return fetch_manifest(section(toml), root_, kWanted);
    }

    std::filesystem::path root_;
};

constexpr const char* kFile = "source = \"file\"\nfolder = \"folder\"\n";
constexpr const char* kTable = "source = \"table\"\ndatabase = \"front.db\"\n";

TEST_F(ManifestSource, IsNotAskedOverHttp) {
    const auto text = fetch("");
    ASSERT_TRUE(text);
    EXPECT_FALSE(*text);
}

TEST_F(ManifestSource, ReadsTheFileOfTheDay) {
    EXPECT_FALSE(*fetch(kFile)) << "it is not there yet";
    std::ofstream(root_ / "folder/hrss_2025-10-13_received.csv") << "manifest,…";
    EXPECT_EQ(*fetch(kFile), "manifest,…");
    std::ofstream(root_ / "folder/M-2025-10-13.txt") << "other";
    EXPECT_EQ(*fetch(std::string(kFile) + "name = \"M-{date}.txt\"\n"), "other");
    std::filesystem::remove_all(root_ / "folder");
    EXPECT_EQ(fetch(kFile).error().code, Errc::Unavailable) << "an unmounted share is no empty day";
}

TEST_F(ManifestSource, FollowsNoLink) {
    std::ofstream(root_ / "secret") << "secret";
    std::filesystem::create_symlink(root_ / "secret",
                                    root_ / "folder/hrss_2025-10-13_received.csv");
    EXPECT_EQ(fetch(kFile).error().code, Errc::Refused);
}

TEST_F(ManifestSource, ReadsTheRowsOfTheDayAndDirection) {
    EXPECT_FALSE(fetch(kTable)) << "no database";
    DepartmentDatabase front(root_ / "front.db");
    front.run("CREATE TABLE luqiao_manifest (day TEXT, direction TEXT, msgid TEXT, sm3 TEXT)");
    EXPECT_FALSE(*fetch(kTable)) << "no rows of that day";
    front.run(
        "INSERT INTO luqiao_manifest VALUES ('2025-10-13', 'received', 'a', NULL), "
        "('2025-10-13', 'received', 'b', 'x,y'), ('2025-10-13', 'sent', 'c', NULL), "
        "('2025-10-14', 'received', 'd', NULL)");
    EXPECT_EQ(*fetch(kTable), "manifest,hrss,2025-10-13,received,2\nkey,sm3\na,\nb,x,y\n");
    const auto missing = fetch(std::string(kTable) + "key_column = \"ID\"\n");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("\"ID\""));
    EXPECT_FALSE(fetch(std::string(kTable) + "table = \"M\\\"; DROP\"\n"));
}

TEST(ManifestSourceSettings, SayWhatIsMissing) {
    EXPECT_THAT(manifest_codes(""), IsEmpty());
    EXPECT_THAT(manifest_codes(std::string(manifest_source_spec().example)), IsEmpty());
    EXPECT_THAT(manifest_codes("source = \"file\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes("source = \"table\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes("source = \"ftp\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes("daily = [\"received\", \"sent\"]\ndaily_after = \"23h\"\n"),
                IsEmpty());
    EXPECT_THAT(manifest_codes("daily = [\"all\"]\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes("daily_after = \"24h\"\n"), ElementsAre("C404"));
    EXPECT_THAT(manifest_codes("sorce = \"http\"\n"), ElementsAre("C110"));
}

}  // namespace
}  // namespace luqiao::adapters
