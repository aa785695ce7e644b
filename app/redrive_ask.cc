#include "app/redrive_ask.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace luqiao::app {
namespace {

using Steady = std::chrono::steady_clock;
using broker::Holding;
using broker::StoredDelivery;

/// What the parties have said so far. An answer may come when nobody waits any more.
struct Answers {
    std::mutex mutex;
    std::condition_variable_any came;
    std::vector<std::pair<std::size_t, AtTarget>> fresh;
};

AtTarget read(const Result<Holding>& holding) {
    if (!holding) return AtTarget::Unknown;
    return *holding == Holding::Held ? AtTarget::Yes : AtTarget::No;
}

/// Who is asked what, in the hands of one thread.
class Asking {
public:
    Asking(broker::Pipeline& pipeline,
           broker::Store& store,
           std::span<const StoredDelivery> deliveries,
           const AskLimits& limits)
        : pipeline_(pipeline),
          store_(store),
          deliveries_(deliveries),
          limits_(limits),
          until_(Steady::now() + limits.all),
          out_(deliveries.size(), AtTarget::NotAsked) {
        for (std::size_t place = deliveries.size(); place-- > 0;) {
            parties_[deliveries[place].party].left.push_back(place);
        }
    }

    Result<std::vector<AtTarget>> run() {
        do {
            for (auto& [code, party] : parties_) LQ_CHECK(ask_more(party));
        } while (wait());
        return std::move(out_);
    }

private:
    struct Party {
        std::vector<std::size_t> left;                    ///< places, the next one last
        std::map<std::size_t, Steady::time_point> asked;  ///< places without an answer, until when
    };

    Status ask_more(Party& party) {
        take_answers();
        while (party.asked.size() < limits_.at_once && !party.left.empty() &&
               !limits_.stop.stop_requested() && Steady::now() < until_) {
            const std::size_t place = party.left.back();
            party.left.pop_back();
            LQ_TRY(const auto whole, store_.find_delivery(deliveries_[place].id));
            if (!whole) continue;
            const bool is_asked = ask_party(
                pipeline_, *whole, [answers = answers_, place](const Result<Holding>& holding) {
                    {
                        const std::lock_guard lock(answers->mutex);
                        answers->fresh.emplace_back(place, read(holding));
                    }
                    answers->came.notify_one();
                });
            if (!is_asked) continue;
            out_[place] = AtTarget::Unknown;
            party.asked[place] = std::min(until_, Steady::now() + limits_.answer);
            take_answers();
        }
        return {};
    }

    void take_answers() {
        const std::lock_guard lock(answers_->mutex);
        for (const auto& [place, target] : std::exchange(answers_->fresh, {})) {
            out_[place] = target;
            parties_.at(deliveries_[place].party).asked.erase(place);
        }
    }

    /// For an answer. @return false: none is worth waiting for
    bool wait() {
        const auto now = Steady::now();
        std::optional<Steady::time_point> last;
        for (const auto& [code, party] : parties_) {
            for (const auto& [place, until] : party.asked) {
                if (until > now) last = std::max(last.value_or(until), until);
            }
        }
        if (!last) return false;
        std::unique_lock lock(answers_->mutex);
        return answers_->came.wait_until(lock, limits_.stop, *last,
                                         [this] { return !answers_->fresh.empty(); });
    }

    broker::Pipeline& pipeline_;
    broker::Store& store_;
    const std::span<const StoredDelivery> deliveries_;
    const AskLimits limits_;
    const Steady::time_point until_;
    std::vector<AtTarget> out_;
    std::map<std::string, Party, std::less<>> parties_;
    const std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
};

}  // namespace

std::string_view to_string(AtTarget target) {
    switch (target) {
        case AtTarget::Yes: return "yes";
        case AtTarget::No: return "no";
        case AtTarget::Unknown:
        case AtTarget::NotAsked: return "unknown";
    }
    return "";
}

Result<std::vector<AtTarget>> ask_parties(broker::Pipeline& pipeline,
                                          broker::Store& store,
                                          std::span<const StoredDelivery> deliveries,
                                          const AskLimits& limits) {
    return Asking(pipeline, store, deliveries, limits).run();
}

bool ask_party(broker::Pipeline& pipeline,
               const StoredDelivery& delivery,
               std::function<void(Result<Holding>)> done) {
    broker::Outlet* outlet = pipeline.outlet(delivery.party);
    if (outlet == nullptr || !outlet->can_be_asked() || delivery.body.empty()) return false;
    outlet->ask({.id = to_string(delivery.id),
                 .format = delivery.map,
                 .body = delivery.body,
                 .case_number = delivery.case_number,
                 .attempt = delivery.attempts,
                 .bundle = delivery.bundle},
                std::move(done));
    return true;
}

}  // namespace luqiao::app
