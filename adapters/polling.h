// adapters/polling.h - an Inlet for places that must be looked at (a table, a folder): one thread
// that takes, hands over, and writes the answers back where the message came from.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "broker/ports.h"

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace luqiao::adapters {

/// A message that was claimed; `key` names it until its answer is written back.
struct Taken {
    std::string key;
    broker::Arrival arrival;
};

struct Haul {
    std::vector<Taken> messages;
    bool more = false;  ///< something may be left; look again as soon as there is room
};

struct Answered {
    std::string key;
    broker::Answer answer;
};

/// A place that holds messages. All calls come from one thread.
class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Claims at most `room` messages. An error is logged once and tried again at the next poll.
    virtual Result<Haul> take(std::size_t room) = 0;

    /// Writes answers back and removes from `answers` what is written or kept by the source; what
    /// stays is offered again at the next poll.
    virtual Status settle(std::vector<Answered>& answers) = 0;
};

/// Polls a Source. Nothing that was handed over is lost by stop(): it waits for the answers.
class PollingInlet final : public broker::Inlet {
public:
    struct Options {
        std::string name;  ///< for the log: "table hrss"
        Duration poll{2000};
        std::size_t batch = 20;  ///< messages handed over and not yet settled
    };

    PollingInlet(std::unique_ptr<Source> source, broker::Intake& intake, Options options);
    ~PollingInlet() override;

    Status start() override;
    void stop() override;

    /// Looks at once; returns when all that was there is handed over, answered and offered for
    /// writing back. Returns at once when the inlet is not running.
    void poll_now();

private:
    struct Shared;
    void run();
    bool look();
    void settle();
    void report(const Status& status);

    std::unique_ptr<Source> source_;
    broker::Intake& intake_;
    Options options_;
    std::shared_ptr<Shared> shared_;  ///< outlives this object for the end of a late `done`

    // Only the polling thread touches these.
    std::vector<Answered> unsettled_;
    bool more_ = false;
    bool healthy_ = true;

    std::thread thread_;
};

/// Whether the same message may be taken later: our own trouble, or it is still in work.
bool is_passing(const broker::Problem& problem);

/// "E2003"
std::string problem_id(const broker::Problem& problem);

/// One Chinese line: the detail, then the first findings with their place; at most 200 characters.
std::string problem_text(const broker::Problem& problem);

}  // namespace luqiao::adapters
