// The turn: events become units, units become durable, and only then the senders hear of it.
#include "broker/pipeline.h"

#include "broker/messages.h"
#include "broker/reencode.h"
#include "broker/retention.h"
#include "broker/turn.h"
#include "mapping/translator.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <utility>

namespace luqiao::broker {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang 14 needs it spelled out

/// none: the party did not say.
std::optional<bool> held(const Result<Holding>& holding) {
    return holding ? std::optional(*holding == Holding::Held) : std::nullopt;
}

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const Realm> realm,
                   Store& store,
                   security::Identities& identities,
                   World world,
                   PipelineOptions options)
    : realms_(std::move(realm)),
      store_(store),
      identities_(identities),
      world_(std::move(world)),
      options_(std::move(options)),
      inbox_({options_.inbox_max, options_.inbox_bytes_max}, world_.wake),
      space_(world_.free_bytes, options_.disk_reserve),
      recent_(store_.is_shared() ? 0 : CaseCache::kBytes) {}

void Pipeline::attach(const std::string& party, Outlet& outlet) {
    outlets_[party] = &outlet;
    open_[party] = 0;
}

Result<std::optional<Instant>> Pipeline::turn(Instant now) {
    LQ_CHECK(take_unflushed());
    LQ_CHECK(collect(now));
    const auto turn = std::make_shared<Turn>(Turn{now, realms_.current(), {}, {}, {}, {}});
    std::vector<TurnWork> work = inbox_.take(options_.turn_max);
    for (TurnWork& one : work) take(*turn, one);
    const Status written = write(*turn);
    if (!written) full_.note(written, now);
    count_leased(*turn);
    if (world_.aside && turn->is_written) {
        world_.aside([this, turn] { note_unflushed(settle(*turn, {})); });
    } else {
        LQ_CHECK(settle(*turn, written));
    }
    LQ_CHECK(written);
    LQ_TRY(const auto next, next_turn(*turn->realm, now));
    if (inbox_.size() > 0) return std::optional(now);
    return next;
}

Status Pipeline::take_unflushed() {
    const std::lock_guard lock(unflushed_guard_);
    return std::exchange(unflushed_, Status{});
}

void Pipeline::note_unflushed(const Status& settled) {
    if (settled) return;
    {
        const std::lock_guard lock(unflushed_guard_);
        unflushed_ = settled;
    }
    world_.wake();
}

void Pipeline::take(Turn& turn, TurnWork& work) {
    std::visit(Overloaded{
                   [&](Incoming& incoming) { take_incoming(turn, incoming); },
                   [&](Outcome& outcome) { take_outcome(turn, outcome, work); },
                   [&](Command& command) { take_command(turn, command, work); },
                   [&](Lapsed& lapsed) {
                       const LeaseLapsed event{lapsed.id, lapsed.attempt};
                       (void)take_case_event(turn, lapsed.case_id, event, work);
                   },
                   [&](Due& due) { (void)take_case_event(turn, due.case_id, TimerFired{}, work); },
                   [&](Refusal& refusal) { turn.audit.push_back(std::move(refusal.entry)); },
               },
               work);
}

Result<StoredCase*> Pipeline::load(Turn& turn, const CaseId& id) {
    turn.close(id);
    if (const auto found = turn.cases.find(id); found != turn.cases.end()) return &found->second;
    std::optional<StoredCase> stored = recent_.take(id, turn.now);
    if (!stored) {
        LQ_TRY(stored, store_.find_case(id));
    }
    if (!stored) return fail(Errc::NotFound, "there is no such case");
    return &turn.cases.emplace(id, *std::move(stored)).first->second;
}

void Pipeline::take_incoming(Turn& turn, Incoming& incoming) {
    Status taken = incoming.meaning == "application" ? start_case(turn, incoming)
                                                     : continue_case(turn, incoming);
    if (!taken) turn_away(turn, incoming, problem(taken.error(), incoming.message.bundle));
}

