#include "broker/flow.h"

#include <algorithm>
#include <charconv>

namespace luqiao::broker {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr std::uint32_t kRateMost = 1'000'000;
/// A rate is asked again no sooner: a turn for each single place would cost more than it sends.
constexpr Duration kRateStep{20};

std::optional<int> minutes_of(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    if (!digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour > 24 || minute > 59 || (hour == 24 && minute != 0)) return std::nullopt;
    return hour * 60 + minute;
}

bool begins_on(const QuietHours& hours, Date day, const Calendar& calendar) {
    switch (hours.days) {
        case QuietHours::Days::All: return true;
        case QuietHours::Days::Working: return calendar.is_working_day(day);
        case QuietHours::Days::Free: return !calendar.is_working_day(day);
    }
    return true;
}

/// When the quiet span that covers `now` ends; one that began yesterday may still run.
std::optional<Instant> quiet_until(const QuietHours& hours, const Calendar& calendar, Instant now) {
    const int length = hours.until > hours.from ? hours.until - hours.from
                                                : hours.until - hours.from + kDayMinutes;
    for (const int back : {0, 1}) {
        const Date day = china_date(now) - std::chrono::days(back);
        const Instant begin = china_midnight(day) + std::chrono::minutes(hours.from);
        const Instant end = begin + std::chrono::minutes(length);
        if (now >= begin && now < end && begins_on(hours, day, calendar)) return end;
    }
    return std::nullopt;
}

/// What of the rate is still taken at `now`. A clock that went back drains nothing.
std::int64_t spent_at(const FlowState& state, const Rate& rate, Instant now) {
    const std::int64_t passed = std::max<std::int64_t>((now - state.drained_at).count(), 0);
    const std::int64_t all = std::int64_t{rate.count} * rate.period.count();
    if (passed >= rate.period.count()) return 0;
    return std::clamp<std::int64_t>(state.spent - passed * rate.count, 0, all);
}

FlowDecision hold(Held why, std::optional<Instant> again) {
    return {.may = 0, .held = why, .again = again};
}

FlowDecision by_rate(const FlowState& state, const Rate& rate, std::size_t free, Instant now) {
    // Each delivery takes `period`, of which `count` drain in a millisecond.
    const std::int64_t each = rate.period.count();
    const std::int64_t left = std::int64_t{rate.count} * each - spent_at(state, rate, now);
    const auto may = std::min(free, static_cast<std::size_t>(left / each));
    if (may > 0) return {.may = may, .held = Held::No, .again = std::nullopt};
    const Duration rest{(each - left + rate.count - 1) / rate.count};
    return hold(Held::Rate, now + std::max(rest, kRateStep));
}

}  // namespace

std::optional<QuietHours> parse_quiet_hours(std::string_view text) {
    QuietHours hours;
    for (const auto& [word, days] :
         {std::pair{std::string_view("working "), QuietHours::Days::Working},
          std::pair{std::string_view("free "), QuietHours::Days::Free}}) {
        if (!text.starts_with(word)) continue;
        hours.days = days;
        text.remove_prefix(word.size());
    }
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = minutes_of(text.substr(0, 5));
    const auto until = minutes_of(text.substr(6));
    if (!from || !until || *from == kDayMinutes || *from == *until) return std::nullopt;
    hours.from = *from;
    hours.until = *until;
    return hours;
}

std::optional<Rate> parse_rate(std::string_view text) {
    Rate rate;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), rate.count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (failure != std::errc{} || rate.count < 1 || rate.count > kRateMost) return std::nullopt;
    if (unit == "/s") return rate;
    rate.period = Duration{unit == "/m" ? 60'000 : 3'600'000};
    return unit == "/m" || unit == "/h" ? std::optional(rate) : std::nullopt;
}

FlowPolicy share_of(FlowPolicy policy, std::size_t nodes) {
    if (nodes < 2) return policy;
    policy.concurrency = std::max<std::size_t>(1, policy.concurrency / nodes);
    if (!policy.rate) return policy;
    Rate& rate = *policy.rate;
    if (rate.count >= nodes) {
        rate.count /= static_cast<std::uint32_t>(nodes);
    } else {
        const auto longer = static_cast<std::int64_t>(nodes);
        rate.period = (rate.period * longer + Duration(rate.count - 1)) / rate.count;
        rate.count = 1;
    }
    return policy;
}

std::string_view to_string(Breaker breaker) {
    switch (breaker) {
        case Breaker::Closed: return "closed";
        case Breaker::Open: return "open";
        case Breaker::Probing: return "probing";
    }
    return "";
}

std::string_view to_string(Held held) {
    switch (held) {
        case Held::No: return "no";
        case Held::Full: return "full";
        case Held::QuietHours: return "quiet_hours";
        case Held::Breaker: return "breaker";
        case Held::Rate: return "rate";
    }
    return "";
}

FlowDecision decide(const FlowState& state,
                    const FlowPolicy& policy,
                    std::size_t open,
                    const Calendar& calendar,
                    Instant now) {
    if (open >= policy.concurrency) return hold(Held::Full, std::nullopt);
    std::optional<Instant> quiet;
    for (const QuietHours& hours : policy.quiet) {
        const auto until = quiet_until(hours, calendar, now);
        if (until) quiet = std::max(quiet.value_or(*until), *until);
    }
    if (quiet) return hold(Held::QuietHours, quiet);
    std::size_t free = policy.concurrency - open;
    switch (state.breaker) {
        case Breaker::Closed: break;
        case Breaker::Probing: return hold(Held::Breaker, std::nullopt);
        case Breaker::Open:
            if (now < state.probe_at) return hold(Held::Breaker, state.probe_at);
            free = 1;
            break;
    }
    if (policy.rate) return by_rate(state, *policy.rate, free, now);
    return {.may = free, .held = Held::No, .again = std::nullopt};
}

FlowState after_lease(FlowState state, const FlowPolicy& policy, std::size_t count, Instant now) {
    if (count == 0) return state;
    if (state.breaker == Breaker::Open) state.breaker = Breaker::Probing;
    if (!policy.rate) return state;
    state.spent = spent_at(state, *policy.rate, now) +
                  static_cast<std::int64_t>(count) * policy.rate->period.count();
    state.drained_at = now;
    return state;
}

FlowState after_outcome(FlowState state, const FlowPolicy& policy, bool is_up, Instant now) {
    if (is_up) {
        state.breaker = Breaker::Closed;
        state.failures = 0;
        state.since.reset();
        state.wait = Duration{};
        return state;
    }
    ++state.failures;
    if (!state.since) state.since = now;
    const BreakerPolicy& breaker = policy.breaker;
    if (breaker.failures == 0 || state.failures < breaker.failures) return state;
    switch (state.breaker) {
        case Breaker::Closed: state.wait = breaker.first; break;
        case Breaker::Open: return state;  // sent before it opened: tells nothing new
        case Breaker::Probing: state.wait = std::min(state.wait * 2, breaker.most); break;
    }
    state.breaker = Breaker::Open;
    state.probe_at = now + state.wait;
    return state;
}

}  // namespace luqiao::broker
