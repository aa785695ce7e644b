// The disk fails under the SQLite store at its k-th call, once or for ever, for every k: the error
// has a name, what was acknowledged stays, nothing is there in part, and the store goes on when the
// disk does.
#include "broker/audit.h"
#include "tests/broker/recorded_disk.h"
#include "tests/broker/store_sqlite_place.h"

#include <atomic>
#include <future>
#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using Kind = UnitOutcome::Kind;
using What = DiskFault::What;

class SqliteStoreFault : public testing::TestWithParam<bool> {
protected:
    static std::unique_ptr<Store> open(SqlitePlace& place) {
        auto opened = place.open();
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? *std::move(opened) : nullptr;
    }

    static std::vector<Unit> batch(std::uint32_t first) {
        std::vector<Unit> units{arrival(first), arrival(first + 1, {"sti", "psb", "hrss"})};
        for (Unit& unit : units) unit.audit = {audit_entry(unit.state.number)};
        return units;
    }

    /// How many of the two cases of `batch(first)` are there; each of them is whole.
    static int stored(Store& store, std::uint32_t first) {
        int there = 0;
        for (std::uint32_t number = first; number < first + 2; ++number) {
            if (!must(store.find_case(case_id(number)))) continue;
            ++there;
            EXPECT_TRUE(must(store.find_message("portal", "key-" + std::to_string(number))));
            EXPECT_EQ(must(store.deliveries(case_id(number))).size(), number == first ? 1U : 3U);
            EXPECT_EQ(must(store.timeline(case_id(number))).size(), 1U);
        }
        return there;
    }

    void plan(DiskCall call, int kth, What what = What::Error) {
        disk_.plan({call, what, kth, GetParam()});
    }

    RecordedDisk disk_;
};

class SqliteStoreWriteFault : public SqliteStoreFault {
protected:
    void expect_nothing_kept(What what, Errc code);
};

