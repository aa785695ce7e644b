// broker/reencode.h - the bytes of a delivery made anew, by other rules than those that made them.
#pragma once

#include "base/result.h"
#include "broker/case.h"
#include "broker/realm.h"
#include "broker/store.h"
#include "mapping/issue.h"

#include <string>
#include <vector>

namespace luqiao::broker {

/// The bytes that the rules of `realm` give a delivery that exists. Its sources are the application
/// as the case has it now, what the delivery tells, and, for the progress of an item, the answer
/// among `messages` that it tells of; identity and times are those of the delivery.
/// @errors UnknownFormat: there is no such map any more; NotEncodable: `issues` says which fields;
/// Unavailable: this node does not know the case's service
Result<std::string> reencode(const Realm& realm,
                             const StoredCase& stored,
                             const Delivery& delivery,
                             const std::vector<InboundMessage>& messages,
                             std::vector<mapping::Issue>& issues);

}  // namespace luqiao::broker
