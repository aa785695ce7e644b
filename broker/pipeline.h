// broker/pipeline.h - the life of a message, top to bottom: the way in, the turn, the way out.
//
//   way in (any thread)           turn (one thread)                          its end (one thread)
//   accept ─ authenticate         take what waits ─ load case ─ step         flush
//          ─ authorise      ──>   ─ encode new deliveries             ──>    ─ answer the senders
//          ─ decode, check        ─ write, and lease what is due             ─ outlet.send
//          ─ hand over                                                       (outcome: a new event)
//
// A department's answer enters exactly like an application and leaves to the portals exactly like a
// dispatch. Nothing here owns a thread or reads a clock: the shell calls `turn(now)`.
//
// Rules may be replaced at any time: a message keeps those that read it until it is committed, and
// what a party answers to a delivery is read by those that made the delivery (broker/realms.h).
#pragma once

#include "base/id.h"
#include "broker/case_cache.h"
#include "broker/flow.h"
#include "broker/inbox.h"
#include "broker/ports.h"
#include "broker/realms.h"
#include "broker/recon_manifest.h"
#include "broker/search.h"
#include "broker/space.h"
#include "broker/store.h"
#include "broker/trusted_time.h"
#include "mapping/issue.h"
#include "mapping/record.h"
#include "mapping/translator.h"
#include "security/identity.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace luqiao::broker {

class Blobs;

/// What the shell gives the broker of the outside world.
struct World {
    Clock now;
    Entropy entropy;
    std::function<void()> wake;  ///< called from any thread when a turn is worth taking
    FreeBytes free_bytes = {};   ///< of the store's disk; empty: it is not watched
    /// Whether `now` is doubted; no message is taken then. Empty: it never is.
    std::function<std::optional<ClockJump>()> clock_jump = {};
    /// Runs the ends of turns, one after another, on another thread, while the next turn is taken;
    /// may wait for a place. Empty: a turn ends before the next begins.
    std::function<void(std::function<void()>)> aside = {};
};

