// Calls by libcurl.
#include "adapters/http_client_engine.h"
#include "base/text.h"

#include <curl/curl.h>

#include <algorithm>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kSpareHandles = 64;
constexpr int kPollMilliseconds = 1000;

struct EasyEnd {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct MultiEnd {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct ListEnd {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyEnd>;
using Multi = std::unique_ptr<CURLM, MultiEnd>;
using List = std::unique_ptr<curl_slist, ListEnd>;

/// One call on its way.
struct Transfer {
    HttpClientRequest call;
    HttpClient::Done done;
    Easy easy;
    List headers;
    HttpResponse response;
    std::size_t head_size = 0;
    bool too_large = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    if (transfer.response.body.size() + size > transfer.call.response_max) {
        transfer.too_large = true;
        return 0;
    }
    transfer.response.body.append(data, size);
    return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    transfer.head_size += size;
    if (transfer.head_size > kAnswerHeadMax) {
        transfer.too_large = true;
        return 0;
    }
    const std::string_view line = trimmed({data, size});
    if (line.starts_with("HTTP/")) {  // the final head comes last, after a "100 Continue"
        transfer.response.headers = {};
        return size;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        transfer.response.headers.add(std::string(line.substr(0, colon)),
                                      std::string(trimmed(line.substr(colon + 1))));
    }
    return size;
}

/// Counts over all attempts of libcurl.
long sent_bytes(const Transfer& transfer) {
    long sent = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_REQUEST_SIZE, &sent);
    return sent;
}

List header_list(const HttpHeaders& headers) {
    List out;
    const auto append = [&out](const std::string& line) {
        if (curl_slist* longer = curl_slist_append(out.get(), line.c_str())) {
            static_cast<void>(out.release());
            out.reset(longer);
        }
    };
    for (const auto& [name, value] : headers.fields()) {
        if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) {
            append(fmt::format("{}: {}", name, value));
        }
    }
    append("Expect:");  // no waiting for "100 Continue"
    return out;
}

/// Before each attempt to send, on whatever connection. libcurl sends again by itself what was sent
/// on a kept connection that then ended without an answer; but the peer may have acted on it.
int permit_send(void* context, char*, char*, int, int) {
    const auto& transfer = *static_cast<const Transfer*>(context);
    if (transfer.call.method == "GET") return CURL_PREREQFUNC_OK;
    return sent_bytes(transfer) == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    curl_easy_setopt(easy, option, value);
}

void prepare(Transfer& transfer) {
    const HttpClientRequest& call = transfer.call;
    CURL* easy = transfer.easy.get();
    transfer.headers = header_list(call.headers);
    set(easy, CURLOPT_URL, call.url.c_str());
    set(easy, CURLOPT_PATH_AS_IS, 1L);  // the path that was signed is the path that is sent
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_PROXY, "");  // not even one of the environment
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_USERAGENT, "luqiao");
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
    set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(call.connect_timeout, call.timeout).count()));
    if (!call.ca_file.empty()) set(easy, CURLOPT_CAINFO, call.ca_file.c_str());
    set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    if (call.method == "GET") {
        set(easy, CURLOPT_HTTPGET, 1L);
    } else {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
        set(easy, CURLOPT_POSTFIELDS, call.body.data());
    }
    set(easy, CURLOPT_PREREQFUNCTION, &permit_send);
    set(easy, CURLOPT_PREREQDATA, static_cast<void*>(&transfer));
    set(easy, CURLOPT_WRITEFUNCTION, &take_body);
    set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    set(easy, CURLOPT_HEADERFUNCTION, &take_header);
    set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
}

Error error_of(const Transfer& transfer, CURLcode code) {
    const char* why = transfer.too_large                  ? "the answer is too large"
                      : code == CURLE_ABORTED_BY_CALLBACK ? "the connection ended"
                                                          : curl_easy_strerror(code);
    return call_error(sent_bytes(transfer) > 0, code == CURLE_OPERATION_TIMEDOUT, why);
}

