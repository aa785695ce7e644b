// A SQLite store of every older schema, taken along: what it held is there, a copy of it is beside,
// and a power cut in the middle leaves a store that the same command finishes.
#include "broker/migration.h"
#include "tests/broker/recorded_disk.h"
#include "tests/broker/store_sqlite_place.h"
#include "tests/older_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace luqiao::broker {
namespace {

using testing::HasSubstr;

const std::string kNumber = "FW20251009AAAA0001";

/// As the program of that version left it.
void make_store(const SqlitePlace& place, int version) {
    place.tamper("PRAGMA journal_mode = WAL;" + tests::older_sqlite(version));
}

/// Tables with their columns, indexes with their words: what two stores have alike.
std::string shape_of(const std::string& path) {
    const auto store = *SqliteConnection::open(path, SqliteConnection::Mode::ReadOnly);
    std::string out;
    auto statement = store.prepare(
        "SELECT s.type || ' ' || s.name || ' ' || CASE s.type WHEN 'index' THEN s.sql ELSE "
        "(SELECT group_concat(c.name || ' ' || c.type || ' ' || c.pk || ' ' || c.\"notnull\") "
        "FROM pragma_table_info(s.name) AS c) END FROM sqlite_schema AS s "
        "WHERE s.name NOT LIKE 'sqlite_%' ORDER BY 1");
    SqliteRows rows = statement->query();
    while (must(rows.next())) {
        std::string line = rows.text(0);
        std::erase_if(line, [](char c) { return c == '\n' || c == ' '; });
        out += line + "\n";
    }
    return out;
}

std::int64_t version_of(const std::string& path) {
    const auto store = *SqliteConnection::open(path, SqliteConnection::Mode::ReadOnly);
    return must(store.number("PRAGMA user_version"));
}

/// The case of the text, whole.
void expect_case(Store& store) {
    const auto id = must(store.find_case_id(kNumber));
    ASSERT_TRUE(id);
    const auto found = must(store.find_case(*id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state.channel, "portal");
    EXPECT_EQ(must(store.messages(*id)).size(), 1U);
    EXPECT_TRUE(must(store.find_message("portal", "k1"))) << "its key is known";
    EXPECT_FALSE(must(store.find_message("window", "k1")));
    EXPECT_EQ(must(store.timeline(*id)).size(), 1U);
    const auto deliveries = must(store.deliveries(*id));
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries[0].body, "ABC");
    const auto failed = must(store.failures({.state = DeliveryState::Dead}));
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].cause, "E5003");
    EXPECT_TRUE(must(store.find_delivery(deliveries[1].id)));
    EXPECT_EQ(must(store.nonces(Instant{})).size(), 1U);
    EXPECT_EQ(must(store.search({})).size(), 1U);
    const auto leased = must(store.lease(at(1'000'000'000), at(2'000'000'000), "n", {{"sti", 1}}));
    EXPECT_EQ(leased.size(), 1U) << "it goes on";
}

class Migration : public testing::TestWithParam<int> {};

TEST_P(Migration, TakesEveryOlderStoreAlongAndKeepsACopy) {
    SqlitePlace fresh;
    ASSERT_TRUE(fresh.open());
    const int newest = static_cast<int>(version_of(fresh.path()));
    SqlitePlace place;
    make_store(place, GetParam());

    const auto refused = place.open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("luqiao migrate"));
    EXPECT_EQ(version_of(place.path()), GetParam()) << "nothing in passing";

    const auto plan = plan_sqlite_migration(place.path());
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->from, GetParam());
    EXPECT_EQ(plan->to, newest);
    ASSERT_EQ(plan->steps.size(), static_cast<std::size_t>(newest - GetParam()));
    EXPECT_EQ(plan->steps.back().to, newest);
    for (const MigrationStep& one : plan->steps) {
        if (one.to == 6) {
            EXPECT_EQ(one.rows, 3U) << "a message and two deliveries";
        }
    }
    EXPECT_GE(plan->bytes_needed, 2 * plan->bytes);
    EXPECT_EQ(version_of(place.path()), GetParam()) << "a plan changes nothing";

    const auto done = migrate_sqlite(place.path());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(shape_of(place.path()), shape_of(fresh.path()));
    expect_case(*must(place.open()));
    EXPECT_EQ(version_of(done->snapshot), GetParam());
    struct stat about {};
    ASSERT_EQ(::stat(done->snapshot.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U) << "it holds what the store holds";

    // Back: the copy in its place, as the program of then would find it.
    SqlitePlace back;
    std::filesystem::copy_file(done->snapshot, back.path());
    EXPECT_EQ(back.number("SELECT count(*) FROM deliveries"), 2);
    ASSERT_TRUE(migrate_sqlite(back.path()));
    expect_case(*must(back.open()));
}

INSTANTIATE_TEST_SUITE_P(Sqlite, Migration, testing::Range(1, 10), [](const auto& version) {
    return "FromVersion" + std::to_string(version.param);
});

TEST(Migration, TakesWhatWasDecidedAsDecidedAtItsLastEvent) {
    SqlitePlace place;
    make_store(place, 7);
    place.tamper("UPDATE cases SET decided = 1; UPDATE timeline SET at = 1759975209000");
    ASSERT_TRUE(migrate_sqlite(place.path()));
    const auto store = must(place.open());
    const auto found = must(store->find_case(*must(store->find_case_id(kNumber))));
    EXPECT_EQ(found->decided_at, Instant{Duration{1'759'975'209'000}});
    EXPECT_EQ(found->aged_at, std::nullopt);
    EXPECT_EQ(place.number("PRAGMA auto_vacuum"), 2) << "what goes can be given back";
}

