// tests/sim/run.h - one seed from beginning to end: several real pipelines over one simulated
// store, parties and senders around them, in one thread and virtual time.
//
//   senders ──accept──> Pipeline (node 1 … n) ──FaultyStore──> one MemoryDisk
//      ^                    │ send                 errors, torn batches, crashes, other nodes first
//      └── departments <────┘ SimulatedLink        lost, late, doubled, garbled, hung, lied
//
// First the faults run until every sender is through; then they stop, and everything must come to
// rest (safety, then liveness). The Oracle watches both.
#pragma once

#include "app/redrive.h"
#include "broker/pipeline.h"
#include "broker/store_memory.h"
#include "tests/sim/faulty_store.h"
#include "tests/sim/oracle.h"
#include "tests/sim/plan.h"
#include "tests/sim/random.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace luqiao::sim {

/// What one run came to.
struct Report {
    std::uint64_t seed = 0;
    std::vector<std::string> violations;  ///< empty: every invariant held
    std::uint64_t trace = 0;              ///< hash of everything that happened, in order
    std::uint64_t events = 0;
    std::size_t cases = 0;
    std::size_t acknowledged = 0;
    std::size_t arrivals = 0;      ///< messages that reached a party
    std::size_t repeated = 0;      ///< of them again, told apart by their id
    std::size_t redriven = 0;      ///< deliveries that operators had sent again
    std::size_t questions = 0;     ///< whether a party holds a message
    std::size_t withdrawn = 0;     ///< items, at the end
    std::size_t held_by_dead = 0;  ///< cases with a dead letter or a lie: not decided, rightly
    Duration simulated{0};
    Tally faults;
};

class Run {
public:
    /// @param told  gets each line of the trace; may be empty
    Run(const Plan& plan, Plant plant, std::function<void(const std::string&)> told = {});
    ~Run();
    Report go();

private:
    struct Node;
    class Link;
    struct Pending;

    // ---- run.cc: time and nodes ------------------------------------------------------------
    void at(Instant when, std::function<void()> what);
    void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
    bool step();
    void run_until(Instant end);
    void start(Node& node);
    void reload();
    void use(Node& node, std::size_t rules);
    void end_later(Node& node, std::function<void()> end);
    void end_next(Node& node);
    void wake(std::size_t index, Instant when);
    void turn(std::size_t index);
    void others_than(std::size_t index);
    void crash(Node& node);
    [[nodiscard]] bool lives(const Holder& holder) const;
    void note(std::string_view what, std::string_view about);
    void count(std::string_view fault);
    bool strikes(unsigned permille, std::string_view fault);

    // ---- run_parties.cc: what happens to a message on its way out --------------------------
    struct Attempt {
        Holder holder;
        std::string party;
        broker::Outgoing message;
        std::function<void(Result<broker::Reply>)> done;
        std::function<void(Result<broker::Holding>)> held;  ///< of a question; then no `done`
    };
    using SharedAttempt = std::shared_ptr<Attempt>;
    void take(SharedAttempt attempt);
    void take_question(const SharedAttempt& attempt);
    void take_faulty(const SharedAttempt& attempt);
    void take_well(const SharedAttempt& attempt, bool twice);
    void arrive(const SharedAttempt& attempt);
    void tell(const SharedAttempt& attempt, Duration delay, Result<broker::Reply> reply);
    /// Ends a question.
    void tell_holding(const SharedAttempt& attempt,
                      Duration delay,
                      Result<broker::Holding> holding);
    [[nodiscard]] bool is_away(const std::string& party) const;
    void decide(const std::string& party, const std::string& number, const DeliveryId& id);
    /// The department may take the grant back that it has just given.
    void revoke(const std::string& party, const std::string& serial);
    /// The department was told that the applicant withdraws.
    void hear_withdrawal(const std::string& party, const std::string& serial);
    void answer(const std::string& party, const std::string& serial, const std::string& state);
    void plan_outages();

    // ---- run_senders.cc: what comes in -----------------------------------------------------
    using SharedPending = std::shared_ptr<Pending>;
    void apply(std::size_t index);
    /// @param then  after the first receipt, with the number of the case
    void submit(Submission what, std::function<void(const std::string&)> then);
    /// The applicant takes the case back, or one item of it.
    void withdraw(const std::string& number);
    /// Applicants whose case still waits when the faults end, behind dead letters perhaps.
    void lose_patience();
    void attempt(const SharedPending& pending);
    void settle(const SharedPending& pending, const broker::Answer& answer);
    void supplement(const std::string& serial);
    /// Departments decide what they have and forgot: nothing may stay undecided.
    void sweep();
    /// Whether a department has a message of that kind about an item.
    [[nodiscard]] bool has(const broker::Case& one,
                           std::size_t index,
                           broker::DeliveryKind kind) const;

    // ---- run_operators.cc: who looks after what failed -------------------------------------
    void plan_operators(Duration working_time);
    void operate();
    void move_plan(Node& node, const app::RedrivePlan& plan);
    void plan_redrive(Node& node, broker::DeliveryState from, std::uint32_t pause_over);
    /// Every dead letter, and all of unknown outcome, is sent again, until there is none.
    void redrive_all();
    /// A delivery of unknown outcome: the party is called, and says whether it has it.
    void decide_unknown(Node& node);
    void send_once_due(Node& node);
    /// An answer that contradicts a decision becomes it. @return false: there is none
    bool accept_answer(Node& node);
    void plan_failovers(Duration working_time);
    void plan_clocks(Duration working_time);
    void set_clock(std::size_t index);

    const Plan plan_;
    const Plant plant_;
    const std::function<void(const std::string&)> told_;
    std::vector<std::shared_ptr<const broker::Realm>> realms_;  ///< with the plan's attempts
    bool is_next_known_ = false;  ///< the store keeps the next version of the service
    Random random_;
    Instant now_;
    bool faulty_ = true;
    std::multimap<Instant, std::function<void()>> queue_;  ///< equal times keep their order
    std::shared_ptr<broker::MemoryDisk> disk_;
    std::unique_ptr<broker::Store> plain_;  ///< the disk as it is, for looking
    Oracle oracle_;
    security::Identities identities_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::uint64_t lives_ = 0;
    bool nested_ = false;
    std::map<std::string, std::vector<std::pair<Instant, Instant>>> outages_;
    Instant store_away_until_{};
    std::optional<Instant> newest_;    ///< as a case was stamped
    std::set<std::string> lied_;       ///< cases
    std::set<std::string> withdrawn_;  ///< serials whose department took them back
    std::size_t open_ = 0;             ///< submissions without a final answer
    std::uint64_t keys_ = 0;
    Report report_;
};

}  // namespace luqiao::sim
