// app/operator_messages.h - what an operator asks about messages: which case, what it said, where
// it is. Personal data is masked by the class of its field.
#pragma once

#include "broker/realm.h"
#include "broker/search.h"
#include "broker/store.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace luqiao::app {

/// What is looked at, and by which rules it is read.
struct Desk {
    const broker::Realm& realm;
    broker::Store& store;
};

/// {"number","name","party","state","light","alert","since","until","before","limit"}, all
/// optional; since and until are days in China or RFC 3339 times. @errors ParseFailed,
/// InvalidArgument
Result<broker::Question> read_question(const nlohmann::json& json);

/// "FW…-01" and "FW…" are both numbers of the case; none: there is no such case.
Result<std::optional<CaseId>> case_of_number(broker::Store& store, const std::string& number);

/// The cases that a question finds. Asked by a POST, so that names stand in no address.
/// @return {"cases":[{case_number, service, channel, accepted_at, state, light, items:[…],
/// alerts:[{code, item}]}], "next"}; alerts are those that are open
/// @errors InvalidArgument, those of the store
Result<std::string> find_cases(const Desk& desk,
                               const broker::SearchKey* key,
                               const broker::Question& question);

/// One inbound message or one delivery, by its id: what is known of it, and its fields in canonical
/// form; those of class C2 are masked, of C3 hidden.
/// @errors NotFound, InvalidArgument: no id; those of the store
Result<std::string> show_message(const Desk& desk,
                                 const broker::SearchKey* key,
                                 std::string_view id);

/// Everything that happened to a case, messages and deliveries and its own events in one line of
/// time, and one sentence: what it waits for.
/// @errors NotFound; those of the store
Result<std::string> trace_case(const Desk& desk, const std::string& number);

}  // namespace luqiao::app
