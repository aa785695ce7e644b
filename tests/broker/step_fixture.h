// tests/broker/step_fixture.h - a case at a desk: events in the words of the domain, and what
// became of them.
#pragma once

#include "broker/step.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// The service of the tests: permit (sti), residence (psb) after it, insurance (hrss) after the
/// permit when both are applied for, title (title) alone, e-card (essc) after permit and insurance;
/// observed by both portals, the window (its own cases) and three maps of the province.
const Service& test_service();
/// The calendars of 2025 and 2026 as shipped.
const Calendar& test_calendar();
Instant at(std::string_view rfc3339);

/// One case, stepped event by event. Every transition is checked against what always holds.
class Desk {
public:
    explicit Desk(std::string channel = "portal",
                  std::string_view start = "2025-10-09T10:00:00+08:00");

    /// Steps and keeps the result; `last` is the transition.
    Desk& take(const Event& event);
    Desk& apply(std::vector<std::string> items, std::vector<std::string> evidence = {});
    Desk& answer(std::string_view item, ItemState state, std::string reason = {});
    /// With the department's own time and digest.
    Desk& answer_at(std::string_view item,
                    ItemState state,
                    std::string_view occurred,
                    std::string digest);
    /// Acknowledges the open delivery of the party, and then the next, until its line is empty.
    Desk& deliver_all(std::string_view party);
    Desk& fail(std::string_view party, Errc code);
    Desk& on(std::string_view rfc3339);

    [[nodiscard]] const Item& item(std::string_view code) const;
    [[nodiscard]] ItemState state_of(std::string_view code) const { return item(code).state; }
    /// The delivery of the party that may go; nullptr when none may.
    [[nodiscard]] const Delivery* open(std::string_view party) const;
    /// "map state" or "map case-event" of the party's deliveries, in their order.
    [[nodiscard]] std::vector<std::string> told(std::string_view party) const;
    /// Maps of the deliveries made by the last event.
    [[nodiscard]] std::vector<std::string> created_maps() const;
    [[nodiscard]] std::vector<std::string> timeline_events() const;
    [[nodiscard]] std::vector<std::string> alert_codes() const;
    [[nodiscard]] Rules rules() const { return {service, test_calendar(), retry}; }

    Case one;
    Transition last;
    Instant now;
    Service service = test_service();
    std::map<std::string, RetryPolicy, std::less<>> retry;

private:
    int digests_ = 0;
};

/// What holds after every transition, whatever happened; a failure is a gtest failure.
void check_invariants(const Case& before, const Transition& after, const Rules& rules);

}  // namespace luqiao::broker
