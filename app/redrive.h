// app/redrive.h - failed deliveries sent again by a plan: what, how fast, and when to stop.
//
//   Planned --run--> Running --all sent and settled--> Done
//      |              |   ^
//      |        pause |   | run          too many fail again: Paused by itself
//      |              v   |
//      +--cancel-->  Paused --cancel--> Cancelled
//
// A plan takes what is dead (or of unknown outcome, waiting, shelved) in one group, or in the cases
// that a question finds, and was so before it was made.
// What it has sent is no longer among them, so that a plan needs no list: after kill -9 it goes on
// with what is left, and nothing goes twice; what was under way then is not among its counts of
// outcomes. Ids, bytes, order and history are those of the delivery (broker/step_operator.cc).
#pragma once

#include "app/redrive_select.h"
#include "base/json.h"
#include "broker/flow.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::app {

/// Twelve hexadecimal digits that name a group of failures: of state, party, map and cause.
std::string fingerprint(broker::DeliveryState state, const broker::FailureGroup& group);
/// "r3-4f2c09" for the third plan of a node: unique among the nodes of a store.
std::string plan_id(std::string_view node, std::size_t number);
/// 3 of "r3-4f2c09"; 0: it is no id of a plan.
std::size_t plan_number(std::string_view id);
inline constexpr std::string_view kPlanDocument = "redrive/";  ///< before the id: a kept plan
inline constexpr std::string_view kCancelDocument = "redrive-cancel/";  ///< the same: to be ended
/// How many deliveries of a plan are about to be sent or under way before any outcome is known.
inline constexpr std::size_t kRedriveOpenLeast = 10;
/// What a cause means, in a sentence.
Text cause_text(std::string_view cause);
/// Groups of deliveries in these states (of kRedrivable) as JSON, the largest first, with the ids
/// of their three oldest deliveries; of Waiting "oldest" and "newest" are when they are due next.
/// @errors those of the store
Result<std::string> describe_failures(broker::Store& store,
                                      std::span<const broker::DeliveryState> states = kStanding);

enum class PlanState : std::uint8_t { Planned, Running, Paused, Done, Cancelled };
std::string_view to_string(PlanState state);

struct RedrivePlan {
    std::string id;    ///< "r1-4f2c09"
    std::string node;  ///< that made it, and alone carries it out; any may cancel it
    PlanState state = PlanState::Planned;
    std::string group;     ///< fingerprint; empty: by a question
    Selection selection;   ///< what was so before `made_at`
    bool rewrite = false;  ///< bytes are made anew by the rules in force when it is sent
    /// The party is asked first: what it holds is confirmed as arrived, not sent again.
    bool skip_present = false;
    Instant made_at{};
    std::optional<Instant> ended_at = {};  ///< when it was Done or Cancelled
    std::uint64_t total = 0;               ///< when it was made
    std::string rate = "10/s";
    std::uint32_t pause_over = 20;  ///< per cent that may fail again
    std::string actor, reason;
    std::uint64_t sent = 0, arrived = 0, failed = 0, refused = 0;
    std::uint64_t present = 0;  ///< not sent: the party held them
    std::string note;           ///< why it stands
};
/// Whether it ended, before `before`. Of plans that ended before this was kept: were made.
bool ended_before(const RedrivePlan& plan, Instant before);
/// Done or cancelled.
bool is_over(const RedrivePlan& plan);
/// Ends it as a kept order (kCancelDocument) of another node says, unless it is over. @errors
/// Corruption
Status obey(RedrivePlan& plan, const std::string& order);
/// The same with the order that is kept for it. @return that document; empty: there is none
/// @errors those of the store, Corruption
Result<std::map<std::string, std::string>> obey_kept(RedrivePlan& plan, broker::Store& store);
/// Its fields, into an object that is open.
void write_plan(JsonWriter& json, const RedrivePlan& plan);
std::string to_json(const RedrivePlan& plan);
/// @errors Corruption
Result<RedrivePlan> plan_from_json(const std::string& text);

/// What an operator asks for.
struct RedriveOrder {
    std::string group = {};                      ///< fingerprint
    std::optional<broker::Question> query = {};  ///< or what cases; `party` is also the deliveries'
    std::string service = {};                    ///< of those cases
    broker::DeliveryState from = broker::DeliveryState::Dead;  ///< of those deliveries
    bool rewrite = false;                                      ///< as of the plan
    bool skip_present = false;                                 ///< as of the plan; not with rewrite
    std::string delivery = {};  ///< or one, in any state of kRedrivable
    std::string rate = "10/s";
    std::uint32_t pause_over = 20;
    std::string actor = {}, reason = {};
};

/// Who says so, and why; both are needed, both stand in the audit.
struct Signature {
    std::string actor, reason;
};

/// The plans of a node. Thread-safe; `step` is called by the turn's thread, and whoever only looks
/// does not wait for the store.
class Redriver {
public:
    Redriver(broker::Store& store, broker::Pipeline& pipeline)
        : store_(store), pipeline_(pipeline) {}

