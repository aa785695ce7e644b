// adapters/push.h - what the HTTP and the SOAP outlet share: one POST per message, counted.
#pragma once

#include "adapters/http_client.h"
#include "adapters/registry.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace luqiao::adapters {

/// How messages are posted.
struct PushOptions {
    HttpUrl url;
    std::string content_type;
    HttpHeaders headers;  ///< beside those of the message
    Duration timeout{10'000};
    Duration connect_timeout{3'000};
    std::size_t response_max = 2 << 20;
    std::size_t in_flight_max = 64;  ///< one more is answered Unavailable
    std::string ca_file;
    std::string query_url;  ///< with {id}, asked by GET what the party holds; empty: it cannot be
};

/// The fields that `push_options` reads, for the Spec of an outlet.
std::vector<SettingField> push_fields();

/// @errors InvalidArgument: the URL, a limit
Result<PushOptions> push_options(const Section& section);

/// Posts each message, with the headers X-Message-Id, X-Format, X-Attempt, X-Case-Number,
/// X-Rule-Bundle (hash of the rules that made the body) and, when there is a signer, those of the
/// compat profile.
class PushOutlet final : public broker::Outlet {
public:
    /// The body that goes out for a message.
    using Wrap = std::function<std::string(const broker::Outgoing& message)>;
    /// What the answer means.
    using Judge = std::function<Result<broker::Reply>(HttpResponse response)>;

    PushOutlet(PushOptions options, Signer signer, Wrap wrap, Judge judge);
    ~PushOutlet() override;

    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override;
    [[nodiscard]] bool can_be_asked() const override { return !options_.query_url.empty(); }
    /// GET of query_url: 2xx is Held, 404 Missing, all else Unavailable.
    void ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> done) override;
    void stop() override;

private:
    /// Lives as long as the last open call.
    struct Shared {
        std::mutex mutex;
        std::condition_variable ended;
        std::size_t in_flight = 0;  ///< requests without an outcome
        std::size_t open = 0;       ///< and those whose outcome is being told
        bool stopping = false;
        Judge judge;

        /// Before its outcome is told: who hears of it may send the next at once.
        void arrived() {
            const std::lock_guard lock(mutex);
            --in_flight;
        }
        void end() {
            const std::lock_guard lock(mutex);
            --open;
            ended.notify_all();
        }
    };

    /// nullptr: the call may begin, and counts as open.
    const char* begin();
    /// Without body and headers.
    [[nodiscard]] HttpClientRequest call_of(std::string method, std::string url) const;
    [[nodiscard]] HttpHeaders headers_of(const broker::Outgoing& message) const;
    void sign(HttpHeaders& headers,
              std::string_view method,
              const HttpUrl& url,
              std::string_view body) const;

    PushOptions options_;
    Signer signer_;
    Wrap wrap_;
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    std::shared_ptr<HttpClient> client_;
};

/// By the status alone: 2xx is an answer; 408, 425, 429, 3xx and 5xx are Unavailable; other 4xx are
/// Refused.
Result<broker::Reply> judge_status(HttpResponse response);

}  // namespace luqiao::adapters
