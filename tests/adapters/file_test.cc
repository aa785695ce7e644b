#include "adapters/file.h"

#include "adapters/file_outcome.h"
#include "adapters/folder.h"
#include "security/digest.h"
#include "tests/adapters/peer_support.h"

#include <sys/stat.h>

namespace luqiao::adapters {
namespace {

constexpr std::string_view kId = "0199c5a2-7b1e-7c3d-8f00-000000000001";

TEST(Marker, IsReadAsItWasWritten) {
    const Marker marker{3, std::string(64, 'a')};
    const auto read = parse_marker(format_marker(marker));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, marker);
    const auto other = parse_marker("sm3=" + std::string(64, 'A') + "\r\n\r\ncount=3");
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, marker);
}

TEST(Marker, RefusesWhatIsMissingTwiceOrNotANumber) {
    const std::string sm3 = "sm3=" + std::string(64, 'a') + "\n";
    for (const std::string& text :
         {std::string(), sm3, std::string("count=1\n"), "count=-1\n" + sm3, "count=1x\n" + sm3,
          "count=1\ncount=1\n" + sm3, std::string("count=1\nsm3=abc\n"), "count=1\nsize=2\n" + sm3,
          "count=99999999999999999999999\n" + sm3}) {
        const auto marker = parse_marker(text);
        ASSERT_FALSE(marker) << text;
        EXPECT_EQ(marker.error().code, Errc::ParseFailed);
    }
}

TEST(FileRecords, KeepTheirLineEndsAndLineNumbers) {
    const auto records = split_records("H|2\r\n\r\nD|1\r\nD|\xB0\xA1\n\nD|3", 1);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].bytes, "D|1\r\n");
    EXPECT_EQ(records[0].line, 3U);
    EXPECT_EQ(records[1].bytes, "D|\xB0\xA1\n");
    EXPECT_EQ(records[2].bytes, "D|3");
    EXPECT_EQ(records[2].line, 6U);
    EXPECT_TRUE(split_records("", 0).empty());
}

TEST(FileName, CarriesTheDayOfTheIdInChina) {
    EXPECT_EQ(delivery_file_name("SSC_{date}_{id}.txt", kId, "essc.apply").value_or(""),
              "SSC_20251009_" + std::string(kId) + ".txt");
    EXPECT_EQ(delivery_file_name("{format}-{id}", "d-1", "essc.apply").value_or(""),
              "essc.apply-d-1");
}

TEST(FileName, RefusesIdsThatWouldLeaveTheFolder) {
    for (const std::string_view id : {"", "../x", "a/b", "a b", "a\nb", "中"}) {
        const auto name = delivery_file_name("{id}.txt", id, "f");
        ASSERT_FALSE(name) << id;
        EXPECT_EQ(name.error().code, Errc::Refused);
    }
    EXPECT_FALSE(delivery_file_name("{date}{id}", "d-1", "f")) << "the id has no date";
    EXPECT_FALSE(delivery_file_name("{id}", std::string(300, 'a'), "f"));
}

TEST(Folder, NeverFollowsALink) {
    const TemporaryFolder outside;
    const TemporaryFolder inside;
    write_text(outside.path() / "secret", "secret");
    std::filesystem::create_symlink(outside.path() / "secret", inside.path() / "link");
    std::filesystem::create_symlink(outside.path(), inside.path() / "done");
    const auto folder = Folder::open(inside.path(), false);
    ASSERT_TRUE(folder);
    EXPECT_EQ(folder->read("link", 100).error().code, Errc::Refused);
    EXPECT_FALSE(folder->inner("done"));
    ASSERT_TRUE(folder->write("link", "new"));
    EXPECT_EQ(read_text(outside.path() / "secret"), "secret");
    EXPECT_EQ(read_text(inside.path() / "link"), "new");
}

TEST(Folder, ReadsRegularFilesUpToTheLimitOnly) {
    const TemporaryFolder place;
    write_text(place.path() / "four", "1234");
    ::mkfifo((place.path() / "pipe").c_str(), 0600);
    std::filesystem::create_directory(place.path() / "folder");
    const auto folder = Folder::open(place.path(), false);
    ASSERT_TRUE(folder);
    EXPECT_EQ(folder->read("four", 4)->bytes, "1234");
    EXPECT_EQ(folder->read("four", 3).error().code, Errc::LimitExceeded);
    EXPECT_EQ(folder->read("pipe", 3).error().code, Errc::Refused);
    EXPECT_EQ(folder->read("folder", 3).error().code, Errc::Refused);
    EXPECT_EQ(folder->read("none", 3).error().code, Errc::NotFound);
    EXPECT_EQ(Folder::open(place.path() / "none", false).error().code, Errc::Unavailable);
}

