// app/operator_api.h - what an operator asks a running node: its counts, one case. Loopback, by
// token.
#pragma once

#include "adapters/http_server.h"
#include "broker/pipeline.h"
#include "broker/realm.h"
#include "broker/store.h"

#include <filesystem>
#include <memory>
#include <string>

namespace luqiao::app {

/// Serves `GET /operator/v1/status` and `GET /operator/v1/cases/{number}` on a loopback port.
/// Address and token stand in DATA/operator.json, which only the server's own user can read.
class OperatorApi {
public:
    /// @errors Unavailable: cannot listen or cannot write operator.json
    static Result<std::unique_ptr<OperatorApi>> start(const std::filesystem::path& data,
                                                      std::shared_ptr<const broker::Realm> realm,
                                                      broker::Store& store,
                                                      const broker::Pipeline& pipeline);
    ~OperatorApi();

private:
    OperatorApi(std::filesystem::path address_file,
                std::shared_ptr<const broker::Realm> realm,
                broker::Store& store,
                const broker::Pipeline& pipeline);
    adapters::HttpResponse answer(const adapters::HttpRequest& request) const;
    [[nodiscard]] Result<std::string> status() const;

    const std::filesystem::path address_file_;
    const std::string token_;
    const std::shared_ptr<const broker::Realm> realm_;
    broker::Store& store_;
    const broker::Pipeline& pipeline_;
    std::unique_ptr<adapters::HttpServer> server_;
};

/// Everything about one case, as JSON. @errors NotFound
Result<std::string> describe_case(const broker::Realm& realm,
                                  broker::Store& store,
                                  const std::string& number);

/// Asks the node that runs on `data`. @return the body of a 200
/// @errors Unavailable: none is running  NotFound  Refused
Result<std::string> ask_operator(const std::filesystem::path& data, const std::string& path);

}  // namespace luqiao::app
