// tests/fuzz/attachment_fuzz.cc - any bytes as requests for attachments: their heads, ranges,
// lengths and digests.
//
// The first byte chooses: '0' a Content-Range; '1' eight bytes of a length and a Range; '2' whole
// requests, one after another, as they come over a connection. What is asked for is held against
// sums in 128 bits and against a reader of ranges that is written another way.
#include "adapters/http_attachments.h"
#include "adapters/http_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace luqiao::adapters {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Wide kMost = ~std::uint64_t{0};

void require(bool holds, const char* what) {
    if (holds) return;
    (void)std::fprintf(stderr, "%s\n", what);
    std::abort();
}

// ---- ranges -------------------------------------------------------------------------------------

/// A number of RFC 9110 that fits 64 bits. @return none: it is none
std::optional<Wide> number_of(std::string_view text) {
    Wide out = 0;
    if (text.empty()) return std::nullopt;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        out = out * 10 + static_cast<unsigned>(c - '0');
        if (out > kMost) return std::nullopt;
    }
    return out;
}

struct Span {
    Wide first;
    Wide last;
    Wide length;
};

std::optional<Span> span_of(std::string_view text) {
    constexpr std::string_view kUnit = "bytes ";
    if (text.substr(0, kUnit.size()) != kUnit) return std::nullopt;
    text = text.substr(kUnit.size());
    const std::size_t slash = text.rfind('/');
    const std::size_t dash = text.find('-');
    if (slash == std::string_view::npos || dash >= slash) return std::nullopt;
    const auto first = number_of(text.substr(0, dash));
    const auto last = number_of(text.substr(dash + 1, slash - dash - 1));
    const auto length = number_of(text.substr(slash + 1));
    if (!first || !last || !length || *first > *last || *last >= *length) return std::nullopt;
    return Span{*first, *last, *length};
}

bool same(const ContentRange& range, const Span& span) {
    return range.first == span.first && range.last == span.last && range.length == span.length;
}

void check_content_range(std::string_view text) {
    const auto range = parse_content_range(text);
    const auto wanted = span_of(text);
    require(range.has_value() == wanted.has_value(), "Content-Range: one reader takes it");
    if (!range) return;
    require(same(*range, *wanted), "Content-Range: two readers differ");
    const std::string written =
        fmt::format("bytes {}-{}/{}", range->first, range->last, range->length);
    const auto again = parse_content_range(written);
    require(again && same(*again, *wanted), "Content-Range: what is written is read otherwise");
}

void check_range(std::string_view text, std::uint64_t length) {
    const auto range = parse_range(text, length);
    if (!range || !*range) return;
    const ContentRange& part = **range;
    require(part.length == length, "Range: another length");
    require(part.first <= part.last && part.last < length, "Range: outside of the body");
    const std::string_view asked = text.substr(text.find('=') + 1);
    const std::size_t dash = asked.find('-');
    require(dash != std::string_view::npos, "Range: without a dash");
    const auto first = number_of(asked.substr(0, dash));
    const auto last = number_of(asked.substr(dash + 1));
    if (first) {
        require(part.first == *first, "Range: begins elsewhere");
        require(!last || part.last <= *last, "Range: ends behind what was asked for");
        require(last ? part.last == std::min<Wide>(*last, length - 1) : part.last == length - 1,
                "Range: is cut short");
    } else {
        require(last.has_value(), "Range: of nothing");
        require(part.last == length - 1 &&
                    Wide{part.last} - part.first + 1 == std::min<Wide>(*last, length),
                "Range: another suffix");
    }
    const auto again = parse_range(fmt::format("bytes={}-{}", part.first, part.last), length);
    require(again && *again && (*again)->first == part.first && (*again)->last == part.last,
            "Range: what is written is read otherwise");
}

// ---- whole requests -----------------------------------------------------------------------------

bool is_digest(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Attachments without bytes: holds every call against what may reach a store at all.
class Checking final : public broker::Attachments {
public:
    using Begun = std::variant<std::unique_ptr<broker::AttachmentUpload>,
                               broker::AttachmentState,
                               broker::Problem>;

    Begun put(const broker::Proof& proof, const broker::AttachmentPart& part) override {
        require(is_digest(part.sm3), "PUT: of something that is no digest");
        require(is_digest(proof.body_sm3), "PUT: a body without a digest");
        require(Wide{part.offset} + part.size <= part.length, "PUT: more than the length");
        require(part.size == body_size, "PUT: another size than the body");
        if (part.length == 0) return refusal(Errc::LimitExceeded);
        if (proof.nonce == "complete") return broker::AttachmentState{part.length, part.length};
        if (proof.nonce == "conflict") return refusal(Errc::Conflict);
        return std::make_unique<Upload>(part);
    }
    std::variant<broker::AttachmentState, broker::Problem> look(const broker::Proof& proof,
                                                                const std::string& sm3) override {
        require(is_digest(sm3), "HEAD: of something that is no digest");
        if (proof.nonce == "conflict") return refusal(Errc::NotFound);
        return broker::AttachmentState{kSize / 2, kSize};
    }
    std::variant<std::unique_ptr<broker::AttachmentReader>, broker::Problem> get(
        const broker::Proof& proof, const std::string& sm3) override {
        require(is_digest(sm3), "GET: of something that is no digest");
        if (proof.nonce == "conflict") return refusal(Errc::NotFound);
        return std::make_unique<Reader>();
    }

    static constexpr std::uint64_t kSize = 1'000;
    std::uint64_t body_size = 0;  ///< of the request under way

private:
    static broker::Problem refusal(Errc code) {
        broker::Problem out;
        out.code = code;
        return out;
    }
    class Upload final : public broker::AttachmentUpload {
    public:
        explicit Upload(const broker::AttachmentPart& part) : part_(part) {}
        std::optional<broker::Problem> write(std::string_view piece) override {
            came_ += piece.size();
            require(came_ <= part_.size, "more bytes than the request has");
            return std::nullopt;
        }
        std::variant<broker::AttachmentState, broker::Problem> finish() override {
            return broker::AttachmentState{part_.offset + came_, part_.length};
        }

    private:
        broker::AttachmentPart part_;
        std::uint64_t came_ = 0;
    };
    class Reader final : public broker::AttachmentReader {
    public:
        [[nodiscard]] std::uint64_t size() const override { return kSize; }
        Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
            require(offset <= kSize, "a byte behind the end is read");
            const std::size_t count = std::min<std::uint64_t>(into.size(), kSize - offset);
            std::fill_n(into.begin(), count, 'x');
            return count;
        }
    };
};

