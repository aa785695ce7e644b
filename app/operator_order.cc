#include "app/operator_order.h"

#include "app/json_word.h"

#include <fmt/format.h>

#include <utility>

namespace luqiao::app {

Error no_such_case() {
    return fail(Errc::NotFound, "无此办件 | there is no such case");
}

Error no_such_path() {
    return fail(Errc::NotFound, "无此路径 | there is no such path");
}

Result<Order> read_order(std::string_view body, std::initializer_list<const char*> needed) {
    Order order;
    order.body = nlohmann::json::parse(body, nullptr, false);
    if (!order.body.is_object()) {
        return fail(Errc::ParseFailed, "报文不是 JSON 对象 | the body is no JSON object");
    }
    std::string missing;
    const auto need = [&](const char* name) {
        std::string value = word_of(order.body, name);
        if (value.empty()) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
        return value;
    };
    for (const char* name : needed) (void)need(name);
    order.actor = need("actor");
    order.reason = need("reason");
    if (missing.empty()) return order;
    return fail(Errc::MissingRequired, "缺少 {0} | {0} is missing", missing);
}

void give_order(broker::Pipeline& pipeline,
                Result<broker::Command> command,
                std::function<Result<std::string>(const CaseId&)> answer,
                OrderDone done) {
    if (!command) return done(command.error());
    const CaseId id = command->case_id;
    command->done = [id, done, answer = std::move(answer)](const Status& taken) {
        done(taken ? answer(id) : Result<std::string>(taken.error()));
    };
    if (!pipeline.command(*std::move(command))) {
        done(fail(Errc::Overloaded, "排队已满，请稍后再试 | too much waits already"));
    }
}

}  // namespace luqiao::app
