// `luqiao reload` and SIGHUP against a broker process.
#include "tests/integration/world_fixture.h"
#include "tests/places.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace luqiao::integration {
namespace {

using nlohmann::json;

class ReloadCommand : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::copy(places::source() + "/conf", conf(),
                              std::filesystem::copy_options::recursive);
        auto world = app::DemoWorld::create(conf(), places::binary() + "/luqiao");
        ASSERT_TRUE(world) << world.error().message;
        world_ = *std::move(world);
        const Status started = world_->start_broker();
        ASSERT_TRUE(started) << started.error().message;
    }
    void TearDown() override {
        if (world_) world_->stop();
    }

    [[nodiscard]] std::filesystem::path conf() const { return folder_.path() / "conf"; }
    void append(const std::string& file, const std::string& line) const {
        std::ofstream(conf() / file, std::ios::app) << line << "\n";
    }
    [[nodiscard]] std::string in_force() const {
        const auto status =
            app::ask_operator(world_->configuration().server->data, "/operator/v1/status");
        return status ? json::parse(*status).value("bundle", "") : status.error().message;
    }
    /// Runs the command. @return what it printed, and its exit code
    json reload(int& exit_code) const {
        const auto log = folder_.path() / "reload.log";
        std::filesystem::remove(log);
        auto process =
            app::Process::start({places::binary() + "/luqiao", "reload", "--json", "--conf",
                                 conf().string(), "--with", world_->overlay().string()},
                                log);
        EXPECT_TRUE(process);
        exit_code = process->wait();
        std::ifstream in(log);
        std::ostringstream out;
        out << in.rdbuf();
        return json::parse(out.str(), nullptr, false);
    }

    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-reload");
    std::unique_ptr<app::DemoWorld> world_;
};

TEST_F(ReloadCommand, ReplacesGoodRulesAndRefusesBrokenOnes) {
    const std::string before = in_force();
    append("maps/sti.apply.map", "# a remark");
    int exit_code = -1;
    json report = reload(exit_code);
    EXPECT_EQ(exit_code, app::kDone) << report.dump();
    EXPECT_EQ(report["replaced"], true);
    EXPECT_EQ(report["bundle_before"], before);
    const std::string after = in_force();
    EXPECT_EQ(report["bundle"], after);
    EXPECT_NE(after, before);

    append("maps/sti.apply.map", "no row");
    report = reload(exit_code);
    EXPECT_EQ(exit_code, app::kFindings) << report.dump();
    EXPECT_EQ(report["replaced"], false);
    EXPECT_FALSE(report["findings"].empty());
    EXPECT_EQ(in_force(), after);
}

TEST_F(ReloadCommand, SighupReplacesThemToo) {
    const std::string before = in_force();
    append("maps/sti.apply.map", "# a remark");
    ASSERT_EQ(::kill(world_->broker_id(), SIGHUP), 0);
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (in_force() == before && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
    }
    EXPECT_NE(in_force(), before);
    EXPECT_EQ(world_->stop_broker(), 0) << "and SIGTERM still ends it in order";
}

TEST_F(ReloadCommand, SaysThatNoServerRuns) {
    world_->stop();
    int exit_code = -1;
    (void)reload(exit_code);
    EXPECT_EQ(exit_code, app::kCannotReach);
}

}  // namespace
}  // namespace luqiao::integration
