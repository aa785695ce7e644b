#include "adapters/http_inlet.h"

#include "adapters/http_proof.h"
#include "adapters/problem.h"
#include "adapters/soap.h"
#include "base/json.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kNameMax = 64;  ///< of a format, of a case number
constexpr std::size_t kKeyMax = 128;

constexpr std::array<std::string_view, 7> kMediaTypes{"application/json",
                                                      "application/xml",
                                                      "text/xml",
                                                      "text/plain",
                                                      "application/octet-stream",
                                                      "application/x-thrift",
                                                      "application/vnd.apache.thrift.binary"};

enum class Operation : std::uint8_t { Message, Validate, Case, Soap, GiveManifest, AskManifest };

struct Route {
    std::string_view prefix;
    std::string_view method;
    Operation operation;
};

constexpr std::array<Route, 6> kRoutes{{
    {"/v1/messages/", "POST", Operation::Message},
    {"/v1/validate/", "POST", Operation::Validate},
    {"/v1/cases/", "GET", Operation::Case},
    {"/v1/soap/", "POST", Operation::Soap},
    {"/v1/manifests/", "PUT", Operation::GiveManifest},
    {"/v1/manifests/", "GET", Operation::AskManifest},
}};

/// Formats are "party.message", case numbers letters, digits and hyphens: nothing to decode.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-';
           });
}

std::optional<broker::Problem> check_media(const HttpRequest& request, bool soap) {
    const std::string_view coding = request.headers.get("Content-Encoding");
    if (!coding.empty() && !same_header(coding, "identity")) {
        return refused(request, Errc::UnsupportedMedia,
                       {"不支持压缩的请求体", "a compressed body is not supported"});
    }
    const std::string type = media_type(request.headers.get("Content-Type"));
    if (soap) {
        if (type == "text/xml") return std::nullopt;
        return refused(
            request, Errc::UnsupportedMedia,
            {"SOAP 1.1 的 Content-Type 应为 text/xml", "the Content-Type of SOAP 1.1 is text/xml"});
    }
    if (type.empty() ||
        std::find(kMediaTypes.begin(), kMediaTypes.end(), type) != kMediaTypes.end()) {
        return std::nullopt;
    }
    return refused(request, Errc::UnsupportedMedia,
                   {"Content-Type 应为 application/json、application/xml、text/xml、text/plain 或 "
                    "application/octet-stream",
                    "the Content-Type is application/json, application/xml, text/xml, text/plain "
                    "or application/octet-stream"});
}

std::optional<broker::Problem> check_key(const HttpRequest& request) {
    const auto key = request.headers.find("Idempotency-Key");
    if (!key || is_visible_ascii(*key, kKeyMax)) return std::nullopt;
    return refused(request, Errc::InvalidArgument,
                   {"Idempotency-Key 应为 1 至 128 个可见 ASCII 字符",
                    "an Idempotency-Key is 1 to 128 visible ASCII characters"});
}

broker::Arrival arrival_of(const HttpRequest& request, std::string_view format) {
    broker::Arrival out;
    out.format = format;
    out.media_type = request.headers.get("Content-Type");
    out.idempotency_key = request.headers.get("Idempotency-Key");
    out.proof = proof_of(request);
    out.source = "http " + request.remote;
    return out;
}

HttpResponse json_response(int status, std::string body) {
    HttpResponse out{status, {{"Cache-Control", "no-store"}}, std::move(body), "application/json"};
    return out;
}

HttpResponse receipt_response(const broker::Receipt& receipt) {
    JsonWriter json;
    json.begin_object().field("message_id", receipt.message_id);
    json.field("case_number", receipt.case_number).field("sm3", receipt.sm3);
    json.field("at", to_rfc3339(receipt.at)).field("bundle", receipt.bundle).end_object();
    HttpResponse out = json_response(202, json.take());
    if (receipt.replayed) out.headers.add("Idempotency-Replayed", "true");
    return out;
}

