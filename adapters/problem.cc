#include "adapters/problem.h"

#include "adapters/soap.h"
#include "base/hex.h"
#include "base/json.h"
#include "security/keys.h"

#include <algorithm>
#include <chrono>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kErrorsMax = 100;
constexpr std::chrono::seconds kRetryAfter{1};

Instant clock_now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

/// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
std::string trace_of(std::string_view traceparent) {
    constexpr std::size_t kSize = 55;
    const std::string_view trace = traceparent.size() == kSize && traceparent.starts_with("00-")
                                       ? traceparent.substr(3, 32)
                                       : std::string_view{};
    const bool usable = !trace.empty() && traceparent[35] == '-' &&
                        trace.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
                        trace.find_first_not_of('0') != std::string_view::npos;
    if (usable) return std::string(trace);
    const auto random = security::random_id_bytes();
    return to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
}

/// "4xx: do not retry, but 409 and 429".
bool is_retryable(Errc code) {
    return disposition(code) == Disposition::Retry || code == Errc::Conflict;
}

Instant time_of(const broker::Problem& problem) {
    return problem.at == Instant{} ? clock_now() : problem.at;
}

std::string text_of(const Text& text, std::string_view between) {
    return text.zh + (text.zh.empty() || text.en.empty() ? "" : std::string(between)) + text.en;
}

void write_errors(JsonWriter& json, const broker::Problem& problem) {
    json.key("errors").begin_array();
    const std::size_t count = std::min(problem.errors.size(), kErrorsMax);
    for (std::size_t index = 0; index < count; ++index) {
        const broker::FieldProblem& one = problem.errors[index];
        json.begin_object().field("code", one.code).field("pointer", one.pointer);
        if (!one.rule.empty()) json.field("rule", one.rule);
        if (!one.expected.empty()) json.field("expected", one.expected);
        if (!one.got_masked.empty()) json.field("got_masked", one.got_masked);
        json.field("message", one.message.en).field("message_zh", one.message.zh).end_object();
    }
    json.end_array();
}

std::string problem_json(const broker::Problem& problem, int status) {
    const ErrorInfo& row = info(problem.code);
    const std::string id(row.id);
    JsonWriter json;
    json.begin_object();
    json.field("type", "urn:luqiao:error:" + id);
    json.field("title", row.title_en).field("title_zh", row.title_zh);
    json.field("status", status);
    json.field("detail", problem.detail.en).field("detail_zh", problem.detail.zh);
    json.field("instance", "urn:luqiao:trace:" + problem.trace_id);
    json.field("code", id).field("trace_id", problem.trace_id);
    json.field("retryable", is_retryable(problem.code));
    if (problem.code == Errc::StaleClock) {
        const Instant at = time_of(problem);
        json.field("server_time", to_rfc3339(at));
        json.field("server_time_ms", std::int64_t{at.time_since_epoch().count()});
    }
    if (!problem.bundle.empty()) json.field("bundle", problem.bundle);
    if (!problem.errors.empty()) write_errors(json, problem);
    json.field("help", "docs/reference/errors.md#" + id);
    json.end_object();
    return json.take();
}

void add_retry_after(HttpHeaders& headers, const broker::Problem& problem, int status) {
    if (!problem.retry_after && status != 429 && status != 503 && status != 409) return;
    const auto seconds = std::max(problem.retry_after.value_or(kRetryAfter), kRetryAfter);
    headers.add("Retry-After", std::to_string(seconds.count()));
}

std::string element(std::string_view name, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>", name, xml_escaped(text));
}

std::string fault_detail(const broker::Problem& problem) {
    const ErrorInfo& row = info(problem.code);
    std::string out = element("code", row.id);
    out += element("title", row.title_zh) + element("traceId", problem.trace_id);
    out += element("retryable", is_retryable(problem.code) ? "true" : "false");
    if (problem.code == Errc::StaleClock) {
        out += element("serverTime", to_rfc3339(time_of(problem)));
    }
    if (!problem.bundle.empty()) out += element("bundle", problem.bundle);
    const std::size_t count = std::min(problem.errors.size(), kErrorsMax);
    for (std::size_t index = 0; index < count; ++index) {
        const broker::FieldProblem& one = problem.errors[index];
        out += "<error>" + element("code", one.code) + element("pointer", one.pointer) +
               element("rule", one.rule) + element("expected", one.expected) +
               element("got", one.got_masked) + element("message", text_of(one.message, " / ")) +
               "</error>";
    }
    return out;
}

}  // namespace

broker::Problem make_problem(Errc code, Text detail, std::string_view traceparent) {
    broker::Problem out;
    out.code = code;
    out.detail = std::move(detail);
    out.trace_id = trace_of(traceparent);
    out.at = clock_now();
    return out;
}

HttpResponse problem_response(const broker::Problem& problem, std::optional<int> status) {
    HttpResponse out;
    out.status = status.value_or(info(problem.code).http_status);
    out.content_type = "application/problem+json";
    out.headers.add("Cache-Control", "no-store");
    add_retry_after(out.headers, problem, out.status);
    if (out.status == 401) out.headers.add("WWW-Authenticate", "X-Sign realm=\"luqiao\"");
    out.body = problem_json(problem, out.status);
    return out;
}

HttpResponse soap_fault_response(const broker::Problem& problem, Charset charset) {
    HttpResponse out;
    out.status = 500;
    out.content_type = fmt::format("text/xml; charset={}", name_of(charset));
    out.headers.add("Cache-Control", "no-store");
    add_retry_after(out.headers, problem, info(problem.code).http_status);
    const std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"{}\"?><soapenv:Envelope xmlns:soapenv=\"{}\">"
        "<soapenv:Body><soapenv:Fault><faultcode>soapenv:{}</faultcode>{}"
        "<detail><problem xmlns=\"urn:luqiao:problem\">{}</problem></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        name_of(charset), kSoapNamespace,
        disposition(problem.code) == Disposition::Reject && !is_retryable(problem.code) ? "Client"
                                                                                        : "Server",
        element("faultstring", text_of(problem.detail, " / ")), fault_detail(problem));
    // Texts of this product are UTF-8, so that this cannot fail; if it does, say less.
    out.body = from_utf8(text, charset).value_or(std::string{});
    return out;
}

}  // namespace luqiao::adapters
