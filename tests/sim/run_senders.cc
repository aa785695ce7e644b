// The way in: channels and departments send, repeat after an unknown outcome, damage, reuse keys.
#include "broker/messages.h"
#include "tests/sim/materials.h"
#include "tests/sim/run_node.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::sim {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void Run::apply(std::size_t index) {
    const auto& channels = materials().channels;
    const std::string& channel = channels[index % channels.size()];
    const auto& bodies = materials().applications.at(channel);
    const std::string& body = bodies[random_.below(bodies.size())];
    Submission what{channel, map_for(*materials().realm().party(channel), "application"), body,
                    fmt::format("k{}", ++keys_), "application"};
    if (strikes(plan_.damaged, "damaged message")) {
        Submission damaged = what;
        damaged.key = fmt::format("d{}", ++keys_);
        if (random_.chance(500))
            damaged.body.resize(random_.below(damaged.body.size()));
        else
            damaged.body[random_.below(damaged.body.size())] = static_cast<char>(random_.next());
        submit(std::move(damaged), {});
    }
    if (strikes(plan_.key_reused, "key with other bytes")) {
        Submission other = what;
        other.body = bodies[random_.below(bodies.size())];
        after(random_.between(Duration{0}, minutes(5)),
              [this, other = std::move(other)] { submit(other, {}); });
    }
    const bool repents = plan_.withdrawal > 0 && random_.chance(plan_.withdrawal);
    submit(std::move(what), [this, repents](const std::string& number) {
        if (!repents) return;
        const Duration most = random_.chance(300) ? Duration{minutes(3)} : plan_.think * 4;
        after(random_.between(Duration{0}, most), [this, number] { withdraw(number); });
    });
}

void Run::lose_patience() {
    for (const CaseId& id : oracle_.cases()) {
        const auto stored = plain_->find_case(id);
        if (!stored || !*stored || (*stored)->state.decided()) continue;
        if (random_.chance(plan_.withdrawal)) withdraw((*stored)->state.number);
    }
}

void Run::withdraw(const std::string& number) {
    const auto id = plain_->find_case_id(number);
    if (!id || !*id) return;
    const auto stored = plain_->find_case(**id);
    if (!stored || !*stored) return;
    const broker::Case& one = (*stored)->state;
    const bool is_whole = random_.chance(500);
    const std::string serial =
        is_whole ? std::string() : one.items[random_.below(one.items.size())].serial;
    const std::string map = map_for(*materials().realm().party(one.channel), "withdrawal");
    count(is_whole ? "case withdrawn" : "item withdrawn");
    Submission what{one.channel, map, withdrawal_bytes(map, number, serial, now_),
                    fmt::format("w{}", ++keys_), "withdrawal"};
    what.about = is_whole ? number : serial;
    submit(std::move(what), {});
}

void Run::submit(Submission what, std::function<void(const std::string&)> then) {
    const auto pending = std::make_shared<Pending>();
    pending->what = std::move(what);
    pending->then = std::move(then);
    ++open_;
    attempt(pending);
}

/// Sends to any node that is up; without an answer in time it sends again, byte for byte.
void Run::attempt(const SharedPending& pending) {
    if (pending->settled) return;
    const std::uint64_t mine = ++pending->tries;
    after(seconds(40), [this, pending, mine] {
        if (pending->tries == mine) attempt(pending);
    });
    Node& node = *nodes_[random_.below(nodes_.size())];
    if (!node.up || node.in_turn) return;
    const Holder holder = node.holder;
    oracle_.submitted(pending->what);
    const int times = strikes(plan_.delivered_twice, "request twice") ? 2 : 1;
    for (int time = 0; time < times; ++time) {
        broker::Arrival arrival;
        arrival.party = pending->what.party;
        arrival.format = pending->what.map;
        arrival.body = pending->what.body;
        arrival.idempotency_key = pending->what.key;
        arrival.source = "simulation";
        node.pipeline->accept(std::move(arrival), [this, pending, holder](broker::Answer given) {
            if (!lives(holder)) return;  // the connection broke with its node
            oracle_.answered(pending->what, given);
            const auto* receipt = std::get_if<broker::Receipt>(&given);
            if (receipt != nullptr && pending->what.meaning == "application") {
                newest_ = std::max(newest_.value_or(receipt->at), receipt->at);
            }
            if (strikes(plan_.answer_lost, "answer to a sender lost")) return;
            after(Duration{5},
                  [this, pending, given = std::move(given)] { settle(pending, given); });
        });
    }
}

void Run::settle(const SharedPending& pending, const broker::Answer& given) {
    const auto* receipt = std::get_if<broker::Receipt>(&given);
    note(receipt != nullptr ? "receipt" : "problem",
         fmt::format("{} {} {}", pending->what.party, pending->what.key,
                     receipt != nullptr ? receipt->case_number
                                        : info(std::get<broker::Problem>(given).code).id));
    if (pending->settled) return;
    if (receipt == nullptr &&
        disposition(std::get<broker::Problem>(given).code) == Disposition::Retry) {
        const std::uint64_t mine = ++pending->tries;
        return after(random_.between(seconds(1), seconds(20)), [this, pending, mine] {
            if (pending->tries == mine) attempt(pending);
        });
    }
    pending->settled = true;
    --open_;
    if (receipt != nullptr && pending->then) pending->then(receipt->case_number);
    if (strikes(plan_.answer_repeated, "repeated though answered")) {
        after(random_.between(seconds(1), hours(20)),
              [this, what = pending->what] { submit(what, {}); });
    }
}

void Run::supplement(const std::string& serial) {
    const std::string number = broker::case_number_of(serial);
    const auto id = plain_->find_case_id(number);
    if (!id || !*id) return;
    const auto stored = plain_->find_case(**id);
    const broker::Item* item = (*stored)->state.find_item(serial);
    if (item == nullptr || item->state != broker::ItemState::Correction) return;
    const std::string& channel = (*stored)->state.channel;
    const std::string map = map_for(*materials().realm().party(channel), "supplement");
    note("supplement", serial);
    submit({channel, map, supplement_bytes(map, number, serial, now_), fmt::format("s{}", ++keys_),
            "supplement"},
           {});
}

void Run::sweep() {
    for (const CaseId& id : oracle_.cases()) {
        const auto stored = plain_->find_case(id);
        if (!stored || !*stored) continue;
        const broker::Case& one = (*stored)->state;
        for (std::size_t index = 0; index < one.items.size(); ++index) {
            const broker::Item& item = one.items[index];
            if (broker::is_final(item.state)) continue;
            if (item.state == broker::ItemState::Correction) {
                supplement(item.serial);
                continue;
            }
            // A department answers about what it has.
            const bool is_told = has(one, index, broker::DeliveryKind::Withdrawal);
            const bool waits = item.state == broker::ItemState::Forwarding ||
                               !has(one, index, broker::DeliveryKind::Dispatch);
            if (!is_told && waits) continue;
            answer(service_of(one).find(item.code)->party, item.serial,
                   is_told ? "withdrawn" : "granted");
        }
    }
}

bool Run::has(const broker::Case& one, std::size_t index, broker::DeliveryKind kind) const {
    return std::any_of(one.deliveries.begin(), one.deliveries.end(), [&](const auto& delivery) {
        return delivery.telling.item == index && delivery.telling.kind == kind &&
               oracle_.holds(to_string(delivery.id));
    });
}

}  // namespace luqiao::sim