HttpResponse validated_response(const broker::Receipt& receipt) {
    JsonWriter json;
    json.begin_object().field("valid", true).field("sm3", receipt.sm3);
    json.field("bundle", receipt.bundle).end_object();
    return json_response(200, json.take());
}

HttpResponse soap_response(const broker::Receipt& receipt, const SoapMessage& call) {
    const auto element = [](std::string_view name, std::string_view text) {
        return fmt::format("<{0}>{1}</{0}>", name, xml_escaped(text));
    };
    const std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"{}\"?><soapenv:Envelope xmlns:soapenv=\"{}\">"
        "<soapenv:Body><web:{}Response xmlns:web=\"{}\"><return>{}{}{}{}{}{}</return>"
        "</web:{}Response></soapenv:Body></soapenv:Envelope>",
        name_of(call.charset), kSoapNamespace, call.operation, xml_escaped(call.ns),
        element("messageId", receipt.message_id), element("caseNumber", receipt.case_number),
        element("sm3", receipt.sm3), element("at", to_rfc3339(receipt.at)),
        element("replayed", receipt.replayed ? "true" : "false"), element("bundle", receipt.bundle),
        call.operation);
    return {200,
            {{"Cache-Control", "no-store"}},
            from_utf8(text, call.charset).value_or(std::string{}),
            fmt::format("text/xml; charset={}", name_of(call.charset))};
}

/// One request on its way through its route.
class Exchange {
public:
    Exchange(broker::Intake& intake, HttpRequest request, const HttpDone& done)
        : intake_(intake), request_(std::move(request)), done_(done) {}

    void message(std::string_view format, bool validate_only) {
        std::optional<broker::Problem> problem = check_media(request_, false);
        if (!problem) problem = check_identity(request_);
        if (!problem) problem = check_key(request_);
        if (problem) return done_(problem_response(*problem));
        broker::Arrival arrival = arrival_of(request_, format);
        arrival.body = std::move(request_.body);
        arrival.validate_only = validate_only;
        intake_.accept(std::move(arrival), [done = done_, validate_only](broker::Answer answer) {
            if (const auto* refusal = std::get_if<broker::Problem>(&answer)) {
                return done(problem_response(*refusal));
            }
            const auto& receipt = std::get<broker::Receipt>(answer);
            done(validate_only ? validated_response(receipt) : receipt_response(receipt));
        });
    }

    void progress(const std::string& number) {
        if (const auto problem = check_identity(request_)) return done_(problem_response(*problem));
        broker::Proof proof = proof_of(request_);
        proof.signed_body = std::move(request_.body);
        const auto answer = intake_.progress(proof, number);
        if (const auto* refusal = std::get_if<broker::Problem>(&answer)) {
            return done_(problem_response(*refusal));
        }
        done_(json_response(200, std::get<std::string>(answer)));
    }

    /// What a manifest is of stands in the query; of what the party received when it says nothing.
    void manifest(const std::string& day, bool gives, boost::asio::thread_pool& desk) {
        if (const auto problem = check_identity(request_)) return done_(problem_response(*problem));
        broker::ManifestCall call;
        call.proof = proof_of(request_);
        call.day = day;
        call.of = request_.query.empty() ? "received" : request_.query;
        if (call.of.starts_with("of=")) call.of.erase(0, 3);
        call.body = std::move(request_.body);
        boost::asio::post(desk, [&intake = intake_, call = std::move(call), gives, done = done_] {
            auto answer = gives ? intake.take_manifest(call) : intake.manifest(call);
            if (const auto* refusal = std::get_if<broker::Problem>(&answer)) {
                return done(problem_response(*refusal));
            }
            done(json_response(200, std::get<std::string>(std::move(answer))));
        });
    }

