// What the PostgreSQL store is measured against: connections that each insert one row of a
// message's size at a time into a bare table with a key, and wait for their own commit. Beside
// store_bench:
//
//     TMPDIR=FOLDER queue_bench
//     TMPDIR=FOLDER store_bench --benchmark_filter='submitters<Postgres>'
#include "base/id.h"
#include "broker/store_postgres_connection.h"
#include "tests/postgres_server.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace luqiao::broker {
namespace {

using Waits = std::vector<std::chrono::nanoseconds>;

constexpr std::uint64_t kEach = 400;  ///< rows of one connection in a round
constexpr PgStatement kInsert{"queue_insert", "INSERT INTO public.queue VALUES ($1, $2)"};

/// In the order of time, as the store's.
MessageId id_of(std::uint64_t number) {
    MessageId id;
    for (std::size_t place = 0; place < 8; ++place) {
        id.bytes[place] = static_cast<std::uint8_t>(number >> (56 - 8 * place));
    }
    return id;
}

/// @return how long each took; fewer: one was not kept
Waits insert_all(PgConnection& connection, std::uint64_t first) {
    const std::string body(1'500, 'x');
    Waits waits;
    for (std::uint64_t number = first; number < first + kEach; ++number) {
        const auto begun = std::chrono::steady_clock::now();
        if (!connection.run(kInsert, PgArgs::of(id_of(number), PgBytes{body}))) break;
        waits.push_back(std::chrono::steady_clock::now() - begun);
    }
    return waits;
}

/// range(0) connections, each with one row under way.
void table_queue(benchmark::State& state) {
    auto& server = tests::PostgresServer::shared();
    PostgresOptions options;
    options.url = server.url(server.make_database());
    std::vector<std::unique_ptr<PgConnection>> connections;
    for (std::int64_t index = 0; index < state.range(0); ++index) {
        connections.push_back(std::make_unique<PgConnection>(options, PgConnection::Greet{}));
    }
    if (!connections[0]->execute("CREATE TABLE public.queue (id uuid PRIMARY KEY, body bytea)")) {
        return state.SkipWithError("table");
    }
    for (auto& one : connections)
        (void)one->execute("SELECT 1");  // connected before the clock runs
    std::uint64_t number = 0;
    Waits waits;
    for (auto _ : state) {
        std::vector<std::future<Waits>> all;
        for (auto& one : connections) {
            all.push_back(std::async(std::launch::async, insert_all, std::ref(*one), number));
            number += kEach;
        }
        for (auto& one : all) {
            const Waits mine = one.get();
            waits.insert(waits.end(), mine.begin(), mine.end());
        }
    }
    if (waits.size() != number) return state.SkipWithError("a row was not kept");
    std::sort(waits.begin(), waits.end());
    const auto at = [&](std::size_t part) {
        return std::chrono::duration<double, std::milli>(waits[waits.size() * part / 100]).count();
    };
    state.counters["p50_ms"] = at(50);
    state.counters["p99_ms"] = at(99);
    state.SetItemsProcessed(static_cast<std::int64_t>(number));
}

BENCHMARK(table_queue)->Arg(1)->Arg(32)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace luqiao::broker

BENCHMARK_MAIN();
