#include "adapters/push.h"

#include <algorithm>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kHeaderValueMax = 128;

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

HttpHeaders PushOutlet::headers_of(const broker::Outgoing& message, std::string_view body) const {
    HttpHeaders out = options_.headers;
    if (!options_.content_type.empty()) out.add("Content-Type", options_.content_type);
    add_visible(out, "X-Message-Id", message.id);
    add_visible(out, "X-Format", message.format);
    out.add("X-Attempt", std::to_string(message.attempt));
    add_visible(out, "X-Case-Number", message.case_number);
    add_visible(out, "X-Rule-Bundle", message.bundle);
    if (signer_) {
        const broker::Proof proof = signer_("POST", options_.url.path, options_.url.query, body);
        out.add("X-App-Key", proof.app_key);
        out.add("X-Timestamp", proof.timestamp);
        out.add("X-Nonce", proof.nonce);
        out.add("X-Sign", proof.signature);
    }
    return out;
}

void PushOutlet::send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) {
    const char* refused = nullptr;
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->stopping) {
            refused = "the outlet is stopping";
        } else if (shared_->open >= options_.in_flight_max) {
            refused = "too many requests are open";
        } else {
            ++shared_->open;
        }
    }
    if (refused != nullptr) return done(fail(Errc::Unavailable, "{}", refused));

    HttpClientRequest call;
    call.url = options_.url.text;
    call.body = wrap_(message);
    call.headers = headers_of(message, call.body);
    call.timeout = options_.timeout;
    call.connect_timeout = options_.connect_timeout;
    call.response_max = options_.response_max;
    call.ca_file = options_.ca_file;
    client_->send(std::move(call),
                  [shared = shared_, done = std::move(done)](Result<HttpResponse> response) {
                      if (response) {
                          done(shared->judge(*std::move(response)));
                      } else {
                          done(std::move(response).error());
                      }
                      const std::lock_guard lock(shared->mutex);
                      --shared->open;
                      shared->ended.notify_all();
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
