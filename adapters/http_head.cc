#include "adapters/http_head.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kMethodMax = 16;
constexpr std::size_t kLengthDigitsMax = 15;

/// Two of them would let two readers see two requests, two senders, or two places for the bytes.
constexpr std::array<std::string_view, 15> kOnce{"host",
                                                 "content-length",
                                                 "transfer-encoding",
                                                 "content-type",
                                                 "x-app-key",
                                                 "x-timestamp",
                                                 "x-nonce",
                                                 "x-sign",
                                                 "content-encoding",
                                                 "idempotency-key",
                                                 "authorization",
                                                 "content-range",
                                                 "x-content-sm3",
                                                 "range",
                                                 "expect"};

Error malformed(std::string_view why) {
    return fail(Errc::ParseFailed, "the request head is malformed: {}", why);
}

/// RFC 9110 section 5.6.2
bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A path and a query: visible ASCII, '%' only before two hexadecimal digits, no '#'.
bool is_target(std::string_view text) {
    if (text.empty() || text.front() != '/') return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c <= ' ' || c >= 0x7F || c == '#' || c == '\\' || c == '"' || c == '<' || c == '>') {
            return false;
        }
        if (c == '%' &&
            (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2]))) {
            return false;
        }
    }
    return true;
}

/// "POST /v1/messages/portal.apply?a=1 HTTP/1.1"
Status read_request_line(std::string_view line, HttpHead& out) {
    const std::vector<std::string_view> words = split(line, ' ');
    if (words.size() != 3) return malformed("a request line is method, target and version");
    if (!is_token(words[0]) || words[0].size() > kMethodMax) return malformed("the method");
    if (!is_target(words[1])) return malformed("the target is not a path");
    if (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0") return malformed("the version");
    out.request.method = words[0];
    const std::size_t mark = words[1].find('?');
    out.request.path = words[1].substr(0, mark);
    if (mark != std::string_view::npos) out.request.query = words[1].substr(mark + 1);
    out.keep_alive = words[2] == "HTTP/1.1";
    return {};
}

Status read_field(std::string_view line, HttpHead& out) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("a header field without a colon");
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name)) return malformed("a header field's name");  // also "Name :"
    const bool once = std::any_of(kOnce.begin(), kOnce.end(),
                                  [name](std::string_view one) { return same_header(one, name); });
    if (once && out.request.headers.find(name)) {
        return malformed("a header field that may stand only once");
    }
    out.request.headers.add(std::string(name), std::string(trimmed(line.substr(colon + 1))));
    return {};
}

Status read_framing(HttpHead& out) {
    const HttpHeaders& headers = out.request.headers;
    if (headers.get("host").empty()) return malformed("no Host");
    if (const auto encoding = headers.find("transfer-encoding")) {
        if (headers.find("content-length")) {
            return malformed("both Content-Length and Transfer-Encoding");
        }
        if (!same_header(*encoding, "chunked") || !out.keep_alive) {
            return malformed("a Transfer-Encoding other than chunked");
        }
        out.chunked = true;
    }
    if (const auto length = headers.find("content-length")) {
        std::uint64_t value = 0;
        const auto [end, error] =
            std::from_chars(length->data(), length->data() + length->size(), value);
        if (error != std::errc{} || end != length->data() + length->size() ||
            length->size() > kLengthDigitsMax) {
            return malformed("Content-Length is not a number");
        }
        out.content_length = value;
    }
    return {};
}

Status read_connection(HttpHead& out) {
    for (const auto& [name, value] : out.request.headers.fields()) {
        if (!same_header(name, "connection")) continue;
        for (const std::string_view option : split(value, ',')) {
            if (same_header(trimmed(option), "close")) out.keep_alive = false;
        }
    }
    if (const auto expect = out.request.headers.find("expect")) {
        if (!same_header(*expect, "100-continue")) return malformed("Expect");
        out.expects_continue = true;
    }
    return {};
}

}  // namespace

Result<std::optional<std::size_t>> HttpHeadScanner::scan(std::string_view received) {
    for (; seen_ < received.size() && seen_ < limits_.size_max; ++seen_) {
        const auto octet = static_cast<unsigned char>(received[seen_]);
        if (octet == '\n') {
            if (seen_ == line_start_ || received[seen_ - 1] != '\r') {
                return malformed("a line that does not end in CR LF");
            }
            if (seen_ - 1 == line_start_) {
                if (line_start_ == 0) return malformed("an empty line before the request line");
                return std::optional(++seen_);
            }
            line_start_ = seen_ + 1;
            continue;
        }
        if (seen_ > line_start_ && received[seen_ - 1] == '\r') return malformed("a bare CR");
        if (seen_ == line_start_ && (octet == ' ' || octet == '\t')) {
            return malformed("a line that begins with a space");
        }
        if ((octet < ' ' && octet != '\t' && octet != '\r') || octet == 0x7F) {
            return malformed("a control character");
        }
    }
    if (seen_ >= limits_.size_max) {
        return fail(Errc::LimitExceeded, "the request head is larger than {} bytes",
                    limits_.size_max);
    }
    return std::optional<std::size_t>();
}

Result<HttpHead> parse_http_head(std::string_view head, HttpHeadLimits limits) {
    HttpHead out;
    std::size_t count = 0;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        if (end == std::string_view::npos) return malformed("a line without its end");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (count == 0) {
            LQ_CHECK(read_request_line(line, out));
        } else if (line.empty()) {
            LQ_CHECK(read_framing(out));
            LQ_CHECK(read_connection(out));
            return out;
        } else {
            LQ_CHECK(read_field(line, out));
        }
        if (count++ > limits.fields_max) {
            return fail(Errc::LimitExceeded, "the request has more than {} header fields",
                        limits.fields_max);
        }
    }
    return malformed("it has no end");
}

}  // namespace luqiao::adapters
