// The way out: what happens to one attempt between a node and a party, and what parties make of it.
#include "tests/sim/materials.h"
#include "tests/sim/run_node.h"

#include <fmt/format.h>

namespace luqiao::sim {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void Run::plan_outages() {
    for (const auto& [code, party] : materials().realm().parties) {
        if (!strikes(plan_.outage, "party away")) continue;
        const Instant from =
            now_ + random_.between(Duration{0},
                                   plan_.between * static_cast<std::int64_t>(plan_.cases + 1));
        const Duration length = random_.chance(300) ? random_.between(hours(12), hours(72))
                                                    : random_.between(minutes(5), hours(8));
        outages_[code].emplace_back(from, from + length);
    }
}

void Run::take(SharedAttempt attempt) {
    if (plant_ == Plant::NoFence) attempt->message.attempt -= 1'000'000;
    note("send", fmt::format("{} {} {} {}", attempt->holder.node, attempt->party,
                             attempt->message.id, attempt->message.attempt));
    oracle_.sent(attempt->party, attempt->message);
    if (plant_ == Plant::OutcomeDropped && random_.chance(200)) {
        return after(Duration{50}, [this, attempt] { arrive(attempt); });
    }
    if (plant_ == Plant::SentTwice && random_.chance(200)) {
        const auto copy = std::make_shared<Attempt>(*attempt);
        copy->message.id.back() = copy->message.id.back() == '0' ? '1' : '0';
        oracle_.sent(copy->party, copy->message);
    }
    if (faulty_ && plan_.stuck == attempt->party) {
        if (report_.faults["party stuck"]++ == 0) note("stuck", plan_.stuck);
        return tell(attempt, seconds(15), fail(Errc::Timeout, "no connection in time"));
    }
    if (is_away(attempt->party)) {
        return tell(attempt, Duration{5}, fail(Errc::Unavailable, "refused"));
    }
    take_faulty(attempt);
}

bool Run::is_away(const std::string& party) const {
    const auto away = outages_.find(party);
    return faulty_ && away != outages_.end() &&
           std::any_of(away->second.begin(), away->second.end(), [this](const auto& span) {
               return now_ >= span.first && now_ < span.second;
           });
}

/// Whether the party holds it is looked up when the question is there; the answer may be long on
/// its way.
void Run::take_question(const SharedAttempt& attempt) {
    note("ask", fmt::format("{} {} {} {}", attempt->holder.node, attempt->party,
                            attempt->message.id, attempt->message.attempt));
    ++report_.questions;
    const Duration late = random_.between(Duration{20}, seconds(5));
    if (is_away(attempt->party) || strikes(plan_.unavailable, "question not taken")) {
        return tell_holding(attempt, late, fail(Errc::Unavailable, "refused"));
    }
    if (strikes(plan_.request_lost, "question lost")) {
        return tell_holding(attempt, seconds(15), fail(Errc::OutcomeUnknown, "no answer"));
    }
    const bool hangs = strikes(plan_.hung, "question answered after the lease");
    after(late, [this, attempt, hangs] {
        const auto holding =
            oracle_.holds(attempt->message.id) ? broker::Holding::Held : broker::Holding::Missing;
        const Duration back = hangs ? random_.between(seconds(121), minutes(40))
                                    : random_.between(Duration{20}, seconds(5));
        tell_holding(attempt, back, holding);
    });
}

void Run::tell_holding(const SharedAttempt& attempt,
                       Duration delay,
                       Result<broker::Holding> holding) {
    after(delay, [this, attempt, holding = std::move(holding)] {
        if (!lives(attempt->holder)) return;
        const bool is_missing = holding && *holding == broker::Holding::Missing;
        note("holding", fmt::format("{} {} {}", attempt->message.id, attempt->message.attempt,
                                    !holding     ? "?"
                                    : is_missing ? "missing"
                                                 : "held"));
        oracle_.told(attempt->message.id, attempt->message.attempt);
        if (is_missing) oracle_.told_missing(attempt->message.id, attempt->message.attempt);
        attempt->held(holding);
    });
}

void Run::take_faulty(const SharedAttempt& attempt) {
    const Duration late = random_.between(Duration{20}, seconds(5));
    if (strikes(plan_.unavailable, "unavailable")) {
        return tell(attempt, late, fail(Errc::Unavailable, "refused"));
    }
    if (strikes(plan_.timeout, "timeout")) {
        return tell(attempt, seconds(15), fail(Errc::Timeout, "no connection in time"));
    }
    if (strikes(plan_.refused, "refused for ever")) {
        return tell(attempt, late, fail(Errc::Refused, "never"));
    }
    if (strikes(plan_.request_lost, "request lost")) {
        return tell(attempt, seconds(15), fail(Errc::OutcomeUnknown, "no answer"));
    }
    if (strikes(plan_.request_late, "request late")) {
        after(random_.between(seconds(16), minutes(30)), [this, attempt] { arrive(attempt); });
        return tell(attempt, seconds(15), fail(Errc::OutcomeUnknown, "no answer"));
    }
    if (strikes(plan_.lied, "200, then lost")) {
        lied_.insert(attempt->message.case_number);
        // It had the message, so an older copy that comes later is a repeat.
        after(late, [this, attempt] { (void)oracle_.arrived(attempt->party, attempt->message); });
        const auto yes = materials().yes.find(attempt->party);
        return tell(attempt, late,
                    broker::Reply{yes == materials().yes.end() ? std::string() : yes->second});
    }
    after(late, [this, attempt] { arrive(attempt); });
    if (strikes(plan_.reply_lost, "reply lost")) {
        return tell(attempt, seconds(15), fail(Errc::OutcomeUnknown, "no answer"));
    }
    if (strikes(plan_.hung, "reply after the lease")) {
        const Duration hung = random_.between(seconds(121), minutes(40));
        if (random_.chance(500)) return tell(attempt, hung, fail(Errc::OutcomeUnknown, "at last"));
        const auto yes = materials().yes.find(attempt->party);
        return tell(attempt, hung,
                    broker::Reply{yes == materials().yes.end() ? std::string() : yes->second});
    }
    const auto yes = materials().yes.find(attempt->party);
    if (yes != materials().yes.end() && strikes(plan_.reply_garbled, "reply garbled")) {
        std::string bytes = yes->second.substr(0, random_.below(yes->second.size()));
        if (!bytes.empty() && random_.chance(500)) bytes.back() = static_cast<char>(random_.next());
        return tell(attempt, late + late, broker::Reply{std::move(bytes)});
    }
    if (strikes(plan_.twice, "brought twice")) {
        after(random_.between(seconds(6), minutes(5)), [this, attempt] { arrive(attempt); });
    }
    tell(attempt, late + late,
         broker::Reply{yes == materials().yes.end() ? std::string() : yes->second});
}

void Run::tell(const SharedAttempt& attempt, Duration delay, Result<broker::Reply> reply) {
    after(delay, [this, attempt, reply = std::move(reply)] {
        if (!lives(attempt->holder)) return;
        note(reply ? "reply" : "failure",
             fmt::format("{} {}", attempt->message.id, attempt->message.attempt));
        oracle_.told(attempt->message.id, attempt->message.attempt);
        // By the contract of an outlet: of all errors only this one leaves it open.
        const bool is_certain = !reply && reply.error().code != Errc::OutcomeUnknown;
        if (is_certain) oracle_.told_unsent(attempt->message.id, attempt->message.attempt);
        attempt->done(reply);
    });
}

void Run::arrive(const SharedAttempt& attempt) {
    const broker::Outgoing& message = attempt->message;
    const bool first = oracle_.arrived(attempt->party, message);
    note(first ? "arrives" : "arrives again", message.id);
    if (!first || lied_.contains(message.case_number)) return;
    const auto id = parse_id<DeliveryId>(message.id);
    if (id) decide(attempt->party, message.case_number, *id);
}

void Run::decide(const std::string& party, const std::string& number, const DeliveryId& id) {
    const auto case_id = plain_->find_case_id(number);
    if (!case_id || !*case_id) return;
    const auto stored = plain_->find_case(**case_id);
    if (!stored || !*stored) return;
    const broker::Delivery* delivery = (*stored)->state.find(id);
    if (delivery == nullptr || delivery->telling.kind == broker::DeliveryKind::Progress) return;
    const std::string serial = (*stored)->state.items[*delivery->telling.item].serial;
    if (delivery->telling.kind == broker::DeliveryKind::Withdrawal) {
        return hear_withdrawal(party, serial);
    }
    const bool again = delivery->telling.kind == broker::DeliveryKind::Supplement;
    const auto think = [this] { return random_.between(minutes(1), plan_.think * 2); };
    Duration accepted = think();
    Duration decided = accepted + think();
    if (strikes(plan_.answer_early, "decision before acceptance")) std::swap(accepted, decided);
    after(accepted, [=, this] { answer(party, serial, "accepted"); });
    if (!again && faulty_ && random_.chance(plan_.correction)) {
        after(decided, [=, this] { answer(party, serial, "correction"); });
        return;
    }
    const bool has_code = party == "sti" || party == "psb" || party == "title";
    if (has_code && strikes(plan_.special, "special procedure")) {
        const Duration begins = std::max(accepted, decided) + think();
        const Duration ends = begins + think();
        after(begins, [=, this] { answer(party, serial, "special"); });
        after(ends, [=, this] { answer(party, serial, "accepted"); });
        decided = ends + think();
    }
    std::string word = random_.chance(80)   ? "refused"
                       : random_.chance(50) ? "not_accepted"
                                            : "granted";
    const bool has_word = (*stored)->state.items[*delivery->telling.item].code != "ecard_apply";
    if (has_word && strikes(plan_.withdrawn_there, "withdrawn at the department")) {
        word = "withdrawn";
    }
    after(decided, [=, this] {
        const bool is_late = withdrawn_.contains(serial);
        if (is_late && !strikes(plan_.withdrawal_crosses, "decision after a withdrawal")) return;
        answer(party, serial, word);
    });
    // Runs without revocations draw as they did before there were any.
    if (party == "sti" && word == "granted" && plan_.revocation > 0) {
        after(decided, [=, this] { revoke(party, serial); });
    }
    if (strikes(plan_.answer_contradicts, "contradictory answer")) {
        after(decided + think(),
              [=, this] { answer(party, serial, word == "granted" ? "refused" : "granted"); });
    }
}

/// Always when what the grant let go cannot have left yet, and mostly soon.
void Run::revoke(const std::string& party, const std::string& serial) {
    const unsigned chance = is_away("psb") ? 1000 : plan_.revocation;
    if (!strikes(chance, "permit revoked")) return;
    const Duration later = random_.chance(850) ? random_.between(Duration{100}, minutes(2))
                                               : random_.between(minutes(1), plan_.think * 2);
    after(later, [=, this] { answer(party, serial, "revoked"); });
}

void Run::hear_withdrawal(const std::string& party, const std::string& serial) {
    // What was decided meanwhile is on its way already, and stands.
    if (strikes(plan_.withdrawal_crosses, "decision crosses a withdrawal")) return;
    withdrawn_.insert(serial);
    after(random_.between(minutes(1), plan_.think),
          [this, party, serial] { answer(party, serial, "withdrawn"); });
}

void Run::answer(const std::string& party, const std::string& serial, const std::string& state) {
    const broker::Party& who = *materials().realm().party(party);
    const std::string map = map_for(who, "answer");
    std::string bytes = answer_bytes(who, map, serial, state, now_);
    if (bytes.empty()) return oracle_.violated(fmt::format("{} cannot write {}", map, state));
    Submission what{party, map, std::move(bytes), fmt::format("a{}", ++keys_), "answer"};
    what.about = serial;
    what.state = state;
    note("answer", fmt::format("{} {} {}", party, serial, state));
    const bool wants_supplement = state == "correction";
    if (strikes(plan_.answer_repeated, "answer again under another key")) {
        Submission copy = what;
        copy.key = fmt::format("a{}", ++keys_);
        submit(std::move(copy), {});
    }
    submit(std::move(what), [this, serial, wants_supplement](const std::string&) {
        if (!wants_supplement) return;
        after(random_.between(minutes(10), hours(30)), [this, serial] { supplement(serial); });
    });
}

}  // namespace luqiao::sim
