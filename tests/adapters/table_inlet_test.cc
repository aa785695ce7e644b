#include "adapters/table.h"
#include "tests/adapters/department_database.h"
#include "tests/adapters/peer_support.h"

#include <fmt/format.h>

namespace luqiao::adapters {
namespace {

class TableInlet : public testing::Test {
protected:
    TableInlet() {
        database_.run(
            "CREATE TABLE HRSS_RESULT (ID INTEGER PRIMARY KEY, AAB001 TEXT, AAC040 INTEGER, "
            "BYTES BLOB, MAKETIME TEXT, SYNC_FLAG TEXT DEFAULT '0', LEASE_UNTIL INTEGER, "
            "MSGID TEXT, CASENO TEXT, ERR_CODE TEXT, ERR_TEXT TEXT)");
    }
    ~TableInlet() override {
        if (inlet_) inlet_->stop();
    }
    void start(const std::string& more = {}) {
        inlet_ = make_inlet(table_adapter(),
                            "adapter=\"table\"\ndatabase=\"front.db\"\ntable=\"HRSS_RESULT\"\n"
                            "format=\"hrss.result\"\npoll=\"1h\"\n" +
                                more,
                            folder_.path(), intake_);
        ASSERT_TRUE(inlet_->start());
    }
    void poll() { poll_now(*inlet_); }
    std::string state() {
        return database_.ask(
            "SELECT SYNC_FLAG,LEASE_UNTIL,MSGID,CASENO,ERR_CODE,ERR_TEXT FROM HRSS_RESULT "
            "ORDER BY ID");
    }

    TemporaryFolder folder_;
    DepartmentDatabase database_{folder_.path() / "front.db"};
    ScriptedIntake intake_;
    std::unique_ptr<broker::Inlet> inlet_;
};

TEST_F(TableInlet, HandsOverBusinessColumnsAndWritesTheReceiptBack) {
    database_.run("INSERT INTO HRSS_RESULT (ID,AAB001,AAC040) VALUES (7,'史密斯 \"x\"',32000)");
    start();
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 1U);
    const broker::Arrival arrival = intake_.arrivals()[0];
    EXPECT_EQ(arrival.body, R"({"HRSS_RESULT":[{"AAB001":"史密斯 \"x\"","AAC040":"32000"}]})");
    EXPECT_EQ(arrival.format, "hrss.result");
    EXPECT_EQ(arrival.party, "hrss");
    EXPECT_EQ(arrival.idempotency_key, "HRSS_RESULT:7");
    EXPECT_FALSE(arrival.proof.has_value());
    EXPECT_EQ(state(), "1|-|m-1|case of HRSS_RESULT:7|-|-");
}

TEST_F(TableInlet, TakesOnlyNewRowsAndLapsedClaims) {
    database_.run(
        "INSERT INTO HRSS_RESULT (ID,SYNC_FLAG,LEASE_UNTIL) VALUES (1,'0',NULL),(2,NULL,NULL),"
        "(3,'',NULL),(4,'1',NULL),(5,'E',NULL),(6,'P',9999999999999),(7,'P',1),"
        "(8,'0',9999999999999),(9,'2',NULL)");
    start();
    poll();
    std::vector<std::string> keys;
    for (const auto& arrival : intake_.arrivals()) keys.push_back(arrival.idempotency_key);
    const std::vector<std::string> expected{"HRSS_RESULT:1", "HRSS_RESULT:2", "HRSS_RESULT:3",
                                            "HRSS_RESULT:7"};
    EXPECT_EQ(keys, expected);
}

TEST_F(TableInlet, SeesARowThatIsCommittedLateWithAnOldTimeStamp) {
    database_.run("INSERT INTO HRSS_RESULT (ID,MAKETIME) VALUES (1,'2025-10-09 10:00:00')");
    start();
    poll();
    database_.run("INSERT INTO HRSS_RESULT (ID,MAKETIME) VALUES (2,'2025-10-08 10:00:00')");
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG FROM HRSS_RESULT"), "1;1");
}

TEST_F(TableInlet, WritesTheReasonOfAFinalProblemIntoTheRow) {
    database_.run("INSERT INTO HRSS_RESULT (ID) VALUES (1)");
    intake_.set_script([](const broker::Arrival&) {
        broker::Problem refused = problem(Errc::BadValue, "字段值不合法");
        refused.errors.push_back({"E2004", "/AAC040", "", "", "", {"应为数字", "a number"}});
        return broker::Answer(refused);
    });
    start();
    poll();
    EXPECT_EQ(state(), "E|-|-|-|E2004|字段值不合法；/AAC040 应为数字");
    intake_.set_script(ScriptedIntake::accept_all());
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 1U) << "a refused row waits for the department";
    database_.run("UPDATE HRSS_RESULT SET SYNC_FLAG='0'");
    poll();
    EXPECT_EQ(state(), "1|-|m-1|case of HRSS_RESULT:1|-|-");
}

