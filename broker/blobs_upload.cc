// An upload: what is told to be kept was flushed, and held against its SM3 before it is gone on
// with.
#include "broker/blobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace luqiao::broker {
namespace {

constexpr std::size_t kReadSize = 256U << 10U;

}  // namespace

BlobUpload::~BlobUpload() {
    if (is_over_) return;
    if (at_ == length_) {  // no .state ever says that all is here
        (void)complete();
    } else {
        (void)checkpoint();
    }
}

Status BlobUpload::begin(std::uint64_t offset, std::uint64_t length) {
    is_over_ = true;  // until it has begun there is nothing to keep
    length_ = length;
    auto state = blobs_.state_of(name_);
    if (offset == 0) {
        if (state) LQ_CHECK(blobs_.folder_.remove(name_ + ".state"));
        state.reset();
    }
    if (state && state->length != length) {
        return fail(Errc::Conflict, "the upload was begun with {} bytes, not {}", state->length,
                    length);
    }
    if (state && !verify(*state)) {
        LQ_CHECK(blobs_.folder_.remove(name_ + ".state"));
        state.reset();
    }
    begin_ = at_ = kept_ = state ? state->offset : 0;
    if (!state) digest_ = security::Sm3Stream();
    if (offset != at_) {
        if (state) remember();
        return fail(Errc::Conflict, "the upload goes on at byte {}, not at {}", at_, offset);
    }
    digest_at_begin_ = digest_;
    LQ_TRY(const BlobInfo about, file_.info());
    if (about.size > at_) LQ_CHECK(file_.truncate(at_));
    is_over_ = false;
    return {};
}

/// Holds the kept bytes against their SM3: from memory when this process wrote them itself.
Status BlobUpload::verify(const State& state) {
    LQ_TRY(const BlobInfo about, file_.info());
    if (auto known = blobs_.recall(name_, about, state.offset);
        known && known->hex() == state.sm3) {
        digest_ = *std::move(known);
        return {};
    }
    digest_ = security::Sm3Stream();
    std::vector<char> bytes(kReadSize);
    for (std::uint64_t at = 0; at < state.offset;) {
        const std::size_t want = std::min<std::uint64_t>(bytes.size(), state.offset - at);
        LQ_TRY(const std::size_t count, file_.read(at, std::span(bytes.data(), want)));
        if (count == 0) break;
        digest_.update({bytes.data(), count});
        at += count;
    }
    if (digest_.hex() != state.sm3) {
        return fail(Errc::Corruption, "the kept bytes are not those that came");
    }
    return {};
}

Status BlobUpload::write(std::string_view bytes) {
    if (bytes.size() > length_ - at_) {
        return fail(Errc::LimitExceeded, "more than the {} bytes that were announced", length_);
    }
    LQ_CHECK(file_.write(at_, bytes));
    digest_.update(bytes);
    at_ += bytes.size();
    if (at_ - kept_ < blobs_.options_.checkpoint_every || at_ == length_) return {};
    LQ_CHECK(checkpoint());
    return blobs_.check_room(party_, length_ - at_, false);
}

Status BlobUpload::rewind() {
    digest_ = digest_at_begin_;
    at_ = begin_;
    if (kept_ > begin_) {
        kept_ = begin_;
        LQ_CHECK(begin_ == 0 ? blobs_.folder_.remove(name_ + ".state") : write_state());
    }
    return file_.truncate(begin_);
}

void BlobUpload::give_up() {
    is_over_ = true;
    (void)blobs_.folder_.remove(name_ + ".state");
    (void)blobs_.folder_.remove(name_ + ".part");
}

void BlobUpload::remember() {
    const auto about = file_.info();
    if (about) blobs_.remember(name_, {about->number, at_, digest_});
}

Status BlobUpload::checkpoint() {
    if (at_ == kept_) return {};
    if (Status flushed = file_.flush(); !flushed) {
        give_up();  // the kernel may call clean what it could not write
        return flushed;
    }
    kept_ = at_;
    if (Status written = write_state(); !written) {
        is_over_ = true;  // the old state or the new one: both are true of what was flushed
        return written;
    }
    remember();
    return {};
}

Status BlobUpload::write_state() {
    const BlobFolder& folder = blobs_.folder_;
    const std::string text =
        fmt::format("length {}\noffset {}\nsm3 {}\n", length_, at_, digest_.hex());
    {
        LQ_TRY(BlobFile file, folder.open_for_writing(name_ + ".next"));
        LQ_CHECK(file.truncate(0));
        LQ_CHECK(file.write(0, text));
        LQ_CHECK(file.flush());
    }
    LQ_CHECK(folder.rename(name_ + ".next", name_ + ".state"));
    return folder.flush_party(party_);
}

Result<AttachmentState> BlobUpload::finish() {
    if (at_ == length_) return complete();
    LQ_CHECK(checkpoint());
    is_over_ = true;
    return AttachmentState{at_, length_};
}

Result<AttachmentState> BlobUpload::complete() {
    const BlobFolder& folder = blobs_.folder_;
    const std::string own = digest_.hex();
    const std::string wanted = name_.substr(name_.find('/') + 1);
    if (own != wanted) {
        give_up();
        return fail(Errc::BadValue, "SM3 {} expected, got {}", wanted, own);
    }
    LQ_CHECK(file_.touch(blobs_.options_.now()));
    if (const Status flushed = file_.flush(); !flushed) {
        give_up();
        return flushed.error();
    }
    is_over_ = true;
    LQ_CHECK(folder.rename(name_ + ".part", name_));
    if (const Status flushed = folder.flush_party(party_); !flushed) {
        (void)folder.remove(name_);  // whole, but perhaps not after a power cut: it comes again
        (void)folder.remove(name_ + ".state");
        return flushed.error();
    }
    (void)folder.remove(name_ + ".state");  // else the next sweep does it
    blobs_.count_completed(length_);
    return AttachmentState{length_, length_};
}

}  // namespace luqiao::broker
