// broker/party.h - a party (单位): who it is, what it may do, how it is reached.
#pragma once

#include "base/settings.h"
#include "base/text.h"
#include "broker/flow.h"
#include "broker/step.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace luqiao::broker {

enum class PartyKind : std::uint8_t { Channel, Department, Registry };

/// What a party may submit, and what the message means.
struct SubmitRight {
    std::string map;      ///< "portal.apply"
    std::string meaning;  ///< "application", "supplement", "withdrawal", "answer"
    /// Fields of its form, "photo.sm3" or "list.field", whose SM3 must stand for a complete upload
    /// of the party (broker/attachments.h); none: attachments travel by reference alone.
    std::vector<std::string> attachments = {};
};

/// Reads conf/parties/NAME.toml. `push` and `receive` stay settings: their adapter checks them.
struct Party {
    std::string code;  ///< "sti"
    PartyKind kind = PartyKind::Department;
    Text label;
    std::string app_key;            ///< X-App-Key; empty: it cannot call us
    std::vector<std::string> keys;  ///< file names below the key folder; two live while rotating
    std::string algorithm;          ///< "hmac-sm3" or "sm2"
    std::string purpose;            ///< declared purpose of what it receives
    std::string clearance;          ///< "C0".."C3": highest class it may receive
    std::vector<SubmitRight> submit;
    std::vector<std::string> services;  ///< services whose cases it may see
    std::optional<Setting> push;        ///< how we deliver: adapter = "http" …
    std::optional<Setting> receive;     ///< what we watch for it: adapter = "table" …
    std::optional<Setting> reconcile;   ///< where its manifest comes from: source = "file" …
    std::string reply_map;  ///< rows that read its answer to a push; empty: delivered is enough
    RetryPolicy retry;
    FlowPolicy flow;  ///< `concurrency` and [delivery]
};

/// Reads conf/parties/NAME.toml. Whether maps, services and key files exist is judged by the
/// caller; here, beside C110-C112: C401 kind or class, C402 algorithm, C403 meaning of a right,
/// C404 a number or time out of range, quiet hours or a rate that are none, C405 personal data
/// without a purpose, C406 on_unknown.
std::optional<Party> parse_party(const Setting& document, Diagnostics& findings);

/// What `parse_party` accepts, for the reference: the file, [identity], one [[submit]], [retry],
/// [delivery].
const Spec& party_spec();
const Spec& party_identity_spec();
const Spec& party_submit_spec();
const Spec& party_retry_spec();
const Spec& party_delivery_spec();

}  // namespace luqiao::broker
