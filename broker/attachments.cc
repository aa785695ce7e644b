#include "broker/attachments.h"

#include "broker/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace luqiao::broker {
namespace {

constexpr std::size_t kAttachmentPage = 50;
constexpr std::size_t kDigestMost = 64;

/// One of the transfers that may be under way.
class Transfer {
public:
    /// @return nullptr: there are as many as may be
    static std::unique_ptr<Transfer> take(std::shared_ptr<std::atomic<std::size_t>> count,
                                          std::size_t most) {
        if (count->fetch_add(1) >= most) {
            count->fetch_sub(1);
            return nullptr;
        }
        return std::unique_ptr<Transfer>(new Transfer(std::move(count)));
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { count_->fetch_sub(1); }

private:
    explicit Transfer(std::shared_ptr<std::atomic<std::size_t>> count) : count_(std::move(count)) {}
    std::shared_ptr<std::atomic<std::size_t>> count_;
};

Error too_many() {
    return fail(Errc::Overloaded, "too many attachments are on their way");
}

FieldProblem offset_finding(const Error& error, std::uint64_t here, std::uint64_t got) {
    return {std::string(info(error.code).id),
            "Content-Range",
            {},
            fmt::format("bytes {}-", here),
            fmt::format("bytes {}-", got),
            {fmt::format("已收到 {} 字节，应从第 {} 字节续传", here, here),
             fmt::format("{} bytes are here: go on at byte {}", here, here)}};
}

FieldProblem digest_finding(Errc code,
                            std::string place,
                            const std::string& expected,
                            const std::string& got) {
    return {std::string(info(code).id),
            std::move(place),
            {},
            expected,
            got,
            {"收到的字节与所声明的 SM3 不符，已丢弃",
             "the bytes have another SM3 than was said; they were dropped"}};
}

/// Holds the bytes of one request against its signature, and hands them on.
class Upload final : public AttachmentUpload {
public:
    using Refuse = std::function<Problem(const Error& error)>;
    struct Parts {
        std::unique_ptr<BlobUpload> blob;
        std::unique_ptr<Transfer> transfer;
        Refuse refuse;
        std::function<void()> completed;
        std::string sm3;        ///< of the whole
        std::string body_sm3;   ///< of the request
        bool is_whole = false;  ///< the request has all bytes, and both digests are one
    };
    explicit Upload(Parts parts) : parts_(std::move(parts)) {}

    std::optional<Problem> write(std::string_view piece) override {
        if (!parts_.is_whole) body_.update(piece);
        const Status written = parts_.blob->write(piece);
        if (written) return std::nullopt;
        return parts_.refuse(written.error());
    }

    std::variant<AttachmentState, Problem> finish() override {
        if (const std::string own = parts_.is_whole ? parts_.body_sm3 : body_.hex();
            own != parts_.body_sm3) {
            const Status taken_back = parts_.blob->rewind();
            if (!taken_back) return parts_.refuse(taken_back.error());
            const Error error =
                fail(Errc::BadSignature, "the body has another SM3 than was signed").at(kHeader);
            Problem out = parts_.refuse(error);
            out.errors.push_back(digest_finding(error.code, kHeader, parts_.body_sm3, own));
            return out;
        }
        const std::string own = parts_.blob->sm3();
        const auto state = parts_.blob->finish();
        if (state) {
            if (state->is_complete()) parts_.completed();
            return *state;
        }
        Problem out = parts_.refuse(state.error());
        if (state.error().code == Errc::BadValue) {
            out.errors.push_back(digest_finding(Errc::BadValue, "sm3", parts_.sm3, own));
        }
        return out;
    }

private:
    static constexpr const char* kHeader = "X-Content-SM3";
    Parts parts_;
    security::Sm3Stream body_;
};

/// A reader that counts as a transfer.
class Download final : public AttachmentReader {
public:
    Download(std::unique_ptr<AttachmentReader> reader, std::unique_ptr<Transfer> transfer)
        : reader_(std::move(reader)), transfer_(std::move(transfer)) {}
    [[nodiscard]] std::uint64_t size() const override { return reader_->size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
        return reader_->read(offset, into);
    }

private:
    std::unique_ptr<AttachmentReader> reader_;
    std::unique_ptr<Transfer> transfer_;
};

/// Whether the bytes name it, in capitals or not.
bool names(std::string_view body, std::string_view sm3) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    return std::search(body.begin(), body.end(), sm3.begin(), sm3.end(), same) != body.end();
}

bool may_bring(const Party& party) {
    return std::any_of(party.submit.begin(), party.submit.end(),
                       [](const SubmitRight& right) { return !right.attachments.empty(); });
}

}  // namespace

std::uint64_t attachment_term(const SearchKey& key,
                              const std::string& party,
                              const std::string& sm3) {
    return key.number("attachment " + party + " " + sm3);
}

AttachmentDesk::AttachmentDesk(Pipeline& pipeline,
                               Store& store,
                               Blobs& blobs,
                               AttachmentOptions options)
    : pipeline_(pipeline), store_(store), blobs_(blobs), options_(std::move(options)) {}

Problem AttachmentDesk::refuse(const std::string& party,
                               const Error& error,
                               const std::string& sm3) const {
    return pipeline_.refusal(party, error, "attachment " + sm3.substr(0, kDigestMost));
}

