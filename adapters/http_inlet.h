// adapters/http_inlet.h - the public interface over HTTP: messages, validation, progress, SOAP.
//
//     POST /v1/messages/{format}   202 {"message_id","case_number","sm3","at","bundle"}
//     POST /v1/validate/{format}   200 {"valid":true,"sm3","bundle"}
//     GET  /v1/cases/{number}      200 the progress of a case
//     PUT  /v1/manifests/{date}    200 {"party","day","of","count","sm3","at"}: it is kept
//     GET  /v1/manifests/{date}    200 what we say it has of that day; ?of=received or ?of=sent
//     PUT, HEAD, GET /v1/attachments/{sm3}   adapters/http_attachments.h
//     POST /v1/soap/{format}       a SOAP 1.1 call with the document as text or CDATA
//     GET  /healthz  /readyz       200 or 503, without identity
//
// Refusals are application/problem+json, or a Fault for SOAP.
#pragma once

#include "adapters/http_server.h"
#include "base/result.h"
#include "base/settings.h"
#include "broker/ports.h"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace luqiao::adapters {

/// The settings of an HTTP inlet.
Spec http_inlet_spec();

/// @errors InvalidArgument
Result<HttpServerOptions> http_inlet_options(const Section& section);

class HttpInlet final : public broker::Inlet {
public:
    /// `intake` outlives the inlet.
    HttpInlet(HttpServerOptions options, broker::Intake& intake);
    ~HttpInlet() override { stop(); }

    Status start() override;
    void stop() override;

    /// Where it listens; 0 before start().
    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// What /readyz asks; before start(). Called on an io thread, must not block.
    void set_ready(std::function<bool()> ready) { ready_ = std::move(ready); }

private:
    void handle(HttpRequest request, const HttpDone& done);

    broker::Intake& intake_;
    std::function<bool()> ready_;
    std::atomic<std::uint16_t> port_{0};
    /// Manifests, one after another: a day is read from the store, messages need the io threads.
    std::optional<boost::asio::thread_pool> manifests_;
    HttpServer server_;
};

}  // namespace luqiao::adapters
