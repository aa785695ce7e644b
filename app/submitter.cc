#include "app/submitter.h"

#include "app/runtime.h"
#include "security/keys.h"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace luqiao::app {
namespace {

using Moment = std::chrono::steady_clock::time_point;
constexpr auto kRetryAfter = std::chrono::milliseconds(100);

/// One submission between its first try and its final answer.
struct Open {
    std::size_t index = 0;
    Submission what;
    Moment started;
    Moment not_before;
};

/// What the outlets' threads hand back to the one that sends.
class Returns {
public:
    void put(Open open, Result<broker::Reply> reply) {
        // Still locked: whoever takes the last one is free to end all this.
        const std::lock_guard lock(mutex_);
        queue_.emplace_back(std::move(open), std::move(reply));
        changed_.notify_one();
    }

    std::deque<std::pair<Open, Result<broker::Reply>>> take(Moment until) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, until, [this] { return !queue_.empty(); });
        return std::exchange(queue_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<Open, Result<broker::Reply>>> queue_;
};

void settle(SubmitReport& report, const Open& open, const std::string& body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object()) {
        report.refused.emplace_back(open.index, fail(Errc::ParseFailed, "the answer is not JSON"));
        return;
    }
    report.accepted.push_back({open.index, answer.value("case_number", ""),
                               answer.value("message_id", ""),
                               std::chrono::steady_clock::now() - open.started});
}

}  // namespace

Setting make_setting(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Setting::Table table;
    for (const auto& [key, value] : pairs) table[key] = Setting{value, {}};
    return Setting{std::move(table), {}};
}

Result<std::unique_ptr<broker::Outlet>> make_outlet(const adapters::AdapterKind& kind,
                                                    const Setting& setting,
                                                    const Configuration& configuration,
                                                    const broker::Party& party) {
    Diagnostics findings;
    const Section section = Section::check(kind.outlet_spec, setting, findings);
    if (findings.has_errors()) {
        return fail(Errc::InvalidArgument, "{}", findings.list().front().message.en);
    }
    LQ_TRY(auto signer, make_signer(configuration, party));
    return kind.make_outlet({.section = section,
                             .party = party.code,
                             .base_folder = configuration.server->data,
                             .signer = std::move(signer),
                             .intake = nullptr});
}

Result<Submitter> Submitter::create(const Configuration& configuration,
                                    const std::string& broker_url) {
    Submitter out;
    for (const auto& [code, party] : configuration.realm->parties) {
        for (const broker::SubmitRight& right : party.submit) {
            if (right.meaning != "application") continue;
            LQ_TRY(auto outlet,
                   make_outlet(adapters::http_adapter(),
                               make_setting({{"adapter", "http"},
                                             {"url", broker_url + "/v1/messages/" + right.map}}),
                               configuration, party));
            out.outlets_.emplace(right.map, std::move(outlet));
        }
    }
    return out;
}

SubmitReport Submitter::run(const std::function<bool(std::size_t, Submission&)>& next,
                            std::size_t connections,
                            Moment until) {
    SubmitReport report;
    Returns returns;
    std::deque<Open> again;
    std::size_t open_count = 0;
    std::size_t index = 0;
    bool more = true;
    const auto send = [&](Open open) {
        ++open_count;
        broker::Outgoing message{
            .id = to_string(make_id<MessageId>(system_now(), security::random_id_bytes)),
            .format = open.what.format,
            .body = open.what.body,
            .case_number = {},
            .attempt = 1,
            .bundle = {}};
        broker::Outlet& outlet = *outlets_.at(open.what.format);
        outlet.send(std::move(message), [&returns, kept = std::make_shared<Open>(std::move(open))](
                                            Result<broker::Reply> reply) {
            returns.put(std::move(*kept), std::move(reply));
        });
    };
    for (;;) {
        const Moment now = std::chrono::steady_clock::now();
        while (open_count < connections && now < until) {
            Open open;
            if (!again.empty() && again.front().not_before <= now) {
                open = std::move(again.front());
                again.pop_front();
            } else if (more && (more = next(index, open.what))) {
                open.index = index++;
                open.started = now;
            } else {
                break;
            }
            send(std::move(open));
        }
        const bool finished = open_count == 0 && (now >= until || (!more && again.empty()));
        if (finished) break;
        for (auto& [open, reply] : returns.take(now + kRetryAfter)) {
            --open_count;
            if (reply) {
                settle(report, open, reply->body);
            } else if (disposition(reply.error().code) == Disposition::Retry) {
                open.not_before = std::chrono::steady_clock::now() + kRetryAfter;
                again.push_back(std::move(open));
            } else {
                report.refused.emplace_back(open.index, reply.error());
            }
        }
    }
    for (const Open& open : again) {
        report.refused.emplace_back(open.index, fail(Errc::Timeout, "no answer in time"));
    }
    return report;
}

}  // namespace luqiao::app