void Pipeline::turn_away(const Turn& turn, const Incoming& incoming, Problem why) {
    const bool is_for_good = disposition(why.code) != Disposition::Retry;
    const bool is_outdated = incoming.realm != turn.realm && incoming.meaning != "application";
    if (is_for_good && is_outdated) {  // perhaps these rules cannot read the case any more
        why = problem(fail(Errc::Unavailable, "the rules changed meanwhile: send it again"),
                      incoming.message.bundle);
    } else if (is_for_good) {
        audit_refusal(incoming.message.party, why.code,
                      incoming.message.format + " " + why.trace_id);
    }
    incoming.done(std::move(why));
}

/// In the words of the step.
Problem Pipeline::as_step_said(const Problem& refusal, const std::string& bundle) const {
    Problem out = problem(fail(refusal.code, "{}", refusal.detail.en), bundle);
    out.detail = refusal.detail;
    return out;
}

Status Pipeline::start_case(Turn& turn, Incoming& incoming) {
    mapping::Record& application = *incoming.record;
    const Realm& realm = *incoming.realm;
    const Service* service = realm.service_of_form(application.form().name);
    if (service == nullptr) return fail(Errc::Internal, "no service takes this form");

    Case fresh;
    fresh.id = incoming.message.case_id;
    fresh.number = make_case_number(service->number_prefix, turn.now, world_.entropy);
    fresh.service = service->code;
    fresh.service_version = service->version;
    fresh.channel = incoming.message.party;
    fresh.bundle = incoming.message.bundle;
    fresh.accepted_at = turn.now;
    (void)application.set("case.number", fresh.number);
    if (!application.has("case.submitted_at")) {
        (void)application.set("case.submitted_at", to_rfc3339(turn.now));
    }

    UnitBuilder builder(realm, fresh, turn.now);
    if (Problem refusal; !builder.apply(to_arrived(*service, application), refusal)) {
        turn_away(turn, incoming, as_step_said(refusal, fresh.bundle));
        return {};
    }
    if (!builder.encode({application})) {
        Problem out =
            problem(fail(Errc::NotEncodable, "a receiver cannot take these values"), fresh.bundle);
        out.errors = builder.findings();
        turn_away(turn, incoming, std::move(out));
        return {};
    }
    if (incoming.validate_only) {
        incoming.done(Receipt{{}, {}, incoming.message.sm3, turn.now, false, fresh.bundle});
        return {};
    }
    Unit unit = builder.finish();
    unit.record = mapping::to_json(application);
    unit.terms.insert(unit.terms.end(), incoming.terms.begin(), incoming.terms.end());
    unit.terms.insert(unit.terms.end(), incoming.attached.begin(), incoming.attached.end());
    unit.message = std::move(incoming.message);
    turn.cases[fresh.id] = {unit.state, *unit.record};
    turn.cases[fresh.id].state.version += 1;
    turn.pending.push_back({std::move(unit), {}});
    turn.pending.back().origins.emplace_back(std::move(incoming));
    return {};
}

