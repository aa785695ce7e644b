#include "adapters/file.h"
#include "security/digest.h"
#include "tests/adapters/peer_support.h"

namespace luqiao::adapters {
namespace {

class FileInlet : public testing::Test {
protected:
    FileInlet() { std::filesystem::create_directory(folder()); }
    ~FileInlet() override {
        if (inlet_) inlet_->stop();
    }
    void start(const std::string& more = "settle=\"0s\"\n") {
        inlet_ = make_inlet(file_adapter(),
                            "adapter=\"file\"\nfolder=\"out\"\nformat=\"essc.result\"\n"
                            "poll=\"1h\"\n" +
                                more,
                            place_.path(), intake_);
        ASSERT_TRUE(inlet_->start());
    }
    void poll() { poll_now(*inlet_); }
    void drop(const std::string& name, const std::string& bytes, std::size_t header_lines = 0) {
        write_text(folder() / name, bytes);
        mark(name, bytes, split_records(bytes, header_lines).size());
    }
    void mark(const std::string& name, const std::string& bytes, std::size_t count) {
        write_text(folder() / (name + ".ok"), format_marker({count, security::sm3_hex(bytes)}));
    }
    [[nodiscard]] std::filesystem::path folder() const { return place_.path() / "out"; }
    [[nodiscard]] std::string text(const std::string& name) const {
        return read_text(folder() / name);
    }
    [[nodiscard]] bool has(const std::string& name) const {
        return std::filesystem::exists(folder() / name);
    }
    std::vector<std::string> keys() {
        std::vector<std::string> out;
        for (const auto& arrival : intake_.arrivals()) out.push_back(arrival.idempotency_key);
        return out;
    }
    static broker::Answer refuse(const broker::Arrival& arrival) {
        if (arrival.body.find("bad") == std::string::npos) {
            broker::Receipt receipt;
            receipt.message_id = "m";
            receipt.case_number = "c";
            receipt.bundle = "b";
            receipt.sm3 = "00";
            return receipt;
        }
        broker::Problem refused = problem(Errc::BadValue, "字段值不合法");
        refused.errors.push_back({"E2004", "/RET", "", "", "", {"没有该返回码", "=no such code"}});
        return refused;
    }

    TemporaryFolder place_;
    ScriptedIntake intake_;
    std::unique_ptr<broker::Inlet> inlet_;
};

TEST_F(FileInlet, SubmitsEachRecordAndMovesTheFileWhenAllAreAccepted) {
    drop("R_001.txt", "D1\r\nD\xC7\xE0\r\n");
    start();
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 2U);
    EXPECT_EQ(intake_.arrivals()[0].body, "D1\r\n");
    EXPECT_EQ(intake_.arrivals()[1].body, "D\xC7\xE0\r\n");
    EXPECT_EQ(intake_.arrivals()[1].party, "hrss");
    EXPECT_EQ(intake_.arrivals()[1].format, "essc.result");
    EXPECT_EQ(keys(), (std::vector<std::string>{"R_001.txt:1", "R_001.txt:2"}));
    EXPECT_EQ(
        text("R_001.txt.ack.csv"),
        "record,result,message_id,case_number,sm3,code,text,bundle\r\n"
        "1,ok,m-1,case of R_001.txt:1,00ff,,,b-1\r\n2,ok,m-2,case of R_001.txt:2,00ff,,,b-1\r\n");
    EXPECT_EQ(text("done/R_001.txt"), "D1\r\nD\xC7\xE0\r\n");
    EXPECT_TRUE(has("done/R_001.txt.ok"));
    EXPECT_FALSE(has("R_001.txt") || has("R_001.txt.ok"));
}

TEST_F(FileInlet, AnswersRecordByRecordWhenOneIsRefused) {
    intake_.set_script(refuse);
    drop("R.txt", "good\nbad\n");
    start();
    poll();
    EXPECT_EQ(text("R.txt.ack.csv"),
              "record,result,message_id,case_number,sm3,code,text,bundle\r\n1,ok,m,c,00,,,b\r\n"
              "2,error,,,,E2004,字段值不合法；/RET 没有该返回码,\r\n");
    EXPECT_EQ(text("quarantine/R.txt.err"),
              "record,code,position,zh,en\r\n2,E2004,line 2,字段值不合法,english\r\n"
              "2,E2004,line 2 /RET,没有该返回码,'=no such code\r\n");
    EXPECT_TRUE(has("quarantine/R.txt") && has("quarantine/R.txt.ok"));
    EXPECT_FALSE(has("R.txt") || has("done/R.txt"));
}

TEST_F(FileInlet, TouchesNothingWithoutAMarker) {
    write_text(folder() / "R.txt", "D1\n");
    write_text(folder() / "S.txt.tmp", "D1\n");
    mark("S.txt.tmp", "D1\n", 1);
    start();
    poll();
    EXPECT_TRUE(intake_.arrivals().empty());
    EXPECT_TRUE(has("R.txt"));
    mark("R.txt", "D1\n", 1);
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 1U);
}

TEST_F(FileInlet, WaitsForAFileWhoseMarkerDoesNotAgreeYet) {
    write_text(folder() / "R.txt", "D1\n");
    mark("R.txt", "D1\nD2\n", 2);
    start("settle=\"1h\"\n");
    poll();
    poll();
    EXPECT_TRUE(intake_.arrivals().empty());
    EXPECT_FALSE(has("quarantine/R.txt"));
    write_text(folder() / "R.txt", "D1\nD2\n");
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 2U);
    EXPECT_TRUE(has("done/R.txt"));
}

