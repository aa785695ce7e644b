// An answer that was not taken when it came is, since an operator says so: the case steps, and
// takes over what the message says as if it came now.
#include "broker/messages.h"
#include "broker/retention.h"
#include "broker/turn.h"
#include "mapping/translator.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

/// What the message with that digest says, by the rules in force.
Result<mapping::Record> read_answer(const Realm& realm,
                                    std::span<const InboundMessage> messages,
                                    const std::string& digest) {
    const auto found = std::find_if(messages.begin(), messages.end(), [&](const auto& message) {
        return message.sm3 == digest && !message.body.empty();
    });
    if (found == messages.end()) {
        return fail(Errc::NotFound,
                    "该答复的报文已不在库中 | the message of the answer is not stored any more");
    }
    const mapping::Program* program = realm.bundle->find(found->format);
    if (program != nullptr) {
        mapping::Decoded decoded = mapping::decode(*program, found->body);
        if (!decoded.issues.rejected()) return std::move(decoded.record);
    }
    return fail(Errc::Conflict,
                "现行规则读不出该答复，请部门重新反馈 | the rules in force cannot read the answer: "
                "have the department send it again");
}

/// Of the answer that the case accepts: it has taken the event, so that there is exactly one.
std::string digest_of(const Case& one, const AnswerAccepted& event) {
    const auto found = std::find_if(one.items.begin(), one.items.end(), [&](const Item& item) {
        return item.other_answer && (event.item.empty() || item.serial == event.item);
    });
    return found->other_answer->digest;
}

}  // namespace

Result<std::vector<DeliveryId>> Pipeline::under_way(const Case& one) {
    std::vector<DeliveryId> out;
    for (const Delivery& delivery : one.deliveries) {
        const bool may_be =
            delivery.state == DeliveryState::Pending || delivery.state == DeliveryState::Waiting;
        if (delivery.telling.kind != DeliveryKind::Dispatch || !may_be) continue;
        LQ_TRY(const auto row, store_.find_delivery(delivery.id));
        // An attempt that ended in this turn is counted in the case already.
        if (row && row->state == DeliveryState::Leased && row->attempts > delivery.attempts) {
            out.push_back(delivery.id);
        }
    }
    return out;
}

Status Pipeline::accept_answer(Turn& turn, Command& command, TurnWork& origin) {
    const Realm& realm = *turn.realm;
    LQ_TRY(StoredCase* const stored, load(turn, command.case_id));
    LQ_CHECK(check_not_aged(*stored));
    AnswerAccepted event = std::get<AnswerAccepted>(command.event);
    LQ_TRY(event.under_way, under_way(stored->state));
    UnitBuilder builder(realm, stored->state, turn.now);
    if (Problem refusal; !builder.apply(event, refusal)) {
        return fail(refusal.code, "{} | {}", refusal.detail.zh, refusal.detail.en);
    }
    std::string record = stored->record;
    if (builder.moved_an_item()) {
        const Service* service =
            realm.service(stored->state.service, stored->state.service_version);
        LQ_TRY(mapping::Record application,
               mapping::from_json(realm.bundle->form(service->form), record));
        LQ_TRY(const auto messages, store_.messages(command.case_id));
        LQ_TRY(const mapping::Record said,
               read_answer(realm, messages, digest_of(stored->state, event)));
        take_over(application, said);
        builder.encode_or_bury({application, &said});
        record = mapping::to_json(application);
    }
    if (command.audit) builder.audit(*command.audit);
    Unit unit = builder.finish();
    if (record != stored->record) unit.record = record;
    stored->record = std::move(record);
    stored->state = unit.state;
    stored->state.version += 1;
    turn.pending.push_back({std::move(unit), {}});
    turn.pending.back().origins.push_back(std::move(origin));
    return {};
}

}  // namespace luqiao::broker