    /// Reads the plans of this node that are kept, running ones go on. Those of another node of a
    /// shared store are that node's. @errors those of the store, Corruption
    Status open();
    /// Counts what would be sent; sends nothing. @errors NotFound: no such group; MissingRequired:
    /// no actor or reason, or nothing is selected; InvalidArgument: rate,
    /// percentage or question
    Result<RedrivePlan> plan(const RedriveOrder& order, Instant now);
    /// The dry run of a plan (app/redrive_preview.h). @errors NotFound, those of the store
    Result<std::string> preview(const std::string& id) const;
    /// A dry run that waits for parties, now or later, ends with what it knows: the node stops.
    void stop_asking() { no_more_asking_.request_stop(); }
    /// Only of this node. @errors NotFound, Conflict: not from this state, or of another node;
    /// MissingRequired
    Result<RedrivePlan> run(const std::string& id, const Signature& by, Instant now);
    Result<RedrivePlan> pause(const std::string& id, const Signature& by, Instant now);
    /// Of any node: another ends it within a second, or never carries it out any more.
    Result<RedrivePlan> cancel(const std::string& id, const Signature& by, Instant now);
    /// Of this node.
    [[nodiscard]] std::vector<RedrivePlan> plans() const;
    /// Of every node of a shared store, those of this node first. @errors those of the store,
    /// Corruption
    Result<std::vector<RedrivePlan>> all_plans() const;
    /// Plans whose documents went for age (app/kept_documents.h) are not told of any more.
    void leave_out(Instant ended_before);
    /// By the node's clock.
    [[nodiscard]] Instant now() const { return pipeline_.now(); }

    /// Judges what was sent, and sends what the rates allow: few while few outcomes are known, and
    /// never many more than the party takes at once. @return when to come back, if a plan runs
    Result<std::optional<Instant>> step(Instant now);

private:
    /// Of single deliveries, yes or no. Thread-safe; outlives a plan whose answers are still to
    /// come.
    class Answers {
    public:
        void put(const DeliveryId& id, bool yes) {
            const std::lock_guard lock(mutex_);
            answers_.emplace_back(id, yes);
        }
        std::vector<std::pair<DeliveryId, bool>> take() {
            const std::lock_guard lock(mutex_);
            return std::exchange(answers_, {});
        }

    private:
        std::mutex mutex_;
        std::vector<std::pair<DeliveryId, bool>> answers_;
    };
    /// How far one delivery is whose outcome is not known: the party is asked if it holds it; its
    /// confirmation is not taken by the pipeline yet, or was refused by it; it is not taken to be
    /// sent yet; refused; about to be sent or under way; behind others of its line.
    enum class Stage : std::uint8_t {
        Asked,
        Confirming,
        Unconfirmed,
        HandedOver,
        Refused,
        Open,
        Queued
    };
    /// Of the turn's thread alone.
    struct Progress {
        broker::FlowState flow;
        Cursor cursor;  ///< behind what was handed to the pipeline since this node took the plan up
        bool is_all_sent = false;
        std::map<DeliveryId, Stage> sent;        ///< outcome not known yet
        std::optional<DeliveryId> judged;        ///< of those the last that was looked at
        std::size_t window = kRedriveOpenLeast;  ///< how many may be open
        Duration pause{0};                       ///< until the next look
        /// Of the pipeline: whether the case allowed it, once that is durable.
        std::shared_ptr<Answers> answers = std::make_shared<Answers>();
        std::map<DeliveryId, CaseId> asked;  ///< of stage Asked
        std::map<DeliveryId, bool> said;     ///< of these, what the party holds
        /// Of the party: whether it holds it. One that does not say holds nothing.
        std::shared_ptr<Answers> sayings = std::make_shared<Answers>();
    };

    Result<RedrivePlan> move(const std::string& id, PlanState to, const Signature& by, Instant now);
    Status keep(const RedrivePlan& plan, const Signature& by, std::string action, Instant now);
    static broker::AuditEntry audit_of(const RedrivePlan& plan,
                                       const Signature& by,
                                       std::string action,
                                       Instant now);
    [[nodiscard]] std::optional<RedrivePlan> find(const std::string& id) const;
    void put(const RedrivePlan& plan);
    Result<RedrivePlan> select(const RedriveOrder& order, Instant now) const;
    Status select_cases(const RedriveOrder& order, RedrivePlan& plan) const;
    // redrive_nodes.cc
    Result<std::optional<RedrivePlan>> find_of_any(const std::string& id) const;
    Result<RedrivePlan> cancel_elsewhere(RedrivePlan plan, const Signature& by, Instant now);
    Status take_orders();  ///< needs writing_
    Status look_for_orders(Instant now);
    // redrive_step.cc
    /// @return whether anything of the plan changed
    Result<bool> advance(const RedrivePlan& before, Progress& progress, Instant now);
    Status judge(RedrivePlan& plan, Progress& progress);
    static std::size_t open(const Progress& progress);
    Result<bool> send(RedrivePlan& plan, Progress& progress, Instant now);
    /// @return false: too much waits already
    bool hand_over(const Progress& progress, const DeliveryId& id, broker::Command&& command);
    // redrive_present.cc
    static broker::Command redriven(const RedrivePlan& plan,
                                    const CaseId& case_id,
                                    const DeliveryId& id);
    /// @return Asked; HandedOver: the party cannot be asked, and it is sent at once
    Result<Stage> ask(Progress& progress, const broker::StoredDelivery& one);
    void take_sayings(RedrivePlan& plan, Progress& progress, Instant now);

    broker::Store& store_;
    broker::Pipeline& pipeline_;
    std::mutex writing_;        ///< one change of plans at a time; held over writes of the store
    mutable std::mutex mutex_;  ///< of plans_; held for copies
    std::map<std::string, RedrivePlan> plans_;  ///< by id
    std::map<std::string, Progress> progress_;
    std::stop_source no_more_asking_;
    std::optional<Instant> orders_next_;  ///< of the turn's thread: when to look for orders
};

}  // namespace luqiao::app
