#include "adapters/file.h"
#include "adapters/file_outcome.h"
#include "adapters/folder.h"
#include "adapters/polling.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kMarkerMax = 4096;
constexpr std::size_t kRecordsMax = 100'000;
constexpr std::int64_t kSizeMax = 1 << 30;

struct FileInletSettings {
    std::filesystem::path folder;
    bool create = false;
    std::string party;
    std::string format;
    std::string suffix;
    std::string marker;
    bool by_line = true;
    std::size_t header_lines = 0;
    Duration retry{};
    Duration settle{};
    std::size_t size_max = 0;
};

using SteadyTime = std::chrono::steady_clock::time_point;

/// A file whose records are being handed over. It stays where it is until all are answered.
struct OpenFile {
    std::string name;
    std::string bytes;
    std::vector<FileRecord> records;
    std::vector<std::optional<broker::Answer>> answers;  ///< final ones
    std::vector<bool> handed;                            ///< no answer yet
    std::map<std::size_t, SteadyTime> resting;           ///< given back, not before
    std::size_t left = 0;                                ///< without a final answer
};

/// A file and its marker that do not agree, and since when they have been as they are.
struct Doubt {
    FileStamp file;
    FileStamp marker;
    SteadyTime since;
};

class FileSource final : public Source {
public:
    explicit FileSource(FileInletSettings settings) : settings_(std::move(settings)) {}

    Result<Haul> take(std::size_t room) override {
        LQ_TRY(const Folder folder, Folder::open(settings_.folder, settings_.create));
        for (;;) {
            if (current_ && current_->left == 0) LQ_CHECK(finish(folder));
            if (current_) return hand_over(room);
            LQ_TRY(const bool found, open_next(folder));
            if (!found) return Haul{};
        }
    }

    Status settle(std::vector<Answered>& answers) override {
        for (Answered& one : answers) keep(one);
        answers.clear();
        if (!current_ || current_->left != 0) return {};
        LQ_TRY(const Folder folder, Folder::open(settings_.folder, settings_.create));
        return finish(folder);
    }

private:
    Haul hand_over(std::size_t room) {
        OpenFile& file = *current_;
        const SteadyTime now = std::chrono::steady_clock::now();
        Haul haul;
        for (std::size_t index = 0; index < file.records.size(); ++index) {
            if (file.answers[index] || file.handed[index]) continue;
            const auto rest = file.resting.find(index);
            if (rest != file.resting.end() && rest->second > now) continue;
            if (haul.messages.size() == room) break;
            file.handed[index] = true;
            haul.messages.push_back({std::to_string(index), arrival(file, index)});
        }
        haul.more = file.resting.empty();  // the next records, or the next file
        return haul;
    }

    broker::Arrival arrival(const OpenFile& file, std::size_t index) const {
        broker::Arrival out;
        out.format = settings_.format;
        out.body = std::string(file.records[index].bytes);
        out.idempotency_key = fmt::format("{}:{}", file.name, index + 1);
        out.party = settings_.party;
        out.source = "file " + file.name;
        return out;
    }

    void keep(Answered& one) {
        OpenFile& file = *current_;
        const std::size_t index = std::stoul(one.key);
        file.handed[index] = false;
        const auto* problem = std::get_if<broker::Problem>(&one.answer);
        if (problem != nullptr && is_passing(*problem)) {
            const Duration rest =
                problem->retry_after ? Duration(*problem->retry_after) : settings_.retry;
            file.resting[index] = std::chrono::steady_clock::now() + rest;
            return;
        }
        file.resting.erase(index);
        file.answers[index] = std::move(one.answer);
        --file.left;
    }

