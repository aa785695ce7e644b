#include "tests/sim/plan.h"

#include "tests/sim/random.h"

#include <array>

namespace luqiao::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, kPlants> kNames{"None",
                                                       "NoDuplicateGuard",
                                                       "KeyReuseAccepted",
                                                       "AckBeforeCommit",
                                                       "HalfUnit",
                                                       "NoVersionCheck",
                                                       "NoLeaseCheck",
                                                       "LeaseNotTaken",
                                                       "NoFence",
                                                       "NoOrder",
                                                       "NoBackoff",
                                                       "NoAttemptLimit",
                                                       "BytesNotPinned",
                                                       "LapsedNever",
                                                       "TimerDropped",
                                                       "ReceiptNotFirst",
                                                       "OutcomeDropped",
                                                       "PersonInProblem",
                                                       "SentTwice",
                                                       "OneHoldsUpAll",
                                                       "PlanNotKept",
                                                       "RedrivenTooOften",
                                                       "ClockBelieved",
                                                       "FinalMoves",
                                                       "WithdrawalUntold",
                                                       "WithdrawnKept",
                                                       "NoQuestion",
                                                       "UnknownResent",
                                                       "NoTimeLimit",
                                                       "LeaseTakenAway",
                                                       "VersionForgotten",
                                                       "RevokedKept"};

/// Half of the faults are off in a run; the others are rare or frequent.
unsigned rate(Random& random, unsigned most) {
    if (random.chance(500)) return 0;
    return static_cast<unsigned>(1 + random.below(most));
}

void draw_policies(Random& random, Plan& plan) {
    const unsigned query = rate(random, 900);
    const unsigned ask = rate(random, 400);
    for (const std::string_view party : kParties) {
        if (random.chance(query)) plan.on_unknown.emplace(party, broker::OnUnknown::Query);
        if (random.chance(ask)) plan.on_unknown.emplace(party, broker::OnUnknown::Ask);
    }
    if (random.chance(300)) plan.give_up_days = 1 + static_cast<int>(random.below(3));
}

}  // namespace

std::string_view to_string(Plant plant) {
    return kNames.at(static_cast<std::size_t>(plant));
}

Plan draw_plan(std::uint64_t seed, std::size_t cases) {
    Random random(seed ^ 0x5151515151515151u);
    Plan plan;
    plan.seed = seed;
    plan.cases = cases;
    plan.nodes = 1 + random.below(4);
    plan.between = random.between(seconds(5), minutes(40));
    plan.think = random.between(minutes(1), hours(20));
    plan.attempts_max = static_cast<std::uint32_t>(random.chance(300) ? 3 + random.below(5) : 60);
    plan.lapsed_every = random.between(minutes(1), minutes(15));
    plan.reloads = random.chance(400);
    plan.correction = rate(random, 400);
    Random more(seed ^ 0xA3A3A3A3A3A3A3A3u);  // of its own: what is drawn above and below stays
    plan.withdrawal = rate(more, 600);
    plan.withdrawal_crosses = static_cast<unsigned>(more.below(500));
    plan.withdrawn_there = rate(more, 60);
    plan.special = rate(more, 200);
    Random versions(seed ^ 0xC7C7C7C7C7C7C7C7u);
    plan.new_version = plan.reloads && versions.chance(500);
    Random revocations(seed ^ 0xF5F5F5F5F5F5F5F5u);
    plan.revocation = rate(revocations, 1000);
    Random acceptances(seed ^ 0xE9E9E9E9E9E9E9E9u);
    plan.acceptance = rate(acceptances, 1000);
    if (seed % 10 == 0) {
        constexpr std::array<const char*, 4> kStuck{"sti", "province", "portal", "psb"};
        plan.stuck = kStuck[random.below(kStuck.size())];
        plan.between = random.between(minutes(5), minutes(40));
        if (more.chance(700)) plan.give_up_days = 1;
        return plan;
    }
    draw_policies(more, plan);
    plan.store_error = rate(random, 60);
    plan.store_unknown = rate(random, 60);
    plan.store_torn = rate(random, 60);
    plan.store_slow = rate(random, 60);
    plan.crash_before = rate(random, 15);
    plan.crash_after = rate(random, 15);
    plan.interleaved = rate(random, 300);
    plan.unavailable = rate(random, 250);
    plan.timeout = rate(random, 150);
    plan.refused = rate(random, 8);
    plan.request_lost = rate(random, 150);
    plan.request_late = rate(random, 150);
    plan.reply_lost = rate(random, 150);
    plan.reply_garbled = rate(random, 100);
    plan.hung = rate(random, 100);
    plan.lied = rate(random, 10);
    plan.twice = rate(random, 200);
    plan.outage = rate(random, 700);
    plan.answer_early = rate(random, 200);
    plan.answer_contradicts = rate(random, 200);
    plan.answer_repeated = rate(random, 300);
    plan.damaged = rate(random, 150);
    plan.key_reused = rate(random, 200);
    plan.answer_lost = rate(random, 200);
    plan.delivered_twice = rate(random, 200);
    plan.store_read_error = rate(random, 40);
    plan.failovers = rate(random, 4);
    plan.clock_steps = rate(random, 4);
    if (random.chance(600)) plan.operator_every = random.between(minutes(20), hours(12));
    return plan;
}

}  // namespace luqiao::sim
