// broker/realm.h - one compiled configuration: rules, calendar, parties, services. Immutable.
#pragma once

#include "base/calendar.h"
#include "broker/party.h"
#include "broker/service.h"
#include "broker/step.h"
#include "mapping/bundle.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// Everything `luqiao check conf/` checks and the broker runs by.
struct Realm {
    std::shared_ptr<const mapping::Bundle> bundle;
    Calendar calendar;
    std::map<std::string, Party, std::less<>> parties;
    std::map<std::string, std::vector<Service>, std::less<>> services;  ///< by code, oldest first
    /// Versions that conf/ has no more and that cases may have begun with: those finish on them,
    /// nothing new begins on them.
    std::map<std::string, std::vector<Service>, std::less<>> retired;
    std::map<std::string, RetryPolicy, std::less<>> retry;  ///< by party

    [[nodiscard]] const Party* party(std::string_view code) const {
        const auto found = parties.find(code);
        return found == parties.end() ? nullptr : &found->second;
    }
    /// The newest version of the service that applications of `form` belong to.
    [[nodiscard]] const Service* service_of_form(std::string_view form) const;
    /// That version, offered or retired; nullptr: not known here.
    [[nodiscard]] const Service* service(std::string_view code, int version) const;
};

/// What only all files together can show: services (retired ones too) and parties that name unknown
/// maps, parties, items or fields, and versions that stand twice. Findings C5xx; those of a retired
/// version stand in `retired_file`.
void check_realm(const Realm& realm, Diagnostics& findings);

/// How findings name a definition that only the store has: "kept/foreigner_work@1.toml".
std::string retired_file(std::string_view code, int version);

}  // namespace luqiao::broker
