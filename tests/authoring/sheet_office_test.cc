// LibreOffice opens our workbooks, and we open what it saves. It is part of `./dev test`: without
// the program the test fails.
#include "tests/authoring/sheet_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace luqiao::authoring {
namespace {

namespace fs = std::filesystem;
constexpr const char* kOfficeMap = kSampleMap;

class Office : public testing::Test {
protected:
    void SetUp() override {
        folder_ = test_folder();
        fs::create_directories(folder_ / "out");
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// Ends within a minute, whatever happens; the profile is this test's own.
    void convert(const std::string& to, const std::string& files) {
        const std::string command = fmt::format(
            "cd '{0}' && timeout -k 5 60 soffice -env:UserInstallation=file://{0}/profile "
            "--headless --norestore --convert-to {1} --outdir '{0}/out' {2} >'{0}/log' 2>&1",
            folder_.string(), to, files);
        EXPECT_EQ(std::system(command.c_str()), 0) << read_bytes(folder_ / "log");
    }

    fs::path folder_;
};

/// An analyst opens the workbook, changes a cell and saves: all by LibreOffice's own formats.
TEST_F(Office, ConvertsThereAndBackWithoutADifferenceAndWithAnEdit) {
    write_bytes(folder_ / "same.xlsx", exported(sample_rules(), kOfficeMap));
    convert("ods", "same.xlsx");
    const std::string ods = read_bytes(folder_ / "out/same.ods");
    // The first such cell stands in the sheet 映射.
    const std::string edited =
        with_part(ods, "content.xml", "<text:p>zj</text:p>", "<text:p>gz</text:p>");
    write_bytes(folder_ / "edited.ods", edited);
    write_bytes(folder_ / "same.ods", ods);
    convert("xlsx", "same.ods edited.ods");

    const Imported same = imported(read_bytes(folder_ / "out/same.xlsx"), sample_rules());
    ASSERT_TRUE(same.import) << same.places();
    EXPECT_EQ(same.places(), "");
    EXPECT_EQ(same.import->after, same.import->before);

    const Imported changed = imported(read_bytes(folder_ / "out/edited.xlsx"), sample_rules());
    ASSERT_TRUE(changed.import) << changed.places();
    const auto changes = changed.changes();
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_TRUE(changes[0].ends_with("<-> zj")) << changes[0];
    EXPECT_TRUE(changes[1].ends_with("<-> gz")) << changes[1];
}

}  // namespace
}  // namespace luqiao::authoring
