// Units per second by batch size: a 1.5 KB message, one case, three deliveries of 1.5 KB each.
//
//     store_bench                      folder: the system's temporary one
//     TMPDIR=/var/tmp store_bench      on that disk: flushes decide, a RAM disk shows nothing
#include "broker/store.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <atomic>
#include <benchmark/benchmark.h>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <span>
#include <thread>

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

/// A case as `step` makes it on arrival. The dedup key is random-looking, as senders choose it.
Unit arrival(std::uint64_t number, std::size_t deliveries = std::size(kParties)) {
    Unit unit;
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

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "luqiao-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file() const { return path_ / "store.db"; }

private:
    std::filesystem::path path_;
};

/// Accepting: one durable commit of range(0) applications.
void commit_arrivals(benchmark::State& state) {
    const Folder folder;
    const auto store = open_sqlite_store(folder.file());
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

/// One writer commits whatever waits, as the turn does; each submitter waits for its own.
class GroupCommit {
public:
    explicit GroupCommit(Store& store) : store_(store), writer_([this] { write(); }) {}
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;
    ~GroupCommit() {
        {
            const std::lock_guard lock(mutex_);
            ends_ = true;
        }
        work_.notify_one();
        writer_.join();
    }

    /// Returns when `unit` is on stable storage.
    bool submit(Unit unit) {
        std::promise<bool> kept;
        auto answer = kept.get_future();
        {
            const std::lock_guard lock(mutex_);
            units_.push_back(std::move(unit));
            waiting_.push_back(std::move(kept));
        }
        work_.notify_one();
        return answer.get();
    }

private:
    void write() {
        for (;;) {
            std::vector<Unit> units;
            std::vector<std::promise<bool>> waiting;
            {
                std::unique_lock lock(mutex_);
                work_.wait(lock, [this] { return ends_ || !units_.empty(); });
                if (units_.empty()) return;
                units.swap(units_);
                waiting.swap(waiting_);
            }
            const auto outcomes = store_.commit(units);
            for (auto& one : waiting) one.set_value(outcomes.has_value());
        }
    }

    Store& store_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::vector<Unit> units_;
    std::vector<std::promise<bool>> waiting_;
    bool ends_ = false;
    std::thread writer_;
};

/// range(0) submitters, each with one application under way and range(1) deliveries in each.
void submitters(benchmark::State& state) {
    constexpr std::uint64_t kEach = 200;
    const Folder folder;
    const auto store = open_sqlite_store(folder.file());
    if (!store) return state.SkipWithError(store.error().message.c_str());
    GroupCommit group(**store);
    const auto count = static_cast<std::uint64_t>(state.range(0));
    std::uint64_t number = 0;
    std::atomic<std::uint64_t> lost{0};
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<std::vector<Unit>> work(count);
        for (std::uint64_t index = 0; index < count * kEach; ++index) {
            work[index % count].push_back(
                arrival(++number, static_cast<std::size_t>(state.range(1))));
        }
        state.ResumeTiming();
        std::vector<std::thread> threads;
        for (auto& mine : work) {
            threads.emplace_back([&group, &mine, &lost] {
                for (Unit& unit : mine) lost += group.submit(std::move(unit)) ? 0U : 1U;
            });
        }
        for (std::thread& one : threads) one.join();
    }
    if (lost != 0) return state.SkipWithError("a unit was not kept");
    state.SetItemsProcessed(static_cast<std::int64_t>(number));
}

/// The whole life in the store: accept, lease three deliveries, settle each.
void carry_cases(benchmark::State& state) {
    const Folder folder;
    const auto store = open_sqlite_store(folder.file());
    if (!store) return state.SkipWithError(store.error().message.c_str());
    const auto batch = static_cast<std::size_t>(state.range(0));
    std::uint64_t number = 0;
    for (auto _ : state) {
        std::vector<Unit> units;
        for (std::size_t index = 0; index < batch; ++index) units.push_back(arrival(++number));
        if (!(*store)->commit(units)) return state.SkipWithError("commit");
        const auto leased = (*store)->lease(at(number), at(number + 60'000), "node-1",
                                            {{"hrss", batch}, {"psb", batch}, {"sti", batch}});
        if (!leased || leased->size() != 3 * batch) return state.SkipWithError("lease");
        std::vector<Unit> settled;
        std::map<CaseId, Case> cases;
        for (const StoredDelivery& one : *leased) {
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

BENCHMARK(commit_arrivals)->Arg(1)->Arg(8)->Arg(50)->Arg(200)->Arg(500)->UseRealTime();
BENCHMARK(submitters)->Args({1, 1})->Args({8, 1})->Args({64, 1})->Args({64, 3})->UseRealTime();
BENCHMARK(carry_cases)->Arg(1)->Arg(8)->Arg(50)->Arg(200)->UseRealTime();

}  // namespace
}  // namespace luqiao::broker

BENCHMARK_MAIN();