TEST(Migration, TakesTermsAlongWhichEndWithTheirCase) {
    SqlitePlace place;
    make_store(place, 8);
    place.tamper(
        "INSERT INTO terms VALUES (7, 1), (8, 1); UPDATE cases SET decided = 1, decided_at = 1, "
        "aged_at = 2; DELETE FROM deliveries");
    ASSERT_TRUE(migrate_sqlite(place.path()));
    auto store = must(place.open());
    const auto found = must(store->search({.terms = {7, 8}}));
    ASSERT_EQ(found.size(), 1U);
    const auto gone = must(store->expire({.what = Ageing::Metadata,
                                          .now = at(0),
                                          .decided_before = at(0),
                                          .cases = {{found[0].id}}}));
    EXPECT_EQ(gone.cases, 1U);
    EXPECT_FALSE(must(store->find_message("portal", "k1")));
    store.reset();
    EXPECT_EQ(
        place.number("SELECT (SELECT count(*) FROM terms) + (SELECT count(*) FROM case_terms) "
                     "+ (SELECT count(*) FROM message_keys)"),
        0);
}

TEST(Migration, OfTheNewestStoreDoesNothing) {
    SqlitePlace place;
    ASSERT_TRUE(place.open());
    const auto done = migrate_sqlite(place.path());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->plan.steps.empty());
    EXPECT_EQ(done->snapshot, "");
    EXPECT_EQ(done->plan.bytes_needed, 0U);
}

TEST(Migration, SaysWhyItRefuses) {
    SqlitePlace place;
    EXPECT_EQ(migrate_sqlite(place.path()).error().code, Errc::NotFound);
    {
        const auto open = must(place.open());
        EXPECT_EQ(migrate_sqlite(place.path()).error().code, Errc::StoreBusy) << "a broker runs";
        const auto plan = plan_sqlite_migration(place.path());
        ASSERT_TRUE(plan) << "a plan is made beside it: " << plan.error().message;
        EXPECT_EQ(plan->from, plan->to);
    }
    place.tamper("PRAGMA user_version = 99");
    const auto newer = migrate_sqlite(place.path());
    EXPECT_EQ(newer.error().code, Errc::Corruption);
    EXPECT_THAT(newer.error().message, HasSubstr("schema version 99"));
    place.tamper("PRAGMA application_id = 7");
    EXPECT_THAT(plan_sqlite_migration(place.path()).error().message,
                HasSubstr("not a store of Luqiao"));
}

TEST(Migration, ThatFindsNoRoomForTheCopyChangesNothing) {
    RecordedDisk disk;
    SqlitePlace place;
    make_store(place, 1);
    // The WAL is written back first; what is written then is the copy.
    for (int kth = 1;; ++kth) {
        disk.plan({DiskCall::Write, DiskFault::What::NoSpace, kth, true});
        const auto done = migrate_sqlite(place.path());
        const bool struck = disk.failed() > 0;
        disk.repair();
        if (!struck) {
            EXPECT_TRUE(done) << done.error().message;
            break;
        }
        // Whatever was reached, the same command goes on from there.
        const auto version = version_of(place.path());
        EXPECT_GE(version, 1);
        ASSERT_TRUE(plan_sqlite_migration(place.path()));
        EXPECT_TRUE(version == 1 || version_of(place.path() + ".schema-1") == 1) << kth;
    }
    expect_case(*must(place.open()));
}

/// The disk as a cut leaves it, at every event of a migration.
TEST(MigrationPower, IsFinishedByTheSameCommandWhereverItIsCut) {
    RecordedDisk disk;
    SqlitePlace place;
    disk.record(true);
    make_store(place, 1);
    disk.mark_step(0);  // the old store is durable from here on
    ASSERT_TRUE(migrate_sqlite(place.path()));
    disk.record(false);
    const auto events = disk.take_events();

    SqlitePlace image;
    std::size_t writes = 0;
    std::size_t between = 0;
    const auto is_wanted = [&](const DiskEvent& event) {  // of writes, one in four
        return event.kind != DiskEvent::Kind::Write || ++writes % 4 == 0;
    };
    const auto finish = [&](const std::string& where) {
        const auto plan = plan_sqlite_migration(image.path());
        ASSERT_TRUE(plan) << where << ": " << plan.error().message;
        between += plan->from > 1 && plan->from < plan->to ? 1U : 0U;
        if (plan->from > 1) {
            ASSERT_EQ(version_of(image.path() + ".schema-1"), 1) << where;
        }
        const auto done = migrate_sqlite(image.path());
        ASSERT_TRUE(done) << where << ": " << done.error().message;
        expect_case(*must(image.open()));
        ASSERT_FALSE(HasFailure()) << where;
    };
    const std::size_t images =
        each_cut_disk(events, std::filesystem::path(image.path()).parent_path(), is_wanted,
                      [&](const std::string& where) {
                          finish(where);
                          return !HasFatalFailure();
                      });
    EXPECT_GT(images, 60U);
    EXPECT_GT(between, 0U) << "some cuts came between two steps";
}

}  // namespace
}  // namespace luqiao::broker
