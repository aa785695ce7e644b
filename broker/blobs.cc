#include "broker/blobs.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace luqiao::broker {
namespace {

constexpr std::size_t kPartyMax = 64;
constexpr std::size_t kDigestSize = 64;
constexpr std::size_t kKnownMax = 256;  ///< uploads whose digest is held in memory
constexpr Duration kUsageFresh{60'000};

bool is_digest(std::string_view text) {
    return text.size() == kDigestSize && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool is_party(std::string_view text) {
    return !text.empty() && text.size() <= kPartyMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

/// "party/sm3": both parts are of letters that lead nowhere else.
Result<std::string> name_of(const std::string& party, const std::string& sm3) {
    if (!is_digest(sm3)) {
        return fail(Errc::InvalidArgument,
                    "an attachment is named by its SM3, 64 lowercase hexadecimal digits");
    }
    if (!is_party(party)) {
        return fail(Errc::InvalidArgument, "party {} cannot have a folder of attachments", party);
    }
    return party + "/" + sm3;
}

class Reader final : public AttachmentReader {
public:
    Reader(BlobFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
        return file_.read(offset, into);
    }

private:
    BlobFile file_;
    std::uint64_t size_;
};

std::optional<std::uint64_t> number_behind(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return std::nullopt;
    text.remove_prefix(word.size());
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end == text.data() + text.size() || *end != '\n') {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return out;
}

}  // namespace

Result<std::unique_ptr<Blobs>> Blobs::open(const std::string& path, BlobOptions options) {
    BlobHook hook = options.hook;
    LQ_TRY(BlobFolder folder, BlobFolder::open(path, std::move(hook)));
    return std::unique_ptr<Blobs>(new Blobs(std::move(folder), std::move(options)));
}

std::optional<BlobUpload::State> Blobs::state_of(const std::string& name) const {
    const auto file = folder_.open_for_reading(name + ".state");
    if (!file) return std::nullopt;
    std::array<char, 256> bytes{};
    const auto size = file->read(0, bytes);
    if (!size) return std::nullopt;
    std::string_view text(bytes.data(), *size);
    BlobUpload::State out;
    const auto length = number_behind(text, "length ");
    const auto offset = length ? number_behind(text, "offset ") : std::nullopt;
    if (!offset || *offset > *length || !text.starts_with("sm3 ")) return std::nullopt;
    text.remove_prefix(4);
    if (text.size() != kDigestSize + 1 || !is_digest(text.substr(0, kDigestSize))) {
        return std::nullopt;
    }
    return BlobUpload::State{*length, *offset, std::string(text.substr(0, kDigestSize))};
}

Result<std::optional<AttachmentState>> Blobs::look(const std::string& party,
                                                   const std::string& sm3) const {
    LQ_TRY(const std::string name, name_of(party, sm3));
    if (const auto whole = folder_.look(name)) {
        return std::optional(AttachmentState{whole->size, whole->size});
    }
    const auto state = state_of(name);
    if (!state) return std::optional<AttachmentState>{};
    return std::optional(AttachmentState{state->offset, state->length});
}

Result<std::optional<AttachmentState>> Blobs::hold(const std::string& party,
                                                   const std::string& sm3) {
    LQ_TRY(const std::string name, name_of(party, sm3));
    auto file = folder_.open_for_reading(name);
    if (!file) return look(party, sm3);
    // Touched first and looked up again behind it: a sweep renames, then looks at the time.
    LQ_CHECK(file->touch(options_.now()));
    LQ_TRY(const BlobInfo mine, file->info());
    const auto named = folder_.look(name);
    if (!named || named->number != mine.number) return std::optional<AttachmentState>{};
    return std::optional(AttachmentState{mine.size, mine.size});
}

Result<std::unique_ptr<AttachmentReader>> Blobs::read(const std::string& party,
                                                      const std::string& sm3) const {
    LQ_TRY(const std::string name, name_of(party, sm3));
    LQ_TRY(BlobFile file, folder_.open_for_reading(name));
    LQ_TRY(const BlobInfo about, file.info());
    return std::unique_ptr<AttachmentReader>(std::make_unique<Reader>(std::move(file), about.size));
}

Result<std::uint64_t> Blobs::usage(const std::string& party) {
    const Instant now = options_.now();
    {
        const std::lock_guard lock(mutex_);
        const auto found = usage_.find(party);
        if (found != usage_.end() && now - found->second.at < kUsageFresh &&
            found->second.at <= now) {
            return found->second.bytes;
        }
    }
    LQ_TRY(const auto files, folder_.files(party));
    std::uint64_t bytes = 0;
    for (const std::string& file : files) {
        const auto about = folder_.look(party + "/" + file);
        if (about) bytes += about->size;
    }
    const std::lock_guard lock(mutex_);
    usage_[party] = {bytes, now};
    return bytes;
}

Status Blobs::check_room(const std::string& party, std::uint64_t more, bool is_new) {
    if (options_.free_bytes && options_.disk_reserve > 0) {
        LQ_TRY(const std::uint64_t free, options_.free_bytes());
        if (free < options_.disk_reserve || free - options_.disk_reserve < more) {
            return fail(Errc::StoreFull, "{} bytes more would touch the disk's reserve", more);
        }
    }
    if (!is_new) return {};
    LQ_TRY(const std::uint64_t used, usage(party));
    if (used > options_.party_max || options_.party_max - used < more) {
        return fail(Errc::LimitExceeded, "{} bytes more are too many: the party has {} of {} bytes",
                    more, used, options_.party_max);
    }
    const std::lock_guard lock(mutex_);
    usage_[party].bytes += more;
    return {};
}

Result<std::unique_ptr<BlobUpload>> Blobs::append(const std::string& party,
                                                  const std::string& sm3,
                                                  std::uint64_t offset,
                                                  std::uint64_t length) {
    LQ_TRY(const std::string name, name_of(party, sm3));
    if (length == 0 || length > options_.size_max) {
        return fail(Errc::LimitExceeded, "an attachment has 1 to {} bytes, got {}",
                    options_.size_max, length);
    }
    const auto busy = [] { return fail(Errc::Conflict, "another request uploads it just now"); };
    LQ_CHECK(folder_.make_party(party));
    LQ_CHECK(check_room(party, length - std::min(length, offset), offset == 0));
    const std::string part = name + ".part";
    LQ_TRY(BlobFile file, folder_.open_for_writing(part));
    LQ_TRY(const bool is_mine, file.lock());
    if (!is_mine) return busy();
    // Whoever had it before may have completed or removed what this name stood for.
    LQ_TRY(const BlobInfo mine, file.info());
    const auto named = folder_.look(part);
    if (!named || named->number != mine.number) return busy();
    std::unique_ptr<BlobUpload> upload(new BlobUpload(*this, party, name, std::move(file)));
    LQ_CHECK(upload->begin(offset, length));
    return upload;
}

Blobs::Totals Blobs::totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
}

void Blobs::count_completed(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    ++totals_.attachments;
    totals_.bytes += bytes;
}

void Blobs::remember(const std::string& name, Known known) {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kKnownMax) known_.erase(known_.begin());
    known_.insert_or_assign(name, std::move(known));
}

std::optional<security::Sm3Stream> Blobs::recall(const std::string& name,
                                                 const BlobInfo& file,
                                                 std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    auto found = known_.extract(name);
    if (found.empty() || found.mapped().offset != offset) return std::nullopt;
    if (found.mapped().file != file.number || file.size < offset) return std::nullopt;
    return std::move(found.mapped().digest);
}

}  // namespace luqiao::broker
