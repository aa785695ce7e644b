// The broker is killed at its calls to the world outside: before a write, a flush or a send, after
// it, or with half of it done, while it starts and while it works. Every 202 is in the store, and
// every delivery has one effect.
//
//     LUQIAO_KILL_POINTS=1000 world_tests --gtest_filter='Kill.*'    the long form
#include "broker/sqlite_handle.h"
#include "tests/integration/nodes_world.h"

#include <fmt/ranges.h>

#include <array>
#include <condition_variable>
#include <gmock/gmock.h>
#include <random>

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Gt;

/// Hands applications out evenly over the kills, so that there is load at each of them.
class Pace {
public:
    Pace(std::size_t kills, std::size_t cases) : kills_(kills), cases_(cases) {}
    void round(std::size_t number) {
        {
            const std::lock_guard lock(mutex_);
            round_ = number;
        }
        changed_.notify_all();
    }
    void wait_for(std::size_t index) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return index * kills_ <= round_ * cases_; });
    }

private:
    const std::size_t kills_;
    const std::size_t cases_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t round_ = 0;
};

/// Where the broker ends: kill_at_call.cc reads it.
struct KillPoint {
    std::uint64_t call;  ///< from 1
    std::string how;     ///< "before", "after", "torn"
    std::string of;      ///< which calls count; empty: all
};

/// A start makes some 30 calls, four writes and flushes of the WAL among them; a case 300 until it
/// is decided, most of them at the front tables. So some kinds are counted by themselves.
class Points {
public:
    Points(const std::filesystem::path& store, const std::string& port) {
        const std::string wal = store.string() + "-wal";
        for (const char* how : {"before", "after", "torn"}) {
            aims_.push_back({30, how, {}});
            aims_.push_back({300, how, {}});
            aims_.push_back({40, how, "pwrite64 " + wal});
            aims_.push_back({40, how, "socket:"});
            aims_.push_back({10, how, "socket:" + port + ">"});
            if (how != std::string("torn")) aims_.push_back({30, how, "fdatasync " + wal});
        }
    }
    /// @param kill  from 1. The first ones are in the making of keys and tables, which the first
    /// start that gets through has done for good.
    KillPoint operator()(std::size_t kill) {
        KillPoint out = aims_[kill % aims_.size()];
        if (kill <= 10) return {4 * kill, out.how, {}};
        out.call = 1 + random_() % out.call;
        return out;
    }

private:
    std::vector<KillPoint> aims_;  ///< `call`: the last that is chosen
    std::mt19937 random_{20261123};
};

/// Channels that submit, each its next application when its turn has come and the one before is
/// accepted.
class Channels {
public:
    Channels(const app::DemoWorld& world,
             Pace& pace,
             std::size_t cases,
             std::chrono::steady_clock::time_point until) {
        for (std::size_t number = 0; number < reports_.size(); ++number) {
            threads_.emplace_back([this, &world, &pace, cases, until, number] {
                auto submitter = app::Submitter::create(world.configuration(), world.broker_url());
                ASSERT_TRUE(submitter);
                constexpr std::array<const char*, 3> kNames{"portal", "mobile", "window"};
                for (std::size_t index = number; index < cases; index += reports_.size()) {
                    const std::string name = kNames[index % kNames.size()];
                    pace.wait_for(index);
                    const auto report = submitter->run(
                        [&](std::size_t count, app::Submission& out) {
                            out = {name, name + ".apply", application_bytes(world, name, index)};
                            return count == 0;
                        },
                        1, until);
                    for (const auto& one : report.accepted) {
                        reports_[number].push_back(one.case_number);
                    }
                }
            });
        }
    }
    Channels(const Channels&) = delete;
    Channels& operator=(const Channels&) = delete;
    ~Channels() = default;

    void join() { threads_.clear(); }
    /// The numbers that a 202 gave. After join().
    [[nodiscard]] std::vector<std::string> accepted() const {
        std::vector<std::string> out;
        for (const auto& report : reports_) out.insert(out.end(), report.begin(), report.end());
        return out;
    }

private:
    std::array<std::vector<std::string>, 4> reports_;
    std::vector<std::jthread> threads_;  ///< joined first: they write into the reports
};

/// What was killed at, by kind: "wal write" -> {before, after, torn}.
class Struck {
public:
    Struck(std::string store, const std::string& port)
        : store_(std::move(store)), answers_("socket:" + port + ">") {}
    /// @param line  of kill_at_call: "torn pwrite64 /data/store.db-wal"
    void add(const std::string& line) {
        const std::size_t first = line.find(' ');
        const std::size_t second = line.find(' ', first + 1);
        const std::string how = line.substr(0, first);
        const std::string target = line.substr(second + 1, line.find('\n') - second - 1);
        auto& row = rows_[what(target) + verb(line.substr(first + 1, second - first - 1))];
        ++row[how == "before" ? 0 : how == "after" ? 1 : 2];
    }
    /// "answer send 1/0/2, wal write 3/4/5"
    [[nodiscard]] std::string text() const {
        std::string out;
        for (const auto& [kind, row] : rows_) {
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", kind, fmt::join(row, "/"));
        }
        return out;
    }
    [[nodiscard]] const std::array<std::size_t, 3>& of(const std::string& kind) {
        return rows_[kind];
    }

private:
    [[nodiscard]] std::string what(const std::string& target) const {
        if (target.starts_with(answers_)) return "answer ";
        if (target.starts_with("socket:")) return "other ";
        if (target == store_ + "-wal") return "wal ";
        if (target.starts_with(store_)) return "database ";  // or its journal
        if (target.find(".db") != std::string::npos) return "front table ";
        return "file ";
    }
    static std::string verb(const std::string& call) {
        if (call.starts_with("send")) return "send";
        if (call.find("write") != std::string::npos) return "write";
        if (call.find("sync") != std::string::npos) return "flush";
        if (call.starts_with("ftruncate")) return "cut";
        return call.starts_with("rename") ? "rename" : "remove";
    }

