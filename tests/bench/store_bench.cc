// Units per second by batch size: a 1.5 KB message, one case, three deliveries of 1.5 KB each.
//
//     store_bench                      folder: the system's temporary one
//     TMPDIR=/var/tmp store_bench      on that disk: flushes decide, a RAM disk shows nothing
//
// For PostgreSQL it starts a server of its own there, which flushes, and talks to it over a socket.
#include "broker/store.h"
#include "security/digest.h"
#include "tests/postgres_server.h"
#include "tests/temporary_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <benchmark/benchmark.h>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <span>
#include <thread>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kBodyBytes = 1'500;
constexpr const char* kParties[]{"sti", "psb", "hrss"};

template <class IdType>
IdType make(std::uint64_t number, std::uint8_t low = 0) {
    IdType id;
    for (std::size_t place = 0; place < 8; ++place) {
        id.bytes[place] = static_cast<std::uint8_t>(number >> (56 - 8 * place));
    }
    id.bytes[15] = low;
    return id;
}

Instant at(std::uint64_t number) {
    return Instant{Duration{1'759'975'200'000 + static_cast<std::int64_t>(number)}};
}

/// A case as `step` makes it on arrival. The dedup key is random-looking, as senders choose it; so
/// are search terms.
Unit arrival(std::uint64_t number,
             std::size_t deliveries = std::size(kParties),
             std::size_t terms = 0) {
    Unit unit;
    for (std::uint64_t term = 1; term <= terms; ++term) {
        unit.terms.push_back(number * 0x9E3779B97F4A7C15U + term * 0xD1342543DE82EF95U);
    }
    unit.state.id = make<CaseId>(number);
    unit.state.number = fmt::format("QD-20251009-{:08}", number);
    unit.state.service = "foreigner_work";
    unit.state.channel = "portal";
    unit.state.accepted_at = at(number);
    const std::string body(kBodyBytes, 'x');
    std::string digest = security::sm3_hex(std::to_string(number));
    unit.message = InboundMessage{.id = make<MessageId>(number),
                                  .case_id = unit.state.id,
                                  .party = "portal",
                                  .format = "portal.apply",
                                  .dedup_key = digest,
                                  .sm3 = digest,
                                  .nonce = digest.substr(32),
                                  .bundle = digest,
                                  .body = body,
                                  .at = at(number)};
    unit.record = std::string(kBodyBytes, 'r');
    std::uint8_t sequence = 0;
    for (const char* party : std::span(kParties).first(deliveries)) {
        Item item;
        item.code = party;
        item.serial = fmt::format("{}-{:02}", unit.state.number, sequence);
        item.state = ItemState::Forwarding;
        unit.state.items.push_back(std::move(item));
        Delivery delivery;
        delivery.id = make<DeliveryId>(number, ++sequence);
        delivery.party = party;
        delivery.map = std::string(party) + ".apply";
        unit.created.push_back({.id = delivery.id,
                                .case_id = unit.state.id,
                                .case_number = unit.state.number,
                                .party = party,
                                .map = delivery.map,
                                .state = DeliveryState::Pending,
                                .due_at = at(number),
                                .attempts = 0,
                                .cause = {},
                                .bundle = digest,
                                .body = body});
        unit.timeline.push_back({at(number), "item.forwarding", party, "", ""});
        unit.state.deliveries.push_back(std::move(delivery));
    }
    unit.wake_at = at(number) + std::chrono::hours(48);
    unit.audit = {{.at = at(number),
                   .actor = "portal",
                   .action = "submit",
                   .outcome = "ok",
                   .subject = "portal.apply",
                   .number = 0,
                   .hash = {}}};
    return unit;
}

/// The case of `leased` after its party took the delivery.
Unit delivered(const StoredDelivery& leased, Case state) {
    Unit unit;
    unit.state = std::move(state);
    unit.changed = {{leased.id, DeliveryState::Delivered, {}, ""}};
    unit.timeline = {{leased.due_at, "item.forwarded", leased.party, "", ""}};
    return unit;
}

/// A new store, and what it stands on for as long.
struct Sqlite {
    tests::TemporaryFolder folder;
    Result<std::unique_ptr<Store>> store = open_sqlite_store(folder.path() / "store.db");
};
struct Postgres {
    tests::PostgresServer& server = tests::PostgresServer::shared();
    Result<std::unique_ptr<Store>> store =
        open_postgres_store({.url = server.url(server.make_database()),
                             .password = {},
                             .node = {},
                             .durability = PostgresOptions::Durability::Single});
};

