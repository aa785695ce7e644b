#include "adapters/polling.h"

#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kFindingsMax = 5;
constexpr std::size_t kTextMax = 200;  ///< code points; exchange tables have short columns

}  // namespace

struct PollingInlet::Shared {
    std::mutex mutex;
    std::condition_variable wake;    ///< for the polling thread
    std::condition_variable served;  ///< for poll_now()
    std::vector<Answered> answered;
    std::size_t open = 0;     ///< handed over, no answer yet
    std::uint64_t asked = 0;  ///< tickets of poll_now(): drawn, begun, done
    std::uint64_t begun = 0;
    std::uint64_t done = 0;
    bool running = false;
    bool stopping = false;
};

PollingInlet::PollingInlet(std::unique_ptr<Source> source, broker::Intake& intake, Options options)
    : source_(std::move(source)),
      intake_(intake),
      options_(std::move(options)),
      shared_(std::make_shared<Shared>()) {}

PollingInlet::~PollingInlet() {
    stop();
}

Status PollingInlet::start() {
    const std::scoped_lock lock(shared_->mutex);
    if (thread_.joinable()) return fail(Errc::Conflict, "the inlet runs already");
    shared_->running = true;
    shared_->stopping = false;
    thread_ = std::thread([this] { run(); });
    return {};
}

void PollingInlet::stop() {
    {
        const std::scoped_lock lock(shared_->mutex);
        shared_->stopping = true;
        shared_->wake.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void PollingInlet::poll_now() {
    std::unique_lock lock(shared_->mutex);
    const std::uint64_t ticket = ++shared_->asked;
    shared_->wake.notify_all();
    shared_->served.wait(lock, [&] { return shared_->done >= ticket || !shared_->running; });
}

void PollingInlet::run() {
    using SteadyClock = std::chrono::steady_clock;
    Shared& shared = *shared_;
    auto next = SteadyClock::now();
    std::unique_lock lock(shared.mutex);
    for (;;) {
        const auto due_now = [&] {
            return !shared.answered.empty() || (shared.stopping && shared.open == 0) ||
                   (!shared.stopping && shared.asked > shared.begun);
        };
        shared.wake.wait_until(lock, next, [&] { return shared.stopping || due_now(); });
        if (shared.stopping) shared.wake.wait(lock, due_now);
        const bool stopping = shared.stopping;
        const bool due = shared.asked > shared.begun || SteadyClock::now() >= next;
        shared.begun = shared.asked;
        for (Answered& one : shared.answered) unsettled_.push_back(std::move(one));
        shared.answered.clear();
        lock.unlock();

        settle();
        if (due) next = SteadyClock::now() + options_.poll;
        const bool took = !stopping && (due || more_) && look();

        lock.lock();
        const bool idle = shared.open == 0 && shared.answered.empty();
        if (idle && stopping) break;
        if (idle && !took) more_ = false;
        if (idle && !more_) {
            shared.done = shared.begun;
            shared.served.notify_all();
        }
        if (took && more_) next = SteadyClock::now();
    }
    shared.running = false;
    shared.served.notify_all();
}

void PollingInlet::settle() {
    if (!unsettled_.empty()) report(source_->settle(unsettled_));
}

bool PollingInlet::look() {
    std::size_t used = unsettled_.size();
    {
        const std::scoped_lock lock(shared_->mutex);
        used += shared_->open + shared_->answered.size();
    }
    if (used >= options_.batch) return false;
    Result<Haul> haul = source_->take(options_.batch - used);
    if (!haul) {
        more_ = false;
        report(std::move(haul).error());
        return false;
    }
    if (!healthy_) report({});
    more_ = haul->more;
    {
        const std::scoped_lock lock(shared_->mutex);
        shared_->open += haul->messages.size();
    }
    for (Taken& one : haul->messages) {
        intake_.accept(std::move(one.arrival),
                       [shared = shared_, key = std::move(one.key)](broker::Answer answer) {
                           const std::scoped_lock lock(shared->mutex);
                           shared->answered.push_back({key, std::move(answer)});
                           --shared->open;
                           shared->wake.notify_all();
                       });
    }
    return !haul->messages.empty();
}

/// Says once that the place fails, and once that it works again.
void PollingInlet::report(const Status& status) {
    if (status.has_value() == healthy_) return;
    healthy_ = status.has_value();
    if (healthy_) {
        log::write(log::Level::Info, "inlet.recovered", {{"inlet", options_.name}});
    } else {
        log::write(log::Level::Warning, "inlet.failed",
                   {{"inlet", options_.name},
                    {"code", info(status.error().code).id},
                    {"error", status.error().message},
                    {"where", status.error().where}});
    }
}

bool is_passing(const broker::Problem& problem) {
    if (problem.code == Errc::Conflict) return true;  // the same message is still in work
    switch (disposition(problem.code)) {
        case Disposition::Retry:
        case Disposition::Halt: return true;  // our fault, not the message's
        case Disposition::Reject:
        case Disposition::DeadLetter: return false;
    }
    std::abort();
}

std::string problem_id(const broker::Problem& problem) {
    return std::string(info(problem.code).id);
}

std::string problem_text(const broker::Problem& problem) {
    std::string text =
        problem.detail.zh.empty() ? std::string(info(problem.code).title_zh) : problem.detail.zh;
    for (std::size_t index = 0; index < std::min(kFindingsMax, problem.errors.size()); ++index) {
        const broker::FieldProblem& finding = problem.errors[index];
        text += fmt::format("；{} {}", finding.pointer, finding.message.zh);
    }
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return std::string(prefix_code_points(text, kTextMax));
}

}  // namespace luqiao::adapters