    const std::string store_;
    const std::string answers_;
    std::map<std::string, std::array<std::size_t, 3>> rows_;
};

std::string integrity_of(const std::filesystem::path& store) {
    const auto file =
        broker::SqliteConnection::open(store.string(), broker::SqliteConnection::Mode::ReadWrite);
    return file ? file->value("PRAGMA integrity_check").value_or("") : file.error().message;
}

class Kill : public BrokerWorld {
protected:
    void SetUp() override {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        for (const std::string& code : world_->simulated_parties()) {
            const Status started = world_->start_party(code, 5, {});
            ASSERT_TRUE(started) << started.error().message;
        }
    }

    /// Starts the broker and waits until it has come to that call; one that has little to do may
    /// never come there.
    void kill_at(const KillPoint& point, Struck& struck) {
        const std::filesystem::path note = folder_.path() / "struck";
        std::filesystem::remove(note);
        const char* options = std::getenv("ASAN_OPTIONS");
        const Status started = world_->start_broker(
            {"LD_PRELOAD=" + places::binary() + "/libkill_at_call.so",
             fmt::format("LUQIAO_TEST_KILL_AT={}", point.call), "LUQIAO_TEST_KILL_HOW=" + point.how,
             "LUQIAO_TEST_KILL_OF=" + point.of, "LUQIAO_TEST_KILL_LOG=" + note.string(),
             fmt::format("ASAN_OPTIONS={}:verify_asan_link_order=0",
                         options == nullptr ? "" : options)});
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (world_->broker_running() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(1ms);  // between two questions to the kernel
        }
        const bool has_ended =
            started ? !world_->broker_running() : started.error().code != Errc::Timeout;
        world_->kill_broker();
        const std::string line = app::read_file(note).value_or("");
        if (line.empty()) {
            EXPECT_FALSE(has_ended) << "by itself: see broker.log in " << world_->folder();
            if (HasFailure()) world_->keep();
            ++missed_;
            return;
        }
        if (!started) ++while_starting_;
        struck.add(line);
    }

    std::size_t missed_ = 0;
    std::size_t while_starting_ = 0;
};

TEST_F(Kill, AtAnyCallToTheWorldOutsideLosesNothingAndDoublesNothing) {
    const auto kills = static_cast<std::size_t>(form("LUQIAO_KILL_POINTS", 50));
    const std::size_t cases = kills;
    const std::filesystem::path store = world_->configuration().server->store.file;
    const std::string port = world_->broker_url().substr(world_->broker_url().rfind(':') + 1);
    const auto until = std::chrono::steady_clock::now() + 4min + kills * 4s;
    Pace pace(kills, cases);
    Channels channels(*world_, pace, cases, until);
    Points points(store, port);
    Struck struck(store.string(), port);
    for (std::size_t kill = 1; kill <= kills && !HasFailure(); ++kill) {
        pace.round(kill);
        kill_at(points(kill), struck);
    }
    pace.round(kills);
    const Status started = world_->start_broker();
    EXPECT_TRUE(started) << started.error().message;
    channels.join();

    const std::vector<std::string> accepted = channels.accepted();
    app::DemoTally tally = app::take_tally(*world_);
    // What is lost never comes. The slowest party, which takes one row at a time, has most of its
    // rows yet to come.
    const auto settled_by = std::chrono::steady_clock::now() + 2min + kills * 1s;
    while (!tally.settled(accepted.size()) && std::chrono::steady_clock::now() < settled_by) {
        std::this_thread::sleep_for(200ms);  // between two questions
        tally = app::take_tally(*world_);
    }
    const app::DemoResult result = app::judge(tally, world_->configuration(), accepted.size());
    fmt::print("{} kills (before/after/torn): {}; {} while starting, {} not reached\n{}\n", kills,
               struck.text(), while_starting_, missed_, to_json(result));
    EXPECT_EQ(result.accepted, cases);
    EXPECT_EQ(result.decided, cases) << to_json(result);
    EXPECT_EQ(result.lost, 0U) << to_json(result);
    EXPECT_EQ(result.doubled, 0U) << to_json(result);
    EXPECT_EQ(tally.store["cases"], cases) << "a repeated submit makes no second case";
    for (const std::string& number : accepted) {
        EXPECT_TRUE(
            app::ask_operator(world_->configuration().server->data, "/operator/v1/cases/" + number))
            << "202 was given for " << number;
    }
    EXPECT_EQ(luqiao({"audit", "verify"}).at("whole"), true);
    world_->stop_broker();
    EXPECT_EQ(integrity_of(store), "ok");

    EXPECT_THAT(struck.of("wal write"), Each(Gt(0U)));
    EXPECT_THAT(struck.of("wal flush"), ElementsAre(Gt(0U), Gt(0U), 0U));
    EXPECT_THAT(struck.of("answer send"), Each(Gt(0U)));
    EXPECT_THAT(struck.of("other send"), Each(Gt(0U)));
    EXPECT_GT(while_starting_, kills / 10);
    EXPECT_LT(missed_, kills / 4);
}

}  // namespace
}  // namespace luqiao::integration
