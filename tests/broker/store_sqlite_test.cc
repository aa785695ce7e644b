#include "broker/store_sqlite.h"

#include "broker/audit.h"
#include "tests/broker/store_sqlite_place.h"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace luqiao::broker {
namespace {

using testing::HasSubstr;
using Kind = UnitOutcome::Kind;

std::unique_ptr<Store> open(SqlitePlace& place) {
    auto opened = place.open();
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
}

TEST(SqliteSearch, ThatGoesThroughTooMuchIsGivenUp) {
    SqlitePlace place;
    const auto store = must(place.open());
    for (std::uint32_t number = 0; number < 200; ++number) {
        Unit unit = arrival(number);
        unit.terms = {number % 2, 7};  // 0 and 1 are frequent each and never together
        ASSERT_TRUE(store->commit(std::vector{unit}));
    }
    CaseQuery query{.terms = {0, 1}, .looks_most = 100};
    EXPECT_EQ(store->search(query).error().code, Errc::LimitExceeded);
    query.looks_most = 1'000;
    EXPECT_TRUE(must(store->search(query)).empty()) << "enough to come to the end";
    query.terms = {7};
    query.looks_most = 100;
    EXPECT_EQ(must(store->search(query)).size(), query.limit) << "a page of many is no long way";
    query.terms = {};
    query.decided = true;  // none is
    EXPECT_EQ(store->search(query).error().code, Errc::LimitExceeded);
}

TEST(SqliteStore, RefusesASecondOpening) {
    SqlitePlace place;
    const auto store = open(place);
    const auto second = place.open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::StoreBusy);
    EXPECT_TRUE(store->commit(std::vector{arrival(1)})) << "and the first goes on";
}

TEST(SqliteStore, KeepsItsFilesFromOthers) {
    SqlitePlace place;
    const auto store = open(place);
    ASSERT_TRUE(store->commit(std::vector{arrival(1)}));
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        struct stat about {};
        ASSERT_EQ(::stat((place.path() + suffix).c_str(), &about), 0) << suffix;
        EXPECT_EQ(about.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST(SqliteStore, LeavesNoWalAfterACleanClose) {
    SqlitePlace place;
    ASSERT_TRUE(open(place)->commit(std::vector{arrival(1)}));
    EXPECT_FALSE(std::filesystem::exists(place.path() + "-wal"));
}

TEST(SqliteStore, SaysWhyItRefusesAFile) {
    struct Row {
        const char* name;
        std::function<void(SqlitePlace&)> prepare;
        Errc code;
        const char* message;
    };
    const std::vector<Row> table{
        {"newer schema", [](auto& place) { place.tamper("PRAGMA user_version = 99"); },
         Errc::Corruption, "schema version 99, this program reads"},
        {"another program's", [](auto& place) { place.tamper("PRAGMA application_id = 7"); },
         Errc::Corruption, "not a store of Luqiao"},
        {"not a database",
         [](auto& place) {
             std::ofstream(place.path(), std::ios::trunc) << std::string(8'192, 'x');
         },
         Errc::Corruption, "SQLite 26"},
        {"a folder",
         [](auto& place) {
             std::filesystem::remove(place.path());
             std::filesystem::create_directory(place.path());
         },
         Errc::StoreFailed, "file"},
        {"a table is missing", [](auto& place) { place.tamper("DROP TABLE bodies"); },
         Errc::StoreFailed, "prepare"},
    };
    for (const Row& row : table) {
        SqlitePlace place;
        ASSERT_TRUE(open(place)->commit(std::vector{arrival(1)}));
        row.prepare(place);
        const auto opened = place.open();
        ASSERT_FALSE(opened) << row.name;
        EXPECT_EQ(opened.error().code, row.code) << row.name << ": " << opened.error().message;
        EXPECT_THAT(opened.error().message, HasSubstr(row.message)) << row.name;
    }
}

TEST(SqliteStore, ChecksItsFileAfterAnUncleanStop) {
    SqlitePlace place;
    ASSERT_TRUE(open(place)->commit(std::vector{arrival(1), arrival(2)}));
    const auto page = place.number("SELECT rootpage FROM sqlite_schema WHERE name = 'timeline'");
    const auto size = place.number("PRAGMA page_size");
    std::fstream file(place.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * size);
    file << std::string(static_cast<std::size_t>(size), 'x');
    file.close();
    { const auto store = open(place); }  // a clean start does not read all of it
    std::ofstream(place.path() + "-wal") << "as a killed process leaves it";
    const auto opened = place.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::Corruption);
}

TEST(SqliteStore, VerifiesItsPragmas) {
    SqlitePlace place;
    { const auto store = open(place); }
    const auto writer = SqliteConnection::open(place.path(), SqliteConnection::Mode::ReadWrite);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(configure(*writer, SqliteConnection::Mode::ReadWrite));
    EXPECT_EQ(must(writer->value("PRAGMA journal_mode")), "wal");
    EXPECT_EQ(must(writer->value("PRAGMA synchronous")), "2");
    EXPECT_EQ(must(writer->value("PRAGMA wal_autocheckpoint")), "8000");
    // A database in memory cannot have a WAL: what does not take is refused.
    const auto memory = SqliteConnection::open(":memory:", SqliteConnection::Mode::ReadWrite);
    ASSERT_TRUE(memory);
    const Status refused = configure(*memory, SqliteConnection::Mode::ReadWrite);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::StoreFailed);
    EXPECT_THAT(refused.error().message, HasSubstr("journal_mode"));
}

TEST(SqliteStore, NoticesATamperedAudit) {
    struct Row {
        const char* name;
        const char* sql;
    };
    for (const Row& row : std::vector<Row>{
             {"changed", "UPDATE audit SET outcome = 'E4001' WHERE number = 2"},
             {"removed", "DELETE FROM audit WHERE number = 2"},
             {"first removed", "DELETE FROM audit WHERE number = 1"},
             {"end cut off", "DELETE FROM audit WHERE number = 3"},
             {"all removed", "DELETE FROM audit"},
             {"head lowered", "UPDATE meta SET value = '2' WHERE name = 'audit_number'"},
         }) {
        SqlitePlace place;
        {
            const auto store = open(place);
            const std::vector entries{audit_entry("a"), audit_entry("b"), audit_entry("c")};
            ASSERT_TRUE(store->audit(entries));
            ASSERT_EQ(must(verify_audit(*store)), 3U);
        }
        place.tamper(row.sql);
        const auto store = open(place);
        const auto found = verify_audit(*store);
        ASSERT_FALSE(found) << row.name;
        EXPECT_EQ(found.error().code, Errc::Corruption) << row.name;
    }
}

TEST(SqliteStore, UsesAnIndexForEveryQueryOfTheQueue) {
    SqlitePlace place;
    { const auto store = open(place); }
    const auto file = SqliteConnection::open(place.path(), SqliteConnection::Mode::ReadOnly);
    ASSERT_TRUE(file);
    for (const char* sql :
         {"SELECT id FROM deliveries WHERE party = ? AND state IN (1, 3) AND due_at <= ? "
          "ORDER BY due_at LIMIT 9",
          "SELECT party, due_at FROM deliveries WHERE state IN (1, 3) AND party > ? "
          "ORDER BY party, due_at LIMIT 1",
          "SELECT id FROM cases WHERE wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at, "
          "key"}) {
        auto plan = file->prepare("EXPLAIN QUERY PLAN " + std::string(sql));
        ASSERT_TRUE(plan);
        SqliteRows rows = plan->query();
        std::string text;
        while (must(rows.next())) text += rows.text(3) + "\n";
        EXPECT_THAT(text, HasSubstr("USING"));
        EXPECT_THAT(text, HasSubstr("INDEX"));
        EXPECT_THAT(text, testing::Not(HasSubstr("TEMP B-TREE"))) << text;
    }
}

/// The disk is full at `bytes` per file, while this lives. What the kernel says is EFBIG.
class FullDisk {
public:
    explicit FullDisk(std::uintmax_t bytes) : before_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, before_signal_);
    }