std::variant<std::unique_ptr<AttachmentUpload>, AttachmentState, Problem> AttachmentDesk::put(
    const Proof& proof, const AttachmentPart& part) {
    const auto caller = pipeline_.caller(proof);
    if (!caller) return refuse({}, caller.error(), part.sm3);
    const auto refused = [&](const Error& error) { return refuse(*caller, error, part.sm3); };
    const Party* party = pipeline_.realm()->party(*caller);
    if (party == nullptr || !may_bring(*party)) {
        return refused(fail(Errc::Forbidden, "{} has no right to bring attachments", *caller));
    }
    const auto here = blobs_.look(*caller, part.sm3);
    if (!here) return refused(here.error());
    if (*here && (*here)->is_complete()) return **here;
    if (part.size == 0 || part.size > part.length || part.offset > part.length - part.size) {
        return refused(fail(Errc::InvalidArgument, "{} bytes from {} on are none of {}", part.size,
                            part.offset, part.length)
                           .at("Content-Range"));
    }
    auto transfer = Transfer::take(transfers_, options_.transfers_max);
    if (!transfer) return pipeline_.problem(too_many());
    auto blob = blobs_.append(*caller, part.sm3, part.offset, part.length);
    if (!blob) {
        Problem out = refused(blob.error());
        const std::uint64_t offset = *here ? (*here)->offset : 0;
        if (blob.error().code == Errc::Conflict && offset != part.offset) {
            out.errors.push_back(offset_finding(blob.error(), offset, part.offset));
        }
        return out;
    }
    const auto completed = [this, party = *caller, sm3 = part.sm3] {
        pipeline_.note(party, "attach", "attachment " + sm3);
    };
    const bool is_whole = part.size == part.length && proof.body_sm3 == part.sm3;
    return std::make_unique<Upload>(
        Upload::Parts{*std::move(blob), std::move(transfer),
                      [this, party = *caller, sm3 = part.sm3](const Error& error) {
                          return refuse(party, error, sm3);
                      },
                      completed, part.sm3, proof.body_sm3, is_whole});
}

std::variant<AttachmentState, Problem> AttachmentDesk::look(const Proof& proof,
                                                            const std::string& sm3) {
    const auto caller = pipeline_.caller(proof);
    if (!caller) return refuse({}, caller.error(), sm3);
    const auto here = blobs_.look(*caller, sm3);
    if (!here) return refuse(*caller, here.error(), sm3);
    if (*here) return **here;
    return pipeline_.problem(fail(Errc::NotFound, "nothing of this attachment is here"));
}

std::variant<std::unique_ptr<AttachmentReader>, Problem> AttachmentDesk::get(
    const Proof& proof, const std::string& sm3) {
    const auto caller = pipeline_.caller(proof);
    if (!caller) return refuse({}, caller.error(), sm3);
    auto transfer = Transfer::take(transfers_, options_.transfers_max);
    if (!transfer) return pipeline_.problem(too_many());
    auto found = find(*caller, sm3);
    if (!found) return refuse(*caller, found.error(), sm3);
    if (!pipeline_.note(*caller, "read", "attachment " + sm3)) {
        return pipeline_.problem(fail(Errc::Overloaded, "the audit cannot take it now"));
    }
    return std::make_unique<Download>(*std::move(found), std::move(transfer));
}

/// What others brought and this party was not sent is "not there", as what nobody brought.
Result<std::unique_ptr<AttachmentReader>> AttachmentDesk::find(const std::string& party,
                                                               const std::string& sm3) {
    auto own = blobs_.read(party, sm3);
    if (own || own.error().code != Errc::NotFound) return own;
    const auto hidden = [] {
        return fail(Errc::NotFound, "there is no such attachment for this party");
    };
    const auto realm = pipeline_.realm();
    const Party* reader = realm->party(party);
    if (reader == nullptr || reader->clearance < options_.clearance) return hidden();
    for (const auto& [owner, unused] : realm->parties) {
        auto blob = blobs_.read(owner, sm3);
        if (!blob) continue;
        LQ_TRY(const bool sent, was_sent(party, owner, sm3));
        if (sent) return blob;
    }
    return hidden();
}

Result<bool> AttachmentDesk::was_sent(const std::string& party,
                                      const std::string& owner,
                                      const std::string& sm3) {
    const SearchKey* key = pipeline_.search_key();
    if (key == nullptr) return false;
    CaseQuery query;
    query.terms = {attachment_term(*key, owner, sm3)};
    query.limit = kAttachmentPage;
    for (;;) {
        LQ_TRY(const auto cases, store_.search(query));
        for (const FoundCase& one : cases) {
            LQ_TRY(const auto deliveries, store_.deliveries(one.id));
            const bool sent = std::any_of(
                deliveries.begin(), deliveries.end(), [&](const StoredDelivery& delivery) {
                    return delivery.party == party && delivery.attempts > 0 &&
                           names(delivery.body, sm3);
                });
            if (sent) return true;
        }
        if (cases.size() < kAttachmentPage) return false;
        query.before = cases.back().id;
    }
}

/// @param held  cases that an operator holds
Result<bool> AttachmentDesk::is_needed(const std::string& party,
                                       const std::string& sm3,
                                       const std::map<std::string, std::string>& held,
                                       Instant now) {
    const SearchKey* key = pipeline_.search_key();
    if (key == nullptr) return true;
    CaseQuery query;
    query.terms = {attachment_term(*key, party, sm3)};
    query.limit = kAttachmentPage;
    for (;;) {
        LQ_TRY(const auto cases, store_.search(query));
        for (const FoundCase& one : cases) {
            const bool is_old = one.decided_at && *one.decided_at < now - options_.keep;
            if (!is_old || held.contains(one.number)) return true;
        }
        if (cases.size() < kAttachmentPage) return false;
        query.before = cases.back().id;
    }
}

Result<Blobs::Swept> AttachmentDesk::sweep(Instant now) {
    LQ_TRY(const auto held, held_cases(store_));
    return blobs_.sweep(now - options_.unused,
                        [&](const std::string& party, const std::string& sm3,
                            Instant) -> Result<bool> { return is_needed(party, sm3, held, now); });
}

}  // namespace luqiao::broker