TEST(Folder, NeverOverwritesWhenItMoves) {
    const TemporaryFolder place;
    const auto folder = Folder::open(place.path(), false);
    ASSERT_TRUE(folder);
    const auto done = folder->inner("done");
    ASSERT_TRUE(done);
    for (const std::string content : {"a", "b", "c"}) {
        ASSERT_TRUE(folder->write("x", content));
        ASSERT_TRUE(folder->move_to("x", *done));
    }
    EXPECT_EQ(read_text(place.path() / "done/x"), "a");
    EXPECT_EQ(read_text(place.path() / "done/x.1"), "b");
    EXPECT_EQ(read_text(place.path() / "done/x.2"), "c");
}

TEST(CsvField, QuotesAndDisarmsFormulas) {
    EXPECT_EQ(csv_field("a"), "a");
    EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    EXPECT_EQ(csv_field("=HYPERLINK(1,2)"), "\"'=HYPERLINK(1,2)\"");
    EXPECT_EQ(csv_field("-1"), "'-1");
}

class FileOutlet : public testing::Test {
protected:
    FileOutlet() {
        outlet_ = make_outlet(file_adapter(), "adapter=\"file\"\nfolder=\"in\"\ncreate_folder=true",
                              place_.path());
    }
    ~FileOutlet() override { outlet_->stop(); }
    Result<broker::Reply> deliver(const std::string& body) {
        return send(*outlet_, outgoing(std::string(kId), "essc.apply", body));
    }
    [[nodiscard]] std::filesystem::path file(const std::string& ending = "") const {
        return place_.path() / "in" / (std::string(kId) + ".txt" + ending);
    }

    TemporaryFolder place_;
    std::unique_ptr<broker::Outlet> outlet_;
};

TEST_F(FileOutlet, WritesTheMarkerWithCountAndDigest) {
    ASSERT_TRUE(deliver("D1\r\nD2\r\n"));
    EXPECT_EQ(read_text(file()), "D1\r\nD2\r\n");
    EXPECT_EQ(read_text(file(".ok")), "count=2\nsm3=" + security::sm3_hex("D1\r\nD2\r\n") + "\n");
    EXPECT_FALSE(std::filesystem::exists(file(".tmp")));
}

TEST_F(FileOutlet, DoesNotSendAgainWhatTheDepartmentHasTaken) {
    ASSERT_TRUE(deliver("D1\n"));
    std::filesystem::remove(file());
    std::filesystem::remove(file(".ok"));
    ASSERT_TRUE(deliver("D1\n"));
    EXPECT_FALSE(std::filesystem::exists(file()));
    EXPECT_FALSE(std::filesystem::exists(file(".ok")));
}

TEST_F(FileOutlet, SendsOtherBytesOfTheSameIdOnceTheFirstAreTaken) {
    ASSERT_TRUE(deliver("D1\n"));
    const auto refused = deliver("D2\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Refused);
    EXPECT_EQ(read_text(file()), "D1\n");
    std::filesystem::remove(file());
    std::filesystem::remove(file(".ok"));
    ASSERT_TRUE(deliver("D2\n"));
    EXPECT_EQ(read_text(file()), "D2\n");
    EXPECT_TRUE(std::filesystem::exists(file(".ok")));
}

TEST_F(FileOutlet, FinishesWhatACrashLeftBehind) {
    ASSERT_TRUE(deliver("D1\n"));
    struct Left {
        std::string name;
        std::function<void()> crash;
    };
    const std::filesystem::path journal = place_.path() / "in/.sent" / file().filename();
    const Left cases[] = {
        {"half a temporary file",
         [&] {
             std::filesystem::remove(file());
             std::filesystem::remove(file(".ok"));
             std::filesystem::remove(journal);
             write_text(file(".tmp"), "D");
         }},
        {"a file without journal and marker",
         [&] {
             std::filesystem::remove(file(".ok"));
             std::filesystem::remove(journal);
         }},
        {"a file without marker", [&] { std::filesystem::remove(file(".ok")); }},
    };
    for (const Left& one : cases) {
        one.crash();
        ASSERT_TRUE(deliver("D1\n")) << one.name;
        EXPECT_EQ(read_text(file()), "D1\n") << one.name;
        EXPECT_TRUE(std::filesystem::exists(file(".ok"))) << one.name;
        EXPECT_TRUE(std::filesystem::exists(journal)) << one.name;
    }
}

TEST_F(FileOutlet, RefusesALinkInItsPlace) {
    std::filesystem::create_directory(place_.path() / "in");
    write_text(place_.path() / "outside", "safe");
    std::filesystem::create_symlink(place_.path() / "outside", file());
    const auto refused = deliver("D1\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Refused);
    EXPECT_EQ(read_text(place_.path() / "outside"), "safe");
}

TEST(FileOutletSettings, NeedTheIdInTheName) {
    const Section section =
        section_of(file_adapter().outlet_spec, "adapter=\"file\"\nfolder=\"in\"\nname=\"a.txt\"");
    const auto made = file_adapter().make_outlet(
        Making{.section = section, .party = "essc", .base_folder = {}, .signer = {}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::InvalidArgument);
}

}  // namespace
}  // namespace luqiao::adapters