private:
    void (*before_signal_)(int);
    rlimit before_{};
};

TEST(SqliteStore, LosesNothingOnAFullDiskAndGoesOnAfterwards) {
    SqlitePlace place;
    auto store = open(place);
    std::uint32_t acked = 0;
    const auto batch = [&acked] {
        std::vector<Unit> units{arrival(acked), arrival(acked + 1, {"sti", "psb", "hrss"})};
        for (Unit& unit : units) {
            unit.message->body.assign(6'000, 'x');
            unit.audit = {audit_entry(unit.state.number)};
        }
        return units;
    };
    ASSERT_TRUE(store->commit(batch()));
    acked += 2;
    // Every place where the space can end: in the frames, between them, at the commit.
    for (std::uintmax_t room = 0; room < 80'000; room += 1'030) {
        {
            const FullDisk full(std::filesystem::file_size(place.path() + "-wal") + room);
            for (;;) {
                const auto kept = store->commit(batch());
                if (!kept) {
                    ASSERT_EQ(kept.error().code, Errc::StoreFull) << kept.error().message;
                    break;
                }
                acked += 2;
            }
            EXPECT_FALSE(must(store->find_case(case_id(acked)))) << "at " << room;
            EXPECT_FALSE(must(store->find_message("portal", "key-" + std::to_string(acked))));
            EXPECT_EQ(must(store->counts())["cases"], acked) << "reading goes on";
            EXPECT_EQ(must(verify_audit(*store)), acked);
        }
        const auto outcomes = must(store->commit(batch()));
        ASSERT_EQ(outcomes.size(), 2U);
        EXPECT_EQ(outcomes[0].kind, Kind::Committed) << "at " << room;
        acked += 2;
        ASSERT_FALSE(HasFailure());
    }
    store.reset();
    store = open(place);
    EXPECT_EQ(must(verify_audit(*store)), acked);
    for (std::uint32_t number = 0; number < acked; ++number) {
        ASSERT_TRUE(must(store->find_case(case_id(number))));
        ASSERT_EQ(must(store->deliveries(case_id(number))).size(), number % 2 == 0 ? 1U : 3U);
    }
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite,
                         StoreContract,
                         testing::Values(StoreKind{
                             "sqlite", [] { return std::make_unique<SqlitePlace>(); }}));

INSTANTIATE_TEST_SUITE_P(SqliteAtOnce,
                         StoreContract,
                         testing::Values(StoreKind{"sqlite_at_once", [] {
                                                       return std::make_unique<SqlitePlace>(
                                                           kFewRecent);
                                                   }}));

}  // namespace luqiao::broker
