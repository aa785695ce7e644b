#include "app/operator_api.h"

#include "adapters/http_client.h"
#include "app/configuration.h"
#include "app/files.h"
#include "app/operator_alerts.h"
#include "app/operator_answers.h"
#include "app/operator_audit.h"
#include "app/operator_deliveries.h"
#include "app/operator_looks.h"
#include "app/operator_messages.h"
#include "app/operator_recon.h"
#include "app/operator_space.h"
#include "app/runtime.h"
#include "base/json.h"
#include "broker/status_report.h"
#include "security/digest.h"
#include "security/keys.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <future>

namespace luqiao::app {
namespace {

constexpr std::string_view kCases = "/operator/v1/cases/";
constexpr std::string_view kMessages = "/operator/v1/messages/";
constexpr std::string_view kTraces = "/operator/v1/traces/";
constexpr std::string_view kSearch = "/operator/v1/search";
constexpr std::string_view kReload = "/operator/v1/reload";
constexpr std::string_view kRedrives = "/operator/v1/redrives";
constexpr std::string_view kRedrive = "/operator/v1/redrives/";
constexpr Duration kAskTimeout{30'000};

adapters::HttpResponse json_response(int status, std::string body) {
    return {status, {}, std::move(body), "application/json"};
}

adapters::HttpResponse failure(int status, const Error& error) {
    JsonWriter json;
    json.begin_object()
        .field("code", info(error.code).id)
        .field("detail", error.message)
        .end_object();
    return json_response(status, json.take());
}

/// A party as this node sends to it.
void write_flow(JsonWriter& json, const broker::PartyFlow& flow) {
    json.begin_object()
        .field("party", flow.party)
        .field("open_sends", std::uint64_t{flow.open})
        .field("breaker", to_string(flow.state.breaker))
        .field("failures_in_a_row", std::uint64_t{flow.state.failures})
        .field("held", to_string(flow.decision.held));
    if (flow.state.since) json.field("failing_since", to_rfc3339(*flow.state.since));
    if (flow.decision.again) json.field("again_at", to_rfc3339(*flow.decision.again));
    json.end_object();
}

adapters::HttpResponse response(const Result<std::string>& answer) {
    return answer ? json_response(200, *answer)
                  : failure(info(answer.error().code).http_status, answer.error());
}

void write_attachments(JsonWriter& json, const broker::AttachmentUsage& usage) {
    json.key("attachments").begin_object();
    json.field("transfers", std::uint64_t{usage.transfers})
        .field("transfers_max", std::uint64_t{usage.transfers_max});
    if (usage.kept.counted_at) {
        json.field("files", usage.kept.attachments)
            .field("bytes", usage.kept.bytes)
            .field("counted_at", to_rfc3339(*usage.kept.counted_at));
    }
    json.end_object();
}

}  // namespace

Result<std::string> describe_case(const broker::Realm& realm,
                                  broker::Store& store,
                                  const std::string& number,
                                  Instant now) {
    LQ_TRY(const auto id, store.find_case_id(number));
    if (!id) return fail(Errc::NotFound, "there is no such case");
    LQ_TRY(const auto stored, store.find_case(*id));
    if (!stored) return fail(Errc::NotFound, "there is no such case");
    LQ_TRY(const auto timeline, store.timeline(*id));
    LQ_TRY(const auto deliveries, store.deliveries(*id));
    LQ_TRY(const auto alerts, store.alerts(*id));
    return broker::operator_status(realm, *stored, timeline, deliveries, alerts, now);
}

OperatorApi::OperatorApi(std::filesystem::path address_file, const Operations& operations)
    : address_file_(std::move(address_file)),
      token_(security::generate_nonce().value_or({})),
      store_(operations.store),
      pipeline_(operations.pipeline),
      reloader_(operations.reloader),
      redriver_(operations.redriver),
      reconciler_(operations.reconciler),
      daily_recon_(operations.daily_recon),
      retention_(operations.retention),
      attachments_(operations.attachments) {}

Result<std::unique_ptr<OperatorApi>> OperatorApi::start(const std::filesystem::path& data,
                                                        const Operations& operations) {
    std::unique_ptr<OperatorApi> api(new OperatorApi(data / "operator.json", operations));
    if (api->token_.empty()) return fail(Errc::Internal, "no randomness for the operator's token");
    api->server_ = std::make_unique<adapters::HttpServer>(
        adapters::HttpServerOptions{},
        [raw = api.get()](const adapters::HttpRequest& request, const adapters::HttpDone& done) {
            raw->answer(request, done);
        });
    LQ_TRY(const std::uint16_t port, api->server_->start());
    JsonWriter json;
    json.begin_object()
        .field("url", fmt::format("http://127.0.0.1:{}", port))
        .field("token", api->token_)
        .end_object();
    LQ_CHECK(write_file(api->address_file_, json.text()));
    return api;
}

OperatorApi::~OperatorApi() {
    server_->stop();
    if (reload_.joinable()) reload_.join();
    redriver_.stop_asking();
    asking_.join();
    slow_.join();
    std::error_code ignored;
    std::filesystem::remove(address_file_, ignored);
}

bool OperatorApi::order(const adapters::HttpRequest& request,
                        const std::string& actor,
                        const adapters::HttpDone& done) {
    if (request.path.starts_with(kRedrives)) {
        const auto change = [this, path = request.path, body = request.body, done] {
            const auto changed = change_plans(redriver_, path, body);
            done(response(changed));
        };
        // A new plan is shown as its dry run, which asks parties; a pause waits for nobody.
        request.path == kRedrives ? boost::asio::post(asking_, change) : change();
        return true;
    }
    if (request.path.starts_with(kDeliveries)) {
        decide_delivery(store_, pipeline_, request.path, request.body,
                        [done](const Result<std::string>& decided) { done(response(decided)); });
        return true;
    }
    if (request.path.starts_with(kCases)) {
        const auto answer = [done](const Result<std::string>& told) { done(response(told)); };
        const auto change = request.path.ends_with(kAccept) ? accept_answer : settle_alert;
        change(store_, pipeline_, request.path.substr(kCases.size()), request.body, answer);
        return true;
    }
    if (request.path.starts_with(kReconPath)) {
        boost::asio::post(slow_, [this, request, done] {
            const auto changed = change_recon(reconciler_, request.path, request.body);
            done(response(changed));
        });
        return true;
    }
    if (request.path == kAuditVerify) {
        boost::asio::post(slow_, [this, body = request.body, actor, done] {
            const auto checked = verify_audit_on({store_, actor, pipeline_.now()}, body);
            done(response(checked));
        });
        return true;
    }
    if (request.path.starts_with(kRetention)) {
        const auto changed = change_retention(retention(), request.path, request.body);
        done(response(changed));
        return true;
    }
    if (request.path == kSearch) {
        const auto question = read_question(nlohmann::json::parse(request.body, nullptr, false));
        const auto found =
            !question
                ? Result<std::string>(question.error())
                : on_record(
                      store_, {actor, "look.find", asked_by(*question)}, pipeline_.now(),
                      find_cases({*pipeline_.realm(), store_}, pipeline_.search_key(), *question));
        done(response(found));
        return true;
    }
    return false;
}

void OperatorApi::answer(const adapters::HttpRequest& request, const adapters::HttpDone& done) {
    if (!security::equal_in_constant_time(request.headers.get("Authorization"),
                                          "Bearer " + token_)) {
        return done(
            failure(401, fail(Errc::Unauthenticated, "the operator's token is missing or wrong")));
    }
    const std::string actor = percent_decoded(request.headers.get(kOperatorHeader));
    if (request.method == "POST" && order(request, actor, done)) return;
    if (request.method == "GET" && request.path.starts_with(kRedrive)) {  // parties are asked
        return boost::asio::post(
            asking_, [this, path = request.path, actor, done] { done(look_up(path, actor)); });
    }
    const bool is_reload = request.path == kReload;
    if (request.method != (is_reload ? "POST" : "GET")) {
        return done(
            failure(405, fail(Errc::InvalidArgument, "only {}", is_reload ? "POST" : "GET")));
    }
    if (is_reload) return reload(done);
    done(look_up(request.path, actor));
}

adapters::HttpResponse OperatorApi::look_up(const std::string& path,
                                            const std::string& actor) const {
    const auto noted = [&](std::string action, std::string_view prefix, auto look) {
        const std::string subject = path.substr(prefix.size());
        return on_record(store_, {actor, std::move(action), subject}, pipeline_.now(),
                         look(subject));
    };
    const Desk desk{*pipeline_.realm(), store_};

    const auto answer =
        path == "/operator/v1/status" ? status()
        : path.starts_with(kFailures) ? list_failures(store_, path)
        : path == kRedrives           ? list_plans(redriver_)
        : path.starts_with(kRedrive)
            ? noted("look.redrive", kRedrive,
                    [&](const std::string& id) { return redriver_.preview(id); })
        : path.starts_with(kReconPath) ? show_recon(reconciler_, path)
        : path.starts_with(kRetention) ? show_retention(retention(), path)
        : path.starts_with(kMessages)
            ? noted("look.message", kMessages,
                    [&](const std::string& id) {
                        return show_message(desk, pipeline_.search_key(), id);
                    })
        : path.starts_with(kTraces)
            ? noted("look.trace", kTraces,
                    [&](const std::string& number) { return trace_case(desk, number); })
        : path.starts_with(kCases)
            ? noted("look.case", kCases,
                    [&](const std::string& number) {
                        return describe_case(desk.realm, store_, number, pipeline_.now());
                    })
            : Result<std::string>(fail(Errc::NotFound, "there is no such path"));
    return response(answer);
}

void OperatorApi::reload(const adapters::HttpDone& done) {
    if (reloading_.exchange(true)) {
        return done(failure(409, fail(Errc::Conflict, "a reload is under way")));
    }
    if (reload_.joinable()) reload_.join();  // it has answered, so that this is short
    reload_ = std::thread([this, done] {
        const auto report = reloader_.reload();
        reloading_ = false;
        done(report ? json_response(report->replaced ? 200 : 422, to_json(*report))
                    : failure(info(report.error().code).http_status, report.error()));
    });
}

Result<std::string> OperatorApi::status() const {
    LQ_TRY(const auto counts, store_.counts());
    JsonWriter json;
    json.begin_object().field("bundle", pipeline_.realm()->bundle->hash());
    json.field("inbox", std::uint64_t{pipeline_.waiting()})
        .field("open_sends", std::uint64_t{pipeline_.open_sends()});
    const StoreRoom room = room_of(pipeline_, store_);
    std::vector<broker::Condition> more = conditions_of(room);
    for (auto& one : daily_recon_.conditions()) more.push_back(std::move(one));
    LQ_TRY(const auto behind, ageing_behind(retention()));
    if (behind) more.push_back(*behind);
    LQ_TRY(const Alarms alarms, count_alarms(store_));
    for (auto& one : conditions_of(alarms)) more.push_back(std::move(one));
    broker::write_conditions(json, *pipeline_.realm(), pipeline_.now(), pipeline_.clock_jump(),
                             more);
    write_room(json, room);
    if (attachments_ != nullptr) write_attachments(json, attachments_->usage());
    write_alarms(json, alarms);
    json.key("counts").begin_object();
    for (const auto& [name, count] : counts) json.field(name, count);
    json.end_object();
    json.key("parties").begin_array();
    for (const broker::PartyFlow& flow : pipeline_.flows(pipeline_.now())) write_flow(json, flow);
    json.end_array().end_object();
    return json.take();
}

namespace {

/// One call to the node that runs on `data`.
Result<adapters::HttpResponse> call_operator(const std::filesystem::path& data,
                                             const std::string& method,
                                             std::string_view path,
                                             const std::string& actor,
                                             std::string body = {}) {
    const auto content = read_file(data / "operator.json");
    const auto address = nlohmann::json::parse(content ? *content : std::string(), nullptr, false);
    if (!address.is_object()) {
        return fail(Errc::Unavailable, "no server is running on {}", data.string());
    }
    adapters::HttpClient client{adapters::HttpClientOptions{}};
    adapters::HttpClientRequest call;
    call.method = method;
    call.url = address.value("url", "") + std::string(path);
    call.headers.add("Authorization", "Bearer " + address.value("token", ""));
    call.headers.add(std::string(kOperatorHeader),
                     percent_encoded(actor.empty() ? account_name() : actor));
    call.body = std::move(body);
    call.timeout = kAskTimeout;
    std::promise<Result<adapters::HttpResponse>> promise;
    client.send(std::move(call), [&promise](Result<adapters::HttpResponse> response) {
        promise.set_value(std::move(response));
    });
    return promise.get_future().get();
}

/// What the node said why not.
Error refusal_of(const adapters::HttpResponse& response) {
    const auto problem = nlohmann::json::parse(response.body, nullptr, false);
    if (problem.is_object()) {
        for (const ErrorInfo& one : error_catalogue()) {
            if (one.id != problem.value("code", "")) continue;
            return fail(one.code, "{}", problem.value("detail", ""));
        }
    }
    return fail(Errc::Refused, "the server answered {}", response.status);
}

}  // namespace

Result<std::string> ask_operator(const std::filesystem::path& data,
                                 const std::string& path,
                                 const std::string& actor) {
    LQ_TRY(auto response, call_operator(data, "GET", path, actor));
    if (response.status == 200) return std::move(response.body);
    if (response.status == 404) return fail(Errc::NotFound, "it is not there");
    return refusal_of(response);
}

Result<std::string> tell_operator(const std::filesystem::path& data,
                                  const std::string& path,
                                  std::string body,
                                  const std::string& actor) {
    LQ_TRY(auto response, call_operator(data, "POST", path, actor, std::move(body)));
    if (response.status == 200) return std::move(response.body);
    return refusal_of(response);
}

Result<std::string> ask_reload(const std::filesystem::path& data) {
    LQ_TRY(auto response, call_operator(data, "POST", kReload, {}));
    if (response.status == 409) return fail(Errc::Conflict, "a reload is under way");
    if (response.status != 200 && response.status != 422) {
        return fail(Errc::Refused, "the server answered {}", response.status);
    }
    return std::move(response.body);
}

}  // namespace luqiao::app
