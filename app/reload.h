// app/reload.h - new rules for a running node: compiled beside the old ones, taken whole or not at
// all.
#pragma once

#include "app/configuration.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <mutex>
#include <string>
#include <vector>

namespace luqiao::app {

/// What a reload came to.
struct ReloadReport {
    bool replaced = false;  ///< false: refused, `before` stays in force
    std::string before;     ///< hash of the rules in force until now
    std::string bundle;     ///< hash of the rules in force from now on
    Diagnostics findings;   ///< of the files; errors refuse
    /// Settings that say something else than at the start of this process and are read only then:
    /// "luqiao.toml http", "parties/sti.toml push".
    std::vector<std::string> needs_restart;
};

/// {"replaced","bundle_before","bundle","needs_restart":[…],"findings":[{"code","severity","file",
/// "line","column","message":{"zh","en"},"text"}]}; `text` is what a compiler would print.
std::string to_json(const ReloadReport& report);

/// Reads the folder that the node was started from once more. Thread-safe; one reload at a time,
/// on the caller's thread: messages go on meanwhile.
class Reloader {
public:
    /// @param started  how the node runs; outlives this, as does everything else
    Reloader(const Configuration& started, broker::Pipeline& pipeline, broker::Store& store);

    /// Compiles everything; without errors it is in force for every message from here on, and
    /// stands in the audit. Refused too: a party that is gone (C510), and what
    /// the new files lack for a version of a service that cases began with (C505 and the like), or
    /// say otherwise of it (C512). A version that is gone from them is kept by the store.
    /// @errors those of the store: the audit could not be written, nothing was replaced
    Result<ReloadReport> reload();

private:
    const Configuration& started_;
    broker::Pipeline& pipeline_;
    broker::Store& store_;
    std::mutex one_at_a_time_;
};

/// Settings of `now` that differ from `started` and are read only at a start; see ReloadReport.
std::vector<std::string> settings_read_at_start(const Configuration& started,
                                                const Configuration& now);

}  // namespace luqiao::app
