// The way out: what is due is leased, sent, and its outcome comes back as an event.
#include "broker/turn.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

constexpr std::size_t kDueCasesMax = 64;

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a) return b;
    return b ? std::min(*a, *b) : a;
}

const FlowPolicy& policy_of(const Realm& realm, const std::string& party) {
    static const FlowPolicy one_at_a_time{.concurrency = 1, .breaker = {}, .quiet = {}, .rate = {}};
    const Party* known = realm.party(party);
    return known == nullptr ? one_at_a_time : known->flow;
}

Outcome outcome_of(const StoredDelivery& delivery) {
    return {delivery.id,     delivery.case_id,  delivery.party,
            delivery.bundle, delivery.attempts, Reply{}};
}

}  // namespace

Status Pipeline::collect(Instant now) {
    // What was collected before and still waits (the store was away) would be told again.
    if (inbox_.count<Due>() == 0) {
        LQ_TRY(const auto due, store_.due_cases(now, kDueCasesMax));
        for (const CaseId& id : due) inbox_.put(TurnWork{Due{id}});
    }
    const bool is_asked = lapsed_next_ && now < *lapsed_next_;
    if (is_asked || inbox_.count<Lapsed>() > 0) return {};
    LQ_TRY(const auto lapsed, store_.lapsed(now, options_.node));
    for (const StoredDelivery& one : lapsed) {
        inbox_.put(TurnWork{Lapsed{one.id, one.case_id, one.attempts}});
    }
    lapsed_next_ = now + options_.lapsed_every;
    return {};
}

LeaseRequest Pipeline::lease_request(const Realm& realm, Instant now) const {
    LeaseRequest out{now, now + options_.lease_time, options_.node, {}};
    // Each lease ends as an outcome in the inbox: no more than may wait there are made.
    std::size_t room = options_.outcomes_max;
    room -= std::min(room, inbox_.count<Outcome>() + open_sends_);
    if (draining_) return out;
    std::vector<std::pair<std::string_view, std::size_t>> wanted;
    for (const auto& [party, outlet] : outlets_) {
        const std::size_t may = flow_of(realm, party, now).may;
        if (may > 0) wanted.emplace_back(party, may);
    }
    if (wanted.empty()) return out;
    // Nobody knows yet who has something due: no party may take the room of the others, and when
    // there is less than a place for each, another is first each time.
    const std::size_t share = std::max<std::size_t>(1, room / wanted.size());
    const auto first = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (std::size_t place = 0; place < wanted.size() && room > 0; ++place) {
        const auto& [party, may] = wanted[(first + place) % wanted.size()];
        const std::size_t given = std::min({may, share, room});
        out.capacity[std::string(party)] = given;
        room -= given;
    }
    return out;
}

void Pipeline::count_leased(const Turn& turn) {
    std::map<std::string, std::size_t> counts;
    for (const StoredDelivery& delivery : turn.leased) ++counts[delivery.party];
    for (const auto& [party, count] : counts) {
        flows_.leased(party, policy_of(*turn.realm, party), count, turn.now);
        open_.at(party) += count;
    }
    open_sends_ += turn.leased.size();
}

Result<std::optional<Instant>> Pipeline::next_turn(const Realm& realm, Instant now) {
    if (draining_) return std::optional<Instant>{};

    // What is due and was not leased waits for a free place (an outcome wakes us) or for a time.
    LQ_TRY(auto next, store_.next_due(now));
    for (const auto& [party, outlet] : outlets_) {
        next = earlier(next, flow_of(realm, party, now).again);
    }
    return earlier(next, lapsed_next_);
}

FlowDecision Pipeline::flow_of(const Realm& realm, const std::string& party, Instant now) const {
    return decide(flows_.of(party), policy_of(realm, party), open_.at(party), realm.calendar, now);
}

std::vector<PartyFlow> Pipeline::flows(Instant now) const {
    const auto realm = realms_.current();
    std::vector<PartyFlow> out;
    for (const auto& [party, open] : open_) {
        out.push_back({party, flows_.of(party), flow_of(*realm, party, now), open});
    }
    return out;
}

bool Pipeline::is_question(const Realm& realm, const StoredDelivery& delivery) const {
    const Party* party = realm.party(delivery.party);
    return delivery.cause == info(Errc::OutcomeUnknown).id && party != nullptr &&
           party->retry.on_unknown == OnUnknown::Query &&
           outlets_.at(delivery.party)->can_be_asked();
}

/// Sends it; or, when it was sent before and nobody knows whether it arrived, asks first, if that
/// is what the party declares.
void Pipeline::send(const Realm& realm, const StoredDelivery& delivery) {
    Outlet& outlet = *outlets_.at(delivery.party);
    Outgoing message{.id = to_string(delivery.id),
                     .format = delivery.map,
                     .body = delivery.body,
                     .case_number = delivery.case_number,
                     .attempt = delivery.attempts,
                     .bundle = delivery.bundle};
    Outcome outcome = outcome_of(delivery);
    if (is_question(realm, delivery)) {
        outlet.ask(std::move(message),
                   [this, outcome = std::move(outcome)](Result<Holding> holding) mutable {
                       outcome.holding = std::move(holding);
                       end(std::move(outcome));
                   });
        return;
    }
    outlet.send(std::move(message),
                [this, outcome = std::move(outcome)](Result<Reply> reply) mutable {
                    outcome.reply = std::move(reply);
                    end(std::move(outcome));
                });
}

void Pipeline::keep_back(const Realm& realm, const StoredDelivery& delivery, const Error& why) {
    Outcome outcome = outcome_of(delivery);
    const Error unsent = fail(Errc::Unavailable, "it was not sent: {}", why.message);
    if (is_question(realm, delivery)) {
        outcome.holding = unsent;  // what came of the attempt before is as unknown as it was
    } else {
        outcome.reply = unsent;
    }
    end(std::move(outcome));
}

/// Whether it is leased at all nobody knows. If so, the lease lapses; an outcome would count an
/// attempt that its row perhaps does not.
void Pipeline::forget(const Realm& realm, const StoredDelivery& delivery, Instant now) {
    flows_.ended(delivery.party, policy_of(realm, delivery.party), false, now);
    --open_.at(delivery.party);
    --open_sends_;
}

void Pipeline::end(Outcome&& outcome) {
    --open_.at(outcome.party);  // first: the turn that this wakes must see the free place
    --open_sends_;
    inbox_.put(TurnWork{std::move(outcome)});
}

}  // namespace luqiao::broker