Result<HttpResponse> outcome(Transfer& transfer, CURLcode code) {
    if (code != CURLE_OK) return error_of(transfer, code);
    long status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    transfer.response.content_type = transfer.response.headers.get("content-type");
    return std::move(transfer.response);
}

class CurlEngine final : public HttpEngine {
public:
    explicit CurlEngine(const HttpClientOptions& options) : multi_(curl_multi_init()) {
        curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                          static_cast<long>(options.connections_per_host));
        curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS,
                          static_cast<long>(options.connections));
        // Left to itself, libcurl keeps four times as many connections as calls are open at the
        // moment: the end of a burst would close what the next one opens again, until no port is
        // left.
        curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                          static_cast<long>(options.connections));
        thread_ = std::thread([this] { run(); });
    }
    CurlEngine(const CurlEngine&) = delete;
    CurlEngine& operator=(const CurlEngine&) = delete;
    ~CurlEngine() override { stop(); }

    void send(HttpClientRequest call, HttpClient::Done done) override {
        auto transfer = std::make_unique<Transfer>();
        transfer->call = std::move(call);
        transfer->done = std::move(done);
        switch (queue_.put(transfer)) {
            case Queue::Put::First: curl_multi_wakeup(multi_.get()); return;
            case Queue::Put::Behind: return;
            case Queue::Put::Stopped: return transfer->done(stopped_error());
        }
    }

    void stop() override {
        (void)queue_.stop();
        curl_multi_wakeup(multi_.get());
        if (thread_.joinable()) thread_.join();
    }

private:
    using Queue = CallQueue<Transfer>;

    Easy take_handle() {
        if (spare_.empty()) return Easy(curl_easy_init());
        Easy out = std::move(spare_.back());
        spare_.pop_back();
        return out;
    }

    void finish(std::unique_ptr<Transfer> transfer, Result<HttpResponse> result) {
        if (transfer->easy && spare_.size() < kSpareHandles) {
            curl_easy_reset(transfer->easy.get());
            spare_.push_back(std::move(transfer->easy));
        }
        const HttpClient::Done done = std::move(transfer->done);
        transfer.reset();
        done(std::move(result));
    }

    void begin(std::unique_ptr<Transfer> transfer) {
        transfer->easy = take_handle();
        if (!transfer->easy) {
            return finish(std::move(transfer), fail(Errc::Unavailable, "no handle for the call"));
        }
        // It holds the message as it came, which is not kept beside what is sent.
        if (const auto complete = std::exchange(transfer->call.complete, {})) {
            complete(transfer->call);
        }
        prepare(*transfer);
        CURL* easy = transfer->easy.get();
        if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
            return finish(std::move(transfer), fail(Errc::Unavailable, "the call cannot begin"));
        }
        running_.emplace(easy, std::move(transfer));
    }

    void collect() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode code = message->data.result;
            CURL* easy = message->easy_handle;  // `message` dies with the removal
            const auto found = running_.find(easy);
            std::unique_ptr<Transfer> transfer = std::move(found->second);
            running_.erase(found);
            curl_multi_remove_handle(multi_.get(), easy);
            Result<HttpResponse> result = outcome(*transfer, code);
            finish(std::move(transfer), std::move(result));
        }
    }

    void run() {
        while (!running_.empty() || !queue_.is_over()) {
            for (auto& transfer : queue_.take()) begin(std::move(transfer));
            int active = 0;
            curl_multi_perform(multi_.get(), &active);
            collect();
            // What ends the last call leaves nothing to wait for.
            const int most = running_.empty() && queue_.is_over() ? 0 : kPollMilliseconds;
            curl_multi_poll(multi_.get(), nullptr, 0, most, nullptr);
        }
    }

    Multi multi_;
    Queue queue_;
    // Only the thread touches these.
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> running_;
    std::vector<Easy> spare_;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<HttpEngine> make_curl_engine(const HttpClientOptions& options) {
    return std::make_unique<CurlEngine>(options);
}

}  // namespace luqiao::adapters
