#include "app/recon.h"

#include "adapters/manifest_source.h"
#include "app/recon_day.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::Difference;
using broker::DifferenceKind;
using broker::DifferenceState;
using broker::ManifestAsked;

/// @param sorted by key
bool is_among(std::span<const ReconDifference> sorted, const security::Sm3& key) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), key,
                                     [](const ReconDifference& one, const security::Sm3& wanted) {
                                         return one.what.key < wanted;
                                     });
    return at != sorted.end() && at->what.key == key;
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
    LQ_TRY(const auto text, adapters::fetch_manifest(source, data_, manifest_wanted(asked)));
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
                                    manifest_wanted(asked));
}

Result<broker::Comparison> Reconciler::compare(const broker::Party& party,
                                               const broker::Manifest& ours,
                                               const broker::Manifest& theirs,
                                               const std::optional<broker::GivenManifest>& before,
                                               const std::optional<broker::GivenManifest>& after) {
    const ManifestAsked asked{ours.party, ours.day, ours.of};
    const Duration grace = adapters::manifest_source(party.reconcile).time("grace");
    const Instant begins = china_midnight(asked.day);
    const Instant ends = china_midnight(asked.day + std::chrono::days(1));
    LQ_TRY(auto near, broker::our_entries(store_, asked, begins - grace, begins));
    LQ_TRY(const auto behind, broker::our_entries(store_, asked, ends, ends + grace));
    near.insert(near.end(), behind.begin(), behind.end());
    (void)broker::sort(near);
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
    if (one.delivery) {
        LQ_TRY(const auto found, store_.find_delivery(*one.delivery));
        if (found) out.case_number = found->case_number, out.map = found->map;
    } else if (one.case_id) {
        LQ_TRY(const auto found, store_.find_case(*one.case_id));
        if (found) out.case_number = found->state.number;
    }
    return out;
}

Result<ReconRun> Reconciler::run(const ManifestAsked& asked, const Signature& by, Instant now) {
    if (by.actor.empty()) return fail(Errc::MissingRequired, "it needs who does it");
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return no_party(asked);
    LQ_CHECK(check_over(asked, now));
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
    std::vector<broker::FieldProblem> ignored;  // they count when their own day is compared
    LQ_TRY(const auto before, given(beside(asked, -1), *party, now, ignored));
    LQ_TRY(const auto after, given(beside(asked, 1), *party, now, ignored));
    LQ_TRY(const auto compared, compare(*party, ours, theirs->manifest, before, after));
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
    std::vector<ReconDifference> others;
    std::size_t again = 0;  // of what was decided, what is still found
    for (const Difference& one : compared) {
        if (is_among(run.differences, one.key)) {
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
        if (run.left_out() != 0) LQ_CHECK(add_left_out(run, out));
    }
    return out;
}

/// Compares the manifests that are kept once more; nothing is fetched.
Status Reconciler::add_left_out(const ReconRun& run, std::set<std::string>& numbers) {
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(run.asked.party);
    LQ_TRY(const auto theirs, broker::given_manifest(store_, run.asked));
    if (party == nullptr || !theirs) return {};
    LQ_TRY(const auto ours, broker::our_manifest(store_, run.asked));
    LQ_TRY(const auto before, broker::given_manifest(store_, beside(run.asked, -1)));
    LQ_TRY(const auto after, broker::given_manifest(store_, beside(run.asked, 1)));
    LQ_TRY(const auto compared, compare(*party, ours, theirs->manifest, before, after));
    for (const Difference& one : compared.differences) {
        if (!one.case_id || is_among(run.differences, one.key)) continue;
        LQ_TRY(const ReconDifference described, describe(one));
        if (!described.case_number.empty()) numbers.insert(described.case_number);
    }
    return {};
}

}  // namespace luqiao::app
