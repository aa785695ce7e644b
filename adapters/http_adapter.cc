// The adapter "http": JSON or any other bytes, POSTed.
#include "adapters/http_attachments.h"
#include "adapters/http_inlet.h"
#include "adapters/push.h"
#include "adapters/registry.h"

namespace luqiao::adapters {
namespace {

constexpr std::int64_t kThreadSettingMax = 64;
constexpr std::int64_t kBodySettingMax = 256 << 20;
constexpr std::int64_t kBodiesMax = std::int64_t{1} << 40U;
constexpr std::int64_t kConnectionsMax = 1'000'000;
constexpr std::int64_t kPortMax = 65'535;

Result<std::int64_t> within(const Section& section,
                            std::string_view key,
                            std::int64_t low,
                            std::int64_t high) {
    const std::int64_t value = section.integer(key);
    if (value < low || value > high) {
        return fail(Errc::InvalidArgument, "{} is {} to {}, got {}", key, low, high, value);
    }
    return value;
}

Result<Duration> limit(const Section& section, std::string_view key) {
    const Duration value = section.time(key);
    if (value < Duration{1}) return fail(Errc::InvalidArgument, "{} is at least 1ms", key);
    return value;
}

Spec http_outlet_spec() {
    std::vector<SettingField> fields = push_fields();
    fields.insert(fields.begin(), {{"adapter", SettingKind::Text, "http"},
                                   {"content_type", SettingKind::Text,
                                    "Content-Type of the request", "application/json"}});
    return {.name = "push.http",
            .summary = "POSTs each message to a URL; a 2xx answer takes it.",
            .fields = std::move(fields),
            .example = R"(adapter = "http"
url = "http://127.0.0.1:18101/api/apply"
timeout = "5s"
)"};
}

Result<std::unique_ptr<broker::Outlet>> make_http_outlet(const Making& making) {
    LQ_TRY(PushOptions options, push_options(making.section));
    options.content_type = making.section.text("content_type");
    return std::unique_ptr<broker::Outlet>(std::make_unique<PushOutlet>(
        std::move(options), making.signer,
        [](const broker::Outgoing& message) { return message.body; }, judge_status));
}

Result<std::unique_ptr<broker::Inlet>> make_inlet(const Making& making) {
    if (making.intake == nullptr) return fail(Errc::InvalidArgument, "an inlet needs an intake");
    LQ_TRY(HttpServerOptions options, http_inlet_options(making.section));
    if (making.attachments != nullptr) {
        options.streams = make_attachment_streams(*making.attachments);
    }
    return std::unique_ptr<broker::Inlet>(
        std::make_unique<HttpInlet>(std::move(options), *making.intake));
}

}  // namespace

Spec http_inlet_spec() {
    using enum SettingKind;
    return {.name = "receive.http",
            .summary = "The public interface over HTTP and SOAP.",
            .fields = {{"adapter", Text, "http", "http"},
                       {"listen", Text, "address to listen on; one, not 0.0.0.0", "127.0.0.1"},
                       {"port", Integer, "port; 0: any free one", "8080"},
                       {"threads", Integer, "io threads", "2"},
                       {"body_max", Integer, "bytes of a request", "2097152"},
                       {"bodies_max", Integer,
                        "bytes of all bodies at the same time, body_max at least; beyond them 503",
                        "268435456"},
                       {"connections", Integer, "connections at the same time", "4096"},
                       {"head_timeout", Time, "for the head of a request", "10s"},
                       {"body_timeout", Time, "for the body of a request", "60s"},
                       {"idle_timeout", Time, "a silent connection is closed after", "30s"},
                       {"answer_timeout", Time, "for our own answer", "60s"},
                       {"drain_timeout", Time, "for open requests when stopping", "15s"}},
            .example = R"(listen = "127.0.0.1"
port = 8080
)"};
}

Result<HttpServerOptions> http_inlet_options(const Section& section) {
    HttpServerOptions out;
    out.address = section.text("listen");
    LQ_TRY(const auto port, within(section, "port", 0, kPortMax));
    out.port = static_cast<std::uint16_t>(port);
    LQ_TRY(const auto threads, within(section, "threads", 1, kThreadSettingMax));
    out.threads = static_cast<std::size_t>(threads);
    LQ_TRY(const auto body, within(section, "body_max", 1, kBodySettingMax));
    out.body_max = static_cast<std::size_t>(body);
    LQ_TRY(const auto bodies, within(section, "bodies_max", body, kBodiesMax));
    out.bodies_max = static_cast<std::size_t>(bodies);
    LQ_TRY(const auto connections, within(section, "connections", 1, kConnectionsMax));
    out.connections_max = static_cast<std::size_t>(connections);
    LQ_TRY(out.head_timeout, limit(section, "head_timeout"));
    LQ_TRY(out.body_timeout, limit(section, "body_timeout"));
    LQ_TRY(out.idle_timeout, limit(section, "idle_timeout"));
    LQ_TRY(out.answer_timeout, limit(section, "answer_timeout"));
    LQ_TRY(out.drain_timeout, limit(section, "drain_timeout"));
    return out;
}

const AdapterKind& http_adapter() {
    static const AdapterKind kind{
        .outlet_spec = http_outlet_spec(),
        .inlet_spec = http_inlet_spec(),
        .make_outlet = make_http_outlet,
        .make_inlet = make_inlet,
        .name = "http",
        .can_be_asked = [](const Section& section) { return !section.text("query_url").empty(); }};
    return kind;
}

}  // namespace luqiao::adapters
