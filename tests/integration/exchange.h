// tests/integration/exchange.h - the whole broker on the shipped conf/ and a real store, SQLite or
// PostgreSQL, with the time in the test's hand and the parties' outlets recorded.
#pragma once

#include "app/configuration.h"
#include "app/people.h"
#include "app/process.h"
#include "broker/messages.h"
#include "broker/pipeline.h"
#include "broker/unit_builder.h"
#include "mapping/translator.h"

#include <gtest/gtest.h>

#include <deque>
#include <gmock/gmock.h>
#include <random>

namespace luqiao::integration {

inline Instant at(std::string_view rfc3339) {
    return *parse_rfc3339(rfc3339);
}

/// The shipped configuration, compiled once for all tests.
const app::Configuration& shipped();

/// Stands for one party: keeps what it was sent, and answers as it is told.
class RecordingOutlet final : public broker::Outlet {
public:
    explicit RecordingOutlet(const broker::Party& party) : party_(party) {}

    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override;
    [[nodiscard]] bool can_be_asked() const override { return true; }
    void ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> done) override;
    void stop() override {}
    /// What came while it was slow ends so.
    void end_slow(Errc how);

    std::optional<Errc> failing;     ///< set: every send ends so
    bool takes_what_fails = false;   ///< and yet it takes the message
    bool is_silent = false;          ///< takes it, and says nothing for ever; does not answer `ask`
    bool is_slow = false;            ///< says nothing before `end_slow`; takes nothing
    std::vector<std::string> asked;  ///< ids, every question
    std::string reply_code = "0";
    bool reply_ok = true;
    std::vector<broker::Outgoing> sent;      ///< every attempt
    std::vector<broker::Outgoing> accepted;  ///< what the party took, each id once
    std::size_t repeated = 0;

private:
    const broker::Party& party_;
    std::vector<std::function<void(Result<broker::Reply>)>> slow_;
};

/// When a scenario begins that does not care: a Monday without holidays near it.
inline constexpr std::string_view kStart = "2025-10-13T09:00:00+08:00";

enum class StoreKind : std::uint8_t { Sqlite, Postgres };

/// Opens the store, making an empty one where there is none.
/// @param file  of SQLite  @param database  of PostgreSQL, on the server of this test program
std::unique_ptr<broker::Store> open_store(StoreKind kind,
                                          const std::filesystem::path& file,
                                          const std::string& database);
/// A new database on that server; empty for SQLite.
std::string make_database(StoreKind kind);

class Exchange {
public:
    explicit Exchange(std::string_view start = kStart, StoreKind kind = StoreKind::Sqlite);
    ~Exchange();

    // ---- time ------------------------------------------------------------------------------
    Instant now() const { return now_; }
    void set_time(std::string_view rfc3339) { now_ = at(rfc3339); }
    /// Takes turns until nothing is left to do at this moment.
    void settle();
    /// Goes on in steps of `step` until `until`.
    void pass(std::chrono::minutes duration, std::chrono::minutes step = std::chrono::minutes(10));
    /// Closes the store and opens it again, as after a restart; with other options if they are
    /// given.
    void restart();
    void restart(broker::PipelineOptions options);
    /// From now on the end of a turn waits until `end_turns`: a disk that takes its time.
    void hold_turn_ends();
    void end_turns();
    [[nodiscard]] std::size_t held_turn_ends() const { return ends_.size(); }
    void set_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }

    // ---- parties ---------------------------------------------------------------------------
    RecordingOutlet& party(const std::string& code) { return *outlets_.at(code); }
    /// What the party was sent by `map`, decoded by the party's own rows.
    std::vector<mapping::Record> received(const std::string& code, const std::string& map) const;
    /// "item.state" or "case.event" of every progress message a channel got, in order.
    std::vector<std::string> progress_of(const std::string& code, const std::string& serial) const;

    // ---- messages --------------------------------------------------------------------------
    /// A good application of `items`; change it before it is submitted.
    mapping::Record application(const std::string& channel,
                                const std::vector<std::string>& items) const;
    std::string bytes(const std::string& map, const mapping::Record& record) const;
    broker::Answer submit(const std::string& channel, const mapping::Record& record);
    /// What a message is answered, once it is.
    using Told = std::shared_ptr<std::optional<broker::Answer>>;
    /// Hands it over; the test takes the turns.
    Told offer(const std::string& party, const std::string& map, std::string body);
    broker::Answer submit_bytes(const std::string& party, const std::string& map, std::string body);
    /// Submits and expects a 202. @return the case number
    std::string accepted(const std::string& channel, const mapping::Record& record);
    /// A department's answer in its own format.
    broker::Answer answer(const std::string& party,
                          const std::string& serial,
                          const std::string& state,
                          app::FieldTexts more = {});
    std::string answer_bytes(const std::string& party,
                             const std::string& serial,
                             const std::string& state,
                             app::FieldTexts more = {}) const;

    // ---- the case --------------------------------------------------------------------------
    broker::Case find(const std::string& number) const;
    const broker::Item item(const std::string& number, const std::string& code) const;
    std::string serial(const std::string& number, const std::string& code) const {
        return item(number, code).serial;
    }
    std::string state(const std::string& number, const std::string& code) const;
    std::vector<std::string> alerts(const std::string& number) const;
    std::map<std::string, std::uint64_t> counts() const { return *store_->counts(); }
    broker::Store& store() { return *store_; }
    [[nodiscard]] const std::string& database() const { return database_; }
    broker::Pipeline& pipeline() { return *pipeline_; }
    security::Identities& identities() { return identities_; }
    /// Hands an arrival in as it is and takes turns until it is answered.
    broker::Answer hand_in(broker::Arrival arrival);

private:
    void open();
    Told offer(broker::Arrival arrival);

    const StoreKind kind_;
    std::string database_;  ///< of PostgreSQL
    app::TemporaryFolder folder_;
    Instant now_;
    broker::PipelineOptions options_;
    bool holds_ends_ = false;
    std::deque<std::function<void()>> ends_;  ///< of turns, in order
    std::uint64_t free_bytes_ = 1ULL << 40U;
    std::mt19937_64 random_{42};
    std::unique_ptr<broker::Store> store_;
    security::Identities identities_;
    std::map<std::string, std::unique_ptr<RecordingOutlet>> outlets_;
    std::unique_ptr<broker::Pipeline> pipeline_;
};

/// Runs a suite with a StoreKind as its parameter on both stores.
#define LUQIAO_ON_BOTH_STORES(Suite)                                           \
    INSTANTIATE_TEST_SUITE_P(                                                  \
        Store, Suite, testing::Values(StoreKind::Sqlite, StoreKind::Postgres), \
        [](const auto& row) { return row.param == StoreKind::Sqlite ? "Sqlite" : "Postgres"; })

/// The receipt of a 202; fails the test with the problem's findings otherwise.
broker::Receipt receipt(const broker::Answer& answer);
/// The problem of a refusal; fails the test when it was accepted.
broker::Problem problem(const broker::Answer& answer);
/// Whether the problem has a finding of this code at this canonical or wire place.
bool has_finding(const broker::Problem& problem, std::string_view code, std::string_view place);

}  // namespace luqiao::integration
