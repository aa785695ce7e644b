// What must hold when a run is over: everything acknowledged is there, and all has come to rest.
#include "broker/messages.h"
#include "tests/sim/oracle.h"

#include <algorithm>

namespace luqiao::sim {

using broker::DeliveryKind;
using broker::DeliveryState;
using broker::ItemState;

void Oracle::check_case(const broker::Case& one) {
    const auto rows = disk_.deliveries(one.id);
    if (!rows) return violated("the deliveries of a case cannot be read");
    expect(rows->size() == one.deliveries.size(), "case {} has {} deliveries and {} rows",
           one.number, one.deliveries.size(), rows->size());
    for (const broker::StoredDelivery& row : *rows) {
        const broker::Delivery* delivery = one.find(row.id);
        if (delivery == nullptr) {
            violated(fmt::format("{} is in no case", to_string(row.id)));
            continue;
        }
        const bool under_way =
            row.state == DeliveryState::Leased && !broker::is_settled(delivery->state) &&
            delivery->state != DeliveryState::Queued && delivery->state != DeliveryState::Dead;
        expect(under_way || row.state == delivery->state, "{} is {} in its row and {} in its case",
               to_string(row.id), broker::to_string(row.state), broker::to_string(delivery->state));
        check_text("a cause", row.cause);
    }
}

void Oracle::check_all() {
    for (const auto& [key, receipt] : acked_) check_kept(key, receipt);
    std::uint64_t stored = 0;
    for (const CaseId& id : cases_) {
        const auto found = disk_.find_case(id);
        if (!found || !*found) {
            violated("a committed case is not there");
            continue;
        }
        ++stored;
        check_case((*found)->state);
    }
    const auto counts = disk_.counts();
    expect(counts && counts->at("cases") == stored, "{} cases are stored, {} were committed",
           counts ? counts->at("cases") : 0, stored);
    expect(counts && counts->at("messages") >= acked_.size(),
           "fewer messages are stored than acknowledged");
    const auto plans = disk_.kept("redrive/");
    for (const std::string& id : plans_) {
        expect(plans && plans->contains("redrive/" + id), "the plan {} was made and is not there",
               id);
    }
    const auto audit = disk_.audit_tail(1'000'000);
    std::set<std::string> on_record;
    for (const broker::AuditEntry& entry : *audit) {
        check_text("the audit", entry.subject);
        if (entry.action == "answer.accept") on_record.insert(entry.subject);
    }
    for (const std::string& serial : accepted_items_) {
        expect(on_record.contains(serial), "an answer about {} was accepted, off the record",
               serial);
    }
}

bool Oracle::is_asked_back(const std::string& serial) const {
    return asked_back_.contains(serial) || asked_back_.contains(broker::case_number_of(serial)) ||
           said_.contains({serial, ItemState::Withdrawn});
}

/// Whether the department cannot go on with what the applicant does not want any more.
bool Oracle::is_department_told(const broker::Case& one, std::size_t index) const {
    const std::string& serial = one.items[index].serial;
    const auto has_arrived = [&](bool is_withdrawal) {
        return std::any_of(one.deliveries.begin(), one.deliveries.end(), [&](const auto& delivery) {
            return delivery.telling.item == index &&
                   delivery.telling.kind != DeliveryKind::Progress &&
                   (delivery.telling.kind == DeliveryKind::Withdrawal) == is_withdrawal &&
                   holds(to_string(delivery.id));
        });
    };
    return !has_arrived(false) || has_arrived(true) || by_hand_.contains(serial) ||
           said_.contains({serial, ItemState::Withdrawn});
}

void Oracle::check_withdrawals(const broker::Case& one, bool is_pure) {
    for (std::size_t index = 0; index < one.items.size(); ++index) {
        const broker::Item& item = one.items[index];
        if (item.state == ItemState::Withdrawn) {
            ++withdrawn_;
            expect(is_department_told(one, index),
                   "{} is withdrawn, its department has it and was not told", item.serial);
            continue;
        }
        const bool is_meant = taken_back_.contains(item.serial) || taken_back_.contains(one.number);
        const bool is_held_back = item.state == ItemState::Held && revoked_.contains(one.id);
        expect(!is_pure || !is_meant || is_held_back || item.state == ItemState::Cancelled ||
                   said_.contains({item.serial, item.state}),
               "{} was taken back, and is {} though its department did not say so", item.serial,
               broker::to_string(item.state));
    }
}

void Oracle::check_settled(const broker::Case& one,
                           const broker::Delivery& delivery,
                           const std::set<std::string>& lied) {
    if (delivery.state == DeliveryState::Shelved) {
        const broker::Item* item =
            delivery.telling.item ? &one.items[*delivery.telling.item] : nullptr;
        const std::string serial = item == nullptr ? std::string() : item->serial;
        // A supplement that was given up is moot once its department has decided without it.
        const bool is_moot = delivery.telling.kind == DeliveryKind::Supplement &&
                             broker::is_final(item->state) && said_.contains({serial, item->state});
        const bool is_held_back =
            delivery.telling.kind == DeliveryKind::Dispatch && revoked_.contains(one.id);
        return expect(is_moot || is_held_back || is_asked_back(serial),
                      "{} is set aside and nobody wanted that", to_string(delivery.id));
    }
    expect(lied.contains(one.number) || holds(to_string(delivery.id)),
           "{} ({}) is {} and never arrived at {}", to_string(delivery.id), delivery.map,
           broker::to_string(delivery.state), delivery.party);
}

void Oracle::check_rest(Instant now, const std::set<std::string>& lied) {
    const auto due = disk_.due_cases(now - std::chrono::hours(1), 1);
    expect(due && due->empty(), "a timer is due for an hour and nobody was woken");
    for (const CaseId& id : cases_) {
        const auto found = disk_.find_case(id);
        if (!found || !*found) continue;
        const broker::Case& one = (*found)->state;
        std::set<std::string> stands;  // parties with something that only an operator moves
        for (const broker::Delivery& delivery : one.deliveries) {
            if (delivery.state == DeliveryState::Dead || delivery.state == DeliveryState::Unknown) {
                stands.insert(delivery.party);
            }
        }
        // What was revoked holds items for good: nobody accepts or takes them back here.
        const bool is_held = revoked_.contains(id);
        expect(plan_.operator_every == Duration{0} || stands.empty() || is_held,
               "case {} has a dead letter to {} though operators sent all again", one.number,
               stands.empty() ? "" : *stands.begin());
        const bool is_pure = !lied.contains(one.number) && stands.empty();
        held_by_dead_ += is_pure ? 0 : 1;
        for (const broker::Delivery& delivery : one.deliveries) {
            const bool settled = broker::is_settled(delivery.state);
            expect(settled || stands.contains(delivery.party),
                   "{} to {} is still {} long after the faults ended", to_string(delivery.id),
                   delivery.party, broker::to_string(delivery.state));
            if (settled) check_settled(one, delivery, lied);
        }
        expect(!is_pure || one.decided() || is_held,
               "case {} is not decided long after the faults ended", one.number);
        check_withdrawals(one, is_pure);
    }
}

}  // namespace luqiao::sim
