// broker/flow.h - how fast a party is sent to, and when not at all: breaker, quiet hours, rate.
// Pure.
//
// Breaker of a party:
//
//     Closed --failures in a row--> Open --its wait is over--> Probing (one delivery)
//       ^                            ^                            |
//       |                            +---- fails: twice the wait -+
//       +----------------------------------------- succeeds ------+
//
// While it is open nothing is leased, so that what waits spends no attempt on a party that is down.
// The state is in the memory of one node and made from the outcomes it saw: after a restart a party
// counts as up until it fails again.
#pragma once

#include "base/calendar.h"
#include "base/diagnostic.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// A span of the day in China in which a party takes nothing; it may go past midnight.
struct QuietHours {
    int from = 0;  ///< minutes after midnight, 0 to 1439
    int until = 0;
    enum class Days : std::uint8_t { All, Working, Free } days = Days::All;  ///< of its beginning
    bool operator==(const QuietHours&) const = default;
};

/// "22:00-06:00", "working 08:00-09:00", "free 00:00-24:00". @return none: it is none of these
std::optional<QuietHours> parse_quiet_hours(std::string_view text);

/// At most so many deliveries in so long; as many may go at once after a pause.
struct Rate {
    std::uint32_t count = 1;
    Duration period{1'000};
    bool operator==(const Rate&) const = default;
};

/// "50/s", "100/m", "2000/h"; 1 to 1,000,000. @return none: it is none of these
std::optional<Rate> parse_rate(std::string_view text);

struct BreakerPolicy {
    std::uint32_t failures = 5;  ///< in a row, then it opens; 0: there is no breaker
    Duration first{10'000};      ///< wait before the first probe; doubles with each that fails
    Duration most{300'000};
};

/// What conf/parties says about one party.
struct FlowPolicy {
    std::size_t concurrency = 8;
    BreakerPolicy breaker;
    std::vector<QuietHours> quiet;
    std::optional<Rate> rate;
};

/// What one of `nodes` nodes of a store may take of it, so that together they keep to it whichever
/// of them sends: at least one delivery at a time, and of a rate the whole share, in longer periods
/// when there is less than one for each.
FlowPolicy share_of(FlowPolicy policy, std::size_t nodes);

enum class Breaker : std::uint8_t { Closed, Open, Probing };
std::string_view to_string(Breaker breaker);  ///< "closed", …

/// What a node remembers of one party.
struct FlowState {
    Breaker breaker = Breaker::Closed;
    std::uint32_t failures = 0;    ///< in a row
    std::optional<Instant> since;  ///< first failure of the row
    Instant probe_at{};            ///< Open: not before
    Duration wait{};               ///< Open, Probing: the last wait
    std::int64_t spent = 0;        ///< of the rate, in count·milliseconds; drains with time
    Instant drained_at{};          ///< as of when
    bool operator==(const FlowState&) const = default;
};

/// Why no more may go now.
enum class Held : std::uint8_t { No, Full, QuietHours, Breaker, Rate };
std::string_view to_string(Held held);  ///< "no", "full", "quiet_hours", "breaker", "rate"

struct FlowDecision {
    std::size_t may = 0;           ///< deliveries that may be leased now
    Held held = Held::No;          ///< when none may
    std::optional<Instant> again;  ///< when to ask again; none: an outcome changes it, not the time
};

/// How many deliveries may go now, with `open` under way.
FlowDecision decide(const FlowState& state,
                    const FlowPolicy& policy,
                    std::size_t open,
                    const Calendar& calendar,
                    Instant now);
/// `count` deliveries were leased.
FlowState after_lease(FlowState state, const FlowPolicy& policy, std::size_t count, Instant now);
/// One ended. `is_up`: the party was there, whatever it said.
FlowState after_outcome(FlowState state, const FlowPolicy& policy, bool is_up, Instant now);

/// The states of all parties; from any thread.
class Flows {
public:
    [[nodiscard]] FlowState of(const std::string& party) const {
        const std::lock_guard lock(mutex_);
        const auto found = states_.find(party);
        return found == states_.end() ? FlowState{} : found->second;
    }
    void leased(const std::string& party,
                const FlowPolicy& policy,
                std::size_t count,
                Instant now) {
        const std::lock_guard lock(mutex_);
        states_[party] = after_lease(states_[party], policy, count, now);
    }
    void ended(const std::string& party, const FlowPolicy& policy, bool is_up, Instant now) {
        const std::lock_guard lock(mutex_);
        states_[party] = after_outcome(states_[party], policy, is_up, now);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, FlowState> states_;
};

}  // namespace luqiao::broker
