// app/retention.h - [retention] of luqiao.toml, and the thread that takes away what is too old.
#pragma once

#include "app/periodic.h"
#include "base/settings.h"
#include "broker/pipeline.h"
#include "broker/retention.h"
#include "broker/store.h"

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace luqiao::app {

const Spec& retention_spec();

/// @param server  the whole file. Findings, beside C110-C112: C404 an age that the law, or what
/// depends on it, does not allow.
broker::RetentionAges read_retention_settings(const Section& server, Diagnostics& findings);

/// Numbers of cases that may not go yet, whatever their age.
using HeldCases = std::function<Result<std::set<std::string>>()>;

/// What goes when.
struct AgeingRules {
    broker::RetentionAges ages;
    HeldCases held;
    broker::FindOldDocuments documents = {};
    /// After documents of before a time were forgotten, by this node or another.
    std::function<void(Instant before)> forgotten = {};
};

/// Takes away what is too old, some minutes after the start and then every six hours, in steps
/// between which others write; when the store is away it goes on after minutes. All outlive it.
std::unique_ptr<Periodic> start_retention(broker::Store& store,
                                          const broker::Pipeline& pipeline,
                                          AgeingRules rules);

}  // namespace luqiao::app
