// A process that commits is killed at random moments: what it acknowledged is there, whole.
#include "broker/audit.h"
#include "tests/broker/store_sqlite_place.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace luqiao::broker {
namespace {

constexpr std::uint32_t kBatch = 3;
constexpr int kKills = 30;

/// Batch `n` brings the cases 3n, 3n + 1 and 3n + 2, and already moves each one on.
std::vector<Unit> batch(std::uint32_t first) {
    std::vector<Unit> units;
    for (std::uint32_t number = first; number < first + kBatch; ++number) {
        Unit fresh = arrival(number, {"sti", "psb"});
        fresh.created[1].state = DeliveryState::Queued;
        fresh.created[0].body.assign(1'500, static_cast<char>('a' + number % 26));
        fresh.audit = {audit_entry(std::to_string(number))};
        units.push_back(std::move(fresh));
        Unit next = follow_up(number, 1);
        next.timeline = {{at(number), "item.forwarded", "sti", "", ""}};
        next.changed = {{delivery_id_of(number, 1), DeliveryState::Pending, at(number), ""}};
        units.push_back(std::move(next));
    }
    return units;
}

/// The child: commits for ever, tells each acknowledged batch through the pipe, leases between.
[[noreturn]] void commit_until_killed(const std::string& path, std::uint32_t first, int pipe) {
    const auto store = SqliteStore::open(path, kFewRecent);
    if (!store) ::_exit(2);
    for (std::uint32_t next = first;; next += kBatch) {
        const auto outcomes = (*store)->commit(batch(next));
        if (!outcomes) ::_exit(3);
        for (const UnitOutcome& outcome : *outcomes) {
            if (outcome.kind != UnitOutcome::Kind::Committed) ::_exit(4);
        }
        if (::write(pipe, &next, sizeof next) != sizeof next) ::_exit(5);
        if (!(*store)->lease(at(next), at(next + 60), "node-1", {{"psb", 1}, {"sti", 2}})) {
            ::_exit(6);
        }
    }
}

using Clock = std::chrono::steady_clock;

/// The highest batch that was acknowledged before the pipe's end or `deadline`, or `most` of them.
void read_acks(int pipe,
               std::optional<std::uint32_t>& last,
               Clock::time_point deadline,
               std::size_t most = SIZE_MAX) {
    for (; most > 0; --most) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return;
        pollfd wanted{pipe, POLLIN, 0};
        if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return;
        std::uint32_t number = 0;
        if (::read(pipe, &number, sizeof number) != sizeof number) return;
        last = number;
    }
}

void expect_whole(Store& store, std::uint32_t number) {
    const auto found = must(store.find_case(case_id(number)));
    ASSERT_TRUE(found) << "case " << number << " is lost";
    EXPECT_EQ(found->state.version, 2U);
    EXPECT_EQ(found->record, *arrival(number).record);
    EXPECT_TRUE(must(store.find_message("portal", "key-" + std::to_string(number))));
    const auto deliveries = must(store.deliveries(case_id(number)));
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries[0].body, std::string(1'500, static_cast<char>('a' + number % 26)));
    EXPECT_NE(deliveries[1].state, DeliveryState::Queued);
    EXPECT_EQ(must(store.timeline(case_id(number))).size(), 2U);
}

/// The counts kept beside the rows are those of the rows.
void expect_right_counts(Store& store, const SqlitePlace& place) {
    const auto counts = must(store.counts());
    const auto kept = [&counts](const std::string& name) {
        const auto found = counts.find(name);
        return found == counts.end() ? 0 : static_cast<std::int64_t>(found->second);
    };
    EXPECT_EQ(kept("cases"), place.number("SELECT count(*) FROM cases"));
    EXPECT_EQ(kept("messages"), place.number("SELECT count(*) FROM messages"));
    for (const auto& [state, number] : std::map<std::string, int>{{"pending", 1}, {"leased", 2}}) {
        for (const std::string party : {"sti", "psb"}) {
            EXPECT_EQ(kept("deliveries." + party + "." + state),
                      place.number("SELECT count(*) FROM deliveries WHERE party = '" + party +
                                   "' AND state = " + std::to_string(number)));
        }
    }
}

TEST(SqliteStore, KeepsEveryAcknowledgedUnitWholeWhenKilled) {
    SqlitePlace place(kFewRecent);
    std::mt19937 random(20'251'009);
    std::uint32_t stored = 0;
    for (int round = 0; round < kKills; ++round) {
        std::array<int, 2> pipe{};
        ASSERT_EQ(::pipe(pipe.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe[0]);
            commit_until_killed(place.path(), stored, pipe[1]);
        }
        ::close(pipe[1]);
        // Half of them are killed at any moment from the start on, the others once they have
        // acknowledged something, however long a busy machine takes for it.
        std::optional<std::uint32_t> last;
        const bool must_work = round % 2 == 0;
        if (must_work) read_acks(pipe[0], last, Clock::now() + std::chrono::minutes(1), 1);
        const auto wait = std::chrono::microseconds(random() % 120'000);
        read_acks(pipe[0], last, Clock::now() + wait);
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed: " << WEXITSTATUS(status);
        read_acks(pipe[0], last, Clock::now() + std::chrono::seconds(10));  // to the pipe's end
        ::close(pipe[0]);
        EXPECT_TRUE(last || !must_work);

        auto opened = place.open();
        ASSERT_TRUE(opened) << opened.error().message;
        Store& store = **opened;
        const auto cases = static_cast<std::uint32_t>(must(store.counts())["cases"]);
        EXPECT_GE(cases, last ? *last + kBatch : stored) << "an acknowledged batch is lost";
        EXPECT_EQ(cases % kBatch, 0U) << "half a batch";
        for (std::uint32_t number = stored; number < cases; ++number) expect_whole(store, number);
        EXPECT_FALSE(must(store.find_case(case_id(cases))));
        EXPECT_EQ(must(verify_audit(store)), cases);
        expect_right_counts(store, place);
        EXPECT_EQ(must(store.lapsed(at(0), "node-1")).size(),
                  static_cast<std::size_t>(
                      place.number("SELECT count(*) FROM deliveries WHERE state = 2")))
            << "every lease of the killed process has lapsed";
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
        stored = cases;
    }
}

}  // namespace
}  // namespace luqiao::broker
