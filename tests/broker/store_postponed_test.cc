// Commits whose flush comes later, on another thread: what was flushed stays wherever the power is
// cut, what was not is there whole or not at all, and a flush that failed is not made good by the
// next.
#include "tests/broker/recorded_disk.h"
#include "tests/broker/store_rows.h"
#include "tests/broker/store_sqlite_place.h"
#include "tests/broker/store_workload.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace luqiao::broker {
namespace {

struct Written {
    std::vector<DiskEvent> events;  ///< a step says how many commits were flushed
    std::vector<std::string> rows;  ///< after 0, 1, 2 … commits
};

/// Commits `count` times three cases, and flushes after every third commit.
Written write_and_flush(RecordedDisk& disk, SqlitePlace& place, std::uint32_t count, int body) {
    Written out;
    disk.record(true);
    auto store = must(place.open());
    disk.mark_step(0);
    out.rows.push_back(rows_of(place.path()));
    for (std::uint32_t at = 0; at < count; ++at) {
        const auto units = fresh_cases(3 * at, static_cast<std::size_t>(body));
        EXPECT_TRUE(store->write_and_lease(units, {}));
        out.rows.push_back(rows_of(place.path()));
        if (at % 3 != 2) continue;
        EXPECT_TRUE(store->flush());
        disk.mark_step(out.rows.size() - 1);
    }
    disk.record(false);
    out.events = disk.take_events();
    return out;
}

/// Each disk that a power cut may leave holds what was flushed, and of the rest whole commits.
/// @param every  so many writes lie between two cuts; there is one at every other event
void expect_whole_at_each_cut(const Written& written,
                              std::size_t every,
                              const std::vector<Unflushed>& fates) {
    const std::filesystem::path folder = image_folder();
    DiskModel disk;
    std::mt19937 random{20'251'128};
    std::size_t flushed = 0;
    std::size_t writes = 0;
    std::size_t images = 0;
    for (const DiskEvent& event : written.events) {
        disk.apply(event);
        if (event.kind == DiskEvent::Kind::Step) flushed = event.offset;
        if (event.kind == DiskEvent::Kind::Write && ++writes % every != 0) continue;
        for (const Unflushed fate : fates) {
            disk.write_to(folder, fate, random);
            const std::string path = folder / "store.db";
            const auto opened = SqliteStore::open(path, kFewRecent);
            if (!opened) continue;  // before its first opening was over
            const std::string got = rows_of(path);
            const auto from = written.rows.begin() + static_cast<std::ptrdiff_t>(flushed);
            ++images;
            ASSERT_NE(std::find(from, written.rows.end(), got), written.rows.end())
                << flushed << " commits were flushed\n"
                << difference(got, *from);
        }
    }
    EXPECT_GT(images, fates.size() * written.rows.size() / 2);
    std::filesystem::remove_all(folder);
}

std::size_t flushes(const std::vector<DiskEvent>& events) {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [](const auto& one) {
            return one.kind == DiskEvent::Kind::Flush && one.file == "store.db-wal";
        }));
}

TEST(PostponedFlush, CostsNothingThatWasFlushedWhereverThePowerIsCut) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    const Written written = write_and_flush(disk, place, 9, 1'500);
    ASSERT_FALSE(HasFailure());
    expect_whole_at_each_cut(written, 5, {Unflushed::Lost, Unflushed::Kept, Unflushed::Torn});
}

TEST(PostponedFlush, IsNotPostponedByACheckpoint) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    // 32 MiB in the WAL.
    const Written written = write_and_flush(disk, place, 4, 4'000'000);
    ASSERT_FALSE(HasFailure());
    const bool has_checkpoint =
        std::any_of(written.events.begin(), written.events.end(), [&](const DiskEvent& one) {
            return one.file == "store.db" && one.kind == DiskEvent::Kind::Flush &&
                   &one > &written.events[written.events.size() / 4];
        });
    ASSERT_TRUE(has_checkpoint);
    expect_whole_at_each_cut(written, 10'000, {Unflushed::Lost});  // an image is 50 MB
}

