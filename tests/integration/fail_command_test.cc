// `luqiao fail` against a broker process: what no department took is planned, run, delivered.
#include "tests/integration/world_fixture.h"

#include <fstream>

namespace luqiao::integration {
namespace {

using nlohmann::json;

class FailCommand : public BrokerWorld {
protected:
    void SetUp() override {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        give_up_at_once(world_->overlay());
        start_broker();
    }

    /// The first failure of a delivery is its last, for every party.
    static void give_up_at_once(const std::filesystem::path& overlay) {
        constexpr std::string_view kKey = "attempts_max = ";
        std::string text = *app::read_file(overlay);
        for (std::size_t at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at)) {
            at += kKey.size();
            text.replace(at, text.find('\n', at) - at, "1");
        }
        std::ofstream(overlay) << text;
    }
    /// Runs `luqiao fail WORDS`. @return its document
    json fail(std::vector<std::string> words, int expected = app::kDone) const {
        words.insert(words.begin(), "fail");
        return luqiao(std::move(words), expected);
    }
};

TEST_F(FailCommand, SendsAgainWhatTheChannelDidNotTake) {
    submit(1);
    const auto has_portal = [](const json& answer) {
        const json& groups = answer.at("groups");
        return std::any_of(groups.begin(), groups.end(),
                           [](const json& one) { return one.at("party") == "portal"; });
    };
    ASSERT_TRUE(wait_for("/operator/v1/failures", has_portal));
    std::string group;
    const json before = fail({"groups"});
    for (const json& one : before.at("groups")) {
        if (one.at("party") == "portal") group = one.at("group");
    }
    fail({"plan", "ffffffffffff", "--actor", "wang", "--reason", "test"}, app::kNotFound);
    const json plan = fail({"plan", group, "--actor", "wang", "--reason", "portal is back"});
    EXPECT_EQ(plan.at("state"), "planned");
    EXPECT_EQ(plan.at("total"), 1);
    const auto plan_by = [&](const char* how, const char* what, int expected) {
        return fail({"plan", "--party", "portal", how, what, "--actor", "wang", "--reason", "test"},
                    expected);
    };
    EXPECT_EQ(plan_by("--alert", "dead_letter", app::kDone).at("total"), 1);
    plan_by("--alert", "contradiction", app::kNotFound);
    plan_by("--light", "red", app::kNotFound);
    fail({"pause", plan.at("id"), "--actor", "wang", "--reason", "test"}, app::kConflict);

    const Status started = world_->start_party("portal", 5, {});
    ASSERT_TRUE(started) << started.error().message;
    fail({"run", plan.at("id"), "--actor", "wang", "--reason", "go"});
    EXPECT_TRUE(wait_for("/operator/v1/redrives", [](const json& answer) {
        return answer.at("plans").at(0).at("state") == "done";
    }));
    const json done = fail({"plans"}).at("plans").at(0);
    EXPECT_EQ(done.at("arrived"), 1) << done.dump();
    EXPECT_FALSE(has_portal(fail({"groups"})));
}

TEST_F(FailCommand, FindsShowsTracesAndSendsOneDeliveryAgain) {
    submit(1);
    ASSERT_TRUE(wait_for("/operator/v1/failures", [](const json& answer) {
        const json& groups = answer.at("groups");
        return std::any_of(groups.begin(), groups.end(),
                           [](const json& one) { return one.at("party") == "portal"; });
    }));
    const json found = luqiao({"msg", "find", "--party", "portal", "--state", "failed"});
    ASSERT_EQ(found.at("cases").size(), 1U) << found.dump();
    const std::string number = found["cases"][0]["case_number"];
    EXPECT_EQ(luqiao({"msg", "find", number})["cases"][0]["case_number"], number);
    luqiao({"msg", "find", "ZZ99999999"}, app::kNotFound);
    luqiao({"msg", "find", "--state", "lost"}, app::kBadUsage);

    const json trace = luqiao({"msg", "trace", number});
    EXPECT_NE(trace["cause"]["zh"].get<std::string>().find("已放弃"), std::string::npos);
    EXPECT_EQ(trace["trace"][0]["event"], "message.received");
    std::string dead;
    for (const json& one : trace["deliveries"]) {
        if (one["party"] == "portal" && one["state"] == "dead") dead = one["id"];
    }
    const json shown = luqiao({"msg", "show", dead});
    EXPECT_EQ(shown["case_number"], number);
    EXPECT_FALSE(shown["fields"].empty());

    luqiao({"msg", "shelve", dead, "--actor", "wang", "--reason", "by post"});
    const json shelved = fail({"groups", "--state", "shelved"});
    ASSERT_EQ(shelved.at("groups").size(), 1U) << shelved.dump();
    EXPECT_EQ(shelved["groups"][0]["samples"][0]["delivery"], dead);
    EXPECT_EQ(fail({"groups", "--state", "waiting"}).at("groups").size(), 0U);
    fail({"groups", "--state", "queued"}, app::kBadUsage);

    const Status started = world_->start_party("portal", 5, {});
    ASSERT_TRUE(started) << started.error().message;
    const json plan =
        luqiao({"msg", "redrive", dead, "--actor", "wang", "--reason", "portal is back"});
    EXPECT_EQ(plan.at("total"), 1);
    EXPECT_TRUE(wait_for("/operator/v1/redrives", [](const json& answer) {
        return answer.at("plans").at(0).at("state") == "done";
    }));
    luqiao({"msg", "redrive", dead, "--actor", "wang", "--reason", "again"}, app::kConflict);
    luqiao({"msg", "show", "0199c5a2-7b1e-7c3d-8f00-0123456789ab"}, app::kNotFound);
}

TEST_F(FailCommand, SaysThatNoServerRunsAndWhatItNeeds) {
    fail({"plan", "ffffffffffff"}, app::kBadUsage);
    world_->stop();
    fail({"groups"}, app::kCannotReach);
}

}  // namespace
}  // namespace luqiao::integration
