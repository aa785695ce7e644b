#include "adapters/table.h"
#include "tests/adapters/department_database.h"
#include "tests/adapters/peer_support.h"

namespace luqiao::adapters {
namespace {

constexpr std::string_view kSchema = R"(
CREATE TABLE IF NOT EXISTS BASICINFO (
  MSGID TEXT NOT NULL, PROJID TEXT PRIMARY KEY, NAME TEXT, AMOUNT INTEGER CHECK (AMOUNT < 100),
  SYNC_FLAG TEXT, MAKETIME TEXT);
CREATE TABLE IF NOT EXISTS ATTACHMENT (
  MSGID TEXT NOT NULL, PROJID TEXT REFERENCES BASICINFO (PROJID), "odd ""name" TEXT);
CREATE TABLE IF NOT EXISTS NO_ID (A TEXT);
)";

class TableOutlet : public testing::Test {
protected:
    TableOutlet() {
        database_.run(std::string(kSchema));
        outlet_ = make_outlet(table_adapter(),
                              "adapter=\"table\"\ndatabase=\"front.db\"\nbusy_timeout=\"1ms\"",
                              folder_.path());
    }
    ~TableOutlet() override { outlet_->stop(); }

    Result<broker::Reply> deliver(const std::string& id, const std::string& body) {
        return send(*outlet_, outgoing(id, "province.accept", body));
    }

    TemporaryFolder folder_;
    DepartmentDatabase database_{folder_.path() / "front.db"};
    std::unique_ptr<broker::Outlet> outlet_;
};

TEST_F(TableOutlet, WritesAllRowsOfAllTablesWithIdFlagAndTime) {
    ASSERT_TRUE(deliver("d-1",
                        R"({"BASICINFO":[{"PROJID":"P1","NAME":"史密斯","AMOUNT":7}],)"
                        R"("attachment":[{"PROJID":"P1","odd \"name":"a"},{"PROJID":"P1"}]})"));
    EXPECT_EQ(database_.ask("SELECT MSGID,PROJID,NAME,AMOUNT,SYNC_FLAG FROM BASICINFO"),
              "d-1|P1|史密斯|7|0");
    EXPECT_EQ(database_.ask("SELECT MAKETIME LIKE '20__-__-__ __:__:__' FROM BASICINFO"), "1");
    EXPECT_EQ(database_.ask("SELECT MSGID,PROJID,\"odd \"\"name\" FROM ATTACHMENT"),
              "d-1|P1|a;d-1|P1|-");
}

TEST_F(TableOutlet, KeepsFlagAndTimeThatTheMessageBrings) {
    ASSERT_TRUE(deliver(
        "d-1",
        R"({"BASICINFO":[{"PROJID":"P1","SYNC_FLAG":"9","MAKETIME":"x","MSGID":"other"}]})"));
    EXPECT_EQ(database_.ask("SELECT MSGID,SYNC_FLAG,MAKETIME FROM BASICINFO"), "d-1|9|x");
}

TEST_F(TableOutlet, WritesNothingWhenOneRowOfAMessageIsRefused) {
    const auto refused = deliver("d-1", R"({"BASICINFO":[{"PROJID":"P1"}],)"
                                        R"("ATTACHMENT":[{"PROJID":"P1"},{"PROJID":"nobody"}]})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Refused);
    EXPECT_EQ(database_.ask("SELECT count(*) FROM BASICINFO"), "0");
    EXPECT_EQ(database_.ask("SELECT count(*) FROM ATTACHMENT"), "0");
}

TEST_F(TableOutlet, LeavesRowsAloneThatTheDepartmentHasWorkedOn) {
    const std::string body = R"({"BASICINFO":[{"PROJID":"P1","NAME":"a"}]})";
    ASSERT_TRUE(deliver("d-1", body));
    database_.run("UPDATE BASICINFO SET SYNC_FLAG='1', NAME='b'");
    ASSERT_TRUE(deliver("d-1", body));
    EXPECT_EQ(database_.ask("SELECT SYNC_FLAG,NAME FROM BASICINFO"), "1|b");
}

struct BadCase {
    std::string name;
    std::string body;
    std::string says;
};

class TableOutletRefusal : public TableOutlet, public testing::WithParamInterface<BadCase> {};

TEST_P(TableOutletRefusal, SaysWhatIsWrong) {
    const auto refused = deliver("d-1", GetParam().body);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Refused);
    const std::string said = refused.error().message + " " + refused.error().where;
    EXPECT_NE(said.find(GetParam().says), std::string::npos) << said;
    EXPECT_EQ(database_.ask("SELECT count(*) FROM BASICINFO"), "0");
    EXPECT_EQ(database_.ask("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1"),
              "ATTACHMENT;BASICINFO;NO_ID");
}

