// `luqiao fail` against a broker process: what no department took is planned, run, delivered.
#include "tests/integration/world_fixture.h"

#include <fstream>
#include <sstream>
#include <thread>

namespace luqiao::integration {
namespace {

using nlohmann::json;

class FailCommand : public testing::Test {
protected:
    void SetUp() override {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        give_up_at_once(world_->overlay());
        const Status started = world_->start_broker();
        ASSERT_TRUE(started) << started.error().message;
    }
    void TearDown() override {
        if (world_) world_->stop();
    }

    static std::string content(const std::filesystem::path& path) {
        std::ifstream in(path);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    /// The first failure of a delivery is its last, for every party.
    static void give_up_at_once(const std::filesystem::path& overlay) {
        constexpr std::string_view kKey = "attempts_max = ";
        std::string text = content(overlay);
        for (std::size_t at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at)) {
            at += kKey.size();
            text.replace(at, text.find('\n', at) - at, "1");
        }
        std::ofstream(overlay) << text;
    }
    /// Runs the command. @return its document
    json fail(std::vector<std::string> words, int expected = app::kDone) const {
        words.insert(words.begin(), "fail");
        return luqiao(std::move(words), expected);
    }
    json luqiao(std::vector<std::string> words, int expected = app::kDone) const {
        const auto log = folder_.path() / "fail.log";
        std::filesystem::remove(log);
        words.insert(words.begin(), places::binary() + "/luqiao");
        words.insert(words.end(), {"--json", "--conf", places::source() + "/conf", "--with",
                                   world_->overlay().string()});
        auto process = app::Process::start(words, log);
        EXPECT_TRUE(process);
        EXPECT_EQ(process->wait(), expected) << content(log);
        return json::parse(content(log), nullptr, false);
    }
    /// Asks the node until `is_there` or two minutes have passed.
    template <class Condition>
    bool wait_for(const std::string& path, Condition is_there) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        while (std::chrono::steady_clock::now() < until) {
            const auto answer = app::ask_operator(world_->configuration().server->data, path);
            if (answer && is_there(json::parse(*answer))) return true;
            std::this_thread::yield();
        }
        return false;
    }
    void submit() const {
        auto submitter = app::Submitter::create(world_->configuration(), world_->broker_url());
        ASSERT_TRUE(submitter);
        const auto report = submitter->run(
            [&](std::size_t index, app::Submission& out) {
                if (index > 0) return false;
                out = {"portal", "portal.apply", application_bytes(*world_, "portal", 0)};
                return true;
            },
            1, std::chrono::steady_clock::now() + std::chrono::minutes(1));
        ASSERT_EQ(report.accepted.size(), 1U);
    }

    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-fail");
    std::unique_ptr<app::DemoWorld> world_;
};

TEST_F(FailCommand, SendsAgainWhatTheChannelDidNotTake) {
    submit();
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
    submit();
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
