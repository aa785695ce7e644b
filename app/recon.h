// app/recon.h - daily reconciliation (对账): fetch a party's manifest, compare it with ours, keep
// what differs, settle it, and sign the statement (平账单).
//
// A run and its differences are one document of the store; each settlement is one more, so that a
// run that is made again keeps what was settled, and two operators do not overwrite one another.
#pragma once

#include "app/redrive.h"
#include "app/statement_key.h"
#include "broker/pipeline.h"
#include "broker/recon_books.h"
#include "broker/store.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace luqiao::app {

using luqiao::to_string;  // of dates, beside the overload for states of plans

/// What an operator decided about one difference.
struct Settlement {
    broker::DifferenceState state = broker::DifferenceState::Held;
    std::string actor, reason;
    Instant at{};
};

struct ReconDifference {
    broker::Difference what;
    std::string case_number, map;  ///< of our message; empty: we do not know it
    std::optional<Settlement> settlement;
    broker::DifferenceState state = broker::DifferenceState::Open;  ///< as of now
};

/// Most differences without a decision that one run keeps; beyond them the manifests do not belong
/// together, or much was lost: once these are decided, the next run keeps the next ones.
inline constexpr std::size_t kDifferencesMax = 10'000;

struct ReconRun {
    broker::ManifestAsked asked;
    Instant made_at{};
    std::string actor;
    broker::ManifestTotals ours, theirs;
    std::string source;  ///< how their manifest came, and when
    Instant given_at{};
    std::uint64_t matched = 0, without = 0, in_transit = 0;
    std::uint64_t found = 0;  ///< differences; kept are those that were decided, and the first
                              ///< kDifferencesMax of the others
    std::vector<ReconDifference> differences;
    /// Why their manifest was refused; then nothing else is filled, and nothing was kept.
    std::vector<broker::FieldProblem> findings;

    /// 已平: every difference is settled or accepted, and nothing is in transit.
    [[nodiscard]] bool is_balanced() const;
    /// Found and not kept: of the next run.
    [[nodiscard]] std::uint64_t left_out() const {
        return found - std::min<std::uint64_t>(found, differences.size());
    }
    [[nodiscard]] std::uint64_t count(broker::DifferenceKind kind) const;
    [[nodiscard]] std::uint64_t count(broker::DifferenceState state) const;
};

/// Kinds of broker::day_document: a run, and before "/KEY" the settlements of its differences.
inline constexpr std::string_view kRunDocument = "recon/run/";
inline constexpr std::string_view kSettledDocument = "recon/settled/";

/// What was put at a party's place (`[reconcile.give]`) as ours of a day.
struct GivenOurs {
    Instant at{};
    std::string actor;
    broker::ManifestTotals totals;
};
inline constexpr std::string_view kGivenDocument = "recon/given/";

// ---- recon_document.cc -----------------------------------------------------------------------

/// As an operator is told it: with labels, and each difference's state.
std::string to_json(const ReconRun& run);
/// As it is kept. @errors Corruption
Result<ReconRun> run_from_json(std::string_view text);
std::string to_json(const Settlement& settlement);
/// @errors Corruption
Result<Settlement> settlement_from_json(std::string_view text);
std::string to_json(const GivenOurs& given);
/// @errors Corruption
Result<GivenOurs> given_ours_from_json(std::string_view text);
/// The content of a statement, before it is signed.
std::string statement_text(const ReconRun& run,
                           const broker::Party& party,
                           std::string_view node,
                           Instant now);

// ---- recon.cc --------------------------------------------------------------------------------

/// Which differences of a run an operator means; all of them when nothing is named.
struct SettleOrder {
    broker::DifferenceState to = broker::DifferenceState::Redriven;
    std::string key = {};  ///< the first digits of one key, 6 or more
    std::optional<broker::DifferenceKind> kind = std::nullopt;
    bool dry_run = false;  ///< says what would become of them, changes nothing
    Signature by = {};
};

