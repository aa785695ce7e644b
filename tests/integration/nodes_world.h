// tests/integration/nodes_world.h - several broker processes on one PostgreSQL database, beside the
// parties of a DemoWorld. Each node has its own name, ports and data folder; the exchange folders
// and tables are the same for all.
#pragma once

#include "tests/integration/world_fixture.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace luqiao::integration {

/// How much of a heavy test is done: `few` in CI, what the variable says by hand.
inline int form(const char* variable, int few) {
    const char* given = std::getenv(variable);
    return given == nullptr ? few : std::atoi(given);
}

class NodesWorld {
public:
    /// Starts the parties and `count` nodes. `store`: the settings of the store, as TOML.
    NodesWorld(int count, const std::string& store) : world_(make_world()) {
        if (world_ == nullptr) return;
        share(store);
        for (const std::string& code : world_->simulated_parties()) {
            const Status started = world_->start_party(code, 5, {});
            EXPECT_TRUE(started) << started.error().message;
        }
        urls_.push_back(world_->broker_url());
        for (int node = 2; node <= count; ++node) add(node);
        for (int node = 1; node <= count; ++node) start(node);
    }
    NodesWorld(const NodesWorld&) = delete;
    NodesWorld& operator=(const NodesWorld&) = delete;
    ~NodesWorld() {
        for (auto& [node, process] : others_) process.terminate();
        if (world_) world_->stop();
    }

    app::DemoWorld& world() { return *world_; }
    [[nodiscard]] const std::string& url(int node) const {
        return urls_[static_cast<std::size_t>(node) - 1];
    }

    void start(int node) {
        if (node == 1) {
            const Status started = world_->start_broker();
            EXPECT_TRUE(started) << started.error().message;
            return;
        }
        const std::filesystem::path ready = file(node, "ready");
        std::filesystem::remove(ready);
        auto process =
            app::Process::start({places::binary() + "/luqiao", "serve", places::source() + "/conf",
                                 "--with", world_->overlay().string(), "--with",
                                 file(node, "toml").string(), "--ready", ready.string()},
                                file(node, "log"));
        ASSERT_TRUE(process);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!std::filesystem::exists(ready)) {
            ASSERT_TRUE(process->running()) << content(file(node, "log"));
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            std::this_thread::yield();
        }
        others_.insert_or_assign(node, *std::move(process));
    }
    /// As a power cut would.
    void kill(int node) {
        if (node == 1) return world_->kill_broker();
        others_.at(node).kill();
    }

    /// As a machine that is moved to another host, or swaps: a node but the first stands still.
    void pause(int node) { EXPECT_EQ(::kill(others_.at(node).id(), SIGSTOP), 0); }
    void resume(int node) { EXPECT_EQ(::kill(others_.at(node).id(), SIGCONT), 0); }

    /// Tells a node but the first to end, and waits for it. @return its exit code
    int stop(int node) { return others_.at(node).terminate(60); }

    static std::string content(const std::filesystem::path& path) {
        std::ifstream in(path);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    [[nodiscard]] std::filesystem::path file(int node, const std::string& ending) const {
        return world_->folder() / fmt::format("node-{}.{}", node, ending);
    }

private:
    /// The settings that all nodes have; a lease ends soon enough for a test.
    void share(const std::string& store) {
        std::string text = content(world_->overlay());
        const std::size_t lease = text.find("lease_time = \"30s\"");
        ASSERT_NE(lease, std::string::npos);
        text.replace(lease, 18, "lease_time = \"6s\"");
        std::ofstream(world_->overlay()) << store << text;
    }
    void add(int node) {
        const auto ports = app::free_ports(2);
        ASSERT_TRUE(ports);
        urls_.push_back(fmt::format("http://127.0.0.1:{}", (*ports)[0]));
        const std::string data = (world_->folder() / "data").string();
        std::ofstream(file(node, "toml")) << fmt::format(
            "node = \"node-{0}\"\ndata = \"{1}-{0}\"\n[http]\nport = {2}\n[thrift]\nport = {3}\n"
            "[parties.hrss.push]\ndatabase = \"{1}/hrss/front.db\"\n"
            "[parties.hrss.receive]\ndatabase = \"{1}/hrss/front.db\"\n"
            "[parties.province.push]\ndatabase = \"{1}/province/front.db\"\n"
            "[parties.essc.push]\nfolder = \"{1}/essc/in\"\n"
            "[parties.essc.receive]\nfolder = \"{1}/essc/out\"\n",
            node, data, (*ports)[0], (*ports)[1]);
    }

    std::unique_ptr<app::DemoWorld> world_;
    std::map<int, app::Process> others_;
    std::vector<std::string> urls_;  ///< of node 1, 2, …
};

