// That the simulation sees what it is there for: each planted defect is found, a seed is its run,
// and what was found once stays mended.
#include "tests/sim/run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace luqiao::sim {
namespace {

constexpr std::size_t kCases = 8;
constexpr std::uint64_t kSeedsMost = 80;

Report run(std::uint64_t seed, Plant plant, std::size_t cases = kCases) {
    return Run(draw_plan(seed, cases), plant).go();
}

struct Regression {
    const char* name;
    std::uint64_t seed;
    std::size_t cases;
};

class Planted : public testing::TestWithParam<int> {};

TEST_P(Planted, IsFoundWithinEightySeeds) {
    const auto plant = static_cast<Plant>(GetParam());
    for (std::uint64_t seed = 1; seed <= kSeedsMost; ++seed) {
        const Report report = run(seed, plant);
        if (report.violations.empty()) continue;
        fmt::print("{} found by seed {}: {}\n", to_string(plant), seed, report.violations.front());
        return;
    }
    FAIL() << to_string(plant) << " went unnoticed in " << kSeedsMost << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Simulation, Planted, testing::Range(1, kPlants), [](const auto& about) {
    return std::string(to_string(static_cast<Plant>(about.param)));
});

TEST(Simulation, IsTheSameForTheSameSeed) {
    for (const std::uint64_t seed : {3U, 30U, 300U}) {
        const Report first = run(seed, Plant::None);
        const Report second = run(seed, Plant::None);
        EXPECT_EQ(first.trace, second.trace) << "seed " << seed;
        EXPECT_GT(first.events, 100U) << "seed " << seed;
    }
    EXPECT_NE(run(3, Plant::None).trace, run(4, Plant::None).trace);
}

/// Each kind of fault, as a run counts it.
constexpr const char* kFaults[]{"answer again under another key",
                                "answer to a sender lost",
                                "another node first",
                                "batch torn between units",
                                "brought twice",
                                "case withdrawn",
                                "clock a little wrong",
                                "clock very wrong",
                                "contradictory answer",
                                "crash before the write",
                                "crash between commit and acknowledgement",
                                "damaged message",
                                "decision after a withdrawal",
                                "decision before acceptance",
                                "decision crosses a withdrawal",
                                "flush failed",
                                "item withdrawn",
                                "key with other bytes",
                                "party away",
                                "not started for its clock",
                                "operator accepts an answer",
                                "operator cancels a plan",
                                "operator confirms an arrival",
                                "operator pauses a plan",
                                "operator plans a re-drive",
                                "operator runs a plan",
                                "operator sends what is unknown again",
                                "operator sends what its party may be getting",
                                "operator sends what waits now",
                                "party stuck",
                                "permit revoked",
                                "question answered after the lease",
                                "question lost",
                                "question not taken",
                                "refused for ever",
                                "reply after the lease",
                                "reply garbled",
                                "reply lost",
                                "request late",
                                "request lost",
                                "request twice",
                                "new version of the service",
                                "rules reloaded",
                                "special procedure",
                                "store error",
                                "store error after the commit",
                                "store fails over",
                                "store read error",
                                "store slow",
                                "timeout",
                                "turn withheld for its clock",
                                "unavailable",
                                "withdrawn at the department",
                                "200, then lost"};

TEST(Simulation, InjectsEveryKindOfFault) {
    Tally faults;
    const auto is_missing = [&](const char* name) { return faults[name] == 0; };
    // Most come within thirty seeds; the rarest once in a hundred.
    for (std::uint64_t seed = 26; seed <= 160; ++seed) {
        for (const auto& [name, number] : run(seed, Plant::None).faults) faults[name] += number;
        if (std::none_of(std::begin(kFaults), std::end(kFaults), is_missing)) return;
    }
    for (const char* name : kFaults) EXPECT_GT(faults[name], 0U) << name;
}

/// Each seed was found with its defect put back: the first that fails then, of runs as small as
/// this, and passes without it. What changes the course of runs makes them say nothing: look anew.
class Found : public testing::TestWithParam<Regression> {};

TEST_P(Found, StaysMended) {
    const Report report = run(GetParam().seed, Plant::None, GetParam().cases);
    for (const std::string& what : report.violations) ADD_FAILURE() << what;
}

INSTANTIATE_TEST_SUITE_P(
    Simulation,
    Found,
    testing::Values(
        // The lapse of one lease, seen by two nodes, ended the lease that the first had taken anew.
        Regression{"ALapseSeenByTwoNodesEndsOneLease", 1, 4},
        // "Not here" was the answer to the last attempt's question, and one attempt more was sent.
        Regression{"AQuestionWithTheLastAttemptIsNotFollowedByAnother", 8, 4},
        // A department confirmed a withdrawal, and the dispatch that it never got was "answered".
        Regression{"WhatWasGivenUpIsNotThereBecauseAWithdrawalIs", 30, 4},
        // Nor is the message of a withdrawal that was given up, because the department decides.
        Regression{"WhatWasGivenUpIsNotThereBecauseADecisionIs", 97, 4},
        // Garbled, then away: only the last attempt counted when a permit was revoked.
        Regression{"WhatMayBeThereStaysSoOverLaterFailures", 42, 8}),
    [](const auto& about) { return std::string(about.param.name); });

}  // namespace
}  // namespace luqiao::sim