    /// All records have their last answer: say so beside the file, then move it away.
    Status finish(const Folder& folder) {
        const OpenFile& file = *current_;
        std::vector<RecordOutcome> outcomes;
        for (std::size_t index = 0; index < file.records.size(); ++index) {
            outcomes.push_back({index + 1, file.records[index].line, &*file.answers[index]});
        }
        LQ_CHECK(folder.write(file.name + ".ack.csv", acknowledgement_csv(outcomes)));
        const std::string errors = error_csv(outcomes);
        LQ_CHECK(errors.empty() ? put_away(folder, file.name, "done", {})
                                : put_away(folder, file.name, "quarantine", errors));
        current_.reset();
        return {};
    }

    /// The reason comes first and the marker last: whatever is missing after a crash is made anew.
    Status put_away(const Folder& folder,
                    const std::string& name,
                    const std::string& where,
                    const std::string& errors) const {
        LQ_TRY(const Folder target, folder.inner(where));
        if (!errors.empty()) LQ_CHECK(target.write(name + ".err", errors));
        LQ_TRY(const std::string moved, folder.move_to(name, target));
        if (!folder.exists(name + settings_.marker)) return {};
        LQ_TRY([[maybe_unused]] const std::string moved_marker,
               folder.move_to(name + settings_.marker, target));
        return {};
    }

    /// Makes the first good file the current one; bad ones on the way go to quarantine.
    Result<bool> open_next(const Folder& folder) {
        LQ_TRY(const auto names, folder.list());
        std::erase_if(doubtful_, [&](const auto& one) {
            return !std::binary_search(names.begin(), names.end(), one.first);
        });
        for (const std::string& name : names) {
            if (!is_candidate(names, name)) continue;
            auto file = open_file(folder, name);
            if (file) {
                current_ = *std::move(file);
                doubtful_.erase(name);
                return true;
            }
            const Error& error = file.error();
            if (error.code == Errc::Unavailable) return error;
            if (error.code == Errc::NotFound || error.code == Errc::Conflict) continue;
            const bool in_doubt = error.code == Errc::BadValue || error.code == Errc::ParseFailed;
            if (in_doubt && !has_settled(folder, name)) continue;
            LQ_CHECK(put_away(folder, name, "quarantine", file_error_csv(error)));
        }
        return false;
    }

    bool is_candidate(const std::vector<std::string>& names, const std::string& name) const {
        return name.ends_with(settings_.suffix) && !name.ends_with(settings_.marker) &&
               !name.ends_with(".tmp") && !name.ends_with(".ack.csv") && is_file_name(name) &&
               std::binary_search(names.begin(), names.end(), name + settings_.marker);
    }

    /// Perhaps its writer is not done: it is bad only when it has not changed for a while.
    bool has_settled(const Folder& folder, const std::string& name) {
        const auto file = folder.read(name, settings_.size_max);
        const auto marker = folder.read(name + settings_.marker, kMarkerMax);
        if (!file || !marker) return false;
        const SteadyTime now = std::chrono::steady_clock::now();
        Doubt& doubt =
            doubtful_.try_emplace(name, Doubt{file->stamp, marker->stamp, now}).first->second;
        if (doubt.file != file->stamp || doubt.marker != marker->stamp) {
            doubt = {file->stamp, marker->stamp, now};
        }
        return now - doubt.since >= settings_.settle;
    }

    /// @errors BadValue, ParseFailed: the marker does not fit (yet); LimitExceeded, Refused,
    /// CharsetError: never acceptable
    Result<std::unique_ptr<OpenFile>> open_file(const Folder& folder,
                                                const std::string& name) const {
        if (!is_utf8(name)) return fail(Errc::CharsetError, "the file name is not UTF-8");
        LQ_TRY(FileContent content, folder.read(name, settings_.size_max));
        LQ_TRY(const FileContent marker_content, folder.read(name + settings_.marker, kMarkerMax));
        LQ_TRY(const Marker marker, parse_marker(marker_content.bytes));
        auto opened = std::make_unique<OpenFile>();
        OpenFile& file = *opened;
        file.name = name;
        file.bytes = std::move(content.bytes);
        file.records = split_records(file.bytes, settings_.header_lines);
        if (file.records.size() > kRecordsMax) {
            return fail(Errc::LimitExceeded, "more than {} records", kRecordsMax).at(name);
        }
        if (const std::string sm3 = security::sm3_hex(file.bytes); marker.sm3 != sm3) {
            return fail(Errc::BadValue, "the marker says sm3={}, the file has {}", marker.sm3, sm3)
                .at(name);
        }
        if (marker.count != file.records.size()) {
            return fail(Errc::BadValue, "the marker says count={}, the file has {} records",
                        marker.count, file.records.size())
                .at(name);
        }
        if (!settings_.by_line) file.records = {{1, file.bytes}};
        file.answers.resize(file.records.size());
        file.handed.resize(file.records.size());
        file.left = file.records.size();
        return opened;
    }

