// `luqiao audit verify` against a broker process, before and after somebody changed its store.
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
    std::string told(int expected) const {
        return run({"audit", "verify", "--conf", places::source() + "/conf", "--with",
                    world_->overlay().string()},
                   expected);
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

}  // namespace
}  // namespace luqiao::integration