    void soap(std::string_view format) {
        std::optional<broker::Problem> problem = check_media(request_, true);
        if (!problem) problem = check_identity(request_);
        if (!problem) problem = check_key(request_);
        if (problem) return done_(soap_fault_response(*problem, Charset::Utf8));
        auto content = read_soap(request_.body, request_.headers.get("Content-Type"));
        if (!content || !content->message) {
            const Error error =
                content ? fail(Errc::ParseFailed, "a Fault is no call") : content.error();
            return done_(soap_fault_response(
                refused(request_, error.code,
                        {std::string(info(error.code).title_zh), error.message}),
                Charset::Utf8));
        }
        broker::Arrival arrival = arrival_of(request_, format);
        arrival.proof->signed_body = std::move(request_.body);
        arrival.body = std::move(content->message->document);
        intake_.accept(std::move(arrival),
                       [done = done_, call = *std::move(content->message)](broker::Answer answer) {
                           if (const auto* refusal = std::get_if<broker::Problem>(&answer)) {
                               return done(soap_fault_response(*refusal, call.charset));
                           }
                           done(soap_response(std::get<broker::Receipt>(answer), call));
                       });
    }

private:
    broker::Intake& intake_;
    HttpRequest request_;
    const HttpDone& done_;
};

HttpResponse health(bool well) {
    return json_response(well ? 200 : 503, well ? R"({"status":"ok"})" : R"({"status":"down"})");
}

/// What HTTP itself refuses; the codes of requests that no route has seen.
HttpResponse refuse_request(int status, std::string_view why) {
    Errc code = Errc::ParseFailed;
    Text detail{"请求无法处理", std::string(why)};
    if (status == 413 || status == 431) code = Errc::LimitExceeded;
    if (status == 500) code = Errc::Internal;
    if (status == 503) code = Errc::Overloaded;
    if (status == 504) code = Errc::OutcomeUnknown;  // it may have been kept: same key again
    return problem_response(make_problem(code, std::move(detail)), status);
}

HttpServerOptions with_refusal(HttpServerOptions options) {
    options.refusal = refuse_request;
    return options;
}

HttpResponse nowhere(const HttpRequest& request) {
    return problem_response(
        refused(request, Errc::NotFound, {"没有这个地址", "there is no such address"}));
}

}  // namespace

HttpInlet::HttpInlet(HttpServerOptions options, broker::Intake& intake)
    : intake_(intake),
      server_(with_refusal(std::move(options)), [this](HttpRequest request, const HttpDone& done) {
          handle(std::move(request), done);
      }) {}

Status HttpInlet::start() {
    if (!manifests_) manifests_.emplace(1);
    LQ_TRY(const std::uint16_t port, server_.start());
    port_ = port;
    return {};
}

void HttpInlet::stop() {
    server_.stop();
    manifests_.reset();
}

void HttpInlet::handle(HttpRequest request, const HttpDone& done) {
    if (request.path == "/healthz" || request.path == "/readyz") {
        if (request.method != "GET" && request.method != "HEAD") {
            return done(wrong_method(request, "GET, HEAD"));
        }
        return done(health(request.path == "/healthz" || !ready_ || ready_()));
    }
    std::string allowed;
    for (const Route& route : kRoutes) {
        if (!request.path.starts_with(route.prefix)) continue;
        const std::string name = request.path.substr(route.prefix.size());
        if (name.find('/') != std::string::npos || name.empty()) return done(nowhere(request));
        if (request.method != route.method) {
            allowed.append(allowed.empty() ? "" : ", ").append(route.method);
            continue;
        }
        if (!is_name(name)) {
            const bool is_case = route.operation == Operation::Case;
            return done(
                problem_response(refused(request, is_case ? Errc::NotFound : Errc::UnknownFormat,
                                         {"名称无效", "such a name does not exist"})));
        }
        Exchange exchange(intake_, std::move(request), done);
        switch (route.operation) {
            case Operation::Message: return exchange.message(name, false);
            case Operation::Validate: return exchange.message(name, true);
            case Operation::Case: return exchange.progress(name);
            case Operation::Soap: return exchange.soap(name);
            case Operation::GiveManifest: return exchange.manifest(name, true, *manifests_);
            case Operation::AskManifest: return exchange.manifest(name, false, *manifests_);
        }
    }
    if (!allowed.empty()) return done(wrong_method(request, allowed));
    done(nowhere(request));
}

}  // namespace luqiao::adapters