TEST(PostponedFlush, IsDoneOnceForAllThatWasWritten) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    auto store = must(place.open());
    ASSERT_TRUE(store->flush());
    disk.record(true);
    for (std::uint32_t at = 0; at < 3; ++at) {
        ASSERT_TRUE(store->write_and_lease(fresh_cases(3 * at, 100), {}));
    }
    EXPECT_EQ(flushes(disk.take_events()), 0U);
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(flushes(disk.take_events()), 1U);
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(flushes(disk.take_events()), 0U) << "nothing was written since";
    ASSERT_TRUE(store->write_and_lease(fresh_cases(9, 100), {}));
    ASSERT_TRUE(store->audit(audit_entry("a row")));
    EXPECT_EQ(flushes(disk.take_events()), 1U) << "that of the row is one for both";
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(flushes(disk.take_events()), 0U);
}

TEST(PostponedFlush, ThatFailedIsNotMadeGoodByTheNext) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    auto store = must(place.open());
    ASSERT_TRUE(store->write_and_lease(fresh_cases(0, 100), {}));
    disk.plan({DiskCall::Flush, DiskFault::What::Error, 1, false});
    const Status first = store->flush();
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, Errc::StoreFailed);
    EXPECT_FALSE(store->flush()) << "the kernel calls it clean now: it would lie";
    disk.repair();
    ASSERT_TRUE(store->write_and_lease(fresh_cases(3, 100), {})) << "after all is written back";
    ASSERT_TRUE(store->flush());
    store.reset();
    store = must(place.open());
    EXPECT_EQ(must(store->counts())["cases"], 6U);
}

TEST(PostponedFlush, ThatFailedFailsWhoeverCommittedMeanwhile) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    auto store = must(place.open());
    ASSERT_TRUE(store->write_and_lease(fresh_cases(0, 100), {}));
    // While it is under way the next commit is written, and its flush waits for this one.
    std::thread other;
    Status audited;
    std::atomic<bool> begun{false};
    disk.before_flush([&] {
        if (begun.exchange(true)) return;
        const auto before = std::filesystem::file_size(place.path() + "-wal");
        other = std::thread([&] { audited = store->audit(audit_entry("a row")); });
        while (std::filesystem::file_size(place.path() + "-wal") == before) {
            std::this_thread::yield();
        }
    });
    disk.plan({DiskCall::Flush, DiskFault::What::Error, 1, false});
    EXPECT_FALSE(store->flush());
    other.join();
    EXPECT_FALSE(audited) << "its flush came after one that lost what lies before it";
    disk.repair();
    disk.before_flush({});
    ASSERT_TRUE(store->audit(audit_entry("a row")));
    EXPECT_EQ(must(store->counts())["cases"], 3U);
}

TEST(PostponedFlush, ThatFailedFailsThoseAfterItUntilTheWalIsWrittenBack) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    auto store = must(place.open());
    ASSERT_TRUE(store->write_and_lease(fresh_cases(0, 100), {}));
    int flush = 0;
    std::optional<bool> is_flushed;
    disk.before_flush([&] {
        ++flush;
        if (flush == 1) {  // behind the one that fails: it cannot be told from it
            std::thread([&] {
                EXPECT_TRUE(store->write_and_lease(fresh_cases(3, 100), {}));
            }).join();
        }
        if (flush == 3) {  // the WAL has been flushed once more, and the file has not
            std::thread([&] { is_flushed = store->flush().has_value(); }).join();
        }
    });
    disk.plan({DiskCall::Flush, DiskFault::What::Error, 1, false});
    EXPECT_FALSE(store->flush());
    EXPECT_TRUE(store->audit(audit_entry("a row")));
    disk.before_flush({});
    EXPECT_EQ(is_flushed, false) << "what the kernel lost lies before it in the WAL";
    EXPECT_TRUE(store->flush()) << "it is in the file";
}

TEST(PostponedFlush, LetsTheNextCommitBeWrittenMeanwhile) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    auto store = must(place.open());
    ASSERT_TRUE(store->write_and_lease(fresh_cases(0, 100), {}));
    bool is_written = false;
    disk.before_flush([&] {  // on this thread, which holds nothing that a writer needs
        std::thread([&] {
            is_written = store->write_and_lease(fresh_cases(3, 100), {}).has_value();
        }).join();
    });
    const Status flushed = store->flush();
    disk.before_flush({});
    EXPECT_TRUE(flushed);
    EXPECT_TRUE(is_written);
}

}  // namespace
}  // namespace luqiao::broker
