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

Result<nlohmann::json> read_order(std::string_view body,
                                  std::initializer_list<const char*> needed) {
    auto order = nlohmann::json::parse(body, nullptr, false);
    if (!order.is_object()) {
        return fail(Errc::ParseFailed, "报文不是 JSON 对象 | the body is no JSON object");
    }
    std::string missing;
    const auto need = [&](const char* name) {
        if (!word_of(order, name).empty()) return;
        missing += missing.empty() ? "" : ", ";
        missing += name;
    };
    for (const char* name : needed) need(name);
    need("actor");
    need("reason");
    if (missing.empty()) return order;
    return fail(Errc::MissingRequired, "缺少 {0} | {0} is missing", missing);
}

void give_order(broker::Pipeline& pipeline,
                Result<broker::Command> command,
                std::function<Result<std::string>(const CaseId&)> answer,
                const OrderDone& done) {
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
