// `luqiao audit verify` against a broker process, before and after somebody changed its store.
#include "app/open_store.h"
#include "broker/audit.h"
#include "broker/sqlite_handle.h"
#include "tests/integration/world_fixture.h"

namespace luqiao::integration {
namespace {

using nlohmann::json;

class AuditCommand : public BrokerWorld {
protected:
    void change_store(const char* sql) {
        world_->stop_broker();
        const std::string path = world_->configuration().server->store.file.string();
        const auto file =
            broker::SqliteConnection::open(path, broker::SqliteConnection::Mode::ReadWrite);
        ASSERT_TRUE(file) << file.error().message;
        const Status done = file->execute(sql);
        ASSERT_TRUE(done) << done.error().message;
        start_broker();
    }
    std::string told(int expected, const std::string& anchor = {}) const {
        std::vector<std::string> words{"audit",  "verify",
                                       "--conf", places::source() + "/conf",
                                       "--with", world_->overlay().string()};
        if (!anchor.empty()) words.insert(words.end(), {"--anchor", anchor});
        return run(std::move(words), expected);
    }
};

TEST_F(AuditCommand, TellsWhetherTheChainIsWholeAndWhichRowIsWrong) {
    start();
    for (int look = 0; look < 3; ++look) {
        luqiao({"case", "show", "FW20000101AAAAAAAA"}, app::kNotFound);
    }
    const json whole = luqiao({"audit", "verify", "--actor", "审计员"});
    EXPECT_EQ(whole.at("whole"), true) << whole.dump();
    EXPECT_EQ(whole.at("first_row"), 1);
    EXPECT_EQ(whole.at("checked").at("row"), 3);
    EXPECT_EQ(whole.at("checked"), whole.at("head"));
    EXPECT_FALSE(whole.contains("fault"));
    const json again = luqiao({"audit", "verify"});
    EXPECT_EQ(again.at("checked").at("row"), 4) << "who verified is on record";
    EXPECT_NE(told(app::kDone).find("第 1 行至第 5 行"), std::string::npos) << output();

    change_store("UPDATE audit SET actor = 'nobody' WHERE number = 2");
    const json changed = luqiao({"audit", "verify"}, app::kFindings);
    EXPECT_EQ(changed.at("whole"), false);
    EXPECT_EQ(changed.at("fault").at("kind"), "changed");
    EXPECT_EQ(changed.at("fault").at("row"), 2);
    EXPECT_EQ(changed.at("fault").at("code"), "E6004");
    EXPECT_NE(told(app::kFindings).find("审计第 2 行不是当初写下的内容"), std::string::npos);

    world_->stop_broker();
    luqiao({"audit", "verify"}, app::kCannotReach);
}

TEST_F(AuditCommand, ProvesThatARowWhichWasWrittenDownIsStillInTheChain) {
    start();
    for (int look = 0; look < 4; ++look) {
        luqiao({"case", "show", "FW20000101AAAAAAAA"}, app::kNotFound);
    }
    const std::string end = luqiao({"audit", "verify"}).at("end");
    EXPECT_TRUE(end.starts_with("4:")) << end;
    const json met = luqiao({"audit", "verify", "--anchor", end});
    EXPECT_EQ(met.at("whole"), true);
    EXPECT_EQ(met.at("anchor").at("state"), "met");
    EXPECT_NE(told(app::kDone, end).find("与抄存的一致"), std::string::npos);
    EXPECT_NE(told(app::kDone).find("末行 7:"), std::string::npos) << "as --anchor takes it";

    luqiao({"audit", "verify", "--anchor", "4"}, app::kBadUsage);
    const std::string other = "4:" + std::string(64, 'a');
    const json rewritten = luqiao({"audit", "verify", "--anchor", other}, app::kFindings);
    EXPECT_EQ(rewritten.at("whole"), false);
    EXPECT_EQ(rewritten.at("fault").at("kind"), "rewritten");
    EXPECT_EQ(rewritten.at("fault").at("code"), "E6004");
    EXPECT_NE(told(app::kFindings, other).find("与抄存的不符"), std::string::npos);

    // As a run of retention leaves it.
    world_->stop_broker();
    {
        const app::ServerSettings& server = *world_->configuration().server;
        auto store = app::open_store(server.store, server.node);
        ASSERT_TRUE(store) << store.error().message;
        const auto gone = (*store)->expire_audit(app::system_now() + std::chrono::hours(1), 5,
                                                 {.at = app::system_now(),
                                                  .actor = "node",
                                                  .action = std::string(broker::kAuditExpired),
                                                  .outcome = "ok",
                                                  .subject = {},
                                                  .number = 0,
                                                  .hash = {}});
        ASSERT_TRUE(gone && *gone == 5U);
    }
    start_broker();
    const json aged = luqiao({"audit", "verify", "--anchor", end}, app::kNotFound);
    EXPECT_EQ(aged.at("whole"), false);
    EXPECT_EQ(aged.at("anchor").at("state"), "aged");
    EXPECT_FALSE(aged.contains("fault"));
    EXPECT_NE(told(app::kNotFound, end).find("无从核对"), std::string::npos);
    EXPECT_EQ(luqiao({"audit", "verify"}).at("whole"), true);
}

}  // namespace
}  // namespace luqiao::integration