/// A server with a standby that has every commit before it is told, as durability = "standby" asks.
struct PostgresPair {
    Result<std::unique_ptr<tests::PostgresServer>> server = tests::PostgresServer::start("*");
    Result<std::unique_ptr<tests::PostgresServer>> standby = follow();
    Result<std::unique_ptr<Store>> store = open();

private:
    Result<std::unique_ptr<tests::PostgresServer>> follow() {
        if (!server) return server.error();
        return (*server)->make_standby({});
    }
    Result<std::unique_ptr<Store>> open() {
        if (!standby) return standby.error();
        return open_postgres_store({.url = (*server)->url(), .password = {}, .node = {}});
    }
};

/// Accepting: one durable commit of range(0) applications.
template <class Kind>
void commit_arrivals(benchmark::State& state) {
    const Kind kind;
    const auto& store = kind.store;
    if (!store) return state.SkipWithError(store.error().message.c_str());
    std::uint64_t number = 0;
    std::vector<Unit> units;
    for (auto _ : state) {
        state.PauseTiming();
        units.clear();
        for (std::int64_t index = 0; index < state.range(0); ++index) {
            units.push_back(arrival(++number));
        }
        state.ResumeTiming();
        const auto outcomes = (*store)->commit(units);
        if (!outcomes) return state.SkipWithError(outcomes.error().message.c_str());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(number));
}

/// One thread writes whatever waits and another flushes it and answers, as a node's turns and their
/// ends do; each submitter waits for its own.
class GroupCommit {
public:
    explicit GroupCommit(Store& store)
        : store_(store), flusher_([this] { flush(); }), writer_([this] { write(); }) {}
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;
    ~GroupCommit() {
        {
            const std::lock_guard lock(mutex_);
            ends_ = true;
        }
        work_.notify_one();
        writer_.join();
        flusher_.join();
    }

    /// Returns when `unit` is on stable storage. @return it, for the one that made it to end it;
    /// none: it was not kept
    std::optional<Unit> submit(Unit unit) {
        std::shared_ptr<Batch> mine;
        std::size_t place = 0;
        {
            const std::lock_guard lock(mutex_);
            mine = next_;
            place = mine->units.size();
            mine->units.push_back(std::move(unit));
        }
        work_.notify_one();
        return mine->answer.get() ? std::optional(std::move(mine->units[place])) : std::nullopt;
    }

    [[nodiscard]] std::uint64_t commits() const { return commits_; }
    /// CPU that the writing thread took so far.
    [[nodiscard]] double writer_microseconds() {
        clockid_t clock{};
        timespec spent{};
        pthread_getcpuclockid(writer_.native_handle(), &clock);
        clock_gettime(clock, &spent);
        return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
    }

private:
    struct Batch {
        std::vector<Unit> units;
        std::promise<bool> kept;
        std::shared_future<bool> answer = kept.get_future().share();  ///< wakes all in one call
    };

    void write() {
        for (;;) {
            std::shared_ptr<Batch> batch;
            {
                std::unique_lock lock(mutex_);
                work_.wait(lock, [this] { return ends_ || !next_->units.empty(); });
                if (next_->units.empty()) break;
                batch = std::exchange(next_, std::make_shared<Batch>());
            }
            const bool is_written = store_.write_and_lease(batch->units, {}).has_value();
            ++commits_;
            hand_over({std::move(batch), is_written});
        }
        hand_over({});
    }

    struct Written {
        std::shared_ptr<Batch> batch;  ///< nullptr: there will be no more
        bool is_written = false;
    };
    void hand_over(Written one) {
        std::unique_lock lock(written_mutex_);
        written_changed_.wait(lock, [this] { return !written_; });
        written_ = std::move(one);
        written_changed_.notify_all();
    }

    void flush() {
        for (;;) {
            Written one;
            {
                std::unique_lock lock(written_mutex_);
                written_changed_.wait(lock, [this] { return written_.has_value(); });
                one = *std::exchange(written_, std::nullopt);
                written_changed_.notify_all();
            }
            if (!one.batch) return;
            one.batch->kept.set_value(one.is_written && store_.flush().has_value());
        }
    }

    Store& store_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::shared_ptr<Batch> next_ = std::make_shared<Batch>();
    std::atomic<std::uint64_t> commits_{0};
    bool ends_ = false;
    std::mutex written_mutex_;
    std::condition_variable written_changed_;
    std::optional<Written> written_;  ///< waits for its flush
    std::thread flusher_;
    std::thread writer_;
};

using Waits = std::vector<std::chrono::nanoseconds>;

/// Submits one after another. @return how long each took; fewer: one was not kept
Waits submit_all(GroupCommit& group, std::vector<Unit>& units) {
    Waits waits;
    waits.reserve(units.size());
    for (Unit& unit : units) {
        const auto begun = std::chrono::steady_clock::now();
        if (!group.submit(std::move(unit))) break;
        waits.push_back(std::chrono::steady_clock::now() - begun);
    }
    return waits;
}

