#include "adapters/http_attachments.h"

#include "adapters/http_proof.h"
#include "adapters/problem.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace luqiao::adapters {
namespace {

constexpr std::string_view kPrefix = "/v1/attachments/";
constexpr std::size_t kDigestSize = 64;

bool is_digest(std::string_view text) {
    return text.size() == kDigestSize && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

/// Takes the digits at the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return out;
}

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

HttpResponse state_response(const std::string& sm3, const broker::AttachmentState& state) {
    JsonWriter json;
    json.begin_object().field("sm3", sm3).field("offset", state.offset);
    json.field("length", state.length).field("complete", state.is_complete()).end_object();
    return {state.is_complete() ? 201 : 200,
            {{"Cache-Control", "no-store"}},
            json.take(),
            "application/json"};
}

HttpResponse look_response(const broker::AttachmentState& state) {
    return {200,
            {{"Cache-Control", "no-store"},
             {"Upload-Offset", std::to_string(state.offset)},
             {"Upload-Length", std::to_string(state.length)},
             {"Upload-Complete", state.is_complete() ? "?1" : "?0"}},
            {},
            {}};
}

class Upload final : public HttpUpload {
public:
    Upload(std::string sm3, std::unique_ptr<broker::AttachmentUpload> upload)
        : sm3_(std::move(sm3)), upload_(std::move(upload)) {}

    std::optional<HttpResponse> write(std::string_view piece) override {
        const auto refusal = upload_->write(piece);
        if (!refusal) return std::nullopt;
        return problem_response(*refusal);
    }
    HttpResponse finish() override {
        const auto done = upload_->finish();
        if (const auto* refusal = std::get_if<broker::Problem>(&done)) {
            return problem_response(*refusal);
        }
        return state_response(sm3_, std::get<broker::AttachmentState>(done));
    }

private:
    std::string sm3_;
    std::unique_ptr<broker::AttachmentUpload> upload_;
};

class Download final : public HttpDownload {
public:
    Download(std::unique_ptr<broker::AttachmentReader> reader, std::uint64_t at, std::uint64_t size)
        : reader_(std::move(reader)), at_(at), size_(size) {}

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    std::size_t read(std::span<char> into) override {
        const auto count = reader_->read(at_, into);
        if (!count) return 0;
        at_ += *count;
        return *count;
    }

private:
    std::unique_ptr<broker::AttachmentReader> reader_;
    std::uint64_t at_;
    std::uint64_t size_;
};

HttpResponse range_response(std::unique_ptr<broker::AttachmentReader> reader,
                            const std::string& sm3,
                            std::string_view asked) {
    const std::uint64_t length = reader->size();
    HttpResponse out{200,
                     {{"Cache-Control", "private, immutable"},
                      {"Accept-Ranges", "bytes"},
                      {"ETag", "\"" + sm3 + "\""}},
                     {},
                     "application/octet-stream"};
    const auto range = asked.empty() ? std::optional<ContentRange>{} : parse_range(asked, length);
    if (!range) {
        out = problem_response(
            make_problem(range.error().code, {fmt::format("Range 超出文件，共 {} 字节", length),
                                              range.error().message}),
            416);
        out.headers.add("Content-Range", fmt::format("bytes */{}", length));
        return out;
    }
    const ContentRange part = range->value_or(ContentRange{0, length - 1, length});
    if (*range) {
        out.status = 206;
        out.headers.add("Content-Range",
                        fmt::format("bytes {}-{}/{}", part.first, part.last, length));
    }
    out.download =
        std::make_shared<Download>(std::move(reader), part.first, part.last - part.first + 1);
    return out;
}

class AttachmentStreams final : public HttpStreams {
public:
    explicit AttachmentStreams(broker::Attachments& attachments) : attachments_(attachments) {}

    [[nodiscard]] bool serves(const HttpRequest& head) const override {
        return head.path.starts_with(kPrefix);
    }

