// The power is cut at every boundary between two calls of the disk: what was acknowledged is there,
// nothing is there in part, and what is repeated afterwards has its effect once.
//
// A workload runs once on a recorded disk; the rows that the file holds after each of its steps are
// the truth. Then the disk is rebuilt as it was after each event, with what was not flushed lost,
// kept or torn, the store is opened on it, and must hold the rows of the last acknowledged step, or
// those of the step that was under way.
//
// LUQIAO_POWER_POINTS=20000 runs the long form: more points, and a workload in which checkpoints
// happen by themselves. It prints its counts.
#include "broker/audit.h"
#include "tests/broker/recorded_disk.h"
#include "tests/broker/store_rows.h"
#include "tests/broker/store_sqlite_place.h"
#include "tests/broker/store_workload.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <unistd.h>

namespace luqiao::broker {
namespace {

// ---- what was recorded --------------------------------------------------------------------------

/// Messages that were accepted, and those that arrived at a party.
struct Traffic {
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
};

struct Recording {
    std::vector<DiskEvent> events;
    std::vector<std::string> rows;  ///< after 0, 1, 2 … steps
    Traffic traffic;                ///< after all
};

Traffic traffic_of(Store& store) {
    Traffic out;
    for (const auto& [name, number] : must(store.counts())) {
        if (name == "messages") out.accepted = number;
        const bool is_there = name.ends_with(".delivered") || name.ends_with(".answered");
        if (is_there) out.delivered += number;
    }
    return out;
}

/// Opens (which makes the tables, or takes an older file over) and runs the steps.
Recording record(RecordedDisk& disk, SqlitePlace& place, const std::vector<StoreStep>& steps) {
    Recording out;
    disk.record(true);
    auto store = must(place.open());
    disk.mark_step(0);
    out.rows.push_back(rows_of(place.path()));
    for (const StoreStep& step : steps) {
        if (step.act) {
            const Status done = step.act(*store);
            EXPECT_TRUE(done) << step.name << ": " << done.error().message;
        } else {
            store.reset();
            store = must(place.open());
        }
        disk.mark_step(out.rows.size());
        out.rows.push_back(rows_of(place.path()));
    }
    out.traffic = traffic_of(*store);
    store.reset();
    disk.record(false);
    out.events = disk.take_events();
    return out;
}

/// Every boundary at a flush, a truncation, a deletion or an acknowledgement, and of the others as
/// many as fit.
std::vector<std::size_t> choose(const std::vector<DiskEvent>& events, std::size_t most) {
    std::set<std::size_t> out;
    for (std::size_t at = 0; at < events.size() && out.size() < most / 2; ++at) {
        if (events[at].kind == DiskEvent::Kind::Write) continue;
        out.insert(at);
        out.insert(at + 1);
    }
    const std::size_t others = std::max<std::size_t>(1, most - std::min(most, out.size()));
    const std::size_t stride = std::max<std::size_t>(1, events.size() / others);
    for (std::size_t at = 0; at <= events.size(); at += stride) out.insert(at);
    return {out.begin(), out.end()};
}

// ---- cutting ------------------------------------------------------------------------------------

std::size_t points_wanted(std::size_t otherwise) {
    const char* text = std::getenv("LUQIAO_POWER_POINTS");
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}
bool is_long() {
    return std::getenv("LUQIAO_POWER_POINTS") != nullptr;
}

class PowerCuts {
public:
    PowerCuts(const Recording& recording, std::vector<StoreStep> steps)
        : recording_(recording), steps_(std::move(steps)) {}
    PowerCuts(const PowerCuts&) = delete;
    PowerCuts& operator=(const PowerCuts&) = delete;
    ~PowerCuts() {
        std::filesystem::remove_all(folder_);
        const std::string report = fmt::format(
            "{} images of {} events ({} cut points); {} messages accepted, {} delivered; {} "
            "acknowledged steps checked in the images, lost {}, in part {}, doubled {}\n",
            images_, recording_.events.size(), images_ / kFates.size(), recording_.traffic.accepted,
            recording_.traffic.delivered, checked_, lost_, partial_, doubled_);
        std::fputs(report.c_str(), stdout);
    }

    void run(std::size_t most) {
        const auto points = choose(recording_.events, most / kFates.size());
        DiskModel disk;
        std::optional<std::size_t> acknowledged;
        std::size_t done = 0;
        for (const std::size_t point : points) {
            for (; done < point; ++done) {
                const DiskEvent& event = recording_.events[done];
                disk.apply(event);
                if (event.kind == DiskEvent::Kind::Step) acknowledged = event.offset;
            }
            for (const Unflushed fate : kFates) {
                disk.write_to(folder_, fate, random_);
                look(acknowledged,
                     fmt::format("event {}, unflushed {}", point, static_cast<unsigned>(fate)));
                if (testing::Test::HasFailure()) return;
            }
        }
    }

    /// Cuts behind each acknowledgement only: where the steps are not the same in every run.
    void run_each_step() {
        DiskModel disk;
        for (const DiskEvent& event : recording_.events) {
            disk.apply(event);
            if (event.kind != DiskEvent::Kind::Step) continue;
            for (const Unflushed fate : kFates) {
                disk.write_to(folder_, fate, random_);
                look(event.offset, fmt::format("step {}, unflushed {}", event.offset,
                                               static_cast<unsigned>(fate)));
                if (testing::Test::HasFailure()) return;
            }
        }
    }