TEST_F(TableInlet, GivesARowBackUntilTheTimeOfAPassingProblem) {
    database_.run("INSERT INTO HRSS_RESULT (ID) VALUES (1)");
    intake_.set_script([](const broker::Arrival&) {
        broker::Problem busy = problem(Errc::Overloaded, "系统繁忙");
        busy.retry_after = std::chrono::seconds(3600);
        return broker::Answer(busy);
    });
    start();
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,ERR_CODE,LEASE_UNTIL > 1000*strftime('%s','now') + "
                            "3500000 FROM HRSS_RESULT"),
              "0|E5008|1");
    intake_.set_script(ScriptedIntake::accept_all());
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 1U);
    database_.run("UPDATE HRSS_RESULT SET LEASE_UNTIL=1");
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,ERR_CODE FROM HRSS_RESULT"), "1|-");
}

TEST_F(TableInlet, TakesEverythingInBatchesWithinOnePoll) {
    database_.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50) "
        "INSERT INTO HRSS_RESULT (ID) SELECT i FROM n");
    start("batch=7\n");
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 50U);
    EXPECT_EQ(database_.ask("SELECT count(*) FROM HRSS_RESULT WHERE SYNC_FLAG='1'"), "50");
}

TEST_F(TableInlet, DoesNotOverwriteARowThatAnotherNodeTookUp) {
    database_.run("INSERT INTO HRSS_RESULT (ID) VALUES (1)");
    intake_.set_script([this](const broker::Arrival&) {
        database_.run(
            "UPDATE HRSS_RESULT SET LEASE_UNTIL=LEASE_UNTIL+5");  // the other node's claim
        return broker::Answer(broker::Receipt{});
    });
    start();
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,MSGID FROM HRSS_RESULT"), "P|-");
}

TEST_F(TableInlet, SubmitsTheColumnsThatAreNamedAndTheVersionInTheKey) {
    database_.run(
        "CREATE TABLE T (SERIAL TEXT PRIMARY KEY, VER INTEGER, A TEXT, B TEXT, "
        "SYNC_FLAG TEXT, LEASE_UNTIL INTEGER)");
    database_.run("INSERT INTO T VALUES ('S1',2,'a','b','0',NULL)");
    inlet_ = make_inlet(table_adapter(),
                        "adapter=\"table\"\ndatabase=\"front.db\"\ntable=\"t\"\nformat=\"f\"\n"
                        "poll=\"1h\"\ncolumns=[\"b\",\"SERIAL\"]\nversion_column=\"VER\"\n",
                        folder_.path(), intake_);
    ASSERT_TRUE(inlet_->start());
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 1U);
    EXPECT_EQ(intake_.arrivals()[0].body, R"({"T":[{"B":"b","SERIAL":"S1"}]})");
    EXPECT_EQ(intake_.arrivals()[0].idempotency_key, "T:S1:2");
    database_.run("UPDATE T SET VER=3, SYNC_FLAG='0'");
    poll();
    EXPECT_EQ(intake_.arrivals()[1].idempotency_key, "T:S1:3");
}

TEST_F(TableInlet, UsesTheRowNumberOfATableWithoutKey) {
    database_.run("CREATE TABLE K (A TEXT, SYNC_FLAG TEXT, LEASE_UNTIL INTEGER)");
    database_.run("INSERT INTO K VALUES ('a','0',NULL),('a','0',NULL)");
    inlet_ = make_inlet(table_adapter(),
                        "adapter=\"table\"\ndatabase=\"front.db\"\ntable=\"K\"\nformat=\"f\"\n"
                        "poll=\"1h\"\n",
                        folder_.path(), intake_);
    ASSERT_TRUE(inlet_->start());
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 2U);
    EXPECT_EQ(intake_.arrivals()[1].idempotency_key, "K:2");
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG FROM K"), "1;1");
}

TEST_F(TableInlet, HandsOverBytesThatAreNoTextAsAnUnreadableMessage) {
    database_.run("INSERT INTO HRSS_RESULT (ID,BYTES) VALUES (1,x'00ff')");
    start();
    poll();
    ASSERT_EQ(intake_.arrivals().size(), 1U);
    EXPECT_FALSE(is_utf8(intake_.arrivals()[0].body));
}

TEST_F(TableInlet, WritesBackLaterWhenTheRowsAreLocked) {
    database_.run("INSERT INTO HRSS_RESULT (ID) VALUES (1)");
    intake_.set_script([this](const broker::Arrival&) {
        database_.run("BEGIN IMMEDIATE");
        broker::Receipt receipt;
        receipt.message_id = "m-1";
        return broker::Answer(receipt);
    });
    start("busy_timeout=\"1ms\"\n");
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,MSGID FROM HRSS_RESULT"), "P|-");
    database_.run("COMMIT");
    poll();
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,MSGID FROM HRSS_RESULT"), "1|m-1");
    EXPECT_EQ(intake_.arrivals().size(), 1U);
}

TEST_F(TableInlet, GoesOnWhenTheTableAppears) {
    database_.run("ALTER TABLE HRSS_RESULT RENAME TO AWAY");
    start();
    poll();
    database_.run("ALTER TABLE AWAY RENAME TO HRSS_RESULT");
    database_.run("INSERT INTO HRSS_RESULT (ID) VALUES (1)");
    poll();
    EXPECT_EQ(intake_.arrivals().size(), 1U);
}

}  // namespace
}  // namespace luqiao::adapters