    FileInletSettings settings_;
    std::unique_ptr<OpenFile> current_;
    std::map<std::string, Doubt> doubtful_;  ///< files with a marker that does not fit (yet)
};

}  // namespace

Spec file_inlet_spec() {
    using enum SettingKind;
    return {.name = "receive.file",
            .summary = "Takes files with a marker from a folder and answers record by record.",
            .fields = {{"adapter", Text, "file"},
                       {"folder", Path, "where the files appear"},
                       {"create_folder", Flag, "make the folder when it is missing", "false"},
                       {"format", Text, "the message format of a record"},
                       {"suffix", Text, "only names that end so", ".txt"},
                       {"marker", Text, "added to the name of the marker file", ".ok"},
                       {"records", Text, "lines: each line is a message; whole: the file is one",
                        "lines"},
                       {"header_lines", Integer, "lines at the start that are no records", "0"},
                       {"poll", Time, "how often to look", "2s"},
                       {"retry", Time, "how long a record rests after a passing problem", "10s"},
                       {"settle", Time, "how long a wrong marker may still be mended", "10s"},
                       {"batch", Integer, "records handed over and not yet answered", "50"},
                       {"size_max", Integer, "bytes of one file", "16777216"}},
            .example = R"(adapter = "file"
folder = "essc/out"
format = "essc.result"
)"};
}

Result<std::unique_ptr<broker::Inlet>> make_file_inlet(const Making& making) {
    const Section& section = making.section;
    if (making.intake == nullptr) return fail(Errc::InvalidArgument, "an inlet needs an intake");
    const std::string records = section.text("records");
    if (records != "lines" && records != "whole") {
        return fail(Errc::InvalidArgument, R"(records must be "lines" or "whole")");
    }
    if (section.integer("batch") < 1 || section.integer("header_lines") < 0 ||
        section.integer("size_max") < 1 || section.integer("size_max") > kSizeMax) {
        return fail(Errc::InvalidArgument,
                    "batch must be at least 1, header_lines at least 0, size_max 1 byte to 1 GiB");
    }
    const std::string marker = section.text("marker");
    if (marker.size() < 2 || marker == ".tmp" || !is_file_name("a" + marker)) {
        return fail(Errc::InvalidArgument, "marker must be an ending such as .ok, not .tmp");
    }
    FileInletSettings settings{
        .folder = making.base_folder / section.text("folder"),
        .create = section.flag("create_folder"),
        .party = making.party,
        .format = section.text("format"),
        .suffix = section.text("suffix"),
        .marker = marker,
        .by_line = records == "lines",
        .header_lines = static_cast<std::size_t>(section.integer("header_lines")),
        .retry = section.time("retry"),
        .settle = section.time("settle"),
        .size_max = static_cast<std::size_t>(section.integer("size_max"))};
    return std::unique_ptr<broker::Inlet>(std::make_unique<PollingInlet>(
        std::make_unique<FileSource>(std::move(settings)), *making.intake,
        PollingInlet::Options{.name = "file " + making.party,
                              .poll = section.time("poll"),
                              .batch = static_cast<std::size_t>(section.integer("batch"))}));
}

}  // namespace luqiao::adapters