    [[nodiscard]] std::size_t images() const { return images_; }
    [[nodiscard]] std::size_t checked() const { return checked_; }

private:
    static constexpr std::array kFates{Unflushed::Lost, Unflushed::Kept, Unflushed::Torn};

    void look(std::optional<std::size_t> acknowledged, const std::string& where) {
        ++images_;
        const std::string path = folder_ / "store.db";
        auto opened = SqliteStore::open(path, kFewRecent);
        ASSERT_TRUE(opened) << where << ": " << opened.error().message;
        Store& store = **opened;
        checked_ += acknowledged.value_or(0);
        // Before the first opening was acknowledged only an empty store may be there.
        std::size_t step = acknowledged.value_or(0);
        const std::size_t next = std::min(step + 1, recording_.rows.size() - 1);
        const std::string got = rows_of(path);
        const bool under_way = got != recording_.rows[step];
        if (under_way && got != recording_.rows[next]) {
            for (std::size_t old = 0; old < step; ++old) {
                if (got == recording_.rows[old]) ++lost_;
            }
            ++partial_;
            FAIL() << where << ": neither after step " << step << " nor " << next << "\n"
                   << difference(got, recording_.rows[step]);
        }
        EXPECT_TRUE(verify_audit(store)) << where;
        if (next == step || step >= steps_.size() || !steps_[step].act ||
            (under_way && !steps_[step].repeats))
            return;
        // The sender heard nothing and repeats.
        const Status again = steps_[step].act(store);
        ASSERT_TRUE(again) << where << ": " << again.error().message;
        const std::string after = rows_of(path);
        if (after != recording_.rows[next]) ++doubled_;
        EXPECT_EQ(after, recording_.rows[next])
            << where << ": repeating " << steps_[step].name << "\n"
            << difference(after, recording_.rows[next]);
    }

    const Recording& recording_;
    const std::vector<StoreStep> steps_;
    const std::filesystem::path folder_ = image_folder();
    std::mt19937 random_{20'251'127};
    std::size_t images_ = 0;
    std::size_t checked_ = 0;
    std::size_t lost_ = 0;
    std::size_t partial_ = 0;
    std::size_t doubled_ = 0;
};

TEST(SqliteStorePower, KeepsEveryAcknowledgedStepWholeWhereverItIsCut) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    const auto steps = store_workload(is_long() ? 30 : 4, 1'500);
    const Recording recording = record(disk, place, steps);
    ASSERT_FALSE(HasFailure());
    PowerCuts cuts(recording, steps);
    cuts.run(points_wanted(300));
    EXPECT_GE(cuts.images(), 250U);
    EXPECT_GT(cuts.checked(), cuts.images()) << "most cuts came after work was acknowledged";
}

TEST(SqliteStorePower, SurvivesACutInACheckpointThatComesByItself) {
    RecordedDisk disk;
    SqlitePlace place(kFewRecent);
    // 32 MiB in the WAL: with these bodies in about a dozen rounds.
    const auto steps = store_workload(is_long() ? 24 : 12, 1'000'000);
    const Recording recording = record(disk, place, steps);
    ASSERT_FALSE(HasFailure());
    PowerCuts cuts(recording, steps);
    cuts.run(points_wanted(36) / 4);
}

// ---- a flush that failed ------------------------------------------------------------------------

/// A kernel that cannot write a page says so once and then calls the page clean: what it holds is
/// read back, and never written. Whoever goes on as if nothing had been is betrayed at the next
/// power cut.
class SqliteStoreFlush : public testing::TestWithParam<bool> {
protected:
    /// Commits until everything is acknowledged: after the failure with the store as it is, or
    /// with one that another process opens. @return whether the k-th flush was reached
    static bool run(RecordedDisk& disk, SqlitePlace& place, int kth, Recording& out) {
        disk.record(true);
        auto store = must(place.open());
        disk.mark_step(0);
        out.rows.push_back(rows_of(place.path()));
        disk.plan({DiskCall::Flush, DiskFault::What::Error, kth, false});
        bool struck = false;
        for (std::uint32_t first = 0; first < 12; first += 3) {
            auto done = store->commit(fresh_cases(first, 1'500));
            if (!done) {
                EXPECT_EQ(done.error().code, Errc::StoreFailed) << done.error().message;
                struck = true;
                if (GetParam()) {  // a killed process does not get to write its WAL back
                    disk.plan({DiskCall::Write, DiskFault::What::Error, 1, true});
                    store.reset();
                    disk.repair();
                    store = must(place.open());
                }
                done = store->commit(fresh_cases(first, 1'500));
            }
            EXPECT_TRUE(done) << (done ? "" : done.error().message);
            disk.mark_step(out.rows.size());
            out.rows.push_back(rows_of(place.path()));
        }
        disk.repair();
        out.traffic = traffic_of(*store);
        disk.record(false);
        out.events = disk.take_events();
        return struck;
    }
};

TEST_P(SqliteStoreFlush, ThatFailedCostsNothingThatIsAcknowledgedLater) {
    int kth = 1;
    for (;; ++kth) {
        RecordedDisk disk;
        SqlitePlace place(kFewRecent);
        Recording recording;
        if (!run(disk, place, kth, recording)) break;
        PowerCuts cuts(recording, {});
        cuts.run_each_step();
        ASSERT_FALSE(HasFailure()) << "flush " << kth;
    }
    EXPECT_GT(kth, 4);
}

INSTANTIATE_TEST_SUITE_P(Disk, SqliteStoreFlush, testing::Bool(), [](const auto& about) {
    return about.param ? "KilledAndOpened" : "GoingOn";
});

}  // namespace
}  // namespace luqiao::broker