class Reconciler {
public:
    /// @param data folder at which the relative paths of parties begin
    /// @param differences_max of a run, without a decision
    Reconciler(broker::Store& store,
               broker::Pipeline& pipeline,
               std::filesystem::path data,
               StatementKey key,
               std::size_t differences_max = kDifferencesMax)
        : store_(store),
          pipeline_(pipeline),
          data_(std::move(data)),
          key_(std::move(key)),
          differences_max_(differences_max) {}

    /// By the node's clock.
    [[nodiscard]] Instant now() const { return pipeline_.now(); }

    /// Compares one day, once more if it was compared before: what was settled stays settled.
    /// @errors NotFound: no such party, or it has not given its manifest; Conflict: the day is not
    /// over; MissingRequired: nobody signs; those of the store and of fetch_manifest
    Result<ReconRun> run(const broker::ManifestAsked& asked, const Signature& by, Instant now);
    /// Tells two manifests that a party gave as files apart (adapters::manifest_stamp).
    [[nodiscard]] std::string manifest_stamp(const broker::ManifestAsked& asked) const;
    /// @errors NotFound: it was not compared yet
    Result<ReconRun> show(const broker::ManifestAsked& asked, Instant now);
    /// Puts our manifest of a day at the party's place, once more if it was: instead of that.
    /// @errors NotFound: no such party, or it has no place and asks for it over HTTP; Conflict: the
    /// day is not over; MissingRequired: nobody signs; those of our_manifest and put_manifest
    Result<GivenOurs> give(const broker::ManifestAsked& asked, const Signature& by, Instant now);
    /// @return none: ours of that day was not put there
    Result<std::optional<GivenOurs>> given_ours(const broker::ManifestAsked& asked);
    /// The runs over the days of a month, by party and day.
    Result<std::vector<ReconRun>> runs(std::chrono::year_month month, Instant now);
    /// Numbers of cases of which a difference is neither settled nor accepted, also of those that a
    /// run left out.
    Result<std::set<std::string>> open_cases(Instant now);
    /// Sends again, holds or accepts what the order means, each with a row of the audit. Of several
    /// those that may not go there stay as they are. @return the run after it
    /// @errors NotFound: none is meant; Conflict: of one alone, see may_settle; MissingRequired: no
    /// actor or no reason; Overloaded: too much waits to be sent, do it again for the rest
    Result<ReconRun> settle(const broker::ManifestAsked& asked,
                            const SettleOrder& order,
                            Instant now);
    /// {"statement":{…},"signature":{…}}: the signature is over the bytes of `statement` as they
    /// stand. @errors those of show; MissingRequired
    Result<std::string> statement(const broker::ManifestAsked& asked,
                                  const Signature& by,
                                  Instant now);

private:
    Result<std::optional<broker::GivenManifest>> given(const broker::ManifestAsked& asked,
                                                       const broker::Party& party,
                                                       Instant now,
                                                       std::vector<broker::FieldProblem>& findings);
    Result<broker::Comparison> compare(const broker::Party& party,
                                       const broker::Manifest& ours,
                                       const broker::Manifest& theirs,
                                       const std::optional<broker::GivenManifest>& before,
                                       const std::optional<broker::GivenManifest>& after);
    Status add_left_out(const ReconRun& run, std::set<std::string>& numbers);
    Result<ReconDifference> describe(const broker::Difference& one);
    Result<std::vector<ReconDifference>> decided(const broker::ManifestAsked& asked);
    Status take(ReconRun& run, std::span<const broker::Difference> compared);
    Status judge(ReconRun& run, Instant now);
    Status keep(const ReconRun& run);
    Status settle_one(const ReconRun& run,
                      const ReconDifference& one,
                      const SettleOrder& order,
                      Instant now);

    broker::Store& store_;
    broker::Pipeline& pipeline_;
    const std::filesystem::path data_;
    const StatementKey key_;
    const std::size_t differences_max_;
};

}  // namespace luqiao::app
