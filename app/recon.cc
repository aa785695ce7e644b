#include "app/recon.h"

#include "adapters/manifest_source.h"
#include "broker/audit.h"
#include "broker/retention.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::Difference;
using broker::DifferenceKind;
using broker::DifferenceState;
using broker::ManifestAsked;

constexpr std::size_t kKeyDigitsMin = 6;

ManifestAsked beside(ManifestAsked asked, int days) {
    asked.day += std::chrono::days(days);
    return asked;
}

Status check_signed(const Signature& by) {
    if (!by.actor.empty() && !by.reason.empty()) return {};
    return fail(Errc::MissingRequired, "it needs who does it and why");
}

broker::AuditEntry audit_of(const ManifestAsked& asked,
                            const Signature& by,
                            std::string action,
                            std::string_view more,
                            Instant now) {
    return broker::audit_done(now, by.actor, std::move(action),
                              fmt::format("{} {} {} {} {}", asked.party, to_string(asked.day),
                                          to_string(asked.of), more, by.reason));
}

/// In the order of their deliveries: those of one case go out as they went.
std::vector<ReconDifference*> meant_by(const SettleOrder& order, ReconRun& run) {
    std::vector<ReconDifference*> out;
    for (ReconDifference& one : run.differences) {
        const bool has_key = broker::to_hex(one.what.key).starts_with(order.key);
        if (has_key && (!order.kind || one.what.kind == *order.kind)) out.push_back(&one);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const ReconDifference* a, const ReconDifference* b) {
                         return a->what.delivery < b->what.delivery;
                     });
    return out;
}

}  // namespace

bool ReconRun::is_balanced() const {
    const auto is_done = [](const ReconDifference& one) {
        return one.state == DifferenceState::Settled || one.state == DifferenceState::Accepted;
    };
    return in_transit == 0 && left_out() == 0 &&
           std::all_of(differences.begin(), differences.end(), is_done);
}

std::uint64_t ReconRun::count(DifferenceKind kind) const {
    return static_cast<std::uint64_t>(
        std::count_if(differences.begin(), differences.end(),
                      [&](const ReconDifference& one) { return one.what.kind == kind; }));
}

std::uint64_t ReconRun::count(DifferenceState state) const {
    return static_cast<std::uint64_t>(
        std::count_if(differences.begin(), differences.end(),
                      [&](const ReconDifference& one) { return one.state == state; }));
}

/// What the party gave: fetched now where it is to be fetched, else as it was kept.
Result<std::optional<broker::GivenManifest>> Reconciler::given(
    const ManifestAsked& asked,
    const broker::Party& party,
    Instant now,
    std::vector<broker::FieldProblem>& findings) {
    const Section source = adapters::manifest_source(party.reconcile);
    LQ_TRY(const auto text,
           adapters::fetch_manifest(source, data_,
                                    {asked.party, asked.day, std::string(to_string(asked.of))}));
    if (text) {
        auto manifest = broker::read_manifest(*text, asked, findings);
        if (!manifest) return std::optional<broker::GivenManifest>();
        broker::GivenManifest fresh{*std::move(manifest), now, source.text("source")};
        LQ_TRY(const auto before, broker::given_manifest(store_, asked));
        if (before && before->manifest == fresh.manifest) return before;
        LQ_CHECK(broker::keep_manifest(store_, fresh, asked.party));
        return std::optional(std::move(fresh));
    }
    return broker::given_manifest(store_, asked);
}

std::string Reconciler::manifest_stamp(const ManifestAsked& asked) const {
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return {};
    return adapters::manifest_stamp(adapters::manifest_source(party->reconcile), data_,
                                    {asked.party, asked.day, std::string(to_string(asked.of))});
}

Result<broker::Comparison> Reconciler::compare(const broker::Party& party,
                                               const broker::Manifest& ours,
                                               const broker::Manifest& theirs,
                                               Instant now) {
    const ManifestAsked asked{ours.party, ours.day, ours.of};
    const Duration grace = adapters::manifest_source(party.reconcile).time("grace");
    const Instant begins = china_midnight(asked.day);
    const Instant ends = china_midnight(asked.day + std::chrono::days(1));
    LQ_TRY(auto near, broker::our_entries(store_, asked, begins - grace, begins));
    LQ_TRY(const auto behind, broker::our_entries(store_, asked, ends, ends + grace));
    near.insert(near.end(), behind.begin(), behind.end());
    (void)broker::sort(near);
    std::vector<broker::FieldProblem> ignored;  // they count when their own day is compared
    LQ_TRY(const auto before, given(beside(asked, -1), party, now, ignored));
    LQ_TRY(const auto after, given(beside(asked, 1), party, now, ignored));
    broker::DayView view{.day = asked.day,
                         .grace = grace,
                         .ours = ours.entries,
                         .theirs = theirs.entries,
                         .ours_near = near,
                         .theirs_before = {},
                         .theirs_after = {},
                         .knows_after = after.has_value()};
    if (before) view.theirs_before = before->manifest.entries;
    if (after) view.theirs_after = after->manifest.entries;
    return broker::compare_day(view);
}

