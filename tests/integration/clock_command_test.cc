// `luqiao serve` with a clock that is behind what the store has seen.
#include "broker/store.h"
#include "security/keys.h"
#include "tests/integration/world_fixture.h"
#include "tests/places.h"

#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

namespace luqiao::integration {
namespace {

class Clock : public testing::Test {
protected:
    void SetUp() override {
        auto world =
            app::DemoWorld::create(places::source() + "/conf", places::binary() + "/luqiao");
        ASSERT_TRUE(world) << world.error().message;
        world_ = *std::move(world);
        const Status started = world_->start_broker();  // it makes the store
        ASSERT_TRUE(started) << started.error().message;
        world_->stop();
    }
    void TearDown() override {
        if (world_) world_->stop();
    }

    /// A case that was accepted `ahead` of now.
    void accept(Duration ahead) {
        const auto store =
            broker::open_sqlite_store(world_->configuration().server->store.file.string());
        ASSERT_TRUE(store) << store.error().message;
        const Instant at = app::system_now() + ahead;
        broker::Unit unit;
        unit.state.id = make_id<CaseId>(at, security::random_id_bytes);
        unit.state.number = "FW20990101TEST0001";
        unit.state.accepted_at = at;
        unit.record = "{}";
        const auto kept = (*store)->commit(std::span(&unit, 1));
        ASSERT_TRUE(kept) << kept.error().message;
    }
    [[nodiscard]] std::vector<std::string> serve() const {
        return {places::binary() + "/luqiao", "serve", places::source() + "/conf", "--with",
                world_->overlay().string()};
    }

    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-clock");
    std::unique_ptr<app::DemoWorld> world_;
};

TEST_F(Clock, BehindTheNewestCaseStartsNothingUnlessToldTo) {
    accept(std::chrono::hours(1));
    const auto log = folder_.path() / "serve.log";
    auto refused = app::Process::start(serve(), log);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->wait(), app::kCannotReach);
    std::ostringstream said;
    said << std::ifstream(log).rdbuf();
    EXPECT_THAT(said.str(), testing::HasSubstr("E5002"));
    EXPECT_THAT(said.str(), testing::HasSubstr("--trust-clock"));

    auto arguments = serve();
    const auto ready = folder_.path() / "ready";
    arguments.insert(arguments.end(), {"--trust-clock", "--ready", ready.string()});
    auto trusting = app::Process::start(arguments, log);
    ASSERT_TRUE(trusting);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(ready) && trusting->running() &&
           std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_TRUE(std::filesystem::exists(ready));
    EXPECT_EQ(trusting->terminate(), app::kDone);
}

TEST_F(Clock, AheadOfTheNewestCaseStarts) {
    accept(-std::chrono::hours(24 * 400));
    EXPECT_TRUE(world_->start_broker());
}

}  // namespace
}  // namespace luqiao::integration
