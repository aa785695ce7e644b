// The k-th write or flush of the disk fails, once or for ever, for each k until none is left.
#include "broker/audit.h"
#include "tests/broker/store_sqlite_place.h"

#include <atomic>
#include <cerrno>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace luqiao::broker {
namespace {

/// What the disk does from the `countdown`-th call on: one failure, or failures for ever.
struct Fault {
    std::atomic<int> countdown{0};  ///< 0: none is planned
    std::atomic<bool> for_ever{false};
    std::atomic<int> failed{0};

    bool strikes() {
        if (countdown == 0 || --countdown > 0) return false;
        countdown = for_ever ? 1 : 0;
        ++failed;
        return true;
    }
    void plan(int kth, bool ever) {
        failed = 0;
        for_ever = ever;
        countdown = kth;
    }
    void repair() { countdown = 0; }
};
Fault g_writes;
Fault g_flushes;

ssize_t write_or_fail(int file, const void* bytes, std::size_t size, off_t offset) {
    if (g_writes.strikes()) {
        errno = EIO;
        return -1;
    }
    return ::pwrite(file, bytes, size, offset);
}

}  // namespace
}  // namespace luqiao::broker

/// Takes the place of the C library's for all that this program links, SQLite among it.
extern "C" int fdatasync(int file) {
    if (luqiao::broker::g_flushes.strikes()) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace luqiao::broker {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using Kind = UnitOutcome::Kind;

class SqliteStoreFault : public testing::TestWithParam<bool> {
protected:
    SqliteStoreFault() {
        for (const char* call : {"pwrite", "pwrite64"}) {
            auto* replacement = reinterpret_cast<sqlite3_syscall_ptr>(&write_or_fail);
            vfs_->xSetSystemCall(vfs_, call, replacement);
        }
    }
    ~SqliteStoreFault() override {
        g_writes.repair();
        g_flushes.repair();
        vfs_->xSetSystemCall(vfs_, nullptr, nullptr);
    }

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

    sqlite3_vfs* vfs_ = sqlite3_vfs_find(nullptr);
};

TEST_P(SqliteStoreFault, KeepsNothingOfACommitWhoseWriteFailed) {
    int kth = 1;
    for (;; ++kth) {
        SqlitePlace place;
        auto store = open(place);
        ASSERT_TRUE(store->commit(batch(0)));
        g_writes.plan(kth, GetParam());
        const auto hurt = store->commit(batch(10));
        g_writes.repair();
        if (g_writes.failed == 0) break;
        ASSERT_FALSE(hurt) << "write " << kth;
        EXPECT_EQ(hurt.error().code, Errc::StoreFailed) << hurt.error().message;
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

TEST_P(SqliteStoreFault, WritesNothingMoreAfterAFailedFlush) {
    int kth = 1;
    for (;; ++kth) {
        SqlitePlace place;
        auto store = open(place);
        ASSERT_TRUE(store->commit(batch(0)));
        g_flushes.plan(kth, GetParam());
        const auto hurt = store->commit(batch(10));
        g_flushes.repair();
        if (g_flushes.failed == 0) break;
        ASSERT_FALSE(hurt) << "flush " << kth;
        EXPECT_EQ(hurt.error().code, Errc::StoreFailed) << hurt.error().message;
        const auto after = store->commit(batch(20));
        ASSERT_FALSE(after) << "a second flush of the same file would lie";
        EXPECT_EQ(after.error().code, Errc::StoreFailed);
        EXPECT_FALSE(store->lease(at(99), at(199), "node-1", {{"sti", 1}}));
        EXPECT_FALSE(store->audit(audit_entry("late")));
        EXPECT_EQ(stored(*store, 0), 2) << "reading goes on";
        store.reset();
        store = open(place);
        EXPECT_EQ(stored(*store, 0), 2);
        EXPECT_THAT(stored(*store, 10), AnyOf(0, 2)) << "not known, but never half";
        std::vector<Kind> kinds;
        for (const auto& outcome : must(store->commit(batch(10)))) kinds.push_back(outcome.kind);
        EXPECT_THAT(kinds, AnyOf(ElementsAre(Kind::Committed, Kind::Committed),
                                 ElementsAre(Kind::Duplicate, Kind::Duplicate)));
        EXPECT_EQ(stored(*store, 10), 2);
        EXPECT_EQ(must(verify_audit(*store)), 4U);
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(kth, 1) << "a commit flushes at least once";
}

TEST_P(SqliteStoreFault, LosesNothingWhenOpeningOrClosingFails) {
    SqlitePlace place;
    ASSERT_TRUE(open(place)->commit(batch(0)));
    for (Fault* fault : {&g_writes, &g_flushes}) {
        int kth = 1;
        for (;; ++kth) {
            fault->plan(kth, GetParam());
            auto hurt = place.open();
            if (hurt) {
                hurt->reset();  // the close writes the WAL back
            } else {
                EXPECT_EQ(hurt.error().code, Errc::StoreFailed) << hurt.error().message;
            }
            fault->repair();
            const auto store = open(place);
            EXPECT_EQ(stored(*store, 0), 2);
            EXPECT_EQ(must(verify_audit(*store)), 2U);
            ASSERT_FALSE(HasFailure()) << kth;
            if (fault->failed == 0) break;
        }
        EXPECT_GT(kth, 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Disk, SqliteStoreFault, testing::Bool(), [](const auto& about) {
    return about.param ? "ForEver" : "Once";
});

}  // namespace
}  // namespace luqiao::broker