INSTANTIATE_TEST_SUITE_P(
    Bodies,
    TableOutletRefusal,
    testing::Values(
        BadCase{"UnknownTable", R"({"BASICINF":[{"PROJID":"P"}]})", R"(no table "BASICINF")"},
        BadCase{"UnknownColumn", R"({"BASICINFO":[{"PROJID":"P","NAMEE":"x"}]})",
                "/BASICINFO/0/NAMEE"},
        BadCase{"SqlInTable", R"({"BASICINFO; DROP TABLE NO_ID":[{"PROJID":"P"}]})", "no table"},
        BadCase{"SqlInColumn", R"({"BASICINFO":[{"PROJID) VALUES (1); DROP TABLE NO_ID--":"P"}]})",
                "no column"},
        BadCase{"SystemTable", R"({"sqlite_master":[{"name":"P"}]})", "no table"},
        BadCase{"NoIdColumn", R"({"NO_ID":[{"A":"P"}]})", "MSGID"},
        BadCase{"Constraint", R"({"BASICINFO":[{"PROJID":"P","AMOUNT":"100"}]})", "CHECK"},
        BadCase{"SameColumnTwice", R"({"BASICINFO":[{"PROJID":"P","projid":"Q"}]})", "once"},
        BadCase{"SameTableTwice", R"({"BASICINFO":[{"PROJID":"P"}],"basicinfo":[{"PROJID":"Q"}]})",
                "twice"},
        BadCase{"NestedValue", R"({"BASICINFO":[{"PROJID":{"a":1}}]})", "a text"},
        BadCase{"NotAnArray", R"({"BASICINFO":{"PROJID":"P"}})", "array"},
        BadCase{"NoRows", R"({"BASICINFO":[]})", "at least one row"},
        BadCase{"NotJson", "\xFF", "not a table message"},
        BadCase{"Deep", std::string(100'000, '['), "not a table message"},
        BadCase{"Empty", "", "not a table message"}),
    [](const auto& one) { return one.param.name; });

TEST_F(TableOutlet, TakesHostileTextAsAValueByteForByte) {
    const std::string values[] = {"'; DROP TABLE BASICINFO; --", "\" OR \"\"=\"", "%_\\", "O'NEIL",
                                  "\xF0\xA0\xAE\xB7野家",        "a\x01z"};
    int number = 0;
    for (const std::string& value : values) {
        TableRows::Row row;
        std::string body =
            R"({"BASICINFO":[{"PROJID":")" + std::to_string(++number) + R"(","NAME":)";
        std::string quoted = "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') quoted += '\\';
            if (c == '\x01') {
                quoted += "\\u0001";
            } else {
                quoted += c;
            }
        }
        body += quoted + "\"}]}";
        ASSERT_TRUE(deliver("d-" + std::to_string(number), body)) << value;
        EXPECT_EQ(database_.ask("SELECT NAME FROM BASICINFO WHERE PROJID='" +
                                std::to_string(number) + "'"),
                  value);
    }
}

TEST_F(TableOutlet, SaysUnavailableWhileTheDepartmentHoldsTheLock) {
    database_.run("BEGIN EXCLUSIVE");
    const auto busy = deliver("d-1", R"({"BASICINFO":[{"PROJID":"P1"}]})");
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code, Errc::Unavailable);
    database_.run("COMMIT");
    EXPECT_TRUE(deliver("d-1", R"({"BASICINFO":[{"PROJID":"P1"}]})"));
}

TEST_F(TableOutlet, FindsTheNewFileAfterTheDatabaseWasReplaced) {
    ASSERT_TRUE(deliver("d-1", R"({"BASICINFO":[{"PROJID":"P1"}]})"));
    std::filesystem::rename(folder_.path() / "front.db", folder_.path() / "old.db");
    DepartmentDatabase replaced(folder_.path() / "front.db");
    replaced.run(std::string(kSchema));
    ASSERT_TRUE(deliver("d-2", R"({"BASICINFO":[{"PROJID":"P2"}]})"));
    EXPECT_EQ(replaced.ask("SELECT PROJID FROM BASICINFO"), "P2");
}

TEST(TableOutletScript, MakesMissingTablesOnceAndAllOrNone) {
    const TemporaryFolder folder;
    write_text(folder.path() / "make.sql", std::string(kSchema));
    const auto outlet = make_outlet(
        table_adapter(), "adapter=\"table\"\ndatabase=\"new/new.db\"\ncreate_script=\"make.sql\"",
        folder.path());
    const auto sent =
        send(*outlet, outgoing("d-1", "province.accept", R"({"BASICINFO":[{"PROJID":"P1"}]})"));
    ASSERT_TRUE(sent) << sent.error().message << " " << sent.error().where;
    outlet->stop();
    DepartmentDatabase database(folder.path() / "new/new.db");
    EXPECT_EQ(database.ask("SELECT PROJID FROM BASICINFO"), "P1");

    write_text(folder.path() / "make.sql", "CREATE TABLE A (MSGID TEXT); CREATE TABLE oops");
    const auto broken = make_outlet(
        table_adapter(), "adapter=\"table\"\ndatabase=\"two.db\"\ncreate_script=\"make.sql\"",
        folder.path());
    EXPECT_FALSE(send(*broken, outgoing("d-1", "province.accept", R"({"A":[{"MSGID":"1"}]})")));
    broken->stop();
    DepartmentDatabase second(folder.path() / "two.db");
    EXPECT_EQ(second.ask("SELECT count(*) FROM sqlite_master"), "0");
}

}  // namespace
}  // namespace luqiao::adapters
