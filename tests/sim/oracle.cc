#include "tests/sim/oracle.h"

#include "security/digest.h"
#include "tests/sim/materials.h"

#include <algorithm>

namespace luqiao::sim {

using broker::DeliveryState;
using broker::ItemState;

namespace {

constexpr Duration kLeaseLeast{60'000};

}  // namespace

void Oracle::check_text(std::string_view where, std::string_view text) {
    for (const std::string& person : materials().persons) {
        expect(text.find(person) == std::string_view::npos, "{} names a person", where);
    }
}

// ---- the way in --------------------------------------------------------------------------------

void Oracle::submitted(const Submission& what) {
    bodies_[{what.party, what.key}].insert(security::sm3_hex(what.body));
    if (what.meaning == "withdrawal") asked_back_.insert(what.about);
    if (what.meaning == "answer") said_.insert({what.about, *broker::parse_item_state(what.state)});
}

void Oracle::answered(const Submission& what, const broker::Answer& answer) {
    const Key key{what.party, what.key};
    if (const auto* receipt = std::get_if<broker::Receipt>(&answer)) {
        check_receipt(what, *receipt);
        check_kept(key, *receipt);
        if (what.meaning == "withdrawal") taken_back_.insert(what.about);
        return;
    }
    const auto& problem = std::get<broker::Problem>(answer);
    check_text("a problem", problem.detail.zh + problem.detail.en);
    for (const broker::FieldProblem& one : problem.errors) {
        check_text("a finding",
                   one.message.zh + one.message.en + one.got_masked + one.expected + one.pointer);
    }
    expect(problem.code != Errc::Internal && problem.code != Errc::Corruption, "{} {} met {}: {}",
           what.party, what.key, info(problem.code).id, problem.detail.en);
    expect(problem.code != Errc::KeyReused || bodies_.at(key).size() > 1,
           "{} {} is told a conflict, but there is one body only", what.party, what.key);
    const auto first = acked_.find(key);
    if (first == acked_.end() || disposition(problem.code) == Disposition::Retry) return;
    expect(first->second.sm3 != security::sm3_hex(what.body) || bodies_.at(key).size() > 1,
           "{} {} was acknowledged, its repeat is refused: {}", what.party, what.key,
           info(problem.code).id);
}

void Oracle::check_receipt(const Submission& what, const broker::Receipt& receipt) {
    const Key key{what.party, what.key};
    expect(receipt.sm3 == security::sm3_hex(what.body), "{} {}: a receipt for other bytes",
           what.party, what.key);
    // The end of the turn that took it may come after another node told its repeat.
    expect(receipt.replayed || accepted_.insert(key).second, "{} {}: accepted twice", what.party,
           what.key);
    const auto [first, is_new] = acked_.emplace(key, receipt);
    if (is_new) return;
    const broker::Receipt& kept = first->second;
    const bool same = kept.message_id == receipt.message_id &&
                      kept.case_number == receipt.case_number && kept.sm3 == receipt.sm3 &&
                      kept.at == receipt.at && kept.bundle == receipt.bundle;
    expect(same, "{} {}: the second receipt is not the first", what.party, what.key);
}

void Oracle::check_kept(const Key& key, const broker::Receipt& receipt) {
    const auto stored = disk_.find_message(key.first, "key:" + key.second);
    if (!stored || !*stored) {
        return violated(fmt::format("{} {} is acknowledged and not stored", key.first, key.second));
    }
    expect((*stored)->sm3 == receipt.sm3 && security::sm3_hex((*stored)->body) == receipt.sm3 &&
               to_string((*stored)->id) == receipt.message_id,
           "{} {} is stored otherwise than acknowledged", key.first, key.second);
    const auto id = disk_.find_case_id(receipt.case_number);
    expect(id && *id == (*stored)->case_id, "{} {}: its case is not there", key.first, key.second);
}

// ---- the store ---------------------------------------------------------------------------------

void Oracle::leased(const Holder& by,
                    const std::vector<broker::StoredDelivery>& rows,
                    Instant now,
                    Instant until,
                    Instant time) {
    for (const broker::StoredDelivery& row : rows) {
        const auto known = leases_.find(row.id);
        expect(known == leases_.end() || known->second.until < now, "{} has two live leases",
               to_string(row.id));
        const auto more = allowed_.find(row.id);
        const auto most = more == allowed_.end() ? plan_.attempts_max : more->second;
        expect(row.attempts <= most, "{}: attempt {} of at most {}", to_string(row.id),
               row.attempts, most);
        const bool is_late = now - row.due_at > std::chrono::minutes(10);
        expect(plan_.stuck.empty() || row.party == plan_.stuck || !is_late,
               "{} to {} waits while only {} is stuck", to_string(row.id), row.party, plan_.stuck);
        const auto one = case_of(row.case_number);
        const broker::Delivery* delivery = one ? one->find(row.id) : nullptr;
        expect(delivery == nullptr || !broker::is_settled(delivery->state),
               "{} is leased again after it was settled", to_string(row.id));
        leases_[row.id] = {by, until, time, row.attempts};
        tried_[row.id] = row.attempts;
    }
}

void Oracle::check_change(const Holder& by,
                          const broker::DeliveryChange& change,
                          Instant now,
                          Instant time) {
    const bool ended_well = broker::is_settled(change.state);
    check_time_limit(change, now);
    if (change.state == DeliveryState::Waiting) {
        const Duration least{1'000};
        expect(change.due_at >= now + least, "{} is due again at once", to_string(change.id));
    }
    const auto lease = leases_.find(change.id);
    if (lease == leases_.end()) return;
    const auto& told = sent_[to_string(change.id)].told;
    // A success is a fact about the receiver whoever brings it; anything else may be said of the
    // running attempt only by its own outcome.
    const bool is_live = lease->second.until >= now;
    expect(ended_well || !is_live || told.contains(lease->second.attempt),
           "{}: node {} moved it to {} while attempt {} is under way", to_string(change.id),
           by.node, broker::to_string(change.state), lease->second.attempt);
    // Clocks may differ by half a lease, no more: nobody's lease is taken away before that.
    expect(ended_well || told.contains(lease->second.attempt) ||
               time - lease->second.taken >= kLeaseLeast,
           "{}: node {} took it from node {} after {} s", to_string(change.id), by.node,
           lease->second.by.node, (time - lease->second.taken).count() / 1000);
    leases_.erase(lease);
}

void Oracle::check_time_limit(const broker::DeliveryChange& change, Instant now) {
    if (plan_.give_up_days == 0) return;
    if (change.state != DeliveryState::Waiting) return;
    const Instant since = failing_.emplace(change.id, now).first->second;
    expect(now - since <= std::chrono::hours(24 * (plan_.give_up_days + 1)),
           "{} is tried again after {} days of at most {}", to_string(change.id),
           (now - since) / std::chrono::hours(24), plan_.give_up_days);
}

void Oracle::take_orders(const broker::Unit& unit) {
    const bool is_ordered =
        std::any_of(unit.timeline.begin(), unit.timeline.end(),
                    [](const auto& entry) { return entry.event == "delivery.redriven"; });
    for (const broker::DeliveryChange& change : unit.changed) {
        const bool stands =
            change.state == DeliveryState::Dead || change.state == DeliveryState::Unknown;
        const bool goes_on = !stands && standing_.erase(change.id) > 0;
        if (stands) standing_.insert(change.id);
        if (stands || broker::is_settled(change.state)) continue;
        expect(!goes_on || is_ordered, "{} goes on and no operator said so", to_string(change.id));
        // What waited is told from what goes on by itself by what its attempts count from.
        const std::uint32_t from = unit.state.find(change.id)->attempts_before;
        const bool counts_anew = counted_from_[change.id] != from;
        if (goes_on || (counts_anew && is_ordered)) take_order(unit, change);
        counted_from_[change.id] = from;
    }
}

void Oracle::take_order(const broker::Unit& unit, const broker::DeliveryChange& change) {
    ++redriven_;
    allowed_[change.id] = tried_[change.id] + plan_.attempts_max;
    failing_.erase(change.id);
    const broker::Delivery* delivery = unit.state.find(change.id);
    const auto policy = plan_.on_unknown.find(delivery->party);
    const bool is_asked =
        policy != plan_.on_unknown.end() && policy->second == broker::OnUnknown::Query;
    if (!is_asked) sent_[to_string(change.id)].open.clear();
}

void Oracle::check_items(const broker::Unit& unit) {
    for (const broker::Alert& alert : unit.alerts) {
        if (alert.code == "withdrawal_by_hand") by_hand_.insert(alert.item);
    }
    const auto is_leaving = [](ItemState state) {
        return state == ItemState::Withdrawing || state == ItemState::Withdrawn;
    };
    const broker::Service& service = service_of(unit.state);
    for (const broker::Item& item : unit.state.items) {
        expect(item.state != ItemState::Held || !service.find(item.code)->after.empty(),
               "{} waits, and its version of the service has nothing to wait for", item.serial);
        const auto [known, is_new] = items_.emplace(item.serial, item.state);
        const ItemState was = known->second;
        const bool is_revoked = was == ItemState::Granted && item.state == ItemState::Revoked &&
                                said_.contains({item.serial, ItemState::Revoked});
        expect(!broker::is_final(was) || item.state == was || is_revoked || is_accepted(unit, item),
               "{} was {} and is {} now", item.serial, broker::to_string(was),
               broker::to_string(item.state));
        expect(item.state != ItemState::Held || was == ItemState::Held || is_new ||
                   revoked_.contains(unit.state.id),
               "{} is held again and nothing was revoked", item.serial);
        expect(is_leaving(was) || !is_leaving(item.state) || is_asked_back(item.serial),
               "{} is {} and nobody wanted that", item.serial, broker::to_string(item.state));
        known->second = item.state;
    }
}

bool Oracle::is_accepted(const broker::Unit& unit, const broker::Item& item) const {
    const auto moves_it = [&](const auto& entry) {
        // What waits for the item follows it: cancelled or not.
        const bool is_follower = entry.item != item.serial;
        return entry.event == "answer.accepted" &&
               (is_follower ? items_.at(item.serial) == ItemState::Cancelled
                            : accepting_.contains({item.serial, item.state}) &&
                                  said_.contains({item.serial, item.state}));
    };
    return std::any_of(unit.timeline.begin(), unit.timeline.end(), moves_it);
}

void Oracle::committed(const Holder& by, const broker::Unit& unit, Instant now, Instant time) {
    cases_.insert(unit.state.id);
    take_revocations(unit);
    check_items(unit);
    take_orders(unit);
    for (const broker::DeliveryChange& change : unit.changed) check_change(by, change, now, time);
    for (const broker::TimelineEntry& entry : unit.timeline) check_text("a timeline", entry.detail);
    for (const broker::AuditEntry& entry : unit.audit) check_text("the audit", entry.subject);
}

void Oracle::take_revocations(const broker::Unit& unit) {
    const bool is_one =
        std::any_of(unit.timeline.begin(), unit.timeline.end(), [](const auto& one) {
            return one.event == "item.revoked" || one.event == "answer.accepted";
        });
    if (!is_one) return;
    revoked_.insert(unit.state.id);
    for (const broker::Delivery& one : unit.state.deliveries) {
        const auto lease = leases_.find(one.id);
        if (lease != leases_.end()) last_.insert({one.id, lease->second.attempt});
    }
}

void Oracle::died(const Holder& who) {
    std::erase_if(leases_, [&](const auto& one) { return one.second.by == who; });
}

// ---- the way out -------------------------------------------------------------------------------

std::optional<broker::Case> Oracle::case_of(const std::string& number) {
    const auto id = disk_.find_case_id(number);
    if (!id || !*id) return std::nullopt;
    const auto found = disk_.find_case(**id);
    if (!found || !*found) return std::nullopt;
    return (*found)->state;
}

void Oracle::check_gate(const broker::Case& one,
                        const broker::Delivery& delivery,
                        std::uint32_t attempt) {
    if (last_.contains({delivery.id, attempt})) return;
    if (delivery.telling.kind != broker::DeliveryKind::Dispatch) return;
    const broker::Service& service = service_of(one);
    const std::string& code = one.items[*delivery.telling.item].code;
    for (const std::string& group : service.find(code)->after) {
        bool is_here = false;
        bool is_granted = false;
        for (const broker::Item& other : one.items) {
            if (service.find(other.code)->group != group) continue;
            is_here = true;
            is_granted = is_granted || other.state == ItemState::Granted;
        }
        expect(!is_here || is_granted, "{} of {} goes out before {} is granted", code, one.number,
               group);
    }
}

void Oracle::sent(const std::string& party, const broker::Outgoing& message) {
    const auto one = case_of(message.case_number);
    const auto id = parse_id<DeliveryId>(message.id);
    const broker::Delivery* delivery = one && id ? one->find(*id) : nullptr;
    if (delivery == nullptr) {
        return violated(fmt::format("{} is sent to {}, and no case has it", message.id, party));
    }
    check_gate(*one, *delivery, message.attempt);
    // Between a lease and its end another node may bring the outcome of an attempt before.
    const auto tried = tried_.find(*id);
    const bool was_leased = tried != tried_.end() && tried->second == message.attempt;
    expect(was_leased || !broker::is_settled(delivery->state),
           "{} is sent again after it was settled", message.id);
    for (const broker::Delivery& other : one->deliveries) {
        if (other.party != party || other.sequence >= delivery->sequence) continue;
        expect(broker::is_settled(other.state), "{} is sent to {} before {}", message.id, party,
               to_string(other.id));
    }
    Sent& kept = sent_[message.id];
    expect(kept.attempts.empty() || kept.body == message.body, "{}: attempt {} has other bytes",
           message.id, message.attempt);
    expect(kept.attempts.insert(message.attempt).second, "{}: attempt {} is sent twice", message.id,
           message.attempt);
    const auto policy = plan_.on_unknown.find(party);
    expect(policy == plan_.on_unknown.end() || kept.open.empty(),
           "{} goes to {} again, and nobody knows whether it is there ({})", message.id, party,
           policy == plan_.on_unknown.end() ? "" : broker::to_string(policy->second));
    kept.open.insert(message.attempt);
    kept.body = message.body;
}

void Oracle::told(const std::string& id, std::uint32_t attempt) {
    sent_[id].told.insert(attempt);
}

void Oracle::told_missing(const std::string& id, std::uint32_t attempt) {
    auto& open = sent_[id].open;
    open.erase(open.begin(), open.lower_bound(attempt));
}

bool Oracle::arrived(const std::string& party, const broker::Outgoing& message) {
    ++arrivals_;
    Sent& kept = sent_[message.id];
    if (kept.arrived) {
        ++repeated_;
        return false;
    }
    kept.arrived = true;
    const auto one = case_of(message.case_number);
    const auto id = parse_id<DeliveryId>(message.id);
    const broker::Delivery* delivery = one && id ? one->find(*id) : nullptr;
    if (delivery == nullptr) return true;  // told by sent()
    auto& newest = lines_[{message.case_number, party}];
    // What was given up and then set aside may still be on its way.
    const bool is_set_aside = delivery->state == DeliveryState::Shelved;
    expect(is_set_aside || delivery->sequence + 1 > newest,
           "{} arrives at {} after a later one of its case", message.id, party);
    newest = std::max(newest, delivery->sequence + 1);
    return true;
}

}  // namespace luqiao::sim