struct BadFile {
    std::string name;
    std::string bytes;
    std::string marker;
    std::string code;
};

class FileInletQuarantine : public FileInlet, public testing::WithParamInterface<BadFile> {};

TEST_P(FileInletQuarantine, KeepsTheFileAndSaysWhy) {
    write_text(folder() / "R.txt", GetParam().bytes);
    write_text(folder() / "R.txt.ok", GetParam().marker);
    drop("Z.txt", "D1\n");
    start("settle=\"0s\"\nsize_max=100\n");
    poll();
    EXPECT_EQ(keys(), std::vector<std::string>{"Z.txt:1"}) << "a bad file stops no other";
    EXPECT_EQ(text("quarantine/R.txt"), GetParam().bytes);
    EXPECT_EQ(text("quarantine/R.txt.ok"), GetParam().marker);
    EXPECT_NE(text("quarantine/R.txt.err").find("," + GetParam().code + ","), std::string::npos)
        << text("quarantine/R.txt.err");
    EXPECT_FALSE(has("R.txt"));
}

INSTANTIATE_TEST_SUITE_P(
    Files,
    FileInletQuarantine,
    testing::Values(
        BadFile{"WrongDigest", "D1\n", format_marker({1, security::sm3_hex("D2\n")}), "E2004"},
        BadFile{"WrongCount", "D1\n", format_marker({2, security::sm3_hex("D1\n")}), "E2004"},
        BadFile{"NoMarkerText", "D1\n", "ok", "E1001"},
        BadFile{"TooLarge", std::string(101, 'x'),
                format_marker({1, security::sm3_hex(std::string(101, 'x'))}), "E1003"}),
    [](const auto& one) { return one.param.name; });

TEST_F(FileInlet, PutsALinkAwayWithoutReadingIt) {
    write_text(place_.path() / "outside", "D1\n");
    std::filesystem::create_symlink(place_.path() / "outside", folder() / "R.txt");
    mark("R.txt", "D1\n", 1);
    start();
    poll();
    EXPECT_TRUE(intake_.arrivals().empty());
    EXPECT_TRUE(std::filesystem::is_symlink(folder() / "quarantine/R.txt"));
    EXPECT_EQ(read_text(place_.path() / "outside"), "D1\n");
}

TEST_F(FileInlet, KeepsTheFileUntilAPassingProblemIsOver) {
    intake_.set_script([](const broker::Arrival&) {
        return broker::Answer(problem(Errc::StoreFull, "磁盘已满"));
    });
    drop("R.txt", "D1\nD2\n");
    start("retry=\"0s\"\n");
    poll();
    EXPECT_TRUE(has("R.txt") && has("R.txt.ok"));
    EXPECT_FALSE(has("R.txt.ack.csv"));
    intake_.set_script(ScriptedIntake::accept_all());
    poll();
    EXPECT_TRUE(has("done/R.txt"));
}

TEST_F(FileInlet, SubmitsTheSameKeysAgainAfterARestartInTheMiddle) {
    intake_.set_script([count = 0](const broker::Arrival&) mutable {
        if (++count == 2) return broker::Answer(problem(Errc::StoreBusy, "存储繁忙"));
        return broker::Answer(broker::Receipt{});
    });
    drop("R.txt", "D1\nD2\n");
    start("retry=\"1h\"\n");
    poll();
    inlet_->stop();
    EXPECT_TRUE(has("R.txt")) << "nothing moves before everything is durable";
    intake_.set_script(ScriptedIntake::accept_all());
    start();
    poll();
    EXPECT_EQ(keys(), (std::vector<std::string>{"R.txt:1", "R.txt:2", "R.txt:1", "R.txt:2"}));
    EXPECT_TRUE(has("done/R.txt"));
}

TEST_F(FileInlet, TakesManyFilesAndRecordsWithinOnePoll) {
    std::string bytes;
    for (int line = 0; line < 20; ++line) bytes += "D\n";
    for (int number = 0; number < 5; ++number) drop(std::to_string(number) + ".txt", bytes);
    start("batch=7\n");
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 100U);
    EXPECT_TRUE(has("done/4.txt"));
}

TEST_F(FileInlet, TakesAWholeFileAsOneMessageAndSkipsHeaderLinesOtherwise) {
    drop("R.txt", "H\nD1\n");
    start("records=\"whole\"\n");
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 1U);
    EXPECT_EQ(intake_.arrivals()[0].body, "H\nD1\n");
    inlet_->stop();
    drop("S.txt", "H\nD1\n", 1);
    start("header_lines=1\n");
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 2U);
    EXPECT_EQ(intake_.arrivals()[1].body, "D1\n");
}

TEST_F(FileInlet, WorksAgainWhenTheFolderIsBack) {
    std::filesystem::rename(folder(), place_.path() / "away");
    start();
    poll();
    std::filesystem::rename(place_.path() / "away", folder());
    drop("R.txt", "D1\n");
    poll();
    EXPECT_TRUE(has("done/R.txt"));
}

}  // namespace
}  // namespace luqiao::adapters
