// tests/sim/run_node.h - the parts of a Run: a node, a link from it to a party, a waiting sender.
#pragma once

#include "tests/sim/run.h"

#include <deque>

namespace luqiao::sim {

/// One broker process.
struct Run::Node {
    Holder holder;
    bool up = false;
    bool in_turn = false;
    Instant busy_until{};
    Duration clock_off{0};  ///< what its wall shows more than the time it is
    std::unique_ptr<broker::TrustedTime> time;
    std::optional<Instant> turn_at;
    std::deque<std::function<void()>> ends;  ///< of turns that wait for the disk
    std::size_t bundle = 0;                  ///< index in Materials::realms
    std::unique_ptr<FaultyStore> store;
    std::vector<std::unique_ptr<Link>> links;
    std::unique_ptr<broker::Pipeline> pipeline;
    std::unique_ptr<app::Redriver> redriver;
};

/// A node's outlet to one party.
class Run::Link final : public broker::Outlet {
public:
    Link(Run& run, Holder holder, std::string party)
        : run_(run), holder_(holder), party_(std::move(party)) {}
    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override {
        if (!run_.lives(holder_)) return;  // a dead node sends nothing
        run_.take(std::make_shared<Attempt>(
            Attempt{holder_, party_, std::move(message), std::move(done), {}}));
    }
    bool can_be_asked() const override { return run_.plant_ != Plant::NoQuestion; }
    void ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> held) override {
        if (!run_.lives(holder_)) return;
        run_.take_question(std::make_shared<Attempt>(
            Attempt{holder_, party_, std::move(message), {}, std::move(held)}));
    }
    void stop() override {}

private:
    Run& run_;
    const Holder holder_;
    const std::string party_;
};

/// A message that its sender repeats until it has a final answer.
struct Run::Pending {
    Submission what;
    std::function<void(const std::string&)> then;
    bool settled = false;
    bool rewarded = false;
    std::uint64_t tries = 0;
};

}  // namespace luqiao::sim
