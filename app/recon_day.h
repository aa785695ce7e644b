// app/recon_day.h - what everything that is done about a party's day has in common.
#pragma once

#include "adapters/manifest_place.h"
#include "app/recon.h"
#include "broker/audit.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace luqiao::app {

/// The day so many days later.
inline broker::ManifestAsked beside(broker::ManifestAsked asked, int days) {
    asked.day += std::chrono::days(days);
    return asked;
}

inline adapters::ManifestWanted manifest_wanted(const broker::ManifestAsked& asked) {
    return {asked.party, asked.day, std::string(to_string(asked.of))};
}

/// @errors Conflict: something may still be added to it
inline Status check_over(const broker::ManifestAsked& asked, Instant now) {
    if (now >= china_midnight(asked.day + std::chrono::days(1))) return {};
    return fail(Errc::Conflict, "{} is not over yet", to_string(asked.day));
}

inline Error no_party(const broker::ManifestAsked& asked) {
    return fail(Errc::NotFound, "there is no party {}", asked.party);
}

/// The row of the audit.
inline broker::AuditEntry audit_of(const broker::ManifestAsked& asked,
                                   const Signature& by,
                                   std::string action,
                                   std::string_view more,
                                   Instant now) {
    return broker::audit_done(now, by.actor, std::move(action),
                              fmt::format("{} {} {} {} {}", asked.party, to_string(asked.day),
                                          to_string(asked.of), more, by.reason));
}

}  // namespace luqiao::app
