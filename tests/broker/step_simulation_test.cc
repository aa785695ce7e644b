// Random histories of one case. The seed is printed with every failure and replays it exactly.
#include "tests/broker/step_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace luqiao::broker {
namespace {

class History {
public:
    explicit History(std::uint64_t seed)
        : random_(seed), desk_(pick({"portal", "mobile", "window"})) {
        for (ItemRule& rule : desk_.service.items) {
            if (below(2) == 0) rule.withdraw = rule.party + ".withdraw";
        }
        for (const char* party : {"sti", "psb", "hrss", "portal"}) {
            desk_.retry[party] = {Duration{1000}, Duration{60'000},
                                  static_cast<std::uint32_t>(2 + below(6))};
        }
        if (below(4) == 0)
            std::shuffle(desk_.service.items.begin(), desk_.service.items.end(), random_);
        std::vector<std::string> items;
        for (const ItemRule& rule : desk_.service.items) {
            if (below(2) == 0) items.push_back(rule.code);
        }
        std::vector<std::string> evidence;
        if (below(2) == 0) evidence.emplace_back("permit.number");
        take(Arrived{items, evidence});
    }

    void run(int events) {
        for (int index = 0; index < events && !testing::Test::HasFailure(); ++index) {
            desk_.now += Duration{below(6) == 0 ? below(5 * 86'400'000) : below(60'000)};
            take(next());
        }
    }

    /// Stop the faults: everything must come to rest.
    void drain() {
        for (int round = 0; round < 2000 && !testing::Test::HasFailure(); ++round) {
            const auto open = std::find_if(
                desk_.one.deliveries.begin(), desk_.one.deliveries.end(), [](const auto& one) {
                    return !is_settled(one.state) && one.state != DeliveryState::Queued;
                });
            if (open != desk_.one.deliveries.end()) {
                take(Delivered{open->id});  // a dead one too: somebody carried it over by hand
                continue;
            }
            const auto item =
                std::find_if(desk_.one.items.begin(), desk_.one.items.end(), [](const Item& one) {
                    return !is_final(one.state) && one.state != ItemState::Held;
                });
            if (item == desk_.one.items.end()) break;
            take(answer_about(*item, below(3) == 0 ? ItemState::Refused : ItemState::Granted));
        }
        const std::vector<Item>& items = desk_.one.items;
        const bool is_revoked = std::any_of(items.begin(), items.end(), [](const Item& one) {
            return one.state == ItemState::Revoked;
        });
        for (const Item& item : items) {  // behind what was revoked they wait for an operator
            const bool may_wait = is_revoked && item.state == ItemState::Held;
            EXPECT_TRUE(is_final(item.state) || may_wait) << item.code;
        }
        for (const Delivery& one : desk_.one.deliveries)
            EXPECT_TRUE(is_settled(one.state)) << one.map;
        EXPECT_FALSE(desk_.last.wake_at);
    }

    [[nodiscard]] const std::string& trace() const { return trace_; }
    [[nodiscard]] bool arrived() const { return !desk_.one.items.empty(); }

private:
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_() % bound);
    }
    std::string pick(std::initializer_list<const char*> words) {
        return *(words.begin() + below(static_cast<std::uint32_t>(words.size())));
    }

    /// Steps twice and expects the same: step() is a function.
    void take(const Event& event) {
        const Transition again = step(desk_.one, event, desk_.rules(), desk_.now);
        desk_.take(event);
        EXPECT_EQ(again.next, desk_.last.next);
        EXPECT_EQ(again.created, desk_.last.created);
        EXPECT_EQ(again.wake_at, desk_.last.wake_at);
        EXPECT_EQ(again.timeline.size(), desk_.last.timeline.size());
        trace_ += fmt::format("{}:{}:{}:{}\n", event.index(), desk_.last.created.size(),
                              desk_.last.changed.size(), to_json(desk_.one));
    }

    Event next() {
        if (desk_.one.items.empty()) return TimerFired{};
        switch (below(14)) {
            case 0: return TimerFired{};
            case 1: return Supplemented{};
            case 2: return LeaseLapsed{any_delivery()};
            case 3: return DeliveryFailed{any_delivery(), any_failure()};
            case 4:
                return below(4) == 0 ? Event{NotEncodable{any_delivery()}}
                                     : Event{Delivered{any_delivery()}};
            case 5:
            case 6: return Delivered{active_delivery()};
            case 7: return Redriven{any_delivery(), "the address was wrong"};
            case 8: return Shelved{any_delivery(), below(8) == 0 ? "" : "handled on paper"};
            case 9:
                return WithdrawalRequested{
                    below(3) == 0 ? std::nullopt : std::optional(any_item().serial), "other plans"};
            case 10: return acceptance();
            default: break;
        }
        const Item& item =
            desk_.one.items[below(static_cast<std::uint32_t>(desk_.one.items.size()))];
        constexpr std::array answers{
            ItemState::Accepted, ItemState::Accepted,    ItemState::Correction,
            ItemState::Granted,  ItemState::NotAccepted, ItemState::Refused,
            ItemState::Held,     ItemState::Withdrawn,   ItemState::Revoked};
        return answer_about(item, answers[below(answers.size())]);
    }

    Answered answer_about(const Item& item, ItemState state) {
        const auto earlier = Duration{below(3) == 0 ? below(3 * 86'400'000) : 0};
        return {
            .party = below(20) == 0 ? "psb" : desk_.service.find(item.code)->party,
            .item_serial = item.serial,
            .state = state,
            .occurred_at = desk_.now - earlier,
            .digest = fmt::format("{}", below(1'000'000)),
            .has_fee = below(12) == 0,
            .under_way = below(2) == 0 ? std::vector{any_delivery()} : std::vector<DeliveryId>()};
    }

    /// Of an answer that is there, mostly.
    AnswerAccepted acceptance() {
        const Item& item = any_item();
        const ItemState said = item.other_answer ? item.other_answer->state : ItemState::Granted;
        return {below(3) == 0 ? std::string() : item.serial,
                below(8) == 0 ? ItemState::Refused : said, below(8) == 0 ? "" : "reviewed"};
    }

    const Item& any_item() {
        return desk_.one.items[below(static_cast<std::uint32_t>(desk_.one.items.size()))];
    }

    DeliveryId any_delivery() {
        return desk_.one.deliveries[below(static_cast<std::uint32_t>(desk_.one.deliveries.size()))]
            .id;
    }
    DeliveryId active_delivery() {
        for (int tries = 0; tries < 20; ++tries) {
            const DeliveryId id = any_delivery();
            const Delivery* found = desk_.one.find(id);
            if (!is_settled(found->state) && found->state != DeliveryState::Queued) return id;
        }
        return any_delivery();
    }
    Errc any_failure() {
        constexpr std::array codes{Errc::Unavailable, Errc::Timeout, Errc::OutcomeUnknown,
                                   Errc::Refused, Errc::Overloaded};
        return codes[below(codes.size())];
    }

    std::mt19937_64 random_;
    Desk desk_;
    std::string trace_;
};

TEST(Simulation, KeepsEveryInvariantAndDrainsForManySeeds) {
    int arrived = 0;
    for (std::uint64_t seed = 1; seed <= 250; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        History history(seed);
        history.run(120);
        history.drain();
        arrived += history.arrived() ? 1 : 0;
        if (testing::Test::HasFailure()) break;
    }
    EXPECT_GT(arrived, 150);  // the histories are about something
}

TEST(Simulation, ReplaysASeedToTheByte) {
    for (const std::uint64_t seed : {7U, 77U, 777U}) {
        History first(seed);
        History second(seed);
        first.run(150);
        second.run(150);
        EXPECT_EQ(first.trace(), second.trace()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace luqiao::broker