Result<ReconDifference> Reconciler::describe(const Difference& one) {
    ReconDifference out;
    out.what = one;
    if (!one.delivery) return out;
    LQ_TRY(const auto found, store_.find_delivery(*one.delivery));
    if (found) out.case_number = found->case_number, out.map = found->map;
    return out;
}

Result<ReconRun> Reconciler::run(const ManifestAsked& asked, const Signature& by, Instant now) {
    if (by.actor.empty()) return fail(Errc::MissingRequired, "it needs who does it");
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return fail(Errc::NotFound, "there is no party {}", asked.party);
    if (now < china_midnight(asked.day + std::chrono::days(1))) {
        return fail(Errc::Conflict, "{} is not over yet", to_string(asked.day));
    }
    ReconRun run;
    run.asked = asked;
    run.made_at = now;
    run.actor = by.actor;
    LQ_TRY(const auto theirs, given(asked, *party, now, run.findings));
    if (!run.findings.empty()) return run;
    if (!theirs) {
        return fail(Errc::NotFound, "{} has not given its manifest of {}", asked.party,
                    to_string(asked.day));
    }
    LQ_TRY(const auto ours, broker::our_manifest(store_, asked));
    LQ_TRY(const auto compared, compare(*party, ours, theirs->manifest, now));
    run.ours = broker::totals(ours.entries);
    run.theirs = broker::totals(theirs->manifest.entries);
    run.source = theirs->source;
    run.given_at = theirs->at;
    run.matched = compared.matched;
    run.without = compared.without;
    run.in_transit = compared.in_transit;
    LQ_CHECK(take(run, compared.differences));
    LQ_CHECK(keep(run));
    LQ_CHECK(judge(run, now));
    return run;
}

