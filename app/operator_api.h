// app/operator_api.h - what an operator asks a running node: its counts, one case, new rules.
// Loopback, by token.
#pragma once

#include "adapters/http_server.h"
#include "app/operator_recon.h"
#include "app/operator_redrives.h"
#include "app/operator_retention.h"
#include "app/recon_daily.h"
#include "app/reload.h"
#include "broker/attachments.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace luqiao::app {

/// What the operator's questions go to. All of it outlives the API.
struct Operations {
    broker::Store& store;
    broker::Pipeline& pipeline;
    Reloader& reloader;
    Redriver& redriver;
    Reconciler& reconciler;
    const DailyRecon& daily_recon;
    AgeingRules retention;
    const broker::AttachmentDesk* attachments = nullptr;  ///< nullptr: this node keeps none
};

/// Serves failures and plans (app/operator_redrives.h), decisions about one delivery
/// (app/operator_deliveries.h), reconciliation (app/operator_recon.h), retention
/// (app/operator_retention.h), the audit (app/operator_audit.h), `GET /operator/v1/status`, `GET
/// /operator/v1/cases/{number}` and `POST /operator/v1/reload` (200: replaced, 422: refused, 409:
/// one is under way) on a loopback port. Address and token stand in DATA/operator.json, which only
/// the server's own user can read.
class OperatorApi {
public:
    /// @errors Unavailable: cannot listen or cannot write operator.json
    static Result<std::unique_ptr<OperatorApi>> start(const std::filesystem::path& data,
                                                      const Operations& operations);
    ~OperatorApi();

private:
    OperatorApi(std::filesystem::path address_file, const Operations& operations);
    void answer(const adapters::HttpRequest& request, const adapters::HttpDone& done);
    /// Answers what changes something and what is asked with a body. @return false: it is neither
    bool order(const adapters::HttpRequest& request,
               const std::string& actor,
               const adapters::HttpDone& done);
    [[nodiscard]] adapters::HttpResponse look_up(const std::string& path,
                                                 const std::string& actor) const;
    void reload(const adapters::HttpDone& done);
    [[nodiscard]] Result<std::string> status() const;
    [[nodiscard]] RetentionDesk retention() const { return {store_, retention_, pipeline_.now()}; }

    const std::filesystem::path address_file_;
    const std::string token_;
    broker::Store& store_;
    broker::Pipeline& pipeline_;
    Reloader& reloader_;
    Redriver& redriver_;
    Reconciler& reconciler_;
    const DailyRecon& daily_recon_;
    const AgeingRules retention_;
    const broker::AttachmentDesk* attachments_;
    std::atomic<bool> reloading_{false};
    std::thread
        reload_;  ///< compiling takes longer than an io thread may be held; of the io thread
    /// A day compared, or the audit verified, takes as long; one after another.
    boost::asio::thread_pool slow_{1};
    boost::asio::thread_pool asking_{1};  ///< dry runs of plans: ten seconds at most
    std::unique_ptr<adapters::HttpServer> server_;
};

/// Everything about one case, as JSON. @errors NotFound
Result<std::string> describe_case(const broker::Realm& realm,
                                  broker::Store& store,
                                  const std::string& number,
                                  Instant now);

/// Asks the node that runs on `data`, in the name of `actor`; empty: of the account. @return the
/// body of a 200
/// @errors Unavailable: none is running; else what the node answered
Result<std::string> ask_operator(const std::filesystem::path& data,
                                 const std::string& path,
                                 const std::string& actor = {});

/// Posts `body` to the node that runs on `data`. @return the body of a 200
/// @errors Unavailable: none is running; else what the node answered
Result<std::string> tell_operator(const std::filesystem::path& data,
                                  const std::string& path,
                                  std::string body,
                                  const std::string& actor = {});

/// Tells the node that runs on `data` to take its rules anew. @return to_json(ReloadReport)
/// @errors Unavailable: none is running  Conflict: a reload is under way  Refused
Result<std::string> ask_reload(const std::filesystem::path& data);

}  // namespace luqiao::app
