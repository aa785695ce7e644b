// Uploads that are interrupted before each call that changes the folder: killed, failed, or with
// the power cut, when what was not flushed is lost, kept or torn. Whatever is left: under a digest
// there are its bytes or none, and the upload goes on to its end.
#include "tests/broker/blob_place.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sys/wait.h>

namespace luqiao::broker {
namespace {

const std::string kPowerBytes = sample(400);
const std::string kPowerName = security::sm3_hex(kPowerBytes);

/// Two requests with a checkpoint inside; a connection ends between them.
Result<AttachmentState> upload_in_two(Blobs& blobs) {
    {
        LQ_TRY(const auto upload, blobs.append("portal", kPowerName, 0, kPowerBytes.size()));
        for (std::size_t at = 0; at < 200; at += 50)
            LQ_CHECK(upload->write(kPowerBytes.substr(at, 50)));
    }
    return upload_rest(blobs, kPowerBytes, 50);
}

void expect_sound_and_finish(Blobs& blobs, const std::string& what) {
    (void)bytes_of(blobs, kPowerName);
    const auto state = upload_rest(blobs, kPowerBytes, 50);
    // The kept bytes may be gone: then the client is told so, and begins anew.
    const auto end =
        state || state.error().code != Errc::Conflict ? state : upload_rest(blobs, kPowerBytes, 50);
    ASSERT_TRUE(end.has_value()) << what << ": " << end.error().message;
    EXPECT_EQ(bytes_of(blobs, kPowerName), kPowerBytes) << what;
}

int count_steps() {
    BlobPlace place;
    int steps = 0;
    BlobOptions options = place.options();
    options.hook = [&steps](const BlobStep&) {
        ++steps;
        return Status{};
    };
    EXPECT_TRUE(upload_in_two(*place.open(options)).has_value());
    return steps;
}

TEST(BlobsPower, AnUploadGoesOnAfterKillAtEveryCall) {
    const int steps = count_steps();
    ASSERT_GT(steps, 20);
    for (int kill_at = 1; kill_at <= steps; ++kill_at) {
        BlobPlace place;
        const pid_t child = ::fork();
        if (child == 0) {
            int step = 0;
            BlobOptions options = place.options();
            options.hook = [&](const BlobStep&) {
                if (++step == kill_at) ::raise(SIGKILL);
                return Status{};
            };
            (void)upload_in_two(*place.open(options));
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << kill_at;
        expect_sound_and_finish(*place.open(), "killed at " + std::to_string(kill_at));
    }
}

TEST(BlobsPower, AnUploadGoesOnAfterAnyCallFailedOnceOrForEver) {
    const int steps = count_steps();
    for (int fail_at = 1; fail_at <= steps; ++fail_at) {
        for (const bool for_ever : {false, true}) {
            BlobPlace place;
            int step = 0;
            bool is_mended = false;
            BlobOptions options = place.options();
            options.hook = [&](const BlobStep&) -> Status {
                ++step;
                const bool strikes = for_ever ? step >= fail_at : step == fail_at;
                if (!is_mended && strikes) return fail(Errc::StoreFailed, "told to fail");
                return {};
            };
            const auto blobs = place.open(options);
            (void)upload_in_two(*blobs);
            is_mended = true;
            expect_sound_and_finish(*blobs, "failed at " + std::to_string(fail_at));
        }
    }
}

// ---- the power ----------------------------------------------------------------------------------

/// What a disk holds: files by number, and a folder of names. Calls that were not flushed are kept
/// apart from what is sure.
class DiskImage {
public:
    void play(const BlobStep& step) {
        using Kind = BlobStep::Kind;
        switch (step.kind) {
            case Kind::Create:
                names_[step.name] = ++last_;
                pending_names_.push_back({step.name, last_});
                return;
            case Kind::Write:
                pending_[names_.at(step.name)].push_back(
                    {step.offset, std::string(step.bytes), {}});
                return;
            case Kind::Truncate:
                pending_[names_.at(step.name)].push_back({0, {}, step.offset});
                return;
            case Kind::Flush: {
                const int file = names_.at(step.name);
                for (const Change& change : pending_[file]) apply(sure_[file], change);
                pending_[file].clear();
                return;
            }
            case Kind::Rename: {
                const int file = names_.at(step.name);
                names_.erase(step.name);
                names_[step.to] = file;
                pending_names_.push_back({step.to, file});
                pending_names_.push_back({step.name, 0});
                return;
            }
            case Kind::Remove:
                names_.erase(step.name);
                pending_names_.push_back({step.name, 0});
                return;
            case Kind::FlushFolder:
                for (const auto& [name, file] : pending_names_) enter(sure_names_, name, file);
                pending_names_.clear();
                return;
        }
    }

    /// As the disk may be after a power cut now: of the names a first part of the changes (the file
    /// system's journal keeps their order), of each file's any of them, the last one torn.
    void write_to(const std::filesystem::path& folder, std::mt19937& random) const {
        std::map<std::string, int> names = sure_names_;
        std::size_t kept = random() % (pending_names_.size() + 1);
        for (const auto& [name, file] : pending_names_) {
            if (kept-- == 0) break;
            enter(names, name, file);
        }
        for (const auto& [name, file] : names) {
            std::string bytes = sure_.contains(file) ? sure_.at(file) : std::string();
            if (pending_.contains(file)) {
                for (Change change : pending_.at(file)) {
                    const auto fate = random() % 3;
                    if (fate == 0) continue;
                    if (fate == 1) change.bytes.resize(change.bytes.size() / 2, 'x');
                    apply(bytes, change);
                }
            }
            std::filesystem::create_directories((folder / name).parent_path());
            std::ofstream(folder / name, std::ios::binary) << bytes;
        }
    }

private:
    struct Change {
        std::uint64_t offset;
        std::string bytes;
        std::optional<std::uint64_t> size;  ///< cut to this instead
    };
    static void apply(std::string& file, const Change& change) {
        if (change.size) return file.resize(*change.size);
        if (file.size() < change.offset + change.bytes.size()) {
            file.resize(change.offset + change.bytes.size());
        }
        file.replace(change.offset, change.bytes.size(), change.bytes);
    }
    static void enter(std::map<std::string, int>& names, const std::string& name, int file) {
        if (file == 0) {
            names.erase(name);
        } else {
            names[name] = file;
        }
    }

    int last_ = 0;
    std::map<std::string, int> names_;
    std::map<std::string, int> sure_names_;
    std::vector<std::pair<std::string, int>> pending_names_;  ///< 0: the name goes
    std::map<int, std::string> sure_;
    std::map<int, std::vector<Change>> pending_;
};

/// The calls of an upload with copies of their bytes, and how much its client was told is kept.
struct Recorded {
    std::vector<BlobStep> steps;
    std::vector<std::string> bytes;
    std::vector<std::uint64_t> told;  ///< before each step
};

Recorded record() {
    BlobPlace place;
    Recorded out;
    std::uint64_t told = 0;
    BlobOptions options = place.options();
    out.bytes.reserve(1'000);
    options.hook = [&](const BlobStep& step) {
        out.bytes.emplace_back(step.bytes);
        out.steps.push_back(step);
        out.steps.back().bytes = out.bytes.back();
        out.told.push_back(told);
        return Status{};
    };
    const auto blobs = place.open(options);
    for (const std::size_t end : {100UL, 230UL, 400UL}) {
        const auto upload = blobs->append("portal", kPowerName, told, kPowerBytes.size());
        for (std::size_t at = told; at < end; at += 10) {
            EXPECT_TRUE(
                (*upload)->write(kPowerBytes.substr(at, std::min<std::size_t>(10, end - at))));
        }
        const auto state = (*upload)->finish();
        EXPECT_TRUE(state.has_value());
        told = state->offset;
    }
    EXPECT_EQ(told, kPowerBytes.size());
    return out;
}

TEST(BlobsPower, APowerCutAtAnyCallLeavesWhatWasToldAndNoWrongByte) {
    const Recorded run = record();
    std::mt19937 random(20'261'127);
    const int rounds = std::getenv("LUQIAO_POWER_POINTS") != nullptr ? 200 : 4;
    std::size_t complete = 0;
    std::size_t resumed = 0;
    for (std::size_t cut = 0; cut <= run.steps.size(); ++cut) {
        DiskImage disk;
        for (std::size_t step = 0; step < cut; ++step) disk.play(run.steps[step]);
        const std::uint64_t told = cut < run.told.size() ? run.told[cut] : kPowerBytes.size();
        for (int round = 0; round < rounds; ++round) {
            BlobPlace place;
            disk.write_to(place.path, random);
            const auto blobs = place.open();
            const std::string what = "cut at " + std::to_string(cut);
            const auto here = blobs->look("portal", kPowerName);
            ASSERT_TRUE(here.has_value()) << what;
            EXPECT_GE(*here ? (*here)->offset : 0, told) << what << ": told, and gone";
            if (bytes_of(*blobs, kPowerName)) ++complete;
            if (*here && !(*here)->is_complete()) ++resumed;
            const auto end = upload_rest(*blobs, kPowerBytes, kPowerBytes.size());
            ASSERT_TRUE(end.has_value()) << what << ": " << end.error().message;
            EXPECT_EQ(bytes_of(*blobs, kPowerName), kPowerBytes) << what;
        }
    }
    EXPECT_GT(complete, 0U);
    EXPECT_GT(resumed, 0U);
}

}  // namespace
}  // namespace luqiao::broker
