#include "app/operator_answers.h"

#include "app/json_word.h"
#include "app/operator_alerts.h"
#include "app/operator_messages.h"
#include "base/json.h"
#include "broker/alert.h"
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
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) {
        return fail(Errc::ParseFailed, "报文不是 JSON 对象 | the body is no JSON object");
    }
    const std::string said = word_of(json, "state");
    const std::string actor = word_of(json, "actor");
    const std::string reason = word_of(json, "reason");
    if (said.empty() || actor.empty() || reason.empty()) {
        return fail(
            Errc::MissingRequired,
            "须说明采纳哪一结果、何人、为何 | what is accepted, by whom and why are needed");
    }
    const auto state = broker::parse_item_state(said);
    if (!state) {
        return fail(Errc::BadValue, "没有 {} 这一状态 | there is no state {}", said, said);
    }
    LQ_TRY(const auto id, case_of_number(store, std::string(place)));
    if (!id) return fail(Errc::NotFound, "无此办件 | there is no such case");
    return Command{.case_id = *id,
                   .event = broker::AnswerAccepted{word_of(json, "item"), *state, reason},
                   .audit = broker::audit_done(now, actor, "answer.accept",
                                               fmt::format("{} {} {}", place, said, reason))};
}

}  // namespace

void accept_answer(broker::Store& store,
                   broker::Pipeline& pipeline,
                   std::string_view place,
                   std::string_view body,
                   const std::function<void(Result<std::string>)>& done) {
    auto command = read_acceptance(store, pipeline.now(), place, body);
    if (!command) return done(command.error());
    const CaseId id = command->case_id;
    command->done = [&store, id, done](const Status& taken) {
        done(taken ? case_after_order(store, id) : Result<std::string>(taken.error()));
    };
    if (!pipeline.command(std::move(*command))) {
        done(fail(Errc::Overloaded, "排队已满，请稍后再试 | too much waits already"));
    }
}

}  // namespace luqiao::app