void tell_waits(benchmark::State& state, std::vector<std::chrono::nanoseconds>& waits) {
    std::sort(waits.begin(), waits.end());
    const auto at = [&](std::size_t part) {
        return std::chrono::duration<double, std::milli>(waits[waits.size() * part / 100]).count();
    };
    state.counters["p50_ms"] = at(50);
    state.counters["p99_ms"] = at(99);
}

/// range(0) submitters, each with one application under way, range(1) deliveries and range(2)
/// search terms in each.
template <class Kind>
void submitters(benchmark::State& state) {
    constexpr std::uint64_t kEach = 200;
    const Kind kind;
    const auto& store = kind.store;
    if (!store) return state.SkipWithError(store.error().message.c_str());
    GroupCommit group(**store);
    const auto count = static_cast<std::uint64_t>(state.range(0));
    std::uint64_t number = 0;
    Waits waits;
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<std::vector<Unit>> work(count);
        for (std::uint64_t index = 0; index < count * kEach; ++index) {
            work[index % count].push_back(arrival(++number,
                                                  static_cast<std::size_t>(state.range(1)),
                                                  static_cast<std::size_t>(state.range(2))));
        }
        state.ResumeTiming();
        std::vector<std::future<Waits>> all;
        for (auto& mine : work) {
            all.push_back(std::async(std::launch::async,
                                     [&group, &mine] { return submit_all(group, mine); }));
        }
        for (auto& one : all) one.wait();
        state.PauseTiming();
        for (auto& one : all) {
            const Waits mine = one.get();
            waits.insert(waits.end(), mine.begin(), mine.end());
        }
        state.ResumeTiming();
    }
    if (waits.size() != number) return state.SkipWithError("a unit was not kept");
    tell_waits(state, waits);
    const auto units = static_cast<double>(number);
    state.counters["units_per_commit"] = units / static_cast<double>(group.commits());
    state.counters["writer_us"] = group.writer_microseconds() / units;
    state.SetItemsProcessed(static_cast<std::int64_t>(number));
}

/// The whole life in the store: accept, lease three deliveries, settle each.
template <class Kind>
void carry_cases(benchmark::State& state) {
    const Kind kind;
    const auto& store = kind.store;
    if (!store) return state.SkipWithError(store.error().message.c_str());
    const auto batch = static_cast<std::size_t>(state.range(0));
    std::uint64_t number = 0;
    for (auto _ : state) {
        std::vector<Unit> units;
        for (std::size_t index = 0; index < batch; ++index) units.push_back(arrival(++number));
        const auto taken =
            (*store)->commit_and_lease(units, {at(number),
                                               at(number + 60'000),
                                               "node-1",
                                               {{"hrss", batch}, {"psb", batch}, {"sti", batch}}});
        if (!taken || !taken->leased) return state.SkipWithError("commit");
        if (taken->leased->size() != 3 * batch) return state.SkipWithError("lease");
        std::vector<Unit> settled;
        std::map<CaseId, Case> cases;
        for (const StoredDelivery& one : *taken->leased) {
            auto known = cases.find(one.case_id);
            if (known == cases.end()) {
                const auto found = (*store)->find_case(one.case_id);
                if (!found || !*found) return state.SkipWithError("find");
                known = cases.emplace(one.case_id, (*found)->state).first;
            }
            settled.push_back(delivered(one, known->second));
            ++known->second.version;
        }
        const auto outcomes = (*store)->commit(settled);
        if (!outcomes) return state.SkipWithError("settle");
        for (const UnitOutcome& outcome : *outcomes) {
            if (outcome.kind != UnitOutcome::Kind::Committed) return state.SkipWithError("lost");
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(number));
}

BENCHMARK(commit_arrivals<Sqlite>)->Arg(1)->Arg(8)->Arg(50)->Arg(200)->Arg(500)->UseRealTime();
BENCHMARK(commit_arrivals<Postgres>)->Arg(1)->Arg(50)->Arg(200)->UseRealTime();
BENCHMARK(submitters<Sqlite>)
    ->Args({1, 1, 0})
    ->Args({8, 1, 0})
    ->Args({64, 1, 0})
    ->Args({64, 1, 12})
    ->Args({64, 3, 0})
    ->UseRealTime();
BENCHMARK(submitters<Postgres>)->Args({1, 1, 0})->Args({8, 1, 0})->Args({64, 1, 0})->UseRealTime();
BENCHMARK(submitters<PostgresPair>)->Args({1, 1, 0})->Args({64, 1, 0})->UseRealTime();
BENCHMARK(carry_cases<Sqlite>)->Arg(1)->Arg(8)->Arg(50)->Arg(200)->UseRealTime();
BENCHMARK(carry_cases<Postgres>)->Arg(1)->Arg(50)->UseRealTime();

}  // namespace
}  // namespace luqiao::broker

BENCHMARK_MAIN();