struct PipelineOptions {
    std::string node = "node-1";
    std::size_t inbox_max = 4096;  ///< messages waiting for a turn; beyond it senders get 429
    std::size_t inbox_bytes_max = 256ULL << 20U;  ///< of their bodies; beyond it the same
    /// Outcomes that wait or are still to come; nothing more is leased beyond it.
    std::size_t outcomes_max = 4096;
    std::size_t turn_max = 256;      ///< events in one commit
    std::uint64_t disk_reserve = 0;  ///< bytes; below it no message is taken (broker/space.h)
    Duration lease_time{120'000};    ///< longer than any outlet's timeout
    Duration lapsed_every{5'000};    ///< how often leases of dead nodes are looked for
    /// Of the terms of numbers and names; nullptr: cases are found by facts alone.
    std::shared_ptr<const SearchKey> search = nullptr;
    /// Where attachments are; nullptr: none are taken, and no message that must name one.
    Blobs* blobs = nullptr;
};

/// A decoded message on its way to its case.
struct Incoming {
    std::string meaning;  ///< "application", "supplement", "withdrawal", "answer"
    InboundMessage message;
    std::shared_ptr<const Realm> realm;  ///< what decoded it, and what its turn goes by
    std::shared_ptr<mapping::Record> record;
    std::vector<std::uint64_t> terms;     ///< of an application: what its case is found by
    std::vector<std::uint64_t> attached;  ///< of the attachments that it names
    bool validate_only = false;
    std::function<void(Answer)> done;
};

/// A request that was turned away, for the audit.
struct Refusal {
    AuditEntry entry;
};

/// What became of one attempt to deliver.
struct Outcome {
    DeliveryId id;
    CaseId case_id;
    std::string party;
    std::string bundle;  ///< of the delivery
    std::uint32_t attempt = 0;
    Result<Reply> reply;
    /// Of a question whether the party holds it; then there is no reply.
    std::optional<Result<Holding>> holding = {};
    bool told = false;  ///< to the breaker: once, however often the work is taken again
};

/// How one party is sent to now.
struct PartyFlow {
    std::string party;
    FlowState state;
    FlowDecision decision;
    std::size_t open = 0;  ///< sends under way
};

/// What an operator does to a delivery, an alert or an item.
struct Command {
    CaseId case_id;
    std::variant<Redriven, Shelved, Confirmed, AlertSettled, AnswerAccepted> event;
    bool rewrite = false;  ///< of Redriven: its bytes are made anew by the rules in force
    std::optional<AuditEntry> audit = {};   ///< written with what comes of it
    std::function<void(Status)> done = {};  ///< called once: it is durable, or why it was refused
};

struct Lapsed {
    DeliveryId id;
    CaseId case_id;
    std::uint32_t attempt = 0;
};
struct Due {
    CaseId case_id;
};
using TurnWork = std::variant<Incoming, Outcome, Command, Lapsed, Due, Refusal>;

class Pipeline final : public Intake {
public:
    Pipeline(std::shared_ptr<const Realm> realm,
             Store& store,
             security::Identities& identities,
             World world,
             PipelineOptions options);

    /// Deliveries to `party` go through `outlet`, which outlives the pipeline. Before the first
    /// turn.
    void attach(const std::string& party, Outlet& outlet);

    // ---- the way in: any thread ------------------------------------------------ intake.cc
    void accept(Arrival arrival, std::function<void(Answer)> done) override;
    std::variant<std::string, Problem> progress(const Proof& proof,
                                                const std::string& case_number) override;
    // ---- recon_intake.cc
    std::variant<std::string, Problem> take_manifest(const ManifestCall& call) override;
    std::variant<std::string, Problem> manifest(const ManifestCall& call) override;

    // ---- what else parties ask, by the same identities: any thread -------------- intake.cc
    /// @errors those of security::Identities::authenticate
    Result<std::string> caller(const Proof& proof);
    /// A refusal as the party gets it, and in the audit. @param party  empty: nobody knows who it
    /// is
    [[nodiscard]] Problem refusal(const std::string& party,
                                  const Error& error,
                                  const std::string& subject);
    /// The same without a row in the audit, for what passes by itself.
    [[nodiscard]] Problem problem(const Error& error) const {
        return problem(error, realm()->bundle->hash());
    }
    /// A row of the audit, written with the next turn. @return false: too much waits already
    bool note(const std::string& party, std::string action, std::string subject);

    // ---- the turn: one thread -------------------------------------------------- pipeline.cc
    /// Takes what waits and writes it; once that is durable, answers and sends what is due.
    /// @return when to come back at the latest, if nothing wakes us before; none: only when woken
    /// @errors those of the store, of this turn or of the end of an earlier one; nothing is lost
    /// then, the senders are told to try again
    Result<std::optional<Instant>> turn(Instant now);

    // ---- the rules: any thread ------------------------------------------------- realms.h
    /// What the next message and the next turn go by; those under way keep theirs.
    void replace(std::shared_ptr<const Realm> realm) { realms_.replace(std::move(realm)); }
    [[nodiscard]] std::shared_ptr<const Realm> realm() const { return realms_.current(); }
    /// That made something, if it is among the last few; else the one in force.
    [[nodiscard]] std::shared_ptr<const Realm> realm_of(std::string_view bundle) const {
        return realms_.of(bundle);
    }
    [[nodiscard]] const std::string& node() const { return options_.node; }
    /// nullptr: cases are found by facts alone.
    [[nodiscard]] const SearchKey* search_key() const { return options_.search.get(); }

    /// Takes a command in one of the next turns, if its case allows it; any thread.
    /// @return false: too much waits already
    bool command(Command&& what) { return inbox_.offer(TurnWork{std::move(what)}); }
    /// Asks the shell for a turn; any thread.
    void wake() const { world_.wake(); }

    /// No more messages come in; open deliveries end normally.
    void drain() { draining_ = true; }
    /// Of questions what a party holds; what is sent goes through the turn. nullptr: nothing is
    /// delivered to it.
    [[nodiscard]] Outlet* outlet(const std::string& party) const {
        const auto found = outlets_.find(party);
        return found == outlets_.end() ? nullptr : found->second;
    }
    [[nodiscard]] std::size_t open_sends() const { return open_sends_; }
    /// Every party that is sent to, as this node sees it; from any thread.
    [[nodiscard]] std::vector<PartyFlow> flows(Instant now) const;
    [[nodiscard]] std::size_t waiting() const { return inbox_.size(); }
    /// The room on the store's disk; from any thread.
    [[nodiscard]] Space space(Instant now) const { return space_.look(now); }
    /// When the store said that its disk is full; none: it takes what is written. From any thread.
    [[nodiscard]] std::optional<Instant> full_since() const { return full_.since(); }
    [[nodiscard]] Instant now() const { return world_.now(); }
    /// None: the clock is trusted.
    [[nodiscard]] std::optional<ClockJump> clock_jump() const {
        return world_.clock_jump ? world_.clock_jump() : std::nullopt;
    }

private:
    struct Turn;

    // intake.cc
    Result<ManifestAsked> asked_of(const ManifestCall& call, Instant now);  ///< recon_intake.cc
    Result<security::Authenticated> identify(const Arrival& arrival, Instant now);
    [[nodiscard]] Problem problem(const Error& error, const std::string& bundle) const;
    /// Tells the sender and the audit. What was refused, by whom, by which rules.
    struct Refused {
        const Arrival& arrival;
        const std::string& party;
        const std::string& bundle;
        const std::function<void(Answer)>& done;
    };
    void refuse(const Refused& what, const Error& error);
    void refuse_issues(const Refused& what, const mapping::Issues& issues);
    void audit_refusal(const std::string& party, Errc code, std::string subject);
    /// Holds the attachments that the message must name; what is missing goes into its issues.
    Result<std::vector<std::uint64_t>> claim(const std::string& party,
                                             const SubmitRight& right,
                                             const mapping::Program& program,
                                             mapping::Decoded& decoded);

    /// What a message lets its case be found by: its own id, and what `rules` name of what it says.
    [[nodiscard]] std::vector<std::uint64_t> terms_of(const MessageId& id,
                                                      const SearchRules& rules,
                                                      const mapping::Record& said) const;

    // pipeline.cc
    void take(Turn& turn, TurnWork& work);
    void take_incoming(Turn& turn, Incoming& incoming);
    /// Tells the sender, and the audit when the same message would be refused again.
    void turn_away(const Turn& turn, const Incoming& incoming, Problem why);
    [[nodiscard]] Problem as_step_said(const Problem& refusal, const std::string& bundle) const;
    /// @return whether it is taken, or will be: else why not
    Status take_case_event(Turn& turn, const CaseId& id, const Event& event, TurnWork& origin);
    void take_command(Turn& turn, Command& command, TurnWork& origin);
    /// The same of AnswerAccepted: what the answer says comes into the case's record.
    Status accept_answer(Turn& turn, Command& command, TurnWork& origin);
    /// Dispatches of the case of which an attempt is under way.
    Result<std::vector<DeliveryId>> under_way(const Case& one);
    /// The delivery's bytes by the rules of the turn; says in the event from what to what.
    Result<Reencoded> rewrite(Turn& turn, const CaseId& id, Redriven& event);
    /// Before a delivery is sent again: its new bytes, when it gets any.
    Result<std::optional<Reencoded>> prepare(Turn& turn, const Command& command, Redriven& event);
    /// What the case alone does not know. @errors Conflict: an attempt is under way
    Status check_not_leased(Turn& turn, const CaseId& id, const DeliveryId& delivery);
    void take_outcome(Turn& turn, Outcome& outcome, TurnWork& origin);
    Status start_case(Turn& turn, Incoming& incoming);
    Status continue_case(Turn& turn, Incoming& incoming);
    Result<StoredCase*> load(Turn& turn, const CaseId& id);
    Status take_unflushed();
    void note_unflushed(const Status& settled);

    // settle.cc
    /// Writes what the turn made, and leases what is due for the way out.
    Status write(Turn& turn);
    /// Waits until it is durable, answers, and sends what was leased.
    Status settle(Turn& turn, const Status& written);
    void tell(Turn& turn, std::size_t index, const Status& kept);
    void answer(const Turn& turn, std::size_t index, const Incoming& incoming);

    // dispatch.cc
    [[nodiscard]] LeaseRequest lease_request(const Realm& realm, Instant now) const;
    /// From here on it is under way: it takes a place of its party's.
    void count_leased(const Turn& turn);
    Result<std::optional<Instant>> next_turn(const Realm& realm, Instant now);
    Status collect(Instant now);
    void send(const Realm& realm, const StoredDelivery& delivery);
    /// It is not known to be leased: it ends as one that surely did not arrive.
    void keep_back(const Realm& realm, const StoredDelivery& delivery, const Error& why);
    void forget(const Realm& realm, const StoredDelivery& delivery, Instant now);
    /// Whether the party is asked first if it has it.
    [[nodiscard]] bool is_question(const Realm& realm, const StoredDelivery& delivery) const;
    void end(Outcome&& outcome);
    [[nodiscard]] FlowDecision flow_of(const Realm& realm,
                                       const std::string& party,
                                       Instant now) const;

    Realms realms_;
    Store& store_;
    security::Identities& identities_;
    const World world_;
    const PipelineOptions options_;
    Inbox<TurnWork> inbox_;
    mutable SpaceWatch space_;
    FullWatch full_;
    std::map<std::string, Outlet*, std::less<>> outlets_;
    std::map<std::string, std::atomic<std::size_t>, std::less<>>
        open_;  ///< sends under way, by party
    Flows flows_;
    CaseCache recent_;  ///< of the turn
    std::atomic<std::size_t> open_sends_{0};
    std::atomic<bool> draining_{false};
    std::optional<Instant> lapsed_next_;
    std::mutex unflushed_guard_;
    Status unflushed_;  ///< of the end of a turn that nobody was told of yet
};

}  // namespace luqiao::broker
