// `luqiao retention` against a broker process whose store has a case that was decided long ago.
#include "app/open_store.h"
#include "broker/retention.h"
#include "tests/integration/world_fixture.h"

#include <algorithm>

namespace luqiao::integration {
namespace {

using nlohmann::json;

class RetentionCommand : public BrokerWorld {
protected:
    void SetUp() override {
        start();
        submit(2);
        world_->stop_broker();
        decide_long_ago();
        start_broker();
    }
    /// One of the two was decided 400 days ago.
    void decide_long_ago() {
        const app::ServerSettings& server = *world_->configuration().server;
        auto store = app::open_store(server.store, server.node);
        ASSERT_TRUE(store) << store.error().message;
        const auto found = (*store)->search({});
        ASSERT_TRUE(found && found->size() == 2);
        number_ = found->front().number;
        broker::Unit unit;
        unit.at = app::system_now() - std::chrono::hours(24 * 400);
        unit.state = (*(*store)->find_case(found->front().id))->state;
        for (broker::Item& item : unit.state.items) item.state = broker::ItemState::Refused;
        for (broker::Delivery& one : unit.state.deliveries) {
            one.state = broker::DeliveryState::Delivered;
            unit.changed.push_back({one.id, one.state, unit.at, ""});
        }
        const auto done = (*store)->commit(std::span(&unit, 1));
        ASSERT_TRUE(done && done->front().kind == broker::UnitOutcome::Kind::Committed);
    }
    json retention(std::vector<std::string> words, int expected = app::kDone) const {
        words.insert(words.begin(), "retention");
        return luqiao(std::move(words), expected);
    }
    /// What a run of the node would do in ten minutes.
    void age_now() {
        world_->stop_broker();
        const app::ServerSettings& server = *world_->configuration().server;
        auto store = app::open_store(server.store, server.node);
        ASSERT_TRUE(store) << store.error().message;
        broker::AgeingRun run(
            {.store = **store, .key = nullptr, .ages = {}, .node = server.node, .held = {}},
            app::system_now());
        for (auto more = run.step(); more && *more;) more = run.step();
        ASSERT_TRUE(run.finish(0));
        ASSERT_EQ(run.report().bodies.cases, 1U);
        store->reset();
        start_broker();
    }
    bool is_behind() const {
        const json status = luqiao({"status"});
        const json& all = status.at("conditions");
        return std::any_of(all.begin(), all.end(),
                           [](const json& one) { return one.at("name") == "retention_behind"; });
    }

    std::string number_;
};

TEST_F(RetentionCommand, TellsWhatIsDueAndHoldsACase) {
    const json plan = retention({"plan"});
    EXPECT_EQ(plan.at("days").at("bodies"), 365);
    EXPECT_EQ(plan.at("due").at("bodies").at("cases"), 1) << plan.dump();
    EXPECT_EQ(plan.at("due").at("metadata").at("cases"), 0);
    EXPECT_EQ(plan.at("due").at("documents").at("documents"), 0);
    EXPECT_FALSE(plan.contains("last"));
    EXPECT_TRUE(plan.contains("behind_since"));
    EXPECT_TRUE(is_behind());

    retention({"hold", number_, "--actor", "wang"}, app::kBadUsage);
    retention({"hold", "FW20000101AAAAAAAA", "--actor", "wang", "--reason", "r"}, app::kNotFound);
    EXPECT_EQ(retention({"hold", number_, "--actor", "wang", "--reason", "a review"}).at("held"),
              true);
    const json held = retention({"plan"});
    EXPECT_EQ(held.at("due").at("bodies").at("cases"), 0) << held.dump();
    EXPECT_EQ(held.at("due").at("bodies").at("held"), 1);
    EXPECT_EQ(held.at("holds").at(0).at("case_number"), number_);
    EXPECT_FALSE(is_behind()) << "what is held is not late";

    EXPECT_EQ(
        retention({"release", number_, "--actor", "wang", "--reason", "it is over"}).at("held"),
        false);
    const json status = retention({"status"});
    EXPECT_TRUE(status.at("holds").empty());
    EXPECT_FALSE(status.contains("due"));
    EXPECT_NE(run({"retention", "plan", "--conf", places::source() + "/conf", "--with",
                   world_->overlay().string()},
                  app::kDone)
                  .find("1 件到期"),
              std::string::npos);

    age_now();
    const json late =
        retention({"hold", number_, "--actor", "wang", "--reason", "too late"}, app::kFindings);
    EXPECT_EQ(late.at("held"), true) << late.dump();
    EXPECT_NE(late.at("gone").at("zh").get<std::string>().find("只留存其余部分"),
              std::string::npos);
    EXPECT_NE(late.at("gone").at("en").get<std::string>().find("only these are held"),
              std::string::npos);
    EXPECT_EQ(retention({"status"}).at("holds").size(), 1U);
    const std::string told =
        run({"retention", "hold", number_, "--actor", "wang", "--reason", "r", "--conf",
             places::source() + "/conf", "--with", world_->overlay().string()},
            app::kFindings);
    EXPECT_NE(told.find("已于"), std::string::npos) << told;
    EXPECT_EQ(told.find("到期也不清除"), std::string::npos) << told;
    retention({"release", number_, "--actor", "wang", "--reason", "r"});
}

}  // namespace
}  // namespace luqiao::integration
