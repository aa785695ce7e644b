// app/recon_daily.h - reconciliation that nobody has to start (每日对账).
//
// What a party's `[reconcile]` lists in `daily` is compared for the day before, once `daily_after`
// has passed and the party has given its manifest; a day whose manifest came late, or on which no
// node ran, is made up for a week. A day that is too large to be compared is tried again at the
// next `daily_after`, not every minute; a manifest that was refused is read again when its file is
// another, or after an hour. What waits for somebody is told as conditions of the node.
// What `[reconcile.give]` lists in `daily` is put at the party's place likewise, once its own
// `daily_after` has passed; what cannot be put there is tried again.
// Each node of a shared store does this; a day that another has compared, or given, is left alone.
#pragma once

#include "app/recon.h"
#include "broker/status_report.h"

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

namespace luqiao::app {

class DailyRecon {
public:
    /// All outlive it.
    DailyRecon(broker::Store& store, broker::Pipeline& pipeline, Reconciler& reconciler)
        : store_(store), pipeline_(pipeline), reconciler_(reconciler) {}

    /// Gives and compares what is due, and looks anew at what waits; ends between two days when it
    /// is told to. Of one thread.
    void step(Instant now, const std::stop_token& stop = {});

    /// Of the last step: `recon_missing` (a party gave no manifest of a day on which it had
    /// messages), `recon_refused` (its manifest is wrong), `recon_failed` (it could not be read, or
    /// the store failed), `recon_open` (differences that nobody settled), `recon_not_given` (ours
    /// could not be put at the party's place). From any thread.
    [[nodiscard]] std::vector<broker::Condition> conditions() const;

private:
    std::optional<broker::Condition> look_at(const broker::ManifestAsked& asked, Instant now);
    std::optional<broker::Condition> compare(const broker::ManifestAsked& asked, Instant now);
    Result<bool> is_behind(const ReconRun& run, Instant now);
    std::optional<broker::Condition> give(const broker::ManifestAsked& asked, Instant now);
    Result<bool> was_there(const broker::ManifestAsked& asked);
    broker::Condition put_off(const broker::ManifestAsked& asked, const Error& error, Instant now);

    broker::Store& store_;
    broker::Pipeline& pipeline_;
    Reconciler& reconciler_;
    /// Days that will not come right by themselves. Of the stepping thread.
    struct PutOff {
        Instant until{};
        broker::Condition condition;
        std::optional<std::string> stamp = {};  ///< of the file that was refused
    };
    using PutOffs = std::map<std::tuple<std::string, Date, broker::ManifestOf>, PutOff>;
    PutOffs put_off_, not_given_;
    mutable std::mutex mutex_;
    std::vector<broker::Condition> conditions_;
};

}  // namespace luqiao::app
