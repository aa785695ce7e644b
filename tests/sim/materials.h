// tests/sim/materials.h - what is made once and serves every seed: the shipped rules in two
// bundles, and what invented people apply for.
#pragma once

#include "broker/realm.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace luqiao::sim {

struct Materials {
    /// The shipped conf/, and the same with another hash: a reload swaps them.
    std::vector<std::shared_ptr<const broker::Realm>> realms;
    /// The shipped version of the service with the next one retired; the next one with the shipped
    /// one retired; and the shipped one of a node that has never heard of the next. Hashes as
    /// above.
    std::vector<std::shared_ptr<const broker::Realm>> versions;
    std::vector<std::string> channels;                             ///< who may apply
    std::map<std::string, std::vector<std::string>> applications;  ///< bytes, by channel
    std::vector<std::string> persons;  ///< names and numbers that may stand in no text of ours
    std::map<std::string, std::string> yes;  ///< what a party replies when it took a message
    const broker::Realm& realm() const { return *realms.front(); }
};

/// Compiled on first use; aborts when conf/ has errors.
const Materials& materials();

/// The definition that the case began with.
const broker::Service& service_of(const broker::Case& one);

/// A department's answer in its own format. @return empty when the format cannot say it
std::string answer_bytes(const broker::Party& party,
                         const std::string& map,
                         const std::string& serial,
                         const std::string& state,
                         Instant now);
/// What a channel sends after 补正.
std::string supplement_bytes(const std::string& map,
                             const std::string& case_number,
                             const std::string& serial,
                             Instant now);
/// What a channel sends when the applicant takes back a case, or the item of `serial`.
std::string withdrawal_bytes(const std::string& map,
                             const std::string& case_number,
                             const std::string& serial,
                             Instant now);
/// The party's map for `meaning`; empty: it has none.
std::string map_for(const broker::Party& party, std::string_view meaning);

}  // namespace luqiao::sim
