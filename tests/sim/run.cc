#include "tests/sim/run.h"

#include "tests/sim/materials.h"
#include "tests/sim/run_node.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::sim {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Of Materials::versions.
constexpr std::size_t kOffersNext = 1;
constexpr std::size_t kHasNotHeard = 2;

int newest_version() {
    const broker::Realm& next = *materials().versions[kOffersNext];
    return next.services.begin()->second.back().version;
}

}  // namespace

Run::Run(const Plan& plan, Plant plant, std::function<void(const std::string&)> told)
    : plan_(plan),
      plant_(plant),
      told_(std::move(told)),
      random_(plan.seed),
      now_(*parse_rfc3339("2025-10-13T09:00:00+08:00")),
      disk_(broker::make_memory_disk()),
      plain_(broker::open_memory_store(disk_)),
      oracle_(plan_, *plain_) {
    report_.trace = 0xCBF29CE484222325u;
    for (const auto& shipped : plan.new_version ? materials().versions : materials().realms) {
        auto realm = std::make_shared<broker::Realm>(*shipped);
        for (auto& [party, policy] : realm->retry) {
            policy.attempts_max = plan.attempts_max;
            const auto found = plan.on_unknown.find(party);
            policy.on_unknown =
                found == plan.on_unknown.end() ? broker::OnUnknown::Resend : found->second;
            if (plan.give_up_days > 0) policy.give_up_after = {plan.give_up_days, false};
            realm->parties.at(party).retry = policy;
        }
        realms_.push_back(std::move(realm));
    }
    report_.seed = plan.seed;
}

Run::~Run() = default;

// ---- what is told
// --------------------------------------------------------------------------------

