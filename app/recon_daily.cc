#include "app/recon_daily.h"

#include "adapters/manifest_source.h"
#include "adapters/manifest_target.h"
#include "base/log.h"

#include <fmt/format.h>

namespace luqiao::app {
namespace {

using broker::Condition;
using broker::ManifestAsked;

constexpr int kDaysBack = 7;
constexpr Duration kReadAgain{3'600'000};  ///< a manifest that was refused
constexpr Duration kGiveAgain{300'000};    ///< one of ours that could not be put there

/// `said` without a subject: what of that party and day.
Condition condition(std::string name, const ManifestAsked& asked, const Text& said) {
    const std::string day = to_string(asked.day);
    const std::string of(to_string(asked.of));
    return {.name = std::move(name),
            .urgent = false,
            .facts = {{"party", asked.party}, {"day", day}, {"of", of}},
            .message = {
                fmt::format("{} {} 的对账（{}）：{}", asked.party, day, of, said.zh),
                fmt::format("reconciliation of {} {} ({}): {}", asked.party, day, of, said.en)}};
}

Condition failed(const ManifestAsked& asked, const Error& error) {
    return condition("recon_failed", asked,
                     {fmt::format("未能进行，稍后再试：{} {}", info(error.code).id, error.message),
                      fmt::format("it could not be made and is tried again: {} {}",
                                  info(error.code).id, error.message)});
}

/// When the next day of the party is due.
Instant next_daily(const broker::Realm& realm, const std::string& party, Instant now) {
    const auto found = realm.parties.find(party);
    const Section source = adapters::manifest_source(
        found == realm.parties.end() ? std::nullopt : found->second.reconcile);
    const Duration after = source.time("daily_after");
    return china_midnight(china_date(now - after) + std::chrono::days(1)) + after;
}

auto key_of(const ManifestAsked& asked) {
    return std::tuple(asked.party, asked.day, asked.of);
}

std::optional<Condition> of_run(const ReconRun& run) {
    if (!run.findings.empty()) {
        return condition("recon_refused", run.asked,
                         {fmt::format("对方清单有 {} 处错误，须重新提供", run.findings.size()),
                          fmt::format("its manifest has {} faults and has to be given again",
                                      run.findings.size())});
    }
    const std::uint64_t open = run.count(broker::DifferenceState::Open) + run.left_out();
    if (open == 0) return std::nullopt;
    return condition("recon_open", run.asked,
                     {fmt::format("{} 条差异待处置", open),
                      fmt::format("{} differences wait to be settled", open)});
}

/// The days that `daily` and `daily_after` of a section say are due by now.
void add_due(std::vector<ManifestAsked>& out,
             const std::string& party,
             const Section& section,
             Instant now) {
    const Date latest = china_date(now - section.time("daily_after"));
    for (const std::string& word : section.list("daily")) {
        for (int back = kDaysBack; back > 0; --back) {
            out.push_back(
                {party, latest - std::chrono::days(back), *broker::parse_manifest_of(word)});
        }
    }
}

/// What is to have been compared by now.
std::vector<ManifestAsked> days_to_compare(const broker::Realm& realm, Instant now) {
    std::vector<ManifestAsked> out;
    for (const auto& [code, party] : realm.parties) {
        add_due(out, code, adapters::manifest_source(party.reconcile), now);
    }
    return out;
}

/// What is to have been put at a party's place by now.
std::vector<ManifestAsked> days_to_give(const broker::Realm& realm, Instant now) {
    std::vector<ManifestAsked> out;
    for (const auto& [code, party] : realm.parties) {
        const auto target = adapters::manifest_target(party.reconcile);
        if (target) add_due(out, code, *target, now);
    }
    return out;
}

bool is_same(const Condition& one, const Condition& other) {
    return one.name == other.name && one.facts == other.facts;
}

}  // namespace

void DailyRecon::step(Instant now, const std::stop_token& stop) {
    std::vector<Condition> found;
    for (const ManifestAsked& asked : days_to_give(*pipeline_.realm(), now)) {
        if (stop.stop_requested()) return;
        if (auto one = give(asked, now)) found.push_back(*std::move(one));
    }
    for (const ManifestAsked& asked : days_to_compare(*pipeline_.realm(), now)) {
        if (stop.stop_requested()) return;
        if (auto one = look_at(asked, now)) found.push_back(*std::move(one));
    }
    const std::lock_guard lock(mutex_);
    for (const Condition& one : found) {
        const auto is_it = [&](const Condition& before) { return is_same(before, one); };
        if (std::any_of(conditions_.begin(), conditions_.end(), is_it)) continue;
        log::write(log::Level::Warning, one.name, {{"message", one.message.en}});
    }
    conditions_ = std::move(found);
}

std::vector<Condition> DailyRecon::conditions() const {
    const std::lock_guard lock(mutex_);
    return conditions_;
}

std::optional<Condition> DailyRecon::look_at(const ManifestAsked& asked, Instant now) {
    const auto run = reconciler_.show(asked, now);
    if (!run && run.error().code != Errc::NotFound) return failed(asked, run.error());
    if (!run) return compare(asked, now);
    const auto behind = is_behind(*run, now);
    if (!behind) return failed(asked, behind.error());
    return *behind ? compare(asked, now) : of_run(*run);
}

std::optional<Condition> DailyRecon::give(const ManifestAsked& asked, Instant now) {
    const auto given = reconciler_.given_ours(asked);
    if (!given) return failed(asked, given.error());
    if (*given) return std::nullopt;
    const auto waiting = not_given_.find(key_of(asked));
    if (waiting != not_given_.end()) {
        if (now < waiting->second.until) return waiting->second.condition;
        not_given_.erase(waiting);
    }
    const auto concerns = broker::has_entries(store_, asked);
    if (!concerns) return failed(asked, concerns.error());
    const auto is_ours = *concerns ? Result<bool>(true) : was_there(asked);
    if (!is_ours) return failed(asked, is_ours.error());
    if (!*is_ours) return std::nullopt;
    const auto done = reconciler_.give(asked, {pipeline_.node(), "daily"}, now);
    if (done || !*concerns) return std::nullopt;  // who had no message of a day misses nothing
    const Error& error = done.error();
    Condition out =
        condition("recon_not_given", asked,
                  {fmt::format("我方清单未能放到约定的位置，稍后再试：{} {}", info(error.code).id,
                               error.message),
                   fmt::format("ours could not be put at its place and is tried again: {} {}",
                               info(error.code).id, error.message)});
    not_given_.insert_or_assign(key_of(asked), PutOff{now + kGiveAgain, out});
    return out;
}

/// Whether the store was there on that day: one that began later has nothing to say of it.
Result<bool> DailyRecon::was_there(const ManifestAsked& asked) {
    LQ_TRY(const broker::AuditHead start, store_.audit_start());
    LQ_TRY(const auto rows, store_.audit_after(start.number, 1));
    return !rows.empty() && rows.front().at < china_midnight(asked.day + std::chrono::days(1));
}

/// What was in transit at the end of a day is told by the next one's manifest.
Result<bool> DailyRecon::is_behind(const ReconRun& run, Instant now) {
    if (run.in_transit == 0) return false;
    ManifestAsked next = run.asked;
    next.day += std::chrono::days(1);
    const auto after = reconciler_.show(next, now);
    if (after) return after->made_at >= run.made_at;
    if (after.error().code == Errc::NotFound) return false;
    return after.error();
}

Condition DailyRecon::put_off(const ManifestAsked& asked, const Error& error, Instant now) {
    const Instant until = next_daily(*pipeline_.realm(), asked.party, now);
    Condition out = condition(
        "recon_failed", asked,
        {fmt::format("未能进行：{} {}；不会自行好转，{} 再试，或用 luqiao recon run 随时重做",
                     info(error.code).id, error.message, to_rfc3339(until)),
         fmt::format("it could not be made: {} {}; this does not pass by itself, it is tried again "
                     "at {}, or by luqiao recon run at any time",
                     info(error.code).id, error.message, to_rfc3339(until))});
    put_off_.insert_or_assign(key_of(asked), PutOff{until, out});
    return out;
}

std::optional<Condition> DailyRecon::compare(const ManifestAsked& asked, Instant now) {
    const auto waiting = put_off_.find(key_of(asked));
    if (waiting != put_off_.end()) {
        const PutOff& what = waiting->second;
        const bool is_same = !what.stamp || *what.stamp == reconciler_.manifest_stamp(asked);
        if (now < what.until && is_same) return what.condition;
        put_off_.erase(waiting);
    }
    // Before it is read: a file that is replaced meanwhile is another.
    std::string stamp = reconciler_.manifest_stamp(asked);
    const auto run = reconciler_.run(asked, {pipeline_.node(), "daily"}, now);
    if (run) {
        auto out = of_run(*run);
        if (out && !run->findings.empty()) {
            put_off_.insert_or_assign(key_of(asked),
                                      PutOff{now + kReadAgain, *out, std::move(stamp)});
        }
        return out;
    }
    // Who gave nothing, of a day without a message of ours, owes nothing.
    const auto concerns = broker::has_entries(store_, asked);
    if (!concerns) return failed(asked, concerns.error());
    if (!*concerns) return std::nullopt;
    // Neither their messages nor ours become fewer.
    if (run.error().code == Errc::LimitExceeded) return put_off(asked, run.error(), now);
    if (run.error().code != Errc::NotFound) return failed(asked, run.error());
    return condition("recon_missing", asked, {"对方尚未提供清单", "it has not given its manifest"});
}

}  // namespace luqiao::app
