#include "app/command_line.h"
#include "app/demo_report.h"
#include "app/demo_world.h"
#include "app/people.h"
#include "app/runtime.h"
#include "app/submitter.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace luqiao::app {
namespace {

using Moment = std::chrono::steady_clock::time_point;
constexpr std::array<std::string_view, 3> kChannels{"portal", "mobile", "window"};
constexpr auto kTick = std::chrono::milliseconds(250);
constexpr std::size_t kConnections = 8;

/// Applications in the channels' own formats, and how many were handed out.
class Applicants {
public:
    Applicants(const Configuration& configuration, const DemoOptions& options)
        : configuration_(configuration), options_(options) {}

    bool next(std::size_t index, Submission& out) {
        if (index >= options_.cases) return false;
        const std::string channel(kChannels[index % kChannels.size()]);
        out.channel = channel;
        out.format = channel + ".apply";
        const mapping::Program* program = configuration_.realm->bundle->find(out.format);
        const mapping::Record record =
            invent_application(program->form, channel, options_.seed, index, system_now());
        mapping::Encoded encoded = mapping::encode(*program, record);
        for (const mapping::Issue& issue : encoded.issues.list) {
            fmt::print(stderr, "{} {}\n", out.format, mapping::to_json(issue));
        }
        out.body = std::move(encoded.bytes);
        ++handed_out_;
        return true;
    }

    [[nodiscard]] std::size_t handed_out() const { return handed_out_; }

private:
    const Configuration& configuration_;
    const DemoOptions& options_;
    std::atomic<std::size_t> handed_out_{0};
};

/// Arguments of the parties that misbehave in `--faults`: one is down for a while, one answers
/// twice.
std::vector<std::string> mood_of(const std::string& code, bool faults) {
    if (faults && code == "psb")
        return {"--mood", "down", "--down-after", "0s", "--down-for", "4s"};
    if (faults && code == "hrss") return {"--mood", "twice"};
    if (faults && code == "sti") return {"--mood", "slow"};
    return {};
}

class Demo {
public:
    explicit Demo(const DemoOptions& options)
        : options_(options), start_(std::chrono::steady_clock::now()) {}

    int run() {
        auto world = DemoWorld::create(options_.conf.conf);
        if (!world) return failed(world.error());
        world_ = *std::move(world);
        if (options_.keep) world_->keep();
        if (const Status started = start(); !started) return failed(started.error());
        const DemoResult result = travel();
        world_->stop();
        finish(result);
        return result.good() ? kDone : kFindings;
    }

private:
    int failed(const Error& error) {
        fmt::print(stderr, "{} {} {}\n", info(error.code).id, error.message, error.where);
        if (world_) world_->keep();
        return kCannotReach;
    }

    Status start() {
        fmt::print(stderr, "临时目录 {}\n", world_->folder().string());
        for (const std::string& code : world_->simulated_parties()) {
            LQ_CHECK(world_->start_party(code, options_.seed, mood_of(code, options_.faults)));
        }
        LQ_CHECK(world_->start_broker());
        fmt::print(stderr, "broker {}，{} 个单位已就绪\n", world_->broker_url(),
                   world_->simulated_parties().size());
        return {};
    }

    /// Submits, injects faults, and watches until everything has arrived or time is up.
    DemoResult travel() {
        const Moment until = start_ + std::chrono::seconds(options_.timeout_seconds);
        Applicants applicants(world_->configuration(), options_);
        auto submitter = Submitter::create(world_->configuration(), world_->broker_url());
        if (!submitter) {
            failed(submitter.error());
            return {};
        }
        SubmitReport report;
        std::atomic<bool> submitted{false};
        std::thread channel([&] {
            report = submitter->run(
                [&](std::size_t index, Submission& out) { return applicants.next(index, out); },
                kConnections, until);
            submitted = true;
        });
        if (options_.faults) break_things(applicants);
        DemoTally tally;
        for (;;) {
            const bool all_in = submitted;
            tally = take_tally(*world_);
            show(tally, applicants.handed_out());
            if (all_in && tally.settled(report.accepted.size())) break;
            if (std::chrono::steady_clock::now() > until) break;
            std::this_thread::sleep_for(kTick);
        }
        channel.join();
        for (const auto& [index, error] : report.refused) {
            fmt::print(stderr, "申请 {} 被拒绝：{} {}\n", index, info(error.code).id,
                       error.message);
        }
        if (!report.accepted.empty()) example_ = report.accepted.front().case_number;
        for (const auto& [name, count] : tally.store) {
            if (name.ends_with(".dead")) fmt::print(stderr, "死信 {}: {}\n", name, count);
        }
        DemoResult result = judge(tally, world_->configuration(), report.accepted.size());
        result.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        return result;
    }

    /// Kills the broker twice while applications are on their way.
    void break_things(const Applicants& applicants) {
        for (const std::size_t part : {3u, 2u}) {
            const Moment limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
            while (applicants.handed_out() < options_.cases / part &&
                   std::chrono::steady_clock::now() < limit) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
            world_->kill_broker();
            fmt::print(stderr, "broker 被强制终止（kill -9），重新启动…\n");
            if (const Status again = world_->start_broker(); !again) failed(again.error());
        }
    }

    void show(const DemoTally& tally, std::size_t handed_out) {
        if (::isatty(STDERR_FILENO) == 0) return;
        const std::string table =
            to_table(tally, world_->configuration(), handed_out, options_.cases);
        if (lines_ > 0) fmt::print(stderr, "\033[{}A\033[J", lines_);
        fmt::print(stderr, "{}", table);
        lines_ = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
    }

    void finish(const DemoResult& result) {
        if (options_.json) {
            fmt::print("{}\n", to_json(result));
            return;
        }
        fmt::print("\n受理 {}，办结 {}，部门答复 {}，丢失 {}，重复 {}，用时 {:.1f} 秒\n",
                   result.accepted, result.decided, result.answered, result.lost, result.doubled,
                   result.seconds);
        fmt::print(
            "accepted {}, decided {}, answered {}, lost {}, doubled {} ({} repeats recognised)\n",
            result.accepted, result.decided, result.answered, result.lost, result.doubled,
            result.repeated);
        for (const auto& [code, count] : result.delivered) {
            const broker::Party* party = world_->configuration().realm->party(code);
            fmt::print("  {:<9} {:>6}  {}\n", code, count, party == nullptr ? "" : party->label.zh);
        }
        for (const auto& [code, count] : result.progress)
            fmt::print("  进度查询 {}: {}\n", code, count);
        if (!result.good())
            fmt::print("未全部办结，详见 {} | not everything arrived\n", world_->folder().string());
        if (!result.good()) world_->keep();
        if (options_.keep) {
            fmt::print("luqiao case show {} --conf {} --with {}\n", example_,
                       options_.conf.conf.string(), world_->overlay().string());
        }
    }

    const DemoOptions& options_;
    const Moment start_;
    std::unique_ptr<DemoWorld> world_;
    std::size_t lines_ = 0;
    std::string example_;
};

}  // namespace

int demo_command(const DemoOptions& options) {
    return Demo(options).run();
}

}  // namespace luqiao::app