    Begun begin(HttpRequest head, std::uint64_t body_size) override {
        const std::string sm3 = head.path.substr(kPrefix.size());
        if (head.method != "PUT" && head.method != "GET" && head.method != "HEAD") {
            return wrong_method(head, "PUT, GET, HEAD");
        }
        std::optional<broker::Problem> problem = check_identity(head);
        if (!problem && !is_digest(sm3)) {
            problem = refused(head, Errc::NotFound,
                              {"材料的地址是其 SM3：64 位小写十六进制数字",
                               "an attachment's address is its SM3: 64 lowercase hexadecimal "
                               "digits"});
        }
        if (problem) return problem_response(*problem);
        if (head.method == "PUT") return put(head, sm3, body_size);
        if (body_size > 0) {
            return problem_response(refused(head, Errc::InvalidArgument,
                                            {"此方法不带请求体", "this method has no body"}));
        }
        return head.method == "HEAD" ? look(head, sm3) : get(head, sm3);
    }

private:
    Begun put(const HttpRequest& head, const std::string& sm3, std::uint64_t body_size) {
        broker::Proof proof = proof_of(head);
        proof.body_sm3 = head.headers.get("X-Content-SM3");
        if (!is_digest(proof.body_sm3)) {
            return problem_response(refused(
                head, proof.body_sm3.empty() ? Errc::MissingHeader : Errc::InvalidArgument,
                {"X-Content-SM3 应为本次请求体的 SM3：64 位小写十六进制数字",
                 "X-Content-SM3 is the SM3 of this request's body: 64 lowercase hexadecimal "
                 "digits"}));
        }
        broker::AttachmentPart part{sm3, 0, body_size, body_size};
        if (const auto field = head.headers.find("Content-Range")) {
            const auto range = parse_content_range(*field);
            if (!range || range->last - range->first + 1 != body_size) {
                return problem_response(refused(
                    head, Errc::InvalidArgument,
                    {fmt::format("Content-Range 应为 bytes 起-止/总长，且与请求体的 {} 字节相符",
                                 body_size),
                     fmt::format("Content-Range is \"bytes first-last/length\" and fits the body "
                                 "of {} bytes",
                                 body_size)}));
            }
            part.offset = range->first;
            part.length = range->length;
        }
        auto begun = attachments_.put(proof, part);
        if (const auto* refusal = std::get_if<broker::Problem>(&begun)) {
            return problem_response(*refusal);
        }
        if (const auto* state = std::get_if<broker::AttachmentState>(&begun)) {
            return state_response(sm3, *state);
        }
        return std::make_unique<Upload>(
            sm3, std::get<std::unique_ptr<broker::AttachmentUpload>>(std::move(begun)));
    }

    HttpResponse look(const HttpRequest& head, const std::string& sm3) {
        const auto here = attachments_.look(proof_of(head), sm3);
        if (const auto* refusal = std::get_if<broker::Problem>(&here)) {
            return problem_response(*refusal);
        }
        return look_response(std::get<broker::AttachmentState>(here));
    }

    HttpResponse get(const HttpRequest& head, const std::string& sm3) {
        auto found = attachments_.get(proof_of(head), sm3);
        if (const auto* refusal = std::get_if<broker::Problem>(&found)) {
            return problem_response(*refusal);
        }
        return range_response(std::get<std::unique_ptr<broker::AttachmentReader>>(std::move(found)),
                              sm3, head.headers.get("Range"));
    }

    broker::Attachments& attachments_;
};

}  // namespace

std::shared_ptr<HttpStreams> make_attachment_streams(broker::Attachments& attachments) {
    return std::make_shared<AttachmentStreams>(attachments);
}

Result<ContentRange> parse_content_range(std::string_view text) {
    const auto refuse = [] {
        return fail(Errc::InvalidArgument, "not \"bytes first-last/length\"");
    };
    if (!take(text, "bytes ")) return refuse();
    const auto first = take_number(text);
    const auto last = first && take(text, "-") ? take_number(text) : std::nullopt;
    const auto length = last && take(text, "/") ? take_number(text) : std::nullopt;
    if (!length || !text.empty() || *first > *last || *last >= *length) return refuse();
    return ContentRange{*first, *last, *length};
}

Result<std::optional<ContentRange>> parse_range(std::string_view text, std::uint64_t length) {
    const auto beyond = [&] {
        return fail(Errc::InvalidArgument, "no byte of the range is among the {}", length);
    };
    const std::optional<ContentRange> whole;
    if (!take(text, "bytes=")) return whole;
    const auto first = take_number(text);
    if (!take(text, "-")) return whole;
    const auto last = take_number(text);
    if (!text.empty() || (!first && !last)) return whole;
    if (!first) {
        if (*last == 0 || length == 0) return beyond();
        return std::optional(ContentRange{length - std::min(length, *last), length - 1, length});
    }
    if (last && *last < *first) return whole;
    if (*first >= length) return beyond();
    return std::optional(
        ContentRange{*first, std::min(last.value_or(length - 1), length - 1), length});
}

}  // namespace luqiao::adapters
