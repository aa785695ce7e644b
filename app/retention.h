// app/retention.h - [retention] of luqiao.toml, the thread that takes away what is too old, and
// what an operator is told of it.
#pragma once

#include "base/settings.h"
#include "broker/pipeline.h"
#include "broker/retention.h"
#include "broker/store.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

namespace luqiao::app {

const Spec& retention_spec();

/// @param server  the whole file. Findings, beside C110-C112: C404 an age that the law, or what
/// depends on it, does not allow.
broker::RetentionAges read_retention_settings(const Section& server, Diagnostics& findings);

/// Numbers of cases that may not go yet, whatever their age.
using HeldCases = std::function<Result<std::set<std::string>>()>;

/// Takes away what is too old, some minutes after the start and then every six hours, on a thread
/// of its own, in steps between which others write.
class RetentionKeeper {
public:
    struct Options {
        broker::RetentionAges ages;
        HeldCases held;
    };
    /// All outlive it. While the clock of `pipeline` is doubted nothing is too old.
    RetentionKeeper(broker::Store& store, const broker::Pipeline& pipeline, Options options);

private:
    void loop(const std::stop_token& stop);
    Result<broker::AgeingReport> run(const std::stop_token& stop);
    bool rest(const std::stop_token& stop, Duration time);

    broker::Store& store_;
    const broker::Pipeline& pipeline_;
    const Options options_;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

}  // namespace luqiao::app