void SqliteStoreWriteFault::expect_nothing_kept(What what, Errc code) {
    int kth = 1;
    for (;; kth += what == What::Error ? 1 : 3) {  // the others take the same way out
        SqlitePlace place(kFewRecent);
        auto store = open(place);
        ASSERT_TRUE(store->commit(batch(0)));
        plan(DiskCall::Write, kth, what);
        const auto hurt = store->commit(batch(10));
        disk_.repair();
        if (disk_.failed() == 0) break;
        ASSERT_FALSE(hurt) << "write " << kth;
        EXPECT_EQ(hurt.error().code, code) << hurt.error().message;
        EXPECT_EQ(stored(*store, 10), 0) << "write " << kth;
        EXPECT_EQ(must(verify_audit(*store)), 2U);
        EXPECT_TRUE(store->commit(batch(10))) << "a failed write does not end the store";
        store.reset();
        store = open(place);
        EXPECT_EQ(stored(*store, 0), 2) << "write " << kth;
        EXPECT_EQ(stored(*store, 10), 2) << "write " << kth;
        EXPECT_EQ(must(verify_audit(*store)), 4U);
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(kth, 5) << "the loop reached every write";
}

TEST_P(SqliteStoreWriteFault, KeepsNothingOfACommitThatCannotBeWritten) {
    expect_nothing_kept(What::Error, Errc::StoreFailed);
}

TEST_P(SqliteStoreWriteFault, KeepsNothingOfACommitThatFindsNoSpace) {
    expect_nothing_kept(What::NoSpace, Errc::StoreFull);
}

TEST_P(SqliteStoreWriteFault, KeepsNothingOfACommitThatIsWrittenInPart) {
    expect_nothing_kept(What::ShortWrite, Errc::StoreFull);
}

TEST_P(SqliteStoreFault, WritesNothingAfterAFailedFlushUntilAllIsOnTheDiskAgain) {
    int kth = 1;
    for (;; ++kth) {
        SqlitePlace place(kFewRecent);
        auto store = open(place);
        ASSERT_TRUE(store->commit(batch(0)));
        plan(DiskCall::Flush, kth);
        const auto hurt = store->commit(batch(10));
        if (disk_.failed() == 0) break;
        ASSERT_FALSE(hurt) << "flush " << kth;
        EXPECT_EQ(hurt.error().code, Errc::StoreFailed) << hurt.error().message;
        disk_.plan({DiskCall::Flush, What::Error, 1, true});
        const auto after = store->commit(batch(20));
        ASSERT_FALSE(after) << "a second flush of the same pages would lie";
        EXPECT_EQ(after.error().code, Errc::StoreFailed);
        EXPECT_FALSE(store->lease(at(99), at(199), "node-1", {{"sti", 1}}));
        EXPECT_FALSE(store->audit(audit_entry("late")));
        EXPECT_EQ(stored(*store, 0), 2) << "reading goes on";
        disk_.repair();
        ASSERT_TRUE(store->commit(batch(30))) << "without a restart";
        store.reset();
        store = open(place);
        EXPECT_EQ(stored(*store, 0), 2);
        EXPECT_THAT(stored(*store, 10), AnyOf(0, 2)) << "not known, but never half";
        std::vector<Kind> kinds;
        for (const auto& outcome : must(store->commit(batch(10)))) kinds.push_back(outcome.kind);
        EXPECT_THAT(kinds, AnyOf(ElementsAre(Kind::Committed, Kind::Committed),
                                 ElementsAre(Kind::Duplicate, Kind::Duplicate)));
        EXPECT_EQ(stored(*store, 10), 2);
        EXPECT_EQ(stored(*store, 30), 2);
        EXPECT_EQ(must(verify_audit(*store)), 6U);
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(kth, 1) << "a commit flushes at least once";
}

TEST_P(SqliteStoreFault, LosesNothingWhenOpeningOrClosingFails) {
    SqlitePlace place(kFewRecent);
    ASSERT_TRUE(open(place)->commit(batch(0)));
    using enum DiskCall;
    for (const DiskCall call : {Read, Write, Flush, Truncate, Delete}) {
        int kth = 1;
        for (;; ++kth) {
            plan(call, kth);
            auto hurt = place.open();
            if (hurt) {
                hurt->reset();  // the close writes the WAL back
            } else {
                EXPECT_THAT(hurt.error().code, AnyOf(Errc::StoreFailed, Errc::Corruption))
                    << hurt.error().message;
            }
            disk_.repair();
            const auto store = open(place);
            ASSERT_TRUE(store) << "call " << kth << " of kind " << static_cast<unsigned>(call);
            EXPECT_EQ(stored(*store, 0), 2);
            EXPECT_EQ(must(verify_audit(*store)), 2U);
            ASSERT_FALSE(HasFailure()) << kth;
            if (disk_.failed() == 0) break;
        }
    }
}

TEST_P(SqliteStoreFault, SaysSoWhenItCannotReadAndReadsOnAfterwards) {
    SqlitePlace place(kFewRecent);
    ASSERT_TRUE(open(place)->commit(batch(0)));
    int failures = 0;
    for (int kth = 1;; ++kth) {
        const auto store = open(place);  // nothing is in its cache
        plan(DiskCall::Read, kth);
        const auto read = store->deliveries(case_id(1));
        const auto committed = store->commit(batch(static_cast<std::uint32_t>(10 * kth)));
        disk_.repair();
        if (disk_.failed() == 0) break;
        ++failures;
        if (!read) {
            EXPECT_EQ(read.error().code, Errc::StoreFailed) << read.error().message;
        }
        if (!committed) {
            EXPECT_EQ(committed.error().code, Errc::StoreFailed) << committed.error().message;
        }
        EXPECT_TRUE(!read || !committed) << "read " << kth;
        EXPECT_EQ(must(store->deliveries(case_id(1))).size(), 3U);
        EXPECT_TRUE(store->commit(batch(static_cast<std::uint32_t>(10 * kth + 5))));
    }
    EXPECT_GT(failures, 3);
}

TEST_P(SqliteStoreFault, LetsReadersGoOnWhileAFlushIsSlow) {
    SqlitePlace place(kFewRecent);
    const auto store = open(place);
    ASSERT_TRUE(store->commit(batch(0)));
    std::promise<void> reached;
    std::promise<void> finish;
    std::atomic<bool> first{true};
    disk_.before_flush([&, may = finish.get_future().share()] {
        if (!first.exchange(false)) return;
        reached.set_value();
        may.wait();
    });
    auto slow = std::async(std::launch::async, [&] { return store->commit(batch(10)); });
    reached.get_future().wait();
    EXPECT_EQ(stored(*store, 0), 2);
    EXPECT_EQ(stored(*store, 10), 0) << "nothing is seen before it is durable";
    finish.set_value();
    EXPECT_TRUE(slow.get());
    EXPECT_EQ(stored(*store, 10), 2);
    disk_.before_flush({});
}

INSTANTIATE_TEST_SUITE_P(Disk, SqliteStoreWriteFault, testing::Bool(), [](const auto& about) {
    return about.param ? "ForEver" : "Once";
});
INSTANTIATE_TEST_SUITE_P(Disk, SqliteStoreFault, testing::Bool(), [](const auto& about) {
    return about.param ? "ForEver" : "Once";
});

}  // namespace
}  // namespace luqiao::broker
