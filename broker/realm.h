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
    std::map<std::string, RetryPolicy, std::less<>> retry;              ///< by party

    [[nodiscard]] const Party* party(std::string_view code) const {
        const auto found = parties.find(code);
        return found == parties.end() ? nullptr : &found->second;
    }
    /// The newest version of the service that applications of `form` belong to.
    [[nodiscard]] const Service* service_of_form(std::string_view form) const;
    [[nodiscard]] const Service* service(std::string_view code, int version) const;
};

/// What only all files together can show: services and parties that name unknown maps, parties,
/// items or fields. Findings C5xx.
void check_realm(const Realm& realm, Diagnostics& findings);

}  // namespace luqiao::broker