/// Of the run before, by key.
Result<std::vector<ReconDifference>> Reconciler::decided(const ManifestAsked& asked) {
    std::vector<ReconDifference> out;
    const std::string name = broker::day_document(kRunDocument, asked);
    LQ_TRY(const auto documents, store_.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return out;
    LQ_TRY(ReconRun before, run_from_json(found->second));
    const std::string prefix = broker::day_document(kSettledDocument, asked) + "/";
    LQ_TRY(const auto decisions, store_.kept(prefix));
    for (ReconDifference& one : before.differences) {
        if (decisions.contains(prefix + broker::to_hex(one.what.key))) {
            out.push_back(std::move(one));
        }
    }
    return out;
}

/// What an operator decided stays as it was found: once the party has a message again, neither side
/// lists it for that day any more, or both say something else. Of the others the first are kept,
/// and what was decided takes no place of theirs.
Status Reconciler::take(ReconRun& run, std::span<const Difference> compared) {
    LQ_TRY(run.differences, decided(run.asked));
    const auto by_key = [](const ReconDifference& one, const security::Sm3& key) {
        return one.what.key < key;
    };
    std::vector<ReconDifference> others;
    std::size_t again = 0;  // of what was decided, what is still found
    for (const Difference& one : compared) {
        const auto same =
            std::lower_bound(run.differences.begin(), run.differences.end(), one.key, by_key);
        if (same != run.differences.end() && same->what.key == one.key) {
            ++again;
        } else if (others.size() < differences_max_) {
            LQ_TRY(auto described, describe(one));
            others.push_back(std::move(described));
        }
    }
    run.found = compared.size() + (run.differences.size() - again);
    run.differences.insert(run.differences.end(), std::move_iterator(others.begin()),
                           std::move_iterator(others.end()));
    std::sort(
        run.differences.begin(), run.differences.end(),
        [](const ReconDifference& a, const ReconDifference& b) { return a.what.key < b.what.key; });
    return {};
}

Status Reconciler::keep(const ReconRun& run) {
    const auto entry = audit_of(run.asked, {run.actor, {}}, "recon.run",
                                fmt::format("{} of {}", run.found, run.ours.count), run.made_at);
    return store_.keep(broker::day_document(kRunDocument, run.asked), to_json(run),
                       std::span(&entry, 1));
}

/// Where each difference stands now.
Status Reconciler::judge(ReconRun& run, Instant now) {
    const std::string prefix = broker::day_document(kSettledDocument, run.asked) + "/";
    LQ_TRY(const auto documents, store_.kept(prefix));
    for (ReconDifference& one : run.differences) {
        one.state = DifferenceState::Open;
        const auto found = documents.find(prefix + broker::to_hex(one.what.key));
        if (found == documents.end()) continue;
        LQ_TRY(one.settlement, settlement_from_json(found->second));
        one.state = one.settlement->state;
        if (one.state != DifferenceState::Redriven || !one.what.delivery) continue;
        LQ_TRY(const auto delivery, store_.find_delivery(*one.what.delivery));
        if (!delivery) {  // its case went for age, which no case does before it is settled
            one.state = DifferenceState::Settled;
            continue;
        }
        one.state =
            broker::state_of_resent({one.settlement->at, delivery->state, delivery->due_at}, now);
    }
    return {};
}

Result<ReconRun> Reconciler::show(const ManifestAsked& asked, Instant now) {
    const std::string name = broker::day_document(kRunDocument, asked);
    LQ_TRY(const auto documents, store_.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) {
        return fail(Errc::NotFound, "{} of {} was not compared yet, or went for age",
                    to_string(asked.day), asked.party);
    }
    LQ_TRY(ReconRun run, run_from_json(found->second));
    LQ_CHECK(judge(run, now));
    return run;
}

Result<std::vector<ReconRun>> Reconciler::runs(std::chrono::year_month month, Instant now) {
    std::vector<ReconRun> out;
    const auto realm = pipeline_.realm();
    for (const auto& [code, party] : realm->parties) {
        LQ_TRY(const auto documents,
               store_.kept(fmt::format("{}{}/{:04}-{:02}-", kRunDocument, code, int{month.year()},
                                       unsigned{month.month()})));
        for (const auto& [name, text] : documents) {
            LQ_TRY(ReconRun run, run_from_json(text));
            LQ_CHECK(judge(run, now));
            out.push_back(std::move(run));
        }
    }
    return out;
}

Result<std::set<std::string>> Reconciler::open_cases(Instant now) {
    LQ_TRY(const auto documents, store_.kept(std::string(kRunDocument)));
    std::set<std::string> out;
    for (const auto& [name, text] : documents) {
        LQ_TRY(ReconRun run, run_from_json(text));
        LQ_CHECK(judge(run, now));
        for (const ReconDifference& one : run.differences) {
            const bool is_done =
                one.state == DifferenceState::Settled || one.state == DifferenceState::Accepted;
            if (!is_done && !one.case_number.empty()) out.insert(one.case_number);
        }
    }
    return out;
}

Status Reconciler::settle_one(const ReconRun& run,
                              const ReconDifference& one,
                              const SettleOrder& order,
                              Instant now) {
    std::optional<broker::StoredDelivery> delivery;
    if (order.to == DifferenceState::Redriven) {
        if (one.what.delivery) {
            LQ_TRY(delivery, store_.find_delivery(*one.what.delivery));
        }
        if (!delivery) return fail(Errc::Conflict, "there is no delivery of ours to send again");
        LQ_TRY(const auto stored, store_.find_case(delivery->case_id));
        if (stored) LQ_CHECK(broker::check_not_aged(*stored));
    }
    const std::string key = broker::to_hex(one.what.key);
    const auto entry = audit_of(run.asked, order.by, fmt::format("recon.{}", to_string(order.to)),
                                key.substr(0, 12), now);
    LQ_CHECK(store_.keep(broker::day_document(kSettledDocument, run.asked) + "/" + key,
                         to_json(Settlement{order.to, order.by.actor, order.by.reason, now}),
                         std::span(&entry, 1)));
    if (!delivery) return {};
    const std::string why = fmt::format("recon {}: {}", to_string(run.asked.day), order.by.reason);
    if (!pipeline_.command({delivery->case_id, broker::Redriven{delivery->id, why, true}})) {
        return fail(Errc::Overloaded, "too much waits to be sent: settle the rest again later");
    }
    return {};
}

Result<ReconRun> Reconciler::settle(const ManifestAsked& asked,
                                    const SettleOrder& order,
                                    Instant now) {
    LQ_CHECK(check_signed(order.by));
    if (!order.key.empty() && order.key.size() < kKeyDigitsMin) {
        return fail(Errc::InvalidArgument, "a key is named by {} digits or more", kKeyDigitsMin);
    }
    LQ_TRY(ReconRun run, show(asked, now));
    const auto meant = meant_by(order, run);
    if (meant.empty()) return fail(Errc::NotFound, "there is no such difference");
    std::optional<Error> refused;
    std::size_t done = 0;
    for (ReconDifference* one : meant) {
        const Status may = broker::may_settle(one->state, order.to, one->what.kind, asked.of);
        if (!may) {
            refused = may.error();
            continue;
        }
        ++done;
        if (order.dry_run) {
            one->state = order.to;
        } else {
            LQ_CHECK(settle_one(run, *one, order, now));
        }
    }
    if (done == 0) return *refused;
    if (order.dry_run) return run;
    if (order.to == DifferenceState::Redriven) pipeline_.wake();
    return show(asked, now);
}

Result<std::string> Reconciler::statement(const ManifestAsked& asked,
                                          const Signature& by,
                                          Instant now) {
    if (by.actor.empty()) return fail(Errc::MissingRequired, "it needs who does it");
    LQ_TRY(const ReconRun run, show(asked, now));
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return fail(Errc::NotFound, "there is no party {}", asked.party);
    LQ_TRY(auto document, sign_statement(key_, statement_text(run, *party, pipeline_.node(), now)));
    LQ_CHECK(store_.audit(
        audit_of(asked, by, "recon.statement", run.is_balanced() ? "balanced" : "open", now)));
    return document;
}

}  // namespace luqiao::app
