#include "app/operator_answers.h"

#include "app/json_word.h"
#include "app/operator_alerts.h"
#include "app/operator_messages.h"
#include "broker/audit.h"

#include <fmt/format.h>

namespace luqiao::app {
namespace {

using broker::Command;

Result<Command> read_acceptance(broker::Store& store,
                                Instant now,
                                std::string_view place,
                                std::string_view body) {
    place.remove_suffix(kAccept.size());
    LQ_TRY(const auto order, read_order(body, {"state"}));
    const std::string said = word_of(order, "state");
    const auto state = broker::parse_item_state(said);
    if (!state) {
        return fail(Errc::BadValue, "没有 {} 这一状态 | there is no state {}", said, said);
    }
    LQ_TRY(const auto id, case_of_number(store, std::string(place)));
    if (!id) return no_such_case();
    return Command{
        .case_id = *id,
        .event = broker::AnswerAccepted{word_of(order, "item"), *state, word_of(order, "reason")},
        .audit =
            broker::audit_done(now, word_of(order, "actor"), "answer.accept",
                               fmt::format("{} {} {}", place, said, word_of(order, "reason")))};
}

}  // namespace

void accept_answer(broker::Store& store,
                   broker::Pipeline& pipeline,
                   std::string_view place,
                   std::string_view body,
                   const OrderDone& done) {
    give_order(
        pipeline, read_acceptance(store, pipeline.now(), place, body),
        [&store](const CaseId& id) { return case_after_order(store, id); }, done);
}

}  // namespace luqiao::app
