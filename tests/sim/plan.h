// tests/sim/plan.h - what one seed does: how many nodes and cases, which faults, how often.
#pragma once

#include "base/time.h"
#include "broker/step.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace luqiao::sim {

/// Defects that are planted by wrapping the store or the outlets, to show that the invariants see
/// them. Production code knows nothing of them.
enum class Plant : std::uint8_t {
    None,
    NoDuplicateGuard,  ///< every message is new to the store
    KeyReuseAccepted,  ///< other bytes under a known key are told as a duplicate
    AckBeforeCommit,   ///< the commit is told before it is written
    HalfUnit,          ///< a unit's deliveries are not written with its case
    NoVersionCheck,    ///< the later of two writers wins
    NoLeaseCheck,      ///< leases that still run are told as lapsed
    LeaseNotTaken,     ///< a lease is given out without being written
    NoFence,           ///< every outcome looks like that of the newest attempt
    NoOrder,           ///< deliveries do not wait for those before them
    NoBackoff,         ///< what failed is due at once
    NoAttemptLimit,    ///< what should be dead goes on
    BytesNotPinned,    ///< a repeated attempt has other bytes
    LapsedNever,       ///< nobody looks for leases of dead nodes
    TimerDropped,      ///< due cases are not told
    ReceiptNotFirst,   ///< a duplicate gets a receipt of its own
    OutcomeDropped,    ///< an outlet forgets to call back
    PersonInProblem,   ///< an error text quotes the message
    SentTwice,         ///< an outlet sends each message twice under two ids
    OneHoldsUpAll,     ///< nothing is leased while a stuck party has something to send again
    PlanNotKept,       ///< an operator's plan is told as kept and is not written
    RedrivenTooOften,  ///< what is sent again keeps no limit of attempts
    ClockBelieved,     ///< a node goes by its wall, whatever it shows
    FinalMoves,        ///< an answer that contradicts a decision or a withdrawal is taken
    WithdrawalUntold,  ///< an item is withdrawn, and its department is not told
    WithdrawnKept,     ///< what a withdrawal set aside is sent nevertheless
    NoQuestion,        ///< a party that could be asked is sent it again without being asked
    UnknownResent,     ///< what only an operator may send again is sent by itself
    NoTimeLimit,       ///< what is failing for longer than the party's limit goes on
    LeaseTakenAway,    ///< an operator sends again what is under way
    VersionForgotten,  ///< a case goes on by another version of its service than it began with
    RevokedKept,       ///< what a revocation held back is sent nevertheless
};
inline constexpr int kPlants = 32;
std::string_view to_string(Plant plant);

/// Chances are in thousandths; 0 switches the fault off.
struct Plan {
    std::uint64_t seed = 0;
    std::size_t cases = 0;
    std::size_t nodes = 1;
    Duration between{0};  ///< mean time between two applications
    Duration think{0};    ///< mean time a department takes for one step
    std::uint32_t attempts_max = 60;
    Duration lapsed_every{0};
    bool reloads = false;
    bool new_version = false;    ///< of the service comes with a reload, and perhaps goes again
    unsigned clock_steps = 0;    ///< per node: its clock is wrong by seconds, hours or a year
    Duration operator_every{0};  ///< mean time between two things operators do; 0: nobody is there
    std::string stuck;           ///< this party hangs for the whole run, and nothing else fails
    /// What is done about unknown outcomes, by party; of others: sent again.
    std::map<std::string, broker::OnUnknown> on_unknown;
    int give_up_days = 0;  ///< calendar days after which a failing delivery is dead; 0: never

    // ---- the store, per call
    unsigned store_error = 0;    ///< nothing is kept, and it says so
    unsigned store_unknown = 0;  ///< everything is kept, and it says "failed"
    unsigned store_torn = 0;     ///< the first units are kept, and it says "failed"
    unsigned store_slow = 0;
    unsigned crash_before = 0;  ///< the node dies before its write
    unsigned crash_after = 0;   ///< the node dies between commit and acknowledgement
    unsigned interleaved = 0;   ///< another node takes a turn before this commit
    unsigned store_read_error = 0;
    unsigned failovers = 0;  ///< per run: the store is away from all nodes for seconds to minutes

    // ---- a party, per attempt
    unsigned unavailable = 0, timeout = 0, refused = 0;
    unsigned request_lost = 0, request_late = 0, reply_lost = 0, reply_garbled = 0;
    unsigned hung = 0;    ///< the reply comes when the lease is long over
    unsigned lied = 0;    ///< it says yes and forgets
    unsigned twice = 0;   ///< the network brings it twice
    unsigned outage = 0;  ///< per party and run: away for hours or days

    // ---- what parties send
    unsigned answer_early = 0;  ///< the decision overtakes the acceptance
    unsigned answer_contradicts = 0, answer_repeated = 0;
    unsigned correction = 0;
    unsigned special = 0;             ///< 特别程序 in the middle of the review
    unsigned withdrawal = 0;          ///< by the applicant, through the channel
    unsigned withdrawal_crosses = 0;  ///< the department decides although it was told
    unsigned withdrawn_there = 0;     ///< at the department's own counter
    unsigned revocation = 0;          ///< of a permit that was granted (撤销)
    unsigned acceptance = 0;          ///< of an answer that contradicts, by an operator
    unsigned damaged = 0;             ///< a byte is turned, or the end is missing
    unsigned key_reused = 0, answer_lost = 0, delivered_twice = 0;
};

/// The parties of the shipped rules.
inline constexpr std::array<std::string_view, 9> kParties{
    "essc", "hrss", "mobile", "portal", "province", "psb", "sti", "title", "window"};

/// Swarm: each seed draws its own subset of faults and its own rates.
Plan draw_plan(std::uint64_t seed, std::size_t cases);

/// Faults that were injected, by name.
using Tally = std::map<std::string, std::uint64_t>;

}  // namespace luqiao::sim