void Run::note(std::string_view what, std::string_view about) {
    const std::string line = fmt::format("{} {} {}", to_rfc3339(now_), what, about);
    for (const char byte : line) {
        report_.trace = (report_.trace ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3u;
    }
    if (told_) told_(line);
}

void Run::count(std::string_view fault) {
    ++report_.faults[std::string(fault)];
    note("fault", fault);
}

bool Run::strikes(unsigned permille, std::string_view fault) {
    if (!faulty_ || !random_.chance(permille)) return false;
    count(fault);
    return true;
}

// ---- time
// ----------------------------------------------------------------------------------------

void Run::at(Instant when, std::function<void()> what) {
    queue_.emplace(std::max(when, now_), std::move(what));
}

bool Run::step() {
    if (queue_.empty()) return false;
    auto first = queue_.extract(queue_.begin());
    now_ = first.key();
    ++report_.events;
    first.mapped()();
    return oracle_.violations().empty();
}

void Run::run_until(Instant end) {
    while (!queue_.empty() && queue_.begin()->first <= end && step()) {
    }
    if (oracle_.violations().empty()) now_ = std::max(now_, end);
}

// ---- nodes
// ---------------------------------------------------------------------------------------

bool Run::lives(const Holder& holder) const {
    const Node& node = *nodes_[holder.node];
    return node.up && node.holder.life == holder.life;
}

/// Takes the node to other rules. What it knows of versions by then is what the store keeps.
void Run::use(Node& node, std::size_t rules) {
    if (rules == kOffersNext) is_next_known_ = is_next_known_ || plan_.new_version;
    node.bundle = rules;
    if (node.up) node.pipeline->replace(realms_[rules]);
}

void Run::reload() {
    Node& node = *nodes_[random_.below(nodes_.size())];
    if (!node.up) return;
    count("rules reloaded");
    if (node.bundle != kHasNotHeard) return use(node, node.bundle == 0 ? kOffersNext : 0);
    const bool stays = is_next_known_ && random_.chance(300);
    if (!stays) count("new version of the service");
    use(node, stays ? 0 : kOffersNext);
}

void Run::start(Node& node) {
    if (node.bundle == kHasNotHeard && is_next_known_) node.bundle = 0;
    node.redriver.reset();
    node.links.clear();
    node.pipeline.reset();
    node.ends.clear();
    const bool is_shared = plan_.nodes > 1;
    // Nothing can judge the clock of a node alone that starts: who starts it has looked.
    if (!is_shared) node.clock_off = Duration{0};
    const auto wall = [this, &node] { return now_ + node.clock_off; };
    const auto elsewhere = is_shared ? std::optional(now_) : std::nullopt;
    const bool believes = plant_ == Plant::ClockBelieved;
    if (!believes && !broker::check_clock(wall(), newest_, elsewhere)) {
        count("not started for its clock");
        return after(minutes(1), [this, &node] { start(node); });
    }
    const auto counting = [this, &node, believes] {
        return (now_ + (believes ? node.clock_off : Duration{0})).time_since_epoch();
    };
    node.time = std::make_unique<broker::TrustedTime>(broker::TrustedTime::Sources{wall, counting},
                                                      !is_shared);
    node.up = true;
    node.holder.life = ++lives_;
    node.busy_until = now_;
    node.turn_at.reset();
    const Holder holder = node.holder;
    StoreWorld world{.plan = plan_,
                     .plant = plant_,
                     .random = random_,
                     .oracle = oracle_,
                     .now = [&node] { return node.time->now(); },
                     .time = [this] { return now_; },
                     .is_alive = [this, holder] { return lives(holder); },
                     .die = [this, &node] { crash(node); },
                     .stall = [this, &node](Duration time) { node.busy_until = now_ + time; },
                     .others = [this, holder] { others_than(holder.node); },
                     .is_faulty = [this] { return faulty_; },
                     .is_away = [this] { return now_ < store_away_until_; },
                     .count = [this](std::string_view fault) { count(fault); },
                     .newest_version = newest_version()};
    node.store =
        std::make_unique<FaultyStore>(broker::open_memory_store(disk_), holder, std::move(world));
    broker::PipelineOptions options;
    options.node = fmt::format("node-{}", holder.node + 1);
    options.lapsed_every = plan_.lapsed_every;
    node.pipeline = std::make_unique<broker::Pipeline>(
        realms_[node.bundle], *node.store, identities_,
        broker::World{
            [&node] { return node.time->now(); },
            [this] { return random_.bytes(); },
            [this, holder] {
                if (lives(holder)) wake(holder.node, now_);
            },
            {},
            [&node] { return node.time->jump(); },
            [this, &node](std::function<void()> end) { end_later(node, std::move(end)); }},
        options);
    for (const auto& [code, party] : materials().realm().parties) {
        node.links.push_back(std::make_unique<Link>(*this, holder, code));
        node.pipeline->attach(code, *node.links.back());
    }
    node.redriver = std::make_unique<app::Redriver>(*node.store, *node.pipeline);
    note("start", options.node);
    if (node.redriver->open()) return wake(holder.node, now_);
    crash(node);  // a process that cannot read its plans does not start
}

/// While the disk takes its time other turns are taken, and the node may die.
void Run::end_later(Node& node, std::function<void()> end) {
    node.ends.push_back(std::move(end));
    if (node.ends.size() == 1) end_next(node);
}

void Run::end_next(Node& node) {
    const Instant when =
        std::max(now_, node.busy_until) + random_.between(Duration{0}, Duration{20});
    at(when, [this, &node, life = node.holder.life] {
        if (!node.up || node.holder.life != life) return;
        if (node.busy_until > now_) return end_next(node);
        const auto end = std::move(node.ends.front());
        node.ends.pop_front();
        if (!node.ends.empty()) end_next(node);
        end();
    });
}

void Run::wake(std::size_t index, Instant when) {
    Node& node = *nodes_[index];
    if (node.turn_at && *node.turn_at <= when) return;
    node.turn_at = when;
    at(when, [this, index, when, life = node.holder.life] {
        Node& awake = *nodes_[index];
        if (!awake.up || awake.holder.life != life || awake.turn_at != when) return;
        if (awake.busy_until > now_) {
            awake.turn_at.reset();
            return wake(index, awake.busy_until);
        }
        turn(index);
    });
}

void Run::turn(std::size_t index) {
    Node& node = *nodes_[index];
    node.turn_at.reset();
    if (node.time->jump()) {
        count("turn withheld for its clock");
        return wake(index, now_ + seconds(20));
    }
    node.in_turn = true;
    auto next = node.pipeline->turn(node.time->now());
    if (next && node.up) {
        const auto again = node.redriver->step(node.time->now());
        if (!again) next = again.error();
        if (again && *again) next = std::optional(std::min(next->value_or(**again), **again));
    }
    node.in_turn = false;
    if (!node.up) {  // it died meanwhile: what it still did went nowhere
        node.redriver.reset();
        node.links.clear();
        node.pipeline.reset();
        return;
    }
    if (!next) {
        note("turn failed", info(next.error().code).id);
        wake(index, now_ + seconds(1));
    } else if (*next) {
        // As the shell does: at the latest after a while, since the node's clock may be set.
        const Duration rest =
            std::clamp(**next - node.time->now(), Duration{0}, Duration{hours(2)});
        wake(index, now_ + rest);
    }
}

void Run::others_than(std::size_t index) {
    if (nested_) return;
    for (const auto& node : nodes_) {
        if (node->holder.node == index || !node->up || node->in_turn) continue;
        nested_ = true;
        turn(node->holder.node);
        nested_ = false;
        return;
    }
}

void Run::crash(Node& node) {
    if (!node.up) return;
    node.up = false;
    note("crash", fmt::format("node-{}", node.holder.node + 1));
    // Its leases end with its life: the restarted node, or time, tells them as lapsed.
    oracle_.died(node.holder);
    const Duration away = random_.chance(300) ? random_.between(minutes(5), hours(6))
                                              : random_.between(seconds(1), minutes(2));
    at(now_ + away, [this, &node] { start(node); });
}

// ---- the whole
// -----------------------------------------------------------------------------------

Report Run::go() {
    const Instant begin = now_;
    for (std::size_t index = 0; index < plan_.nodes; ++index) {
        nodes_.push_back(std::make_unique<Node>());
        nodes_.back()->holder.node = index;
        nodes_.back()->bundle = plan_.new_version ? kHasNotHeard : 0;
        start(*nodes_.back());
    }
    plan_outages();
    for (std::size_t index = 0; index < plan_.cases; ++index) {
        const auto before = plan_.between * static_cast<std::int64_t>(index);
        after(before + random_.between(Duration{0}, plan_.between * 2),
              [this, index] { apply(index); });
    }
    const Duration senders = plan_.between * static_cast<std::int64_t>(plan_.cases + 2);
    if (plan_.reloads) {
        for (int swap = 0; swap < 6; ++swap) {
            after(random_.between(Duration{0}, senders), [this] { reload(); });
        }
    }
    plan_operators(senders + plan_.think * 6);
    plan_failovers(senders);
    plan_clocks(senders);
    run_until(begin + senders + plan_.think * 6);

    lose_patience();
    note("the faults", "stop");
    faulty_ = false;
    for (const auto& node : nodes_) {
        node->clock_off = Duration{0};
        if (node->bundle == kHasNotHeard && is_next_known_) use(*node, 0);
    }
    const Instant stopped = now_;
    for (int round = 0; round < 24 && oracle_.violations().empty(); ++round) {
        run_until(now_ + hours(12));
        if (round >= 5) sweep();
        if (plan_.operator_every > Duration{0}) redrive_all();
    }
    if (oracle_.violations().empty()) {
        if (open_ != 0) oracle_.violated(fmt::format("{} senders have no answer", open_));
        oracle_.check_rest(now_, lied_);
    }
    oracle_.check_all();
    report_.simulated = now_ - begin;
    note("end", fmt::format("{}", (now_ - stopped).count()));
    report_.violations = oracle_.violations();
    report_.cases = oracle_.cases().size();
    report_.acknowledged = oracle_.acknowledged();
    report_.arrivals = oracle_.arrivals();
    report_.repeated = oracle_.repeated();
    report_.redriven = oracle_.redriven();
    report_.withdrawn = oracle_.withdrawn();
    report_.held_by_dead = oracle_.held_by_dead();
    return report_;
}

}  // namespace luqiao::sim
