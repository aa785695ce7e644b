// app/operator_looks.h - who looked at what: a row of the audit for every case and message that was
// shown.
#pragma once

#include "base/result.h"
#include "broker/search.h"
#include "broker/store.h"

#include <string>
#include <string_view>

namespace luqiao::app {

/// The header of the operator API that says who asks, percent-encoded UTF-8.
inline constexpr std::string_view kOperatorHeader = "X-Operator";
/// "王工" -> "%E7%8E%8B%E5%B7%A5", and back; what is no such text stays as it is.
std::string percent_encoded(std::string_view text);
std::string percent_decoded(std::string_view text);
/// The name of the account that this process runs under.
std::string account_name();

/// One look, as the audit keeps it.
struct Look {
    std::string actor;
    std::string action;  ///< "look.find", "look.message", "look.trace", "look.case", "look.redrive"
    std::string subject;         ///< an id, a case number, or what was asked by; no personal data
    std::string outcome = "ok";  ///< of an answer that could be given
};

/// By which facts was asked: "number name party=sti", numbers and names themselves not.
std::string asked_by(const broker::Question& question);

/// Writes the look into the audit and hands the answer on: nothing is shown that is not on record.
/// @errors those of the answer; MissingRequired: nobody said who asks; those of the store
Result<std::string> on_record(broker::Store& store,
                              const Look& look,
                              Instant at,
                              Result<std::string> answer);

}  // namespace luqiao::app
