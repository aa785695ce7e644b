#include "broker/reencode.h"

#include "broker/messages.h"
#include "broker/retention.h"
#include "mapping/translator.h"

#include <algorithm>
#include <optional>

namespace luqiao::broker {
namespace {

bool is_answer(const Realm& realm, const InboundMessage& message) {
    const Party* party = realm.party(message.party);
    return party != nullptr &&
           std::any_of(party->submit.begin(), party->submit.end(), [&](const SubmitRight& right) {
               return right.map == message.format && right.meaning == "answer";
           });
}

/// The answer that `delivery` tells of: about its item, with its state; of several the one of its
/// time, else the last.
std::optional<mapping::Record> answer_of(const Realm& realm,
                                         const Case& one,
                                         const Delivery& delivery,
                                         const std::vector<InboundMessage>& messages) {
    const Telling& telling = delivery.telling;
    std::optional<mapping::Record> found;
    if (telling.kind != DeliveryKind::Progress || !telling.item) return found;
    const std::string& serial = one.items[*telling.item].serial;
    for (const InboundMessage& message : messages) {
        const mapping::Program* program = realm.bundle->find(message.format);
        if (program == nullptr || !is_answer(realm, message)) continue;
        mapping::Decoded decoded = mapping::decode(*program, message.body);
        if (decoded.issues.rejected()) continue;
        const auto answered = to_answered(decoded.record, message);
        if (!answered || answered->item_serial != serial || answered->state != telling.state) {
            continue;
        }
        found = std::move(decoded.record);
        if (answered->occurred_at == telling.occurred_at) return found;
    }
    return found;
}

}  // namespace

Result<std::string> reencode(const Realm& realm,
                             const StoredCase& stored,
                             const Delivery& delivery,
                             const std::vector<InboundMessage>& messages,
                             std::vector<mapping::Issue>& issues) {
    LQ_CHECK(check_not_aged(stored));
    const Case& one = stored.state;
    const Service* service = realm.service(one.service, one.service_version);
    if (service == nullptr) {
        return fail(Errc::Conflict, "this node does not know version {} of {}", one.service_version,
                    one.service);
    }
    LQ_TRY(const mapping::Record application,
           mapping::from_json(realm.bundle->form(service->form), stored.record));
    const auto answer = answer_of(realm, one, delivery, messages);
    return encode_delivery(realm, one, delivery, {application, answer ? &*answer : nullptr},
                           issues);
}

}  // namespace luqiao::broker