/// Channels that submit `cases` applications evenly to all nodes, and repeat what got no answer.
class Load {
public:
    Load(NodesWorld& nodes, int count, std::size_t cases) {
        until_ = std::chrono::steady_clock::now() + std::chrono::minutes(12);
        reports_.resize(static_cast<std::size_t>(count));
        for (int node = 1; node <= count; ++node) {
            threads_.emplace_back([this, &nodes, node, count, cases] {
                auto submitter =
                    app::Submitter::create(nodes.world().configuration(), nodes.url(node));
                ASSERT_TRUE(submitter);
                std::size_t next = static_cast<std::size_t>(node) - 1;
                reports_[static_cast<std::size_t>(node) - 1] = submitter->run(
                    [&](std::size_t, app::Submission& out) {
                        if (next >= cases) return false;
                        constexpr std::array<const char*, 3> kChannels{"portal", "mobile",
                                                                       "window"};
                        const std::string channel = kChannels[next % kChannels.size()];
                        out = {channel, channel + ".apply",
                               application_bytes(nodes.world(), channel, next)};
                        next += static_cast<std::size_t>(count);
                        return true;
                    },
                    2, until_);
            });
        }
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    ~Load() = default;

    void join() { threads_.clear(); }
    /// The numbers that a 202 gave.
    [[nodiscard]] std::vector<std::string> accepted() const {
        std::vector<std::string> out;
        for (const app::SubmitReport& report : reports_) {
            for (const app::Submitted& one : report.accepted) out.push_back(one.case_number);
        }
        return out;
    }
    [[nodiscard]] std::chrono::steady_clock::time_point until() const { return until_; }

private:
    std::chrono::steady_clock::time_point until_;
    std::vector<app::SubmitReport> reports_;
    std::vector<std::jthread> threads_;  ///< joined first: they write into the reports
};

/// Waits until all is settled, and holds what the parties saw against the database.
inline void expect_nothing_lost_or_doubled(NodesWorld& nodes,
                                           const Load& load,
                                           std::size_t cases,
                                           const std::function<std::string(std::string)>& value) {
    const std::vector<std::string> accepted = load.accepted();
    app::DemoTally tally = app::take_tally(nodes.world());
    while (!tally.settled(accepted.size()) && std::chrono::steady_clock::now() < load.until()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));  // between two questions
        tally = app::take_tally(nodes.world());
    }
    const app::DemoResult result =
        app::judge(tally, nodes.world().configuration(), accepted.size());
    fmt::print("{}\n", to_json(result));
    EXPECT_EQ(result.accepted, cases);
    EXPECT_EQ(result.decided, cases) << to_json(result);
    EXPECT_EQ(result.lost, 0U) << to_json(result);
    EXPECT_EQ(result.doubled, 0U) << to_json(result);
    EXPECT_EQ(value("SELECT count(*) FROM luqiao.cases"), std::to_string(cases));
    std::string list;
    for (const std::string& number : accepted) list += (list.empty() ? "'" : ",'") + number + "'";
    EXPECT_EQ(value("SELECT count(*) FROM luqiao.cases WHERE number IN (" + list + ")"),
              std::to_string(accepted.size()))
        << "202 was given for each";
}

}  // namespace luqiao::integration
