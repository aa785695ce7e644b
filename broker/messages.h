// broker/messages.h - between cases and messages: which event a message is, which bytes a delivery
// has.
#pragma once

#include "broker/ports.h"
#include "broker/realm.h"
#include "broker/store.h"
#include "mapping/issue.h"
#include "mapping/record.h"

#include <string>
#include <vector>

namespace luqiao::broker {

/// The application's own data as the first event of a case.
Arrived to_arrived(const Service& service, const mapping::Record& application);

/// A department's answer as an event. @errors BadValue: the state is none a department may set
Result<Answered> to_answered(const mapping::Record& result, const InboundMessage& message);

/// What a message about a case that exists is: "supplement", "withdrawal" or "answer".
/// @errors BadValue: as to_answered
Result<Event> to_event(std::string_view meaning,
                       const mapping::Record& said,
                       const InboundMessage& message);

/// "FW202511030123456789-01" -> "FW202511030123456789".
std::string case_number_of(std::string_view item_serial);

/// What the sender of a message gets, now or when it repeats it.
Receipt to_receipt(const InboundMessage& message, const std::string& case_number, bool replayed);

/// A new case number: prefix, day in China, and in Crockford's base 32 four characters of the time
/// of that day in tenths of a second and six random ones. Sorts by time, without a counter that
/// nodes would have to share; who knows the moment has to guess one of 10^9. The store's unique
/// index is the judge.
std::string make_case_number(const std::string& prefix, Instant now, const Entropy& entropy);

/// What of a result belongs to the case: every field that the application form has too.
void take_over(mapping::Record& application, const mapping::Record& result);

/// Where the fields of a delivery come from.
struct Sources {
    const mapping::Record& application;  ///< that of the case
    /// The department's answer that caused it, or nullptr: what it says of its own item alone (fee,
    /// handover, remedy) goes into the progress of that item and is not kept with the case.
    const mapping::Record* answer = nullptr;
};

/// The bytes of one delivery by its map's rows.
/// @errors NotEncodable and the like: `issues` says which fields
Result<std::string> encode_delivery(const Realm& realm,
                                    const Case& one,
                                    const Delivery& delivery,
                                    const Sources& sources,
                                    std::vector<mapping::Issue>& issues);

/// What a party answered at once, by its reply rows: HTTP 200 with "code":"500" is a failure when
/// they say so.
/// @errors Refused: the party says no  Unavailable: it says "later"  OutcomeUnknown: the answer
/// cannot be read
Status read_reply(const Realm& realm, const Party& party, std::string_view body);

}  // namespace luqiao::broker
