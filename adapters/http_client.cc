#include "adapters/http_client.h"

#include "adapters/http_client_engine.h"

#include <curl/curl.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kUrlMax = 2048;

struct UrlEnd {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlEnd>;

void initialise_once() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(code);
}

std::string part_of(const Url& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

}  // namespace

Result<HttpUrl> parse_http_url(const std::string& text) {
    const auto refuse = [](std::string_view why) {
        return fail(Errc::InvalidArgument, "the URL is not usable: {}", why);
    };
    if (!is_visible_ascii(text, kUrlMax)) return refuse("1 to 2048 visible ASCII characters");
    // libcurl would forgive "http:/host" and "http:///host".
    const std::size_t host = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
    if (host == 0 || host == text.size() || text[host] == '/') return refuse("http or https");
    initialise_once();
    const Url url(curl_url());
    if (!url ||
        curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) {
        return refuse("not a URL");
    }
    if (part_of(url, CURLUPART_HOST).empty()) return refuse("no host");
    if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
        return refuse("a user name in it would be a secret in the settings");
    }
    if (!part_of(url, CURLUPART_FRAGMENT).empty()) return refuse("a fragment");
    return HttpUrl{text, part_of(url, CURLUPART_PATH), part_of(url, CURLUPART_QUERY)};
}

Error call_error(bool is_sent, bool is_late, std::string_view why) {
    if (is_sent) return fail(Errc::OutcomeUnknown, "sent, but no answer: {}", why);
    return fail(is_late ? Errc::Timeout : Errc::Unavailable, "nothing was sent: {}", why);
}

Error stopped_error() {
    return fail(Errc::Unavailable, "the client is stopping");
}

struct HttpClient::Inside {
    HttpClientOptions options;
    std::atomic<std::size_t> calls{0};  ///< taken and not ended
    std::mutex mutex;
    bool stopping = false;                    ///< under `mutex`
    std::unique_ptr<HttpEngine> curl, plain;  ///< under `mutex` until it stops; made when needed

    /// nullptr: it takes no more calls.
    HttpEngine* engine_of(const std::string& url) {
        const bool is_plain = options.plain_sockets && is_plain_address(url);
        const std::lock_guard lock(mutex);
        if (stopping) return nullptr;
        std::unique_ptr<HttpEngine>& engine = is_plain ? plain : curl;
        if (!engine) engine = is_plain ? make_plain_engine(options) : make_curl_engine(options);
        return engine.get();
    }
};

HttpClient::HttpClient(HttpClientOptions options) : inside_(std::make_unique<Inside>()) {
    initialise_once();
    inside_->options = options;
}

HttpClient::~HttpClient() {
    stop();
}

void HttpClient::send(HttpClientRequest call, Done done) {
    Inside& in = *inside_;
    if (++in.calls > in.options.calls_max) {
        --in.calls;
        return done(fail(Errc::Unavailable, "more than {} calls are open", in.options.calls_max));
    }
    HttpEngine* const engine = in.engine_of(call.url);
    if (engine == nullptr) {
        --in.calls;
        return done(stopped_error());
    }
    engine->send(std::move(call), [&in, done = std::move(done)](Result<HttpResponse> result) {
        --in.calls;
        done(std::move(result));
    });
}

void HttpClient::stop() {
    {
        const std::lock_guard lock(inside_->mutex);
        inside_->stopping = true;
    }
    if (inside_->curl) inside_->curl->stop();
    if (inside_->plain) inside_->plain->stop();
}

std::shared_ptr<HttpClient> shared_http_client() {
    static std::mutex mutex;
    static std::weak_ptr<HttpClient> shared;
    const std::lock_guard lock(mutex);
    std::shared_ptr<HttpClient> client = shared.lock();
    if (!client) {
        client = std::make_shared<HttpClient>(HttpClientOptions{});
        shared = client;
    }
    return client;
}

}  // namespace luqiao::adapters