Status Pipeline::continue_case(Turn& turn, Incoming& incoming) {
    const InboundMessage& message = incoming.message;
    const Realm& realm = *incoming.realm;
    LQ_TRY(const auto first, store_.find_message(message.party, message.dedup_key));
    if (first) {
        if (first->sm3 != message.sm3) {
            return fail(Errc::KeyReused, "the key belongs to another message");
        }
        LQ_TRY(const StoredCase* known, load(turn, first->case_id));
        turn.replays.push_back(
            {std::move(incoming.done), to_receipt(*first, known->state.number, true)});
        return {};
    }
    const mapping::Record& said = *incoming.record;
    const bool is_answer = incoming.meaning == "answer";
    const std::string number = said.has("case.number") ? std::string(said.text("case.number"))
                                                       : case_number_of(said.text("item.serial"));
    LQ_TRY(const auto id, store_.find_case_id(number));
    const auto unknown = [] {
        return fail(Errc::NotFound, "there is no such case for this party");
    };
    if (!id) return unknown();
    LQ_TRY(StoredCase* const stored, load(turn, *id));
    if (!is_answer && stored->state.channel != message.party) return unknown();
    LQ_CHECK(check_not_aged(*stored));

    const Service* service = realm.service(stored->state.service, stored->state.service_version);
    if (service == nullptr) {  // another node began the case, by rules that come here later
        return fail(Errc::Unavailable, "this node does not know the version of the service yet");
    }
    LQ_TRY(mapping::Record application,
           mapping::from_json(realm.bundle->form(service->form), stored->record));
    LQ_TRY(Event event, to_event(incoming.meaning, said, message));
    if (auto* answered = std::get_if<Answered>(&event);
        answered != nullptr && answered->state == ItemState::Revoked) {
        LQ_TRY(answered->under_way, under_way(stored->state));
    }
    UnitBuilder builder(realm, stored->state, turn.now);
    if (Problem refusal; !builder.apply(event, refusal)) {
        turn_away(turn, incoming, as_step_said(refusal, message.bundle));
        return {};
    }
    if (incoming.validate_only) {
        incoming.done(Receipt{{}, number, message.sm3, turn.now, false, message.bundle});
        return {};
    }
    if (is_answer && builder.moved_an_item()) take_over(application, said);
    if (incoming.meaning == "supplement") LQ_CHECK(mapping::merge(application, said));
    builder.encode_or_bury({application, is_answer ? &said : nullptr});
    Unit unit = builder.finish();
    unit.record = mapping::to_json(application);
    if (*unit.record == stored->record) unit.record.reset();
    const auto terms = terms_of(message.id, unit.record ? service->search : SearchRules{}, said);
    unit.terms.insert(unit.terms.end(), terms.begin(), terms.end());
    unit.terms.insert(unit.terms.end(), incoming.attached.begin(), incoming.attached.end());
    unit.message = std::move(incoming.message);
    unit.message->case_id = *id;
    if (unit.record) stored->record = *unit.record;
    stored->state = unit.state;
    stored->state.version += 1;
    turn.pending.push_back({std::move(unit), {}});
    turn.pending.back().origins.emplace_back(std::move(incoming));
    return {};
}

Status Pipeline::take_case_event(Turn& turn,
                                 const CaseId& id,
                                 const Event& event,
                                 TurnWork& origin) {
    auto open = turn.open.find(id);
    if (open == turn.open.end()) {
        const auto stored = load(turn, id);
        if (!stored) {
            const bool passing = disposition(stored.error().code) == Disposition::Retry;
            if (!passing) return stored.error();
            inbox_.put(std::move(origin));  // the store is away: again next turn
            return {};
        }
        LQ_CHECK(check_not_aged(**stored));
        UnitBuilder builder(*turn.realm, (*stored)->state, turn.now);
        open = turn.open.emplace(id, Turn::Open{std::move(builder), {}}).first;
    }
    UnitBuilder& builder = open->second.builder;
    if (Problem refusal; !builder.apply(event, refusal)) {
        if (open->second.origins.empty()) turn.open.erase(open);
        return fail(refusal.code, "{}", refusal.detail.en);
    }
    if (builder.needs_bytes()) {
        const StoredCase& stored = turn.cases.at(id);
        const Service* service =
            turn.realm->service(stored.state.service, stored.state.service_version);
        const auto application =
            mapping::from_json(turn.realm->bundle->form(service->form), stored.record);
        application ? builder.encode_or_bury({*application}) : builder.bury_new();
    }
    open->second.origins.push_back(std::move(origin));
    return {};
}

