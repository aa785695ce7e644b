// tests/integration/world_fixture.h - a real broker process on free loopback ports, and a signing
// client.
#pragma once

#include "adapters/http_client.h"
#include "app/demo_report.h"
#include "app/demo_world.h"
#include "app/operator_api.h"
#include "app/people.h"
#include "app/runtime.h"
#include "app/submitter.h"
#include "mapping/translator.h"
#include "tests/places.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace luqiao::integration {

/// A world of the shipped conf/; the luqiao program of this build runs in it.
inline std::unique_ptr<app::DemoWorld> make_world() {
    auto world = app::DemoWorld::create(places::source() + "/conf", places::binary() + "/luqiao");
    if (!world) {
        ADD_FAILURE() << world.error().message;
        return nullptr;
    }
    return *std::move(world);
}

/// One HTTP call, waited for.
inline Result<adapters::HttpResponse> call(adapters::HttpClient& client,
                                           adapters::HttpClientRequest request) {
    std::promise<Result<adapters::HttpResponse>> promise;
    client.send(std::move(request), [&promise](Result<adapters::HttpResponse> response) {
        promise.set_value(std::move(response));
    });
    return promise.get_future().get();
}

/// The counts of the running broker's store.
inline nlohmann::json counts(const app::DemoWorld& world) {
    const auto status =
        app::ask_operator(world.configuration().server->data, "/operator/v1/status");
    if (!status) {
        ADD_FAILURE() << status.error().message;
        return {};
    }
    return nlohmann::json::parse(*status)["counts"];
}

/// An invented application in a channel's own format.
inline std::string application_bytes(const app::DemoWorld& world,
                                     const std::string& channel,
                                     std::size_t index) {
    const mapping::Program* program = world.configuration().realm->bundle->find(channel + ".apply");
    const mapping::Record record =
        app::invent_application(program->form, channel, 11, index, app::system_now());
    mapping::Encoded encoded = mapping::encode(*program, record);
    for (const mapping::Issue& issue : encoded.issues.list)
        ADD_FAILURE() << mapping::to_json(issue);
    return std::move(encoded.bytes);
}

/// A world whose broker the test starts, and the luqiao program beside it.
class BrokerWorld : public testing::Test {
protected:
    void start() {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        start_broker();
    }
    void start_broker() {
        const Status started = world_->start_broker();
        ASSERT_TRUE(started) << started.error().message;
    }
    void TearDown() override {
        if (world_) world_->stop();
    }

    /// Starts `luqiao WORDS`, which prints into output().
    Result<app::Process> start_luqiao(std::vector<std::string> words) const {
        std::filesystem::remove(log());
        words.insert(words.begin(), places::binary() + "/luqiao");
        return app::Process::start(words, log());
    }
    [[nodiscard]] std::filesystem::path log() const { return folder_.path() / "luqiao.log"; }
    [[nodiscard]] std::string output() const { return app::read_file(log()).value_or({}); }
    /// Runs it to its end. @return what it printed
    std::string run(std::vector<std::string> words, int expected) const {
        auto process = start_luqiao(std::move(words));
        EXPECT_TRUE(process);
        EXPECT_EQ(process->wait(), expected) << output();
        return output();
    }
    /// The same with --json and this world's configuration. @return its document
    nlohmann::json luqiao(std::vector<std::string> words, int expected = app::kDone) const {
        words.insert(words.end(), {"--json", "--conf", places::source() + "/conf", "--with",
                                   world_->overlay().string()});
        return nlohmann::json::parse(run(std::move(words), expected), nullptr, false);
    }
    /// Asks the node until `is_there` or two minutes have passed.
    template <class Condition>
    bool wait_for(const std::string& path, Condition is_there) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        while (std::chrono::steady_clock::now() < until) {
            const auto answer = app::ask_operator(world_->configuration().server->data, path);
            if (answer && is_there(nlohmann::json::parse(*answer))) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    /// `count` applications from the portal.
    void submit(std::size_t count) const {
        auto submitter = app::Submitter::create(world_->configuration(), world_->broker_url());
        ASSERT_TRUE(submitter);
        const auto report = submitter->run(
            [&](std::size_t index, app::Submission& out) {
                if (index >= count) return false;
                out = {"portal", "portal.apply", application_bytes(*world_, "portal", index)};
                return true;
            },
            1, std::chrono::steady_clock::now() + std::chrono::minutes(1));
        ASSERT_EQ(report.accepted.size(), count);
    }

    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-world");
    std::unique_ptr<app::DemoWorld> world_;
};

}  // namespace luqiao::integration