/// The head that the bytes begin with; the same whether it came at once or byte by byte.
std::optional<HttpHead> take_head(std::string_view& bytes) {
    const HttpHeadLimits limits{4'096, 24};
    HttpHeadScanner at_once(limits);
    const auto size = at_once.scan(bytes);
    HttpHeadScanner slowly(limits);
    for (std::size_t came = 0; came <= std::min(bytes.size(), limits.size_max); ++came) {
        const auto seen = slowly.scan(bytes.substr(0, came));
        if (!seen) {
            require(!size && size.error().code == seen.error().code, "refused in pieces alone");
            break;
        }
        if (*seen) {
            require(size && *size == *seen, "the head ends elsewhere in pieces");
            break;
        }
        require(came < bytes.size() || (size && !*size), "never ends in pieces");
    }
    if (!size || !*size) return std::nullopt;
    require(**size <= limits.size_max, "a head that is larger than may be");
    const auto head = parse_http_head(bytes.substr(0, **size), limits);
    bytes.remove_prefix(**size);
    if (!head) return std::nullopt;
    require(head->request.headers.fields().size() <= limits.fields_max, "too many fields");
    return *head;
}

/// What was understood, written as plainly as can be, is understood as the same.
void check_head(const HttpHead& head) {
    const HttpRequest& request = head.request;
    std::string text = request.method + " " + request.path;
    if (!request.query.empty()) text += "?" + request.query;
    text += " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers.fields()) {
        text += name + ": " + value + "\r\n";
    }
    const auto again = parse_http_head(text + "\r\n", {std::size_t{64} * 1024, 100});
    require(again.has_value(), "a head that was understood is refused");
    require(again->request.method == request.method && again->request.path == request.path &&
                again->request.query == request.query &&
                again->request.headers.fields() == request.headers.fields() &&
                again->content_length == head.content_length && again->chunked == head.chunked,
            "a head is understood otherwise");
    for (const char* name : {"content-length", "content-range", "x-content-sm3", "range"}) {
        const auto count =
            std::count_if(request.headers.fields().begin(), request.headers.fields().end(),
                          [name](const auto& field) { return same_header(field.first, name); });
        require(count <= 1, "two fields that say what the body is");
    }
}

void check_download(const HttpResponse& response) {
    std::array<char, 300> piece{};
    std::uint64_t came = 0;
    while (came < response.download->size()) {
        const std::size_t count = response.download->read(std::span(piece).first(
            std::min<std::uint64_t>(piece.size(), response.download->size() - came)));
        require(count > 0, "a download that ends before its end");
        came += count;
    }
    const auto range = parse_content_range(response.headers.get("Content-Range"));
    require((response.status == 206) == range.has_value(), "206 without its range");
    require(range ? range->length == Checking::kSize && range->last - range->first + 1 == came
                  : came == Checking::kSize,
            "another size than was said");
}

void check_requests(std::string_view bytes) {
    static Checking attachments;
    static const auto streams = make_attachment_streams(attachments);
    while (const auto head = take_head(bytes)) {
        check_head(*head);
        const std::uint64_t size = head->content_length.value_or(0);
        if (!streams->serves(head->request) || head->chunked) return;
        attachments.body_size = size;
        auto begun = streams->begin(head->request, size);
        if (auto* upload = std::get_if<std::unique_ptr<HttpUpload>>(&begun)) {
            const std::string_view body =
                bytes.substr(0, std::min<std::uint64_t>(size, bytes.size()));
            for (std::size_t at = 0; at < body.size(); at += 7) {
                require(!(*upload)->write(body.substr(at, 7)), "a piece is refused");
            }
            if (body.size() < size) return;
            const HttpResponse answer = (*upload)->finish();
            require(answer.status == 200 || answer.status == 201, "an upload that nobody refused");
        } else {
            const auto& answer = std::get<HttpResponse>(begun);
            require(answer.status >= 200 && answer.status < 500, "a request breaks the server");
            require(!answer.download || head->request.method == "GET",
                    "bytes that nobody asked for");
            if (answer.download) check_download(answer);
        }
        bytes.remove_prefix(std::min<std::uint64_t>(size, bytes.size()));
    }
}

void run(std::string_view bytes) {
    if (bytes.empty()) return;
    const char kind = bytes.front();
    bytes.remove_prefix(1);
    if (kind == '0') check_content_range(bytes);
    if (kind == '2') check_requests(bytes);
    if (kind != '1' || bytes.size() < 8) return;
    std::uint64_t length = 0;
    for (const char byte : bytes.substr(0, 8))
        length = length << 8U | static_cast<unsigned char>(byte);
    check_range(bytes.substr(8), length);
}

}  // namespace
}  // namespace luqiao::adapters

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    luqiao::adapters::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
