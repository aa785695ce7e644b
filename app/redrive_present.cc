// Of a plan that leaves out what is there: the party is asked first, and what it holds is confirmed
// as arrived.
//
//   send: Asked --the party holds it--> Confirming --its case took that--> present
//           |
//           +--it does not, or does not say--> HandedOver, as without being asked
//
// A question changes nothing: after a restart what was asked is asked again.
#include "app/redrive.h"
#include "app/redrive_ask.h"
#include "broker/audit.h"

#include <fmt/format.h>

namespace luqiao::app {

broker::Command Redriver::redriven(const RedrivePlan& plan,
                                   const CaseId& case_id,
                                   const DeliveryId& id) {
    return {.case_id = case_id,
            .event = broker::Redriven{id, plan.id + " " + plan.reason},
            .rewrite = plan.rewrite};
}

Result<Redriver::Stage> Redriver::ask(Progress& progress, const broker::StoredDelivery& one) {
    LQ_TRY(const auto whole, store_.find_delivery(one.id));
    if (!whole) return Stage::HandedOver;  // its case says what is wrong with it
    const bool is_asked = ask_party(
        pipeline_, *whole,
        [sayings = progress.sayings, id = one.id](const Result<broker::Holding>& holding) {
            sayings->put(id, holding && *holding == broker::Holding::Held);
        });
    if (!is_asked) return Stage::HandedOver;
    progress.asked.emplace(one.id, one.case_id);
    return Stage::Asked;
}

/// Acts on what the parties have said; what does not fit into the inbox waits for the next step.
void Redriver::take_sayings(RedrivePlan& plan, Progress& progress, Instant now) {
    for (const auto& [id, holds] : progress.sayings->take()) {
        if (progress.asked.contains(id)) progress.said.emplace(id, holds);
    }
    while (!progress.said.empty()) {
        const auto [id, holds] = *progress.said.begin();
        const CaseId case_id = progress.asked.at(id);
        broker::Command command = redriven(plan, case_id, id);
        if (holds) {
            const std::string why = fmt::format("{} {}", plan.id, plan.reason);
            command.event =
                broker::Confirmed{id, why + " （对方已有 | the party says that it holds it）"};
            command.audit =
                broker::audit_done(now, plan.actor, "delivery.arrived", to_string(id) + " " + why);
        }
        if (!hand_over(progress, id, std::move(command))) return;
        progress.sent[id] = holds ? Stage::Confirming : Stage::HandedOver;
        if (!holds) ++plan.sent;
        progress.asked.erase(id);
        progress.said.erase(id);
    }
}

}  // namespace luqiao::app
