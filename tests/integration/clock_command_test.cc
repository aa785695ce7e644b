// `luqiao serve` with a clock that is behind what the store has seen.
#include "broker/store.h"
#include "security/keys.h"
#include "tests/integration/world_fixture.h"
#include "tests/places.h"

#include <gmock/gmock.h>

namespace luqiao::integration {
namespace {

class Clock : public BrokerWorld {
protected:
    void SetUp() override {
        start();  // it makes the store
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
        return {"serve", places::source() + "/conf", "--with", world_->overlay().string()};
    }
};

TEST_F(Clock, BehindTheNewestCaseStartsNothingUnlessToldTo) {
    accept(std::chrono::hours(1));
    const std::string said = run(serve(), app::kCannotReach);
    EXPECT_THAT(said, testing::HasSubstr("E5002"));
    EXPECT_THAT(said, testing::HasSubstr("--trust-clock"));

    auto arguments = serve();
    arguments.insert(arguments.begin(), places::binary() + "/luqiao");
    const auto ready = folder_.path() / "ready";
    arguments.insert(arguments.end(), {"--trust-clock", "--ready", ready.string()});
    auto trusting = app::Process::start(arguments, folder_.path() / "trusting.log");
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
