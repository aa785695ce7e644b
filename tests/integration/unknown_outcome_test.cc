// A broker process is killed while a department has its request: what is left unknown is settled as
// the department's file says.
#include "adapters/http_server.h"
#include "tests/integration/world_fixture.h"

#include <fstream>

namespace luqiao::integration {
namespace {

using nlohmann::json;

/// 科技 in person: takes every POST and answers none until it is told to; answers GETs at once.
class Department {
public:
    explicit Department(std::uint16_t port)
        : server_(at(port),
                  [this](const adapters::HttpRequest& request, const adapters::HttpDone& done) {
                      take(request, done);
                  }) {}

    Status start() {
        LQ_TRY([[maybe_unused]] const auto port, server_.start());
        return {};
    }
    void answer_from_now_on(bool holds) {
        const std::lock_guard lock(mutex_);
        answers_ = true;
        holds_ = holds;
    }
    std::vector<std::string> posts() {
        const std::lock_guard lock(mutex_);
        return posts_;
    }
    std::size_t questions() {
        const std::lock_guard lock(mutex_);
        return questions_;
    }

private:
    static adapters::HttpServerOptions at(std::uint16_t port) {
        adapters::HttpServerOptions options;
        options.port = port;
        return options;
    }
    void take(const adapters::HttpRequest& request, const adapters::HttpDone& done) {
        const std::lock_guard lock(mutex_);
        if (request.method == "GET") {
            ++questions_;
            return done(
                {.status = holds_ ? 200 : 404, .headers = {}, .body = {}, .content_type = {}});
        }
        posts_.push_back(std::string(request.headers.get("X-Message-Id")));
        if (answers_) {
            done({.status = 200,
                  .headers = {},
                  .body = R"({"code":"0000","msg":"ok"})",
                  .content_type = "application/json"});
        } else {
            held_.push_back(done);
        }
    }

    std::mutex mutex_;
    std::vector<std::string> posts_;
    std::vector<adapters::HttpDone> held_;
    std::size_t questions_ = 0;
    bool answers_ = false;
    bool holds_ = false;
    adapters::HttpServer server_;
};

class KilledNode : public BrokerWorld {
protected:
    void begin(const std::string& policy) {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        const std::uint16_t port = overlay(policy);
        department_ = std::make_unique<Department>(port);
        ASSERT_TRUE(department_->start());
        start_broker();
        submit(5);
        // All that can be under way is, so that nothing comes after the kill.
        ASSERT_TRUE(wait_for("/operator/v1/status", [&](const json& status) {
            const json& counts = status.at("counts");
            const auto leased = counts.value("deliveries.sti.leased", 0U);
            return leased > 0 && counts.value("deliveries.sti.pending", 0U) == 0 &&
                   department_->posts().size() == leased;
        }));
        world_->kill_broker();
    }

    /// Adds the policy to what the overlay says of sti. @return sti's port
    std::uint16_t overlay(const std::string& policy) const {
        std::string text = *app::read_file(world_->overlay());
        const auto insert_after = [&](const std::string& where, const std::string& line) {
            const std::size_t at = text.find(where);
            EXPECT_NE(at, std::string::npos) << where;
            text.insert(at + where.size(), line);
        };
        insert_after("[parties.sti.retry]\n", "on_unknown = \"" + policy + "\"\n");
        const std::size_t url = text.find("url = \"", text.find("[parties.sti.push]"));
        const std::size_t port = text.find(':', url + 12) + 1;
        const int number = std::atoi(text.c_str() + port);
        insert_after("[parties.sti.push]\n", "query_url = \"http://127.0.0.1:" +
                                                 std::to_string(number) + "/messages/{id}\"\n");
        std::ofstream(world_->overlay()) << text;
        return static_cast<std::uint16_t>(number);
    }

    bool wait_for_delivered(std::size_t count) const {
        return wait_for("/operator/v1/status", [count](const json& status) {
            const json& counts = status.at("counts");
            return counts.value("deliveries.sti.delivered", 0U) +
                       counts.value("deliveries.sti.answered", 0U) >=
                   count;
        });
    }

    std::unique_ptr<Department> department_;
};

TEST_F(KilledNode, LeavesToAnOperatorWhatThePartyWantsAskedAbout) {
    begin("ask");
    if (HasFatalFailure()) return;
    const std::size_t sent = department_->posts().size();
    department_->answer_from_now_on(false);
    start_broker();
    std::vector<std::string> unknown;
    ASSERT_TRUE(wait_for("/operator/v1/failures", [&](const json& answer) {
        for (const json& group : answer.at("groups")) {
            if (group.at("party") != "sti" || group.at("state") != "unknown") continue;
            EXPECT_EQ(group.at("cause"), "E5004");
            unknown.clear();
            for (const json& one : group.at("samples")) unknown.push_back(one.at("delivery"));
            return group.at("count").get<std::size_t>() == sent;
        }
        return false;
    }));
    const auto posts = department_->posts();
    for (const std::string& id : unknown) {
        EXPECT_EQ(std::count(posts.begin(), posts.end(), id), 1) << "nothing went again by itself";
    }
    EXPECT_EQ(department_->questions(), 0U);
    const auto said = app::tell_operator(world_->configuration().server->data,
                                         "/operator/v1/deliveries/" + unknown.at(0) + "/arrived",
                                         R"({"actor":"wang","reason":"they have it"})");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(json::parse(*said).at("state"), "delivered");
}

TEST_F(KilledNode, QueriesAndSendsNothingTwiceThatThePartyHolds) {
    begin("query");
    if (HasFatalFailure()) return;
    const std::size_t sent = department_->posts().size();
    department_->answer_from_now_on(true);
    start_broker();
    ASSERT_TRUE(wait_for_delivered(sent));
    EXPECT_GE(department_->questions(), sent);
    std::vector<std::string> posts = department_->posts();
    std::sort(posts.begin(), posts.end());
    EXPECT_EQ(std::adjacent_find(posts.begin(), posts.end()), posts.end()) << "each id once";
}

TEST_F(KilledNode, QueriesAndSendsAgainWhatThePartyMisses) {
    begin("query");
    if (HasFatalFailure()) return;
    const std::vector<std::string> sent = department_->posts();
    department_->answer_from_now_on(false);
    start_broker();
    ASSERT_TRUE(wait_for_delivered(sent.size()));
    const auto posts = department_->posts();
    for (const std::string& id : sent) EXPECT_EQ(std::count(posts.begin(), posts.end(), id), 2);
}

}  // namespace
}  // namespace luqiao::integration
