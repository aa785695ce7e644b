#include "broker/blobs.h"

#include "tests/broker/blob_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

namespace luqiao::broker {
namespace {

const std::string kBytes = sample(1'000);
const std::string kName = security::sm3_hex(kBytes);

std::vector<std::string> files_in(const std::filesystem::path& folder) {
    std::vector<std::string> out;
    for (const auto& one : std::filesystem::directory_iterator(folder)) {
        out.push_back(one.path().filename());
    }
    std::sort(out.begin(), out.end());
    return out;
}

template <class T>
Errc code_of(const Result<T>& result) {
    return result ? Errc::Internal : result.error().code;
}

TEST(Blobs, KeepsAWholeFileUnderItsDigestAndNothingElse) {
    BlobPlace place;
    const auto blobs = place.open();
    const auto state = upload_rest(*blobs, kBytes);
    ASSERT_TRUE(state.has_value()) << state.error().message;
    EXPECT_TRUE(state->is_complete());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
    EXPECT_EQ(files_in(place.path / "portal"), std::vector{kName});
}

TEST(Blobs, GoesOnWhereAConnectionBrokeOff) {
    BlobPlace place;
    {
        const auto blobs = place.open();
        const auto upload = blobs->append("portal", kName, 0, kBytes.size());
        ASSERT_TRUE(upload.has_value());
        ASSERT_TRUE((*upload)->write(kBytes.substr(0, 333)));
    }  // dropped: what came is kept
    const auto blobs = place.open();
    const auto here = blobs->look("portal", kName);
    ASSERT_TRUE(here && *here);
    EXPECT_EQ((*here)->offset, 333U);
    EXPECT_EQ((*here)->length, 1'000U);
    EXPECT_FALSE((*here)->is_complete());
    EXPECT_EQ(code_of(blobs->read("portal", kName)), Errc::NotFound);
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST(Blobs, RefusesAnotherOffsetOrLengthAndBeginsAnewAtZero) {
    BlobPlace place;
    const auto blobs = place.open();
    {
        const auto upload = blobs->append("portal", kName, 0, kBytes.size());
        ASSERT_TRUE((*upload)->write(kBytes.substr(0, 100)));
        ASSERT_TRUE((*upload)->finish().has_value());
    }
    EXPECT_EQ(code_of(blobs->append("portal", kName, 99, kBytes.size())), Errc::Conflict);
    EXPECT_EQ(code_of(blobs->append("portal", kName, 100, 999)), Errc::Conflict);
    const auto again = blobs->append("portal", kName, 0, kBytes.size());
    ASSERT_TRUE(again.has_value());
    ASSERT_TRUE((*again)->write(kBytes));
    ASSERT_TRUE((*again)->finish().has_value());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST(Blobs, OneRequestHasAnUploadAtATime) {
    BlobPlace place;
    const auto blobs = place.open();
    const auto other = place.open();  // as another node of the same folder
    auto first = blobs->append("portal", kName, 0, kBytes.size());
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(code_of(blobs->append("portal", kName, 0, kBytes.size())), Errc::Conflict);
    EXPECT_EQ(code_of(other->append("portal", kName, 0, kBytes.size())), Errc::Conflict);
    first->reset();
    EXPECT_TRUE(other->append("portal", kName, 0, kBytes.size()).has_value());
}

TEST(Blobs, RemovesBytesThatHaveAnotherDigest) {
    BlobPlace place;
    const auto blobs = place.open();
    const auto upload = blobs->append("portal", kName, 0, kBytes.size());
    ASSERT_TRUE((*upload)->write(sample(1'000, 7)));
    EXPECT_EQ(code_of((*upload)->finish()), Errc::BadValue);
    EXPECT_TRUE(files_in(place.path / "portal").empty());
}

TEST(Blobs, TakesNoMoreThanWasAnnounced) {
    BlobPlace place;
    const auto blobs = place.open();
    const auto upload = blobs->append("portal", kName, 0, 10);
    ASSERT_TRUE((*upload)->write(kBytes.substr(0, 10)));
    EXPECT_EQ(code_of((*upload)->write("x")), Errc::LimitExceeded);
}

TEST(Blobs, TakesBackWhatARequestBrought) {
    BlobPlace place;
    const auto blobs = place.open();
    {
        const auto upload = blobs->append("portal", kName, 0, kBytes.size());
        ASSERT_TRUE((*upload)->write(kBytes.substr(0, 200)));
        ASSERT_TRUE((*upload)->finish().has_value());
    }
    {
        const auto upload = blobs->append("portal", kName, 200, kBytes.size());
        ASSERT_TRUE((*upload)->write(sample(300, 9)));  // past a checkpoint
        ASSERT_TRUE((*upload)->rewind());
    }
    EXPECT_EQ((*blobs->look("portal", kName))->offset, 200U);
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST(Blobs, BeginsAnewWhenKeptBytesWereDamaged) {
    BlobPlace place;
    {
        const auto blobs = place.open();
        const auto upload = blobs->append("portal", kName, 0, kBytes.size());
        ASSERT_TRUE((*upload)->write(kBytes.substr(0, 500)));
    }
    {
        std::fstream part(place.path / "portal" / (kName + ".part"),
                          std::ios::in | std::ios::out | std::ios::binary);
        part.seekp(250);
        part.put(static_cast<char>(kBytes[250] ^ 1));
    }
    const auto blobs = place.open();
    EXPECT_EQ(code_of(blobs->append("portal", kName, 500, kBytes.size())), Errc::Conflict);
    EXPECT_FALSE(*blobs->look("portal", kName)) << "nothing is left that could be gone on with";
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST(Blobs, WhatIsRememberedOfAnUploadIsNotTakenForAnotherFileOfItsName) {
    BlobPlace place;
    const auto blobs = place.open();
    {
        const auto upload = blobs->append("portal", kName, 0, kBytes.size());
        ASSERT_TRUE((*upload)->write(kBytes.substr(0, 500)));
    }
    std::filesystem::remove(place.path / "portal" / (kName + ".part"));  // its state stays
    EXPECT_EQ(code_of(blobs->append("portal", kName, 500, kBytes.size())), Errc::Conflict);
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST(Blobs, NamesThatAreNoDigestLeadNowhere) {
    BlobPlace place;
    const auto blobs = place.open();
    std::string capitals = kName;
    for (char& c : capitals) c = static_cast<char>(std::toupper(c));
    for (const std::string& name :
         {std::string("../../etc/passwd"), std::string(), capitals, kName.substr(1), kName + "0",
          kName.substr(0, 61) + "/..", kName.substr(0, 63) + std::string(1, '\0')}) {
        EXPECT_EQ(code_of(blobs->look("portal", name)), Errc::InvalidArgument) << name;
        EXPECT_EQ(code_of(blobs->read("portal", name)), Errc::InvalidArgument) << name;
        EXPECT_EQ(code_of(blobs->append("portal", name, 0, 1)), Errc::InvalidArgument) << name;
    }
    for (const std::string& party : {std::string(".."), std::string(), std::string("a/b")}) {
        EXPECT_EQ(code_of(blobs->append(party, kName, 0, 1)), Errc::InvalidArgument) << party;
    }
    EXPECT_TRUE(files_in(place.path).empty());
}

TEST(Blobs, FollowsNoLink) {
    BlobPlace place;
    std::filesystem::create_directory(place.path / "portal");
    std::filesystem::create_symlink("/etc/hostname", place.path / "portal" / kName);
    const auto blobs = place.open();
    EXPECT_FALSE(*blobs->look("portal", kName));
    EXPECT_FALSE(blobs->read("portal", kName).has_value());
}

TEST(Blobs, PartiesDoNotSeeOneAnother) {
    BlobPlace place;
    const auto blobs = place.open();
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_FALSE(*blobs->look("mobile", kName));
    EXPECT_EQ(code_of(blobs->read("mobile", kName)), Errc::NotFound);
    EXPECT_FALSE(*blobs->hold("mobile", kName));
}

TEST(Blobs, KeepsItsLimits) {
    BlobPlace place;
    BlobOptions options = place.options();
    std::uint64_t free = 10'000;
    options.size_max = 1'500;
    options.party_max = 2'200;
    options.disk_reserve = 5'000;
    options.free_bytes = [&free]() -> Result<std::uint64_t> { return free; };
    const auto blobs = place.open(options);
    EXPECT_EQ(code_of(blobs->append("portal", kName, 0, 0)), Errc::LimitExceeded);
    EXPECT_EQ(code_of(blobs->append("portal", kName, 0, 1'501)), Errc::LimitExceeded);
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    ASSERT_TRUE(upload_rest(*blobs, sample(1'000, 2)).has_value());
    EXPECT_EQ(code_of(upload_rest(*blobs, sample(1'000, 3))), Errc::LimitExceeded)
        << "the party has no room left";
    free = 5'999;
    EXPECT_EQ(code_of(upload_rest(*blobs, kBytes, 40, "mobile")), Errc::StoreFull);
    free = 6'000;
    EXPECT_TRUE(upload_rest(*blobs, kBytes, 40, "mobile").has_value());
}

// ---- ageing -------------------------------------------------------------------------------------

class BlobsSweep : public testing::Test {
protected:
    Blobs::Swept sweep(Blobs& blobs, bool needed) {
        const auto swept =
            blobs.sweep(place.now - std::chrono::hours(24),
                        [&](const std::string&, const std::string&, Instant) -> Result<bool> {
                            ++asked;
                            return needed;
                        });
        EXPECT_TRUE(swept.has_value());
        return swept.value_or(Blobs::Swept{});
    }
    BlobPlace place;
    int asked = 0;
};

TEST_F(BlobsSweep, RemovesWhatIsOldAndNotNeeded) {
    const auto blobs = place.open();
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_EQ(sweep(*blobs, false).attachments, 0U) << "it is new";
    EXPECT_EQ(asked, 0);
    place.now += std::chrono::hours(25);
    EXPECT_EQ(sweep(*blobs, true).attachments, 0U) << "it is needed";
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
    const Blobs::Swept swept = sweep(*blobs, false);
    EXPECT_EQ(swept.attachments, 1U);
    EXPECT_EQ(swept.bytes, 1'000U);
    EXPECT_TRUE(files_in(place.path / "portal").empty());
}

TEST_F(BlobsSweep, CountsWhatIsLeftAndWhatIsCompletedAfterIt) {
    const auto told = [](const Blobs& blobs) {
        return std::pair(blobs.totals().attachments, blobs.totals().bytes);
    };
    const auto blobs = place.open();
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    EXPECT_FALSE(blobs->totals().counted_at);
    (void)sweep(*blobs, true);
    EXPECT_EQ(told(*blobs), std::pair(std::uint64_t{1}, std::uint64_t{1'000}));
    EXPECT_EQ(blobs->totals().counted_at, place.now);
    ASSERT_TRUE(upload_rest(*blobs, sample(500, 2), 40, "mobile").has_value());
    EXPECT_EQ(told(*blobs), std::pair(std::uint64_t{2}, std::uint64_t{1'500}));
    const auto part = blobs->append("mobile", security::sm3_hex(sample(700, 3)), 0, 700);
    ASSERT_TRUE(part && (*part)->write(sample(300, 3)));
    (void)sweep(*blobs, true);
    EXPECT_EQ(told(*blobs), std::pair(std::uint64_t{2}, std::uint64_t{1'500})) << "complete ones";
    EXPECT_EQ(place.open()->totals().attachments, 0U) << "not counted yet by this node";
    place.now += std::chrono::hours(25);
    (void)sweep(*blobs, false);
    EXPECT_EQ(told(*blobs), std::pair(std::uint64_t{0}, std::uint64_t{0}));
}

TEST_F(BlobsSweep, SparesWhatAMessageNamesMeanwhile) {
    const auto blobs = place.open();
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    place.now += std::chrono::hours(25);
    const auto swept =
        blobs->sweep(place.now - std::chrono::hours(24),
                     [&](const std::string&, const std::string&, Instant) -> Result<bool> {
                         EXPECT_TRUE((*blobs->hold("portal", kName))->is_complete());
                         return false;  // asked before the message was committed
                     });
    EXPECT_EQ(swept->attachments, 0U);
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST_F(BlobsSweep, FinishesWhatAnotherSweepBegan) {
    const auto blobs = place.open();
    ASSERT_TRUE(upload_rest(*blobs, kBytes).has_value());
    const auto file = place.path / "portal" / kName;
    std::filesystem::rename(file, file.string() + ".going");
    EXPECT_EQ(sweep(*blobs, false).attachments, 0U) << "it was held a moment ago";
    EXPECT_EQ(bytes_of(*blobs, kName), kBytes);
}

TEST_F(BlobsSweep, RemovesUploadsThatNobodyGoesOnWith) {
    const auto blobs = place.open();
    auto upload = blobs->append("portal", kName, 0, kBytes.size());
    ASSERT_TRUE((*upload)->write(kBytes.substr(0, 200)));
    place.now += std::chrono::hours(25);
    EXPECT_EQ(sweep(*blobs, false).uploads, 0U) << "somebody has it";
    upload->reset();
    place.now += std::chrono::hours(25);
    EXPECT_EQ(sweep(*blobs, false).uploads, 1U);
    EXPECT_TRUE(files_in(place.path / "portal").empty());
}

}  // namespace
}  // namespace luqiao::broker