Result<Reencoded> Pipeline::rewrite(Turn& turn, const CaseId& id, Redriven& event) {
    LQ_TRY(const StoredCase* stored, load(turn, id));
    const Delivery* delivery = stored->state.find(event.id);
    if (delivery == nullptr) return fail(Errc::NotFound, "the case has no such delivery");
    LQ_TRY(const auto messages, store_.messages(id));
    LQ_TRY(const auto before, store_.find_delivery(event.id));
    if (!before) return fail(Errc::NotFound, "there is no such delivery");
    std::vector<mapping::Issue> issues;
    LQ_TRY(std::string body, reencode(*turn.realm, *stored, *delivery, messages, issues));
    const std::string& bundle = turn.realm->bundle->hash();
    event.rewritten = fmt::format("{:.12} {:.12} → {:.12} {:.12}", before->bundle,
                                  security::sm3_hex(before->body), bundle, security::sm3_hex(body));
    return Reencoded{event.id, bundle, std::move(body)};
}

Status Pipeline::check_not_leased(Turn& turn, const CaseId& id, const DeliveryId& delivery) {
    LQ_TRY(const StoredCase* stored, load(turn, id));
    const Delivery* waiting = stored->state.find(delivery);
    if (waiting == nullptr || waiting->state != DeliveryState::Waiting) return {};
    LQ_TRY(const auto row, store_.find_delivery(delivery));
    // An attempt that ended in this turn is counted in the case already.
    const bool is_leased =
        row && row->state == DeliveryState::Leased && row->attempts > waiting->attempts;
    if (is_leased) return fail(Errc::Conflict, "the delivery is being sent just now");
    return {};
}

Result<std::optional<Reencoded>> Pipeline::prepare(Turn& turn,
                                                   const Command& command,
                                                   Redriven& event) {
    LQ_CHECK(check_not_leased(turn, command.case_id, event.id));
    if (!command.rewrite) return std::optional<Reencoded>();
    LQ_TRY(auto fresh, rewrite(turn, command.case_id, event));
    return std::optional(std::move(fresh));
}

void Pipeline::take_command(Turn& turn, Command& command, TurnWork& origin) {
    const CaseId id = command.case_id;  // the command itself moves on with its work
    const auto done = command.done;
    if (std::holds_alternative<AnswerAccepted>(command.event)) {
        const Status taken = accept_answer(turn, command, origin);
        if (!taken && done) done(taken);
        return;
    }
    const auto audit = command.audit;
    auto said = command.event;
    std::optional<Reencoded> fresh;
    if (auto* again = std::get_if<Redriven>(&said); again != nullptr) {
        auto made = prepare(turn, command, *again);
        if (!made && disposition(made.error().code) == Disposition::Retry) {
            return inbox_.put(std::move(origin));
        }
        if (!made) return done ? done(made.error()) : void();
        fresh = *std::move(made);
    }
    const Event event = std::visit([](const auto& one) { return Event{one}; }, said);
    const Status taken = take_case_event(turn, id, event, origin);
    if (!taken && done) done(taken);
    const auto open = turn.open.find(id);
    if (!taken || open == turn.open.end()) return;
    if (audit) open->second.builder.audit(*audit);
    if (fresh) open->second.builder.reencode(*std::move(fresh));
}

void Pipeline::take_outcome(Turn& turn, Outcome& outcome, TurnWork& origin) {
    const auto realm = realms_.of(outcome.bundle);
    const Party* party = realm->party(outcome.party);
    Status taken;
    if (outcome.holding && !*outcome.holding) {
        taken = outcome.holding->error();
    } else if (!outcome.reply) {
        taken = outcome.reply.error();
    } else if (party != nullptr && !outcome.holding) {
        taken = read_reply(*realm, *party, outcome.reply->body);
    }
    if (!outcome.told && party != nullptr) {
        const bool is_up = taken || disposition(taken.error().code) != Disposition::Retry;
        flows_.ended(outcome.party, party->flow, is_up, turn.now);
        outcome.told = true;
    }
    const CaseId id = outcome.case_id;
    const Event event =
        outcome.holding ? Event{QueryAnswered{outcome.id, held(*outcome.holding), outcome.attempt}}
        : taken         ? Event{Delivered{outcome.id}}
                        : Event{DeliveryFailed{outcome.id, taken.error().code, outcome.attempt}};
    (void)take_case_event(turn, id, event, origin);
}

}  // namespace luqiao::broker
