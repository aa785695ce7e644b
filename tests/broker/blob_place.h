// tests/broker/blob_place.h - a folder of attachments for one test, and clients that upload to it.
#pragma once

#include "broker/blobs.h"
#include "tests/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

namespace luqiao::broker {

class BlobPlace {
public:
    [[nodiscard]] BlobOptions options() {
        BlobOptions out;
        out.checkpoint_every = 64;
        out.now = [this] { return now; };
        return out;
    }
    std::unique_ptr<Blobs> open(BlobOptions with) const {
        auto opened = Blobs::open(path.string(), std::move(with));
        EXPECT_TRUE(opened.has_value());
        return *std::move(opened);
    }
    std::unique_ptr<Blobs> open() { return open(options()); }

    const tests::TemporaryFolder folder;
    const std::filesystem::path& path = folder.path();
    Instant now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
};

/// Bytes that differ from place to place, so that none can stand for others.
inline std::string sample(std::size_t size, std::uint32_t seed = 1) {
    std::string out(size, '\0');
    for (char& byte : out) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        byte = static_cast<char>(seed >> 24U);
    }
    return out;
}

/// Uploads what is missing of `bytes`, in pieces. @errors those of Blobs
inline Result<AttachmentState> upload_rest(Blobs& blobs,
                                           const std::string& bytes,
                                           std::size_t piece = 40,
                                           const std::string& party = "portal") {
    const std::string sm3 = security::sm3_hex(bytes);
    LQ_TRY(const auto here, blobs.look(party, sm3));
    if (here && here->is_complete()) return *here;
    std::uint64_t at = here ? here->offset : 0;
    LQ_TRY(const auto upload, blobs.append(party, sm3, at, bytes.size()));
    for (; at < bytes.size(); at += piece) LQ_CHECK(upload->write(bytes.substr(at, piece)));
    return upload->finish();
}

/// The bytes under the digest; fails the test when they are others.
inline std::optional<std::string> bytes_of(Blobs& blobs,
                                           const std::string& sm3,
                                           const std::string& party = "portal") {
    const auto reader = blobs.read(party, sm3);
    if (!reader) return std::nullopt;
    std::string out((*reader)->size() + 1, '\0');
    const auto count = (*reader)->read(0, out);
    EXPECT_TRUE(count.has_value());
    out.resize(count.value_or(0));
    EXPECT_EQ(security::sm3_hex(out), sm3) << "other bytes under a digest";
    return out;
}

}  // namespace luqiao::broker
