#include "adapters/push.h"

#include "adapters/http_proof.h"

#include <algorithm>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kHeaderValueMax = 128;
constexpr std::string_view kIdMark = "{id}";

Result<std::size_t> positive(const Section& section, std::string_view key, std::int64_t max) {
    const std::int64_t value = section.integer(key);
    if (value < 1 || value > max) {
        return fail(Errc::InvalidArgument, "{} is 1 to {}, got {}", key, max, value);
    }
    return static_cast<std::size_t>(value);
}

Result<Duration> positive_time(const Section& section, std::string_view key) {
    const Duration value = section.time(key);
    if (value < Duration{1} || value > Duration{600'000}) {
        return fail(Errc::InvalidArgument, "{} is 1ms to 10m", key);
    }
    return value;
}

Result<broker::Holding> judge_holding(const Result<HttpResponse>& response) {
    if (!response) return fail(Errc::Unavailable, "{}", response.error().message);
    const int status = response->status;
    if (status >= 200 && status < 300) return broker::Holding::Held;
    if (status == 404) return broker::Holding::Missing;
    return fail(Errc::Unavailable, "HTTP status {} to the query", status);
}

/// Left out rather than altered when it is not plain ASCII.
void add_visible(HttpHeaders& headers, std::string name, const std::string& value) {
    if (is_visible_ascii(value, kHeaderValueMax)) headers.add(std::move(name), value);
}

}  // namespace

std::vector<SettingField> push_fields() {
    return {
        {"url", SettingKind::Text, "where each message is posted: http or https"},
        {"timeout", SettingKind::Time, "from connecting to the last byte of the answer", "10s"},
        {"connect_timeout", SettingKind::Time, "for connecting, within timeout", "3s"},
        {"response_max", SettingKind::Integer, "bytes of an answer", "2097152"},
        {"max_in_flight", SettingKind::Integer, "open requests at once", "64"},
        {"ca_file", SettingKind::Path, "whom to trust for https; empty: the system's list", ""},
        {"query_url", SettingKind::Text,
         "asked by GET whether the party holds the message {id}: 2xx yes, 404 no; empty: it cannot "
         "be asked",
         ""},
    };
}

Result<PushOptions> push_options(const Section& section) {
    PushOptions out;
    LQ_TRY(out.url, parse_http_url(section.text("url")));
    LQ_TRY(out.timeout, positive_time(section, "timeout"));
    LQ_TRY(out.connect_timeout, positive_time(section, "connect_timeout"));
    LQ_TRY(out.response_max, positive(section, "response_max", 64 << 20));
    LQ_TRY(out.in_flight_max, positive(section, "max_in_flight", 4096));
    out.ca_file = section.text("ca_file");
    out.query_url = section.text("query_url");
    if (out.query_url.empty()) return out;
    const std::size_t place = out.query_url.find(kIdMark);
    if (place == std::string::npos || out.query_url.find(kIdMark, place + 1) != std::string::npos) {
        return fail(Errc::InvalidArgument, "query_url holds {{id}} once");
    }
    std::string example = out.query_url;
    LQ_TRY([[maybe_unused]] const auto url,
           parse_http_url(example.replace(place, kIdMark.size(), "0")));
    return out;
}

PushOutlet::PushOutlet(PushOptions options, Signer signer, Wrap wrap, Judge judge)
    : options_(std::move(options)),
      signer_(std::move(signer)),
      wrap_(std::move(wrap)),
      client_(shared_http_client()) {
    shared_->judge = std::move(judge);
}

PushOutlet::~PushOutlet() {
    stop();
}

HttpHeaders PushOutlet::headers_of(const broker::Outgoing& message) const {
    HttpHeaders out = options_.headers;
    if (!options_.content_type.empty()) out.add("Content-Type", options_.content_type);
    add_visible(out, "X-Message-Id", message.id);
    add_visible(out, "X-Format", message.format);
    out.add("X-Attempt", std::to_string(message.attempt));
    add_visible(out, "X-Case-Number", message.case_number);
    add_visible(out, "X-Rule-Bundle", message.bundle);
    return out;
}

void PushOutlet::sign(HttpHeaders& headers,
                      std::string_view method,
                      const HttpUrl& url,
                      std::string_view body) const {
    if (!signer_) return;
    add_proof(headers, signer_(method, url.path, url.query, body));
}

const char* PushOutlet::begin() {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) return "the outlet is stopping";
    if (shared_->in_flight >= options_.in_flight_max) return "too many requests are open";
    ++shared_->in_flight;
    ++shared_->open;
    return nullptr;
}

HttpClientRequest PushOutlet::call_of(std::string method, std::string url) const {
    HttpClientRequest call;
    call.method = std::move(method);
    call.url = std::move(url);
    call.timeout = options_.timeout;
    call.connect_timeout = options_.connect_timeout;
    call.response_max = options_.response_max;
    call.ca_file = options_.ca_file;
    return call;
}

void PushOutlet::send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) {
    if (const char* refused = begin()) return done(fail(Errc::Unavailable, "{}", refused));
    HttpClientRequest call = call_of("POST", options_.url.text);
    // The caller is the turn, which everything waits for. This outlet ends after its last call.
    call.complete = [this, message = std::move(message)](HttpClientRequest& request) {
        request.body = wrap_(message);
        request.headers = headers_of(message);
        sign(request.headers, "POST", options_.url, request.body);
    };
    client_->send(std::move(call),
                  [shared = shared_, done = std::move(done)](Result<HttpResponse> response) {
                      shared->arrived();
                      if (response) {
                          done(shared->judge(*std::move(response)));
                      } else {
                          done(std::move(response).error());
                      }
                      shared->end();
                  });
}

void PushOutlet::ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> done) {
    std::string text = options_.query_url;
    const std::size_t place = text.find(kIdMark);
    const bool fits = is_visible_ascii(message.id, kHeaderValueMax) && place != std::string::npos;
    if (fits) text.replace(place, kIdMark.size(), message.id);
    const auto url =
        fits ? parse_http_url(text) : Result<HttpUrl>(fail(Errc::Unavailable, "no id"));
    const char* refused = url ? begin() : "the query cannot be made";
    if (refused != nullptr) return done(fail(Errc::Unavailable, "{}", refused));
    HttpClientRequest call = call_of("GET", url->text);
    call.headers = options_.headers;
    call.headers.add("X-Message-Id", message.id);
    sign(call.headers, "GET", *url, {});
    client_->send(std::move(call),
                  [shared = shared_, done = std::move(done)](const Result<HttpResponse>& response) {
                      shared->arrived();
                      done(judge_holding(response));
                      shared->end();
                  });
}

void PushOutlet::stop() {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    shared_->ended.wait(lock, [this] { return shared_->open == 0; });
}

Result<broker::Reply> judge_status(HttpResponse response) {
    const int status = response.status;
    if (status >= 200 && status < 300) return broker::Reply{std::move(response.body)};
    const bool passing =
        status < 400 || status >= 500 || status == 408 || status == 425 || status == 429;
    return fail(passing ? Errc::Unavailable : Errc::Refused, "HTTP status {}", status);
}

}  // namespace luqiao::adapters
